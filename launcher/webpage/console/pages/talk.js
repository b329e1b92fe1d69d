// A call from this page to a line for browsers.
import { devices, watchDevices } from "../call/sound.js";
import { STATES } from "../call/words.js";
import { duration, latency } from "../format.js";
import { go } from "../router.js";
import { Composer, Transcript } from "../transcript.js";
import { Choice, Empty, Failure, Meter, Spinner, html, useAction, useAnnounced, useDetail, useEffect, useState, useStore } from "../ui.js";

const LEVELS_EVERY = 60; // ms

export function TalkPage({ address, store, talk }) {
  const [server, lines] = useStore(store, (state) => [state.server, state.lines.filter(({ kind }) => kind === "browser")]);
  useAnnounced(talk);
  const [, asked = ""] = address.path;
  const wanted = talk.busy ? talk.line : asked;
  const line = lines.find(({ name }) => name === wanted) ?? lines[0];
  const head = html`<div class="head"><h1>Talk</h1></div>`;
  if (!server) return html`${head}<${Spinner} />`;
  if (!line) {
    return html`${head}<section class="card"><${Empty} title="No line is called from browsers">
      <p>A line whose scenario begins with a <code>webrtcbin</code> can be talked to from here, by voice or by text. One comes with Jackfield:</p>
      <code>jackfield run pipelines/browser-agent.gst</code>
      <p>Telephone lines are called by telephone, or by <code>jackfield simulate</code>.</p>
    <//></section>`;
  }
  return html`${head}<div class="talk">
    <${Phone} line=${line} lines=${lines} talk=${talk} />
    <${Words} line=${line} talk=${talk} store=${store} />
  </div>`;
}

function Phone({ line, lines, talk }) {
  const [withMicrophone, setWith] = useState(talk.withMicrophone);
  const { caller, busy } = talk;
  const { words, kind, detail } = caller.message;
  const begin = () => talk.begin(line, { withMicrophone });
  return html`<section class="card stack" aria-label="Your call">
    ${lines.length > 1
      ? html`<label class="field">Line<select value=${line.name} disabled=${busy} onChange=${(event) => go(["talk", event.target.value], {}, { replace: true })}>
          ${lines.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select></label>`
      : html`<h2>${line.name}</h2>`}
    <p class="quiet" role="status"><span class=${`dot ${{ connected: "live", reconnecting: "bad", ready: "", ended: "" }[caller.state] ?? "wait"}`}></span>${STATES[caller.state]} <${Seconds} talk=${talk} /></p>
    ${!busy && html`<${Choice} name="How to talk" value=${withMicrophone ? "voice" : "text"} options=${[["voice", "By voice"], ["text", "By text only"]]} onChange=${(chosen) => setWith(chosen === "voice")} />`}
    <div class="row">
      ${busy
        ? html`<button type="button" class="danger big" onClick=${() => talk.hangUp()}>Hang up</button>
            ${talk.withMicrophone && html`<button type="button" class="big" aria-pressed=${String(caller.muted)} aria-keyshortcuts="m" onClick=${() => talk.mute()}>${caller.muted ? "Muted" : "Mute"}</button>`}`
        : html`<button type="button" class="main big" onClick=${begin}>Call ${line.name}</button>`}
    </div>
    ${words && html`<div class=${`failure ${kind === "good" ? "good" : ""}`} role="alert"><p>${words}${detail && html`<small>${detail}</small>`}</p></div>`}
    ${busy && html`<${Levels} talk=${talk} own=${talk.withMicrophone} />`}
    ${talk.answeredAfter !== null && html`<p class="quiet small">Last answer after ${latency(talk.answeredAfter)}</p>`}
    ${(withMicrophone || busy) && html`<${Devices} talk=${talk} microphone=${busy ? talk.withMicrophone : withMicrophone} />`}
    ${!busy && html`<${CallToken} key=${line.name} line=${line} talk=${talk} />`}
  </section>`;
}

function Seconds({ talk }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((times) => times + 1), 500);
    return () => clearInterval(timer);
  }, []);
  return talk.caller.connectedAt ? html`<span class="numbers" aria-hidden="true">· ${duration(1000 * talk.caller.seconds())}</span>` : null;
}

