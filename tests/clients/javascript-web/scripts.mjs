// What a page does with flags, one function for each of its habits.

import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { Recorder, recordStreams } from "./recorder.mjs";

const EVENT_SECONDS_MAX = 10;

const evaluations = {
  boolean: "getBooleanDetails",
  string: "getStringDetails",
  integer: "getNumberDetails",
  float: "getNumberDetails",
  object: "getObjectDetails",
};

/** By name, as the page's query has it. */
export const scripts = { allowed, refused, replicas, example };

async function allowed(baseUrl, report) {
  await answerCases(baseUrl, report);
  for (const script of [evaluateInBulk, confirmByTag, startFromCache, followStream]) {
    const observe = (name, actual, expected) =>
      report.observations.push({ group: script.group, name, actual, expected });
    await script(baseUrl, observe);
  }
}

/** The cases that every client is given: a bulk request for each context. */
async function answerCases(baseUrl, report) {
  const cases = await (await fetch("/cases.json")).json();
  const { client, domain } = await provide(baseUrl, "cases", {}, { changeDetection: "none" });
  for (const { name, flag, type, default: fallback, context } of cases) {
    await OpenFeature.setContext(domain, readContext(context ?? {}));
    const details = client[evaluations[type]](flag, fallback);
    const { value, variant, reason, flagMetadata, errorCode, errorMessage } = details;
    report.answers.push({
      name, value, variant, reason, metadata: flagMetadata, error: errorCode, errorMessage,
    });
  }
}

evaluateInBulk.group = "bulk";
async function evaluateInBulk(baseUrl, observe) {
  const options = { changeDetection: "none" };
  const { client, recorder } = await provide(baseUrl, "bulk", {}, options);
  for (let turn = 0; turn < 5; turn += 1) {
    client.getBooleanValue("boolean-true", false);
    client.getStringValue("static", "-");
  }
  observe("one request answers all flags", recorder.exchanges.length, 1);
  observe("its address", recorder.last.url, `${baseUrl}/ofrep/v1/evaluate/flags`);
  observe("another origin may read it", recorder.last.type, "cors");
  observe("and its entity tag", /^"[^"]+"$/.test(recorder.last.tag), true);
  const failed = client.getStringDetails("by-split", "-");
  observe("a flag that fails", failed.errorCode, "TARGETING_KEY_MISSING");
  observe("harms no other", client.getBooleanDetails("boolean-true", false).value, true);
}

confirmByTag.group = "304";
async function confirmByTag(baseUrl, observe) {
  const user = { targetingKey: "user-1", plan: "free", visits: 1 };
  const options = { changeDetection: "none" };
  const { client, domain, recorder } = await provide(baseUrl, "304", user, options);
  const { tag } = recorder.last;

  await OpenFeature.setContext(domain, { ...user, visits: 2 });
  observe("a context that changes no answer: the tag is sent", recorder.last.known, tag);
  observe("and confirmed", recorder.last.status, 304);
  observe("and the flags stay", client.getStringDetails("by-rule", "-").value, "blue");

  // The provider keeps its tag as long as the targeting key is the same, whatever else changes; so
  // the tag has to be one of the answers, not of the definitions.
  await OpenFeature.setContext(domain, { ...user, plan: "pro" });
  observe("a context that changes an answer: the tag is sent", recorder.last.known, tag);
  observe("and no longer right", recorder.last.status, 200);
  observe("and another one comes", recorder.last.tag !== tag, true);
  observe("and the new answer", client.getStringDetails("by-rule", "-").value, "red");

  await OpenFeature.setContext(domain, { ...user, targetingKey: "user-2", plan: "pro" });
  observe("another user: no tag is sent", recorder.last.known, null);
}

startFromCache.group = "local cache";
async function startFromCache(baseUrl, observe) {
  const user = { targetingKey: "user-1" };
  const options = { changeDetection: "none", cacheMode: "local-cache-first" };
  // What is kept is found again by address, domain and user, so both are of one domain.
  const first = await provide(baseUrl, "cache", user, options);
  observe("at first it is asked", first.recorder.last.status, 200);
  const again = await provide(baseUrl, "cache", user, options);
  const details = again.client.getStringDetails("static", "-");
  observe("a page that comes again has flags at once", details.value, "blue");
  await until(() => again.recorder.last?.status);
  observe("which are confirmed", again.recorder.last.status, 304);
  observe("by their tag", again.recorder.last.known, first.recorder.last.tag);
}

