import { html, useStore } from "../ui.js";
import { Empty } from "../ui.js";

export function LatencyPage({ store }) {
  const latency = useStore(store, (state) => state.latency);
  return html`<div class="head"><h1>Latency</h1></div>${latency.size === 0 && html`<section class="card"><${Empty} title="Nothing was measured yet" /></section>`}`;
}