function Levels({ talk, own }) {
  const [levels, setLevels] = useState({ own: 0, line: 0 });
  useEffect(() => {
    const timer = setInterval(() => setLevels(talk.caller.levels()), LEVELS_EVERY);
    return () => clearInterval(timer);
  }, [talk]);
  return html`<div class="levels">
    ${own && html`<span>You</span><${Meter} name="Level of your microphone" level=${levels.own} tone="caller" />`}
    <span>Line</span><${Meter} name="Level of the line" level=${levels.line} />
  </div>`;
}

// Names of devices are known only after the microphone was allowed once.
function Devices({ talk, microphone }) {
  const [found, setFound] = useState({ microphones: [], loudspeakers: [] });
  const canChoose = "setSinkId" in HTMLMediaElement.prototype;
  useEffect(() => {
    let there = true;
    const list = async () => {
      const lists = { microphones: await devices("audioinput"), loudspeakers: await devices("audiooutput") };
      if (there) setFound(lists);
    };
    list();
    watchDevices(list);
    talk.caller.addEventListener("microphone", list);
    return () => {
      there = false;
      talk.caller.removeEventListener("microphone", list);
    };
  }, [talk]);
  const choice = (name, list, onChange) => html`<label class="field">${name}<select onChange=${(event) => onChange(event.target.value)}>
    <option value="">Default</option>
    ${list.map(({ deviceId, label }, index) => html`<option key=${deviceId} value=${deviceId}>${label || `${name} ${index + 1}`}</option>`)}
  </select></label>`;
  return html`<details><summary>${microphone ? "Microphone and loudspeaker" : "Loudspeaker"}</summary><div class="stack">
    ${microphone && choice("Microphone", found.microphones, (id) => talk.caller.chooseMicrophone(id))}
    ${canChoose && choice("Loudspeaker", found.loudspeakers, (id) => talk.caller.chooseLoudspeaker(id))}
  </div></details>`;
}

function CallToken({ line, talk }) {
  return html`<details><summary>Token for this line</summary>
    <label class="field">Token<input type="password" autocomplete="off" value=${talk.token(line.name)} onChange=${(event) => talk.setToken(line.name, event.target.value.trim())} />
      <small>Only for lines that let nobody in without one. <code>jackfield token ${line.name}</code> makes it.</small></label>
  </details>`;
}

function Words({ line, talk, store }) {
  const sessions = useStore(store, (state) => state.sessions);
  useEffect(() => talk.find(sessions), [sessions, talk.busy]);
  const write = useAction(async (text) => {
    await talk.write(text);
    return true;
  });
  const id = talk.sessionId;
  const ready = talk.caller.state === "connected" && id;
  const empty = talk.busy ? "Nothing was said yet." : `What is said stands here. Press “Call ${line.name}”, then speak, or type below.`;
  return html`<section class="card conversation" aria-label="Conversation">
    <div class="card-head"><h2>Conversation</h2>${id && html`<a class="push small" href=${`#/call/${encodeURIComponent(id)}`}>Everything about this call</a>`}</div>
    ${id ? html`<${Known} key=${id} id=${id} talk=${talk} store=${store} empty=${empty} />` : html`<${Transcript} entries=${talk.entries} empty=${empty} />`}
    <${Composer} label="Type instead of speaking" placeholder=${ready ? "Type instead of speaking …" : "Type here once the call has begun"} disabled=${!ready} send=${write.run} fault=${write.error && html`<${Failure} error=${write.error} />`} />
  </section>`;
}

// The API tells more than the line does: what of an answer was not heard, and what was typed.
function Known({ id, talk, store, empty }) {
  const { entries, loading, error } = useDetail(store, id, ["entries", "loading", "error"]);
  return html`<${Transcript} entries=${loading || error ? talk.entries : entries} empty=${empty} />`;
}
