// Asks for every flag by its accessor, and prints the answers in the order of the keys.
// Argument: the daemon's address.

import { OFREPProvider } from "@openfeature/ofrep-provider";
import { JsonValue, OpenFeature } from "@openfeature/server-sdk";
import { getGeneratedClient } from "./openfeature.js";

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: process.argv[2] }));
const flags = getGeneratedClient({ targetingKey: "user-1" });
const text: string = await flags.bannerText();
const share: number = await flags.discount();
const isNew: boolean = await flags.newCheckout();
const size: number = await flags.pageSize();
const theme: JsonValue = await flags.theme();
console.log(JSON.stringify([text, share, isNew, size, theme]));
await OpenFeature.close();
