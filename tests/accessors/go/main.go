// Asks for every flag by its accessor, and prints the answers in the order of the keys.
// Argument: the daemon's address.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"

	"flagstaff.example/clients/go/flags"
)

func main() {
	if err := openfeature.SetProviderAndWait(ofrep.NewProvider(os.Args[1])); err != nil {
		log.Fatal(err)
	}
	defer openfeature.Shutdown()
	ctx, asks := context.Background(), openfeature.NewEvaluationContext("user-1", nil)
	var text string = flags.BannerText.Value(ctx, asks)
	var share float64 = flags.Discount.Value(ctx, asks)
	var isNew bool = flags.NewCheckout.Value(ctx, asks)
	var size int64 = flags.PageSize.Value(ctx, asks)
	theme := flags.Theme.Value(ctx, asks)
	if err := json.NewEncoder(os.Stdout).Encode([]any{text, share, isNew, size, theme}); err != nil {
		log.Fatal(err)
	}
}
