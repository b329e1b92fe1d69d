// What views are made of: htm, hooks, and small components.
import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./preact.js";
import { NONE } from "./format.js";
import { wordsFor } from "./words.js";

export { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
export { Component, createContext, render, useContext, useErrorBoundary } from "./preact.js";

// Renders again with every change of it.
export function useAnnounced(announcer) {
  const [, again] = useState(0);
  useEffect(() => announcer.listen(() => again((times) => times + 1)), [announcer]);
}

function useAnnouncer(announcer, pick) {
  const [, again] = useState(0);
  const value = pick(announcer);
  const last = useRef(value);
  last.current = value;
  useEffect(() => {
    const look = () => !same(pick(announcer), last.current) && again((times) => times + 1);
    look(); // it may have changed since it was rendered
    return announcer.listen(look);
  }, [announcer]);
  return value;
}

function same(one, other) {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
  return Object.is(one, other);
}

// Renders again when what `select` takes out of the state is another; of an array, one of its items.
export function useStore(store, select) {
  return useAnnouncer(store, ({ state }) => select(state));
}

const DETAIL_MEMBERS = ["session", "entries", "turns", "stages", "media", "jitter", "level", "state", "notices", "error", "loading"];

// All of one call. `members`: only when one of these changes is it rendered again; all when not given.
export function useDetail(store, id, members = DETAIL_MEMBERS) {
  const detail = useMemo(() => store.detail(id), [store, id]);
  useEffect(() => () => store.release(detail), [store, detail]);
  useAnnouncer(detail, (present) => members.map((member) => present[member]));
  return detail;
}

// The time, again every so many ms while the component is there; at once when the page is seen again.
export function useNow(every = 1000) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const clock = clocks.get(every) ?? startClock(every);
    clock.add(setNow);
    return () => clock.delete(setNow);
  }, [every]);
  return now;
}

// One timer for all who wait for the same, so that they are drawn in one go.
const clocks = new Map();

function startClock(every) {
  const listeners = new Set();
  const tick = () => {
    if (document.hidden) return;
    const now = Date.now();
    for (const then of listeners) then(now);
  };
  setInterval(tick, every);
  document.addEventListener("visibilitychange", tick);
  clocks.set(every, listeners);
  return listeners;
}

// An answer of the API: { data, error, loading, again }. Anew when `inputs` change.
export function useAnswer(ask, inputs) {
  const [answer, setAnswer] = useState({ data: null, error: null, loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setAnswer((known) => ({ ...known, loading: true }));
    ask(controller.signal).then(
      (data) => controller.signal.aborted || setAnswer({ data, error: null, loading: false }),
      (error) => controller.signal.aborted || setAnswer((known) => ({ ...known, error, loading: false })),
    );
    return () => controller.abort();
  }, [...inputs, round]);
  return { ...answer, again: () => setRound((before) => before + 1) };
}

// Does something that may fail: { run, busy, error }. `error` goes when it is tried again.
export function useAction(action) {
  const [state, setState] = useState({ busy: false, error: null });
  const run = async (...given) => {
    setState({ busy: true, error: null });
    try {
      const result = await action(...given);
      setState({ busy: false, error: null });
      return result;
    } catch (error) {
      setState({ busy: false, error });
      return undefined;
    }
  };
  return { ...state, run };
}

// --- small components ---------------------------------------------------------------------------

// tone: "", "good", "bad", "warn", "live"
export function Badge({ tone = "", children, title }) {
  return html`<span class=${`badge ${tone}`} title=${title}>${children}</span>`;
}

export function Spinner({ children = "Loading …" }) {
  return html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${children}</p>`;
}

export function Empty({ title, children }) {
  return html`<div class="empty"><h3>${title}</h3>${children}</div>`;
}

// An ApiError, or anything thrown, in plain words; `again`: a button that tries it once more.
export function Failure({ error, again, quiet = false }) {
  if (!error) return null;
  const { words, detail } = wordsFor(error);
  return html`<div class="failure" role=${quiet ? null : "alert"}>
    <p>${words}${detail && html`<small>${detail}</small>`}</p>
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

// Of a definition list: one figure with its name. `hint` is its title.
export function Figure({ name, value, hint, tone = "" }) {
  return html`<div class=${`figure ${tone}`} title=${hint}><dt>${name}</dt><dd>${value ?? NONE}</dd></div>`;
}

export function Meter({ name, level, tone = "" }) {
  const percent = Math.round(100 * level);
  return html`<div class=${`meter ${tone}`} role="meter" aria-label=${name} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent} aria-valuetext=${`${percent} %`}>
    <i style=${{ transform: `scaleX(${level.toFixed(3)})` }}></i>
  </div>`;
}

// A modal dialog: Escape and the ground behind it close it, the focus comes back to where it was.
export function Dialog({ title, onClose, children, actions }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.close(); // what only vanishes leaves the focus nowhere
  }, []);
  const closeFromGround = (event) => event.target === dialog.current && onClose();
  return html`<dialog ref=${dialog} aria-labelledby="dialog-title" onCancel=${(event) => (event.preventDefault(), onClose())} onClick=${closeFromGround}>
    <form method="dialog" onSubmit=${(event) => event.preventDefault()}>
      <h2 id="dialog-title">${title}</h2>
      <div class="dialog-body">${children}</div>
      <div class="dialog-actions">${actions}</div>
    </form>
  </dialog>`;
}

// Text that is longer than its place, cut by the style and whole in its title.
export function Cut({ children }) {
  return html`<span class="cut" title=${typeof children === "string" ? children : null}>${children}</span>`;
}

// One of several, as a row of buttons. `options`: [value, name] pairs.
export function Choice({ name, value, options, onChange }) {
  return html`<div class="choice" role="radiogroup" aria-label=${name}>
    ${options.map(([option, text]) => html`<label key=${option} class=${option === value ? "chosen" : ""}>
      <input type="radio" name=${name} value=${option} checked=${option === value} onChange=${() => onChange(option)} />${text}
    </label>`)}
  </div>`;
}