followStream.group = "event stream";
async function followStream(baseUrl, observe) {
  const streams = recordStreams();
  const { client, recorder } = await provide(baseUrl, "stream", { targetingKey: "user-1" }, {});
  observe("the stream's address", streams.sources.map((source) => source.url), [
    `${baseUrl}/ofrep/v1/events`,
  ]);
  await until(() => streams.sources[0].readyState === EventSource.OPEN);
  observe("before", client.getStringValue("banner", "-"), "quiet");
  const before = recorder.last.version;
  const versions = [];

  for (const variant of ["loud", "quiet"]) {
    const changed = nextChange(client);
    await fetch("/change", { method: "POST", body: JSON.stringify({ banner: variant }) });
    observe(`the file says ${variant}: what changed`, (await changed).flagsChanged, ["banner"]);
    observe(`the file says ${variant}: the value`, client.getStringValue("banner", "-"), variant);
    const { type, etag } = JSON.parse(streams.messages.at(-1).data);
    observe(`the file says ${variant}: the event's type`, type, "refetchEvaluation");
    const sent = new URL(recorder.last.url).searchParams.get("flagConfigEtag");
    observe(`the file says ${variant}: its tag comes back`, sent, etag ?? null);
    versions.push(recorder.last.version);
  }
  observe("the same flags, the same version", versions.at(-1), before);
  observe("one stream all along", streams.sources.length, 1);
  // A stream that is opened soon after the daemon has loaded its flags says so, since the page may
  // have asked just before.
  // And each event is told again a little later.
  const told = streams.messages.map((message) => message.lastEventId);
  const ids = told.filter((id, index) => id !== told[index - 1]);
  observe("one event for each change", ids[0] === before ? ids.slice(1) : ids, versions);
  const isOnePerEvent = recorder.exchanges.length <= 1 + streams.messages.length;
  observe("at most one request for each event", isOnePerEvent, true);
  await OpenFeature.clearProviders();
}

/** A page of an origin that the daemon does not allow. */
async function refused(baseUrl, report) {
  let error = null;
  try {
    await provide(baseUrl, "refused", {}, {});
  } catch (thrown) {
    error = thrown;
  }
  const observe = (name, actual, expected) =>
    report.observations.push({ group: "other origin", name, actual, expected });
  observe("its page sees nothing", error?.message, "The OFREP request failed.");
}

/** A page whose stream is one replica's, and whose questions another one answers, which is late. */
async function replicas(baseUrl, report) {
  const observe = (name, actual, expected) =>
    report.observations.push({ group: "replicas", name, actual, expected });
  const change = (wanted) => fetch("/change", { method: "POST", body: JSON.stringify(wanted) });
  const streams = recordStreams();
  const user = { targetingKey: "user-1" };
  const { client, recorder } = await provide(baseUrl, "replicas", user, {});
  await until(() => streams.sources[0].readyState === EventSource.OPEN);
  const messages = () => streams.messages.length;
  // A page that is told again may have asked again, and have no answer yet.
  const answers = () => recorder.exchanges.filter((exchange) => exchange.status);
  const requests = () => answers().length;
  const lastStatus = () => answers().at(-1).status;
  observe("before", client.getStringValue("banner", "-"), "quiet");

  const [told, asked] = [messages(), requests()];
  await change({ banner: "loud" });
  await until(() => told < messages() && asked < requests());
  observe("told by one, it has asked the other", client.getStringValue("banner", "-"), "quiet");
  observe("which had nothing new to say", lastStatus(), 304);

  await change({ banner: "loud", late: true });
  await until(() => client.getStringValue("banner", "-") === "loud");
  observe("once that has it, the page does", lastStatus(), 200);
  const last = requests();
  await until(() => last < requests());
  observe("to be told again costs nothing", lastStatus(), 304);
  await OpenFeature.clearProviders();
}

/** The example in the documents, as it stands there; it prints to the console. */
async function example(_, report) {
  const printed = [];
  console.log = (...values) => printed.push(values.join(" "));
  await import("/example.mjs");
  report.printed = `${printed.join("\n")}\n`;
}

/** A client with a provider of its own; the provider has its first flags. */
async function provide(baseUrl, domain, context, options) {
  const recorder = new Recorder();
  const provider = new OFREPWebProvider({
    baseUrl,
    cacheMode: "disabled",
    disableVisibilityRefresh: true,
    fetchImplementation: recorder.fetch,
    ...options,
  });
  await OpenFeature.setProviderAndWait(domain, provider, context);
  return { client: OpenFeature.getClient(domain), domain, recorder };
}

/** A context as a program would write it: times are dates. */
function readContext(context) {
  const isTime = (value) => value !== null && typeof value === "object" && "$time" in value;
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [
      name,
      isTime(value) ? new Date(value.$time) : value,
    ]),
  );
}

/** The next event that says that flags have changed. */
function nextChange(client) {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      controller.abort();
      reject(new Error(`no change was seen within ${EVENT_SECONDS_MAX} s`));
    }, EVENT_SECONDS_MAX * 1000);
    const heard = (details) => {
      clearTimeout(timer);
      controller.abort();
      resolve(details);
    };
    const { signal } = controller;
    client.addHandler(ProviderEvents.ConfigurationChanged, heard, { signal });
  });
}

/** Waits until a condition holds. */
async function until(condition) {
  const deadline = performance.now() + EVENT_SECONDS_MAX * 1000;
  while (!condition()) {
    if (deadline < performance.now()) {
      throw new Error(`not within ${EVENT_SECONDS_MAX} s: ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
