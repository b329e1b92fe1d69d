// The page's beginning: who we are, what is shown, and the frame around it.
import { Api } from "./api.js";
import { Frame } from "./frame.js";
import { Store } from "./store.js";
import { Talk } from "./talk.js";
import { apply } from "./theme.js";
import { html, render } from "./ui.js";
import { watchLatency } from "./views/latency_history.js";

apply();
const api = new Api();
// Of a link with a token in it nothing stays in the address or in the history.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  api.token = given;
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
}
const store = new Store(api);
const talk = new Talk(api);
render(html`<${Frame} store=${store} api=${api} talk=${talk} />`, document.getElementById("app"));
// What the server tells is kept from now on, and not when the charts are first looked at.
watchLatency(store);
store.start();
// A page that goes away ends its call at once, instead of after the server's grace.
addEventListener("pagehide", () => talk.hangUp());
