import { Api } from "./api.js";
import { Store } from "./store.js";
import { html, render } from "./ui.js";
import { OverviewView } from "./view_overview.js";

const store = new Store(new Api());
render(html`<${OverviewView} store=${store} api=${store.api} />`, document.getElementById("app"));
store.start();
