import { html } from "../ui.js";
import { LatencyView } from "../views/latency.js";

export function LatencyPage({ address, store }) {
  return html`<${LatencyView} key=${address.query.line} store=${store} line=${address.query.line} />`;
}
