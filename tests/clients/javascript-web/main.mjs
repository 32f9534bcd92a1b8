// Uses the OpenFeature web SDK in a page of another origin than the daemon's, and posts what it
// sees to the server that the page comes from. In the query: `daemon`, its address; `script`, which of
// the scripts below to run.

import { scripts } from "./scripts.mjs";

const query = new URLSearchParams(location.search);
const report = { answers: [], observations: [], error: null };
try {
  await scripts[query.get("script")](query.get("daemon"), report);
} catch (error) {
  report.error = String(error?.stack ?? error);
}
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
