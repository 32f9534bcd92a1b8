// Evaluates the cases with the OpenFeature server SDK for JavaScript; one JSON line for each.
// Arguments: the daemon's address, the file of cases.

import { readFileSync } from "node:fs";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const [baseUrl, casesPath] = process.argv.slice(2);

const evaluations = {
  boolean: "getBooleanDetails",
  string: "getStringDetails",
  integer: "getNumberDetails",
  float: "getNumberDetails",
  object: "getObjectDetails",
};

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

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
const client = OpenFeature.getClient();
const cases = JSON.parse(readFileSync(casesPath));
for (const { name, flag, type, default: fallback, context } of cases) {
  const details = await client[evaluations[type]](
    flag,
    fallback,
    context === null ? undefined : readContext(context),
  );
  const { value, variant, reason, flagMetadata, errorCode, errorMessage } = details;
  console.log(
    JSON.stringify({
      name, value, variant, reason, metadata: flagMetadata, error: errorCode, errorMessage,
    }),
  );
}
await OpenFeature.close();
