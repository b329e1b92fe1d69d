import { setShortcuts, shortcutsOn } from "../shortcuts.js";
import { setTheme, theme } from "../theme.js";
import { Choice, html, useState, useStore } from "../ui.js";

export function SettingsPage({ store, api }) {
  const server = useStore(store, (state) => state.server);
  const [chosen, setChosen] = useState(theme);
  const [shortcuts, setOn] = useState(shortcutsOn);
  const choose = (name) => {
    setTheme(name);
    setChosen(name);
  };
  const turn = (on) => {
    setShortcuts(on === "on");
    setOn(on === "on");
  };
  const signOut = () => {
    api.token = "";
    store.start();
  };
  return html`<div class="head"><h1>Settings</h1><p>They are kept in this browser.</p></div>
    <section class="card stack" aria-labelledby="settings-look">
      <h2 id="settings-look">Look</h2>
      <div class="row"><${Choice} name="Colours" value=${chosen} options=${[["auto", "As the system"], ["light", "Light"], ["dark", "Dark"]]} onChange=${choose} /></div>
    </section>
    <section class="card stack" aria-labelledby="settings-keys">
      <h2 id="settings-keys">Keyboard shortcuts</h2>
      <div class="row"><${Choice} name="Keyboard shortcuts" value=${shortcuts ? "on" : "off"} options=${[["on", "On"], ["off", "Off"]]} onChange=${turn} />
        <span class="quiet">Single letters. Press <kbd>?</kbd> for the list.</span></div>
    </section>
    <section class="card stack" aria-labelledby="settings-access">
      <h2 id="settings-access">Access</h2>
      ${api.token
        ? html`<p>You are signed in with a token, which is forgotten when this tab is closed.</p><div class="row"><button type="button" onClick=${signOut}>Sign out</button></div>`
        : html`<p>The server asks this page for no token: only programs of its own machine reach it.</p>`}
    </section>
    <section class="card stack" aria-labelledby="settings-about">
      <h2 id="settings-about">About</h2>
      <p>${server?.name ?? "jackfield"} ${server?.version ?? ""}. Everything that this page shows and does stands in the <a href="api/v1/openapi.json">control API</a>; <code>jackfield ps</code>, <code>tail</code>, <code>hangup</code> and <code>top</code> use it from a terminal.</p>
      <p><a href="console/licences.txt">Licences</a> of the parts of this page that others wrote.</p>
    </section>`;
}
