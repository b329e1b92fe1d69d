// Parts of calls that more than one page shows.
import { decibels, duration, latency } from "./format.js";
import { Badge, Dialog, Failure, Meter, html, useAction, useNow, useState } from "./ui.js";
import { sessionState, speaker } from "./words.js";

// Who talks to whom, in one line.
export function partyOf(session) {
  if (["once", "room", "task"].includes(session.kind)) return session.scenario;
  const from = session.from || { browser: "Browser", agent: "Agent" }[session.kind] || "Unknown";
  return session.to ? `${from} → ${session.to}` : from;
}

// Of those that run, or of one line; rooms of conferences, the agents in them and tasks are sessions, and no calls.
export function callCount(sessions, line = null) {
  let found = 0;
  for (const session of sessions.values()) found += (line === null || session.line === line) && !["room", "agent", "task"].includes(session.kind) ? 1 : 0;
  return found;
}

export function taskCount(sessions) {
  let found = 0;
  for (const { kind } of sessions.values()) found += kind === "task" ? 1 : 0;
  return found;
}

export function StateBadge({ session }) {
  if (session.state === "ended") return session.failed ? html`<${Badge} tone="bad">Failed<//>` : html`<${Badge}>Ended<//>`;
  return html`<${Badge} tone=${session.state === "running" ? "live" : ""}>${sessionState(session.state)}<//>`;
}

// Grows while the call runs.
export function Lasting({ session }) {
  return session.state === "ended" ? html`${duration(session["duration-ms"])}` : html`<${Growing} since=${Date.parse(session["started-at"])} />`;
}

function Growing({ since }) {
  return html`${duration(useNow(1000) - since)}`;
}

// Of a call that was never answered there is none.
export const medianAnswer = (session) => latency(session.latency?.p50 || undefined);
export const lastAnswer = (session) => latency(session.latency?.last || undefined);

export function lastSaid(session) {
  const said = session["last-said"];
  return said?.text ? `${speaker(said.who)}: ${said.text}` : "";
}

// A button for what ends something of somebody else's: it is asked once more. `kind`: the button's class; `name`:
// what a screen reader is told when `words` alone do not say whom it is about.
export function AskedButton({ words, busyWords, question, no, kind = "danger", name = null, going = false, action, children }) {
  const [asked, setAsked] = useState(false);
  const { run, busy, error } = useAction(async () => {
    await action();
    setAsked(false);
  });
  const close = () => !busy && setAsked(false);
  return html`
    <button type="button" class=${kind} disabled=${going} onClick=${() => setAsked(true)} aria-label=${name}>
      ${going ? busyWords : words}
    </button>
    ${asked && html`<${Dialog} title=${question} onClose=${close} actions=${[
      html`<button type="button" key="no" onClick=${close} autofocus>${no}</button>`,
      html`<button type="button" key="yes" class="danger" disabled=${busy} onClick=${run}>${busy ? busyWords : words}</button>`,
    ]}>
      ${children}
      <${Failure} error=${error} />
    <//>`}`;
}

export function HangUpButton({ session, api, small = false }) {
  return html`<${AskedButton} words="Hang up" busyWords="Hanging up …" question="Hang up?" no="Keep the call" kind=${small ? "small" : "danger"} going=${session.state === "ending"}
    name=${small ? `Hang up ${partyOf(session)}` : null} action=${() => api.post(["sessions", session.id, "hangup"], { reason: "console" })}>
    <p><b>${partyOf(session)}</b> on ${session.line} is in the middle of a call, for <${Lasting} session=${session} />. It ends at once.</p>
  <//>`;
}

// Mute, level and gain of a voice. `level`: 0 to 1; `change`: called with { muted } or { gain }.
export function VoiceControls({ name, whose = name, tone, muted, gain, level, off = false, change }) {
  const [dragged, setDragged] = useState(null); // dB, until the server has it
  const mute = useAction(() => change({ muted: !muted }));
  const gainChange = useAction(async (value) => {
    await change({ gain: value });
    setDragged(null);
  });
  const shown = dragged ?? gain;
  return html`<button type="button" class="small" aria-pressed=${String(muted)} disabled=${off || mute.busy} onClick=${mute.run}>${muted ? "Muted" : "Mute"}<span class="unseen"> ${name}</span></button>
    <${Meter} name=${`Level of ${whose}`} level=${muted ? 0 : level} tone=${tone} />
    <label class="gain"><span class="unseen">Gain of ${whose}</span>
      <input type="range" min="-60" max="20" step="1" value=${shown} disabled=${off} aria-valuetext=${decibels(shown)} onInput=${(event) => setDragged(Number(event.target.value))} onChange=${(event) => gainChange.run(Number(event.target.value))} />
      <output>${decibels(shown)}</output>
    </label>
    <${Failure} error=${mute.error ?? gainChange.error} />`;
}

// A command to type, with a button that copies it.
export function Command({ text }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(setCopied, 2000, false);
    } catch {
      // Without https the browser keeps the clipboard to itself; the text can be marked.
    }
  };
  return html`<span class="command"><code tabindex="0">${text}</code><button type="button" class="small" onClick=${copy} aria-label=${`Copy ${text}`}>${copied ? "Copied" : "Copy"}</button></span>`;
}
