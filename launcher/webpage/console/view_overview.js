import { html, useStore } from "./ui.js";

export function OverviewView({ store }) {
  const server = useStore(store, (state) => state.server);
  return html`<h1>Overview</h1><p>${server?.name} ${server?.version}</p>`;
}
