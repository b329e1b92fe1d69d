// One call: running or over.
import { clock, count, fullTime, latency, loudness } from "../format.js";
import { HangUpButton, Lasting, StateBadge, VoiceControls, lastAnswer, medianAnswer, partyOf } from "../session_parts.js";
import { Composer, Transcript } from "../transcript.js";
import { Badge, Failure, Figure, Spinner, html, useAction, useDetail, useEffect, useRef, useState } from "../ui.js";
import { GraphView } from "../views/graph.js";
import { JitterView } from "../views/jitter.js";
import { StagesView } from "../views/latency.js";
import { PlayerView } from "../views/player.js";
import { WaterfallView } from "../views/waterfall.js";
import { activity, endReason, kindOf } from "../words.js";

const TABS = [
  { path: "", name: "Conversation", view: Conversation },
  { path: "recording", name: "Recording", view: Recording },
  { path: "latency", name: "Latency", view: Latencies },
  { path: "pipeline", name: "Pipeline", view: GraphView },
  { path: "jitter", name: "Jitter buffer", view: JitterView },
  { path: "details", name: "Details", view: Details },
];

export function CallPage({ id, address, store, api }) {
  const detail = useDetail(store, id, ["session", "error", "loading"]);
  const { session, error } = detail;
  useEffect(() => {
    if (session) document.title = `${partyOf(session)} – Jackfield`;
  }, [session && partyOf(session)]);
  const [, , chosen = ""] = address.path;
  const tabs = useRef(null);
  useEffect(() => {
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [chosen, session === null]);
  if (!session) {
    return html`<p><a href="#/calls">All calls</a></p><h1>Call</h1>${error ? html`<${Failure} error=${error} again=${() => detail.reload()} />` : html`<${Spinner} />`}`;
  }
  const tab = TABS.find(({ path }) => path === chosen) ?? TABS[0];
  return html`<${CallHead} session=${session} store=${store} api=${api} />
    ${error && html`<${Failure} error=${error} />`}
    <nav class="tabs" aria-label="Parts of this call" ref=${tabs}>
      ${TABS.map(({ path, name }) => html`<a key=${path} href=${`#/call/${encodeURIComponent(id)}${path && `/${path}`}`} aria-current=${path === tab.path ? "page" : null}>${name}</a>`)}
    </nav>
    <${tab.view} key=${tab.path} session=${session} store=${store} api=${api} />`;
}

function CallHead({ session, store, api }) {
  const { state } = useDetail(store, session.id, ["state"]);
  const ended = session.state === "ended";
  return html`<div class="head">
      <a class="button small plain" href=${ended ? "#/calls?state=ended" : "#/calls"} aria-label="Back to all calls">←</a>
      <h1>${partyOf(session)}</h1>
      <${StateBadge} session=${session} />
      ${!ended && state && html`<${Badge}>${activity(state)}<//>`}
      ${!ended && html`<span class="push"><${HangUpButton} session=${session} api=${api} /></span>`}
    </div>
    <section class="card" aria-label="Figures of this call">
      <dl class="figures tight">
        <${Figure} name="Line" value=${session.line} hint=${kindOf(session.kind)} />
        ${session["task-run"] && html`<${Figure} name="Task" value=${html`<a href=${`#/tasks/${session["task-run"].id}`}>Run ${session["task-run"].id}</a>`} />`}
        ${session.room && html`<${Figure} name="Room" value=${html`<a href="#/rooms">${session.room.name}</a>`} />`}
        <${Figure} name="Began" value=${clock(session["started-at"])} hint=${fullTime(session["started-at"])} />
        <${Figure} name=${ended ? "Lasted" : "Lasts"} value=${html`<${Lasting} session=${session} />`} />
        ${ended && session["end-reason"] && html`<${Figure} name="End" value=${endReason(session["end-reason"])} tone=${session.failed ? "bad" : ""} />`}
        <${Figure} name="Turns" value=${count(session.turns)} />
        <${Figure} name="Interruptions" value=${count(session.interruptions)} />
        <${Figure} name="Last answer" value=${lastAnswer(session)} hint="from the end of the caller's speech to the first sound of the answer" />
        <${Figure} name="Answer p50" value=${medianAnswer(session)} hint="half of the answers began within this time" />
        <${Figure} name="Answer p95" value=${latency(session.latency?.p95 || undefined)} hint="95 of 100 answers began within this time" />
      </dl>
    </section>`;
}

function Conversation({ session, store, api }) {
  const { entries, notices, loading } = useDetail(store, session.id, ["entries", "notices", "loading"]);
  const write = useAction(async (text) => {
    await api.post(["sessions", session.id, "text"], { text });
    return true;
  });
  const ended = session.state === "ended";
  const faults = notices.filter(({ kind }) => kind !== "tool-call");
  return html`<div class="call-split">
    <section class=${`card conversation ${ended ? "over" : ""}`} aria-label="Conversation">
      <div class="card-head"><h2>Conversation</h2>${!ended && html`<span class="quiet small push">live</span>`}</div>
      ${loading ? html`<${Spinner} />` : html`<${Transcript} entries=${entries} empty=${ended ? "Nothing was said in this call, or nothing was understood." : "Nothing was said yet."} />`}
      ${!ended && html`<${Composer} label="Say something in the caller's place" placeholder="Type in the caller's place …" disabled=${session.state !== "running"} send=${write.run} fault=${write.error && html`<${Failure} error=${write.error} />`} />`}
    </section>
    <div class="stack">
      ${!ended && html`<${Voices} session=${session} store=${store} api=${api} />`}
      ${faults.length > 0 && html`<section class="card" aria-labelledby="call-notices">
        <h2 id="call-notices">Errors and warnings</h2>
        <ul class="notices">${faults.map((notice, index) => html`<li key=${index}><${Badge} tone=${notice.kind === "error" ? "bad" : "warn"}>${notice.kind === "error" ? "Error" : "Warning"}<//><span>${notice.text}</span></li>`)}</ul>
      </section>`}
      ${ended && session.recording && html`<section class="card stack"><h2>Recording</h2><p class="quiet">Both sides, with what was said.</p><div class="row"><a class="button" href=${`#/call/${encodeURIComponent(session.id)}/recording`}>Listen</a></div></section>`}
    </div>
  </div>`;
}

// The recording, and beside it what is said where it is played.
function Recording({ session, store, api }) {
  const { entries } = useDetail(store, session.id, ["entries"]);
  const [at, setAt] = useState(null); // ms since the call's start
  const [seek, setSeek] = useState(null);
  const seekTo = (ms) => setSeek((before) => ({ ms, serial: (before?.serial ?? 0) + 1 }));
  return html`<${PlayerView} session=${session} store=${store} api=${api} onTime=${setAt} seek=${seek} />
    ${session.recording && entries.length > 0 && html`<section class="card conversation over" aria-label="Conversation">
      <div class="card-head"><h2>Conversation</h2><span class="quiet small push">A time plays the recording from there.</span></div>
      <${Transcript} entries=${entries} at=${at} onSeek=${seekTo} />
    </section>`}`;
}

function Latencies({ session, store }) {
  return html`<${WaterfallView} session=${session} store=${store} /><${StagesView} session=${session} store=${store} />`;
}

const VOICES = [["caller", "Caller"], ["agent", "Agent"]];

// Both voices: how loud they are, and what is made of them on their way.
function Voices({ session, store, api }) {
  return html`<section class="card voices" aria-labelledby="call-voices">
    <h2 id="call-voices">Voices</h2>
    ${VOICES.map(([who, name]) => html`<${Voice} key=${who} who=${who} name=${name} session=${session} store=${store} api=${api} />`)}
  </section>`;
}

function Voice({ who, name, session, store, api }) {
  const { level } = useDetail(store, session.id, ["level"]);
  const change = async (wanted) => {
    const [[member, value]] = Object.entries(wanted);
    const answer = await api.post(["sessions", session.id, member === "muted" ? "mute" : "gain"], { [who]: value });
    store.learn({ ...session, [member]: answer[member] ?? answer });
  };
  return html`<div class="voice">
    <h3>${name}</h3>
    <${VoiceControls} name=${name} whose=${`the ${who}`} tone=${who} muted=${session.muted?.[who] ?? false} gain=${session.gain?.[who] ?? 0} level=${loudness(level?.[who]?.peak)} off=${session.state !== "running"} change=${change} />
  </div>`;
}

function Details({ session, store }) {
  const { notices } = useDetail(store, session.id, ["notices"]);
  const rows = [
    ["Id", session.id], ["Line", session.line], ["Kind", kindOf(session.kind)], ["Scenario", session.scenario], ["From", session.from], ["To", session.to],
    ["Began", fullTime(session["started-at"])], ["Ended", session["ended-at"] ? fullTime(session["ended-at"]) : ""], ["End", session["end-reason"] ? `${endReason(session["end-reason"])} (${session["end-reason"]})` : ""],
    ["Was a call", session.call ? "yes" : "no, only a connection"], ["Recording", session.recording ? "yes" : "no"],
  ];
  return html`<div class="columns">
    <section class="card stack" aria-labelledby="details-call"><h2 id="details-call">Call</h2>
      <dl class="details">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
    </section>
    <section class="card stack" aria-labelledby="details-notices"><h2 id="details-notices">Errors, warnings, tools</h2>
      ${notices.length === 0 ? html`<p class="quiet">None.</p>` : html`<ul class="notices">${notices.map((notice, index) => html`<li key=${index}>
        <${Badge} tone=${notice.kind === "error" ? "bad" : notice.kind === "warning" ? "warn" : ""}>${{ error: "Error", warning: "Warning", "tool-call": "Tool" }[notice.kind]}<//>
        <span>${notice.text}${notice.data?.arguments && html` <code>${notice.data.arguments}</code>`}</span></li>`)}</ul>`}
    </section>
  </div>`;
}
