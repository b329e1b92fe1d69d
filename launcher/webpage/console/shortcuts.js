// The keyboard's short ways. Single letters can be turned off: those who speak to their computer
// would press them by accident (WCAG 2.1.4).
import { go } from "./router.js";
import { Dialog, html, useEffect, useRef } from "./ui.js";

const KEY = "jackfield.shortcuts";
const SECOND_KEY_WITHIN = 1500; // ms

export function shortcutsOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function setShortcuts(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Browsers may refuse to keep anything.
  }
}

const typing = (target) => target.closest?.("input:not([type=radio], [type=range], [type=checkbox]), textarea, select, [contenteditable]");

export function useShortcuts({ places, talk, onHelp }) {
  const since = useRef(0); // when g was pressed
  useEffect(() => {
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target) || document.querySelector("dialog[open]") || !shortcutsOn()) return;
      const waited = event.timeStamp - since.current;
      since.current = 0;
      const place = waited < SECOND_KEY_WITHIN && places.find(({ key }) => key === event.key);
      if (place) go([place.path].filter(Boolean));
      else if (event.key === "g") since.current = event.timeStamp;
      else if (event.key === "?") onHelp();
      else if (event.key === "m" && talk.busy) talk.mute();
      else if (event.key === "/") document.querySelector("input[type=search]")?.focus();
      else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

// To the next or previous row of a list.
function step(by) {
  const rows = [...document.querySelectorAll("main a.whole")];
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

export function ShortcutHelp({ places, onClose }) {
  const close = html`<button type="button" class="main" onClick=${onClose}>Close</button>`;
  return html`<${Dialog} title="Keyboard shortcuts" onClose=${onClose} actions=${close}>
    <dl class="keys">
      ${places.map(({ key, name }) => html`<dt key=${key}><kbd>g</kbd> <kbd>${key}</kbd></dt><dd>${name}</dd>`)}
      <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next and previous call of a list</dd>
      <dt><kbd>/</kbd></dt><dd>Search</dd>
      <dt><kbd>m</kbd></dt><dd>Mute your microphone while you talk to a line</dd>
      <dt><kbd>?</kbd></dt><dd>This list</dd>
    </dl>
    ${!shortcutsOn() && html`<p>They are switched off in the <a href="#/settings" onClick=${onClose}>settings</a>.</p>`}
  <//>`;
}
