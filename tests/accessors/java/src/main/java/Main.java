import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import shop.OpenFeature;

/** Asks for every flag by its accessor, and prints the answers in the order of the keys. */
public final class Main {
    public static void main(String[] arguments) {
        OfrepProviderOptions options = OfrepProviderOptions.builder().baseUrl(arguments[0]).build();
        OpenFeatureAPI.getInstance().setProviderAndWait(OfrepProvider.constructProvider(options));
        EvaluationContext asks = new MutableContext("user-1");
        OpenFeature.GeneratedClient flags = OpenFeature.getClient();
        String text = flags.bannerText(asks);
        Double share = flags.discount(asks);
        Boolean isNew = flags.newCheckout(asks);
        Integer size = flags.pageSize(asks);
        System.out.printf("[\"%s\",%s,%s,%s]%n", text, share, isNew, size);
        OpenFeatureAPI.getInstance().shutdown();
    }
}
