// Parts of calls that more than one page shows.
import { duration, latency } from "./format.js";
import { Badge, Dialog, Failure, html, useAction, useNow, useState } from "./ui.js";
import { sessionState, speaker } from "./words.js";

// Who talks to whom, in one line.
export function partyOf(session) {
  if (session.kind === "once") return session.scenario;
  const from = session.from || (session.kind === "browser" ? "Browser" : "Unknown");
  return session.to ? `${from} → ${session.to}` : from;
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

// Hanging up ends a conversation of somebody else: it is asked once more.
export function HangUpButton({ session, api, small = false }) {
  const [asked, setAsked] = useState(false);
  const { run, busy, error } = useAction(async () => {
    await api.post(["sessions", session.id, "hangup"], { reason: "console" });
    setAsked(false);
  });
  const going = session.state === "ending";
  const close = () => !busy && setAsked(false);
  return html`
    <button type="button" class=${small ? "small" : "danger"} disabled=${going} onClick=${() => setAsked(true)} aria-label=${small ? `Hang up ${partyOf(session)}` : null}>
      ${going ? "Hanging up …" : "Hang up"}
    </button>
    ${asked && html`<${Dialog} title="Hang up?" onClose=${close} actions=${[
      html`<button type="button" key="no" onClick=${close} autofocus>Keep the call</button>`,
      html`<button type="button" key="yes" class="danger" disabled=${busy} onClick=${run}>${busy ? "Hanging up …" : "Hang up"}</button>`,
    ]}>
      <p><b>${partyOf(session)}</b> on ${session.line} is in the middle of a call, for <${Lasting} session=${session} />. It ends at once.</p>
      <${Failure} error=${error} />
    <//>`}`;
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
