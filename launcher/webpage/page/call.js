// The page at /call: one call at a time, placed and ended by one button.
import { Caller } from "./caller.js";
import { devices, watchDevices } from "./sound.js";
import { Transcript } from "./transcript.js";
import { STATES, wordsForEnd } from "./words.js";

const FIGURES_EVERY = 1000; // ms
const LEVELS_EVERY = 50;

const element = (id) => document.getElementById(id);
const ui = {};
for (const id of ["answered", "call", "jitter-buffer", "line", "line-level", "loudspeaker", "lost", "message", "microphone", "mute", "own-level", "round-trip", "state", "time", "transcript", "voice"]) {
  ui[id.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = element(id);
}

// /call/NAME?room=ROOM#token=TOKEN, the room of a conference by its name or PIN; the server never sees what stands behind the #.
const address = new URL(location.href);
const line = decodeURIComponent(address.pathname.split("/").pop());
const room = address.searchParams.get("room") ?? "";
const token = () => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
function signalUrl() {
  const url = new URL(line ? `../signal/${encodeURIComponent(line)}` : "../signal", address);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = "";
  url.hash = "";
  return url.href;
}

const transcript = new Transcript(ui.transcript);
const caller = new Caller(ui.voice);

function show() {
  const { state, busy, muted, message } = caller;
  document.body.dataset.state = state;
  ui.state.textContent = STATES[state];
  ui.call.textContent = busy ? "Hang up" : "Call";
  ui.call.toggleAttribute("data-hangs-up", busy);
  ui.mute.disabled = !busy;
  ui.mute.setAttribute("aria-pressed", muted);
  ui.mute.textContent = muted ? "Muted" : "Mute";
  ui.message.hidden = !message.words;
  ui.message.dataset.kind = message.kind;
  // What stands there already is not read out again.
  if (ui.message.textContent === message.words + message.detail) return;
  ui.message.replaceChildren(message.words);
  if (!message.detail) return;
  const small = document.createElement("small");
  small.textContent = message.detail;
  ui.message.append(small);
}

function begin() {
  transcript.clear();
  for (const figure of [ui.roundTrip, ui.jitterBuffer, ui.lost, ui.answered]) figure.textContent = "–";
  caller.begin({ url: signalUrl(), line, token: token(), room });
}

// What the line tells about the conversation.
function told({ name, data }) {
  if (name === "transcript") {
    const text = data["not-understood"] ? "(not understood)" : data.text;
    transcript.said(data.role === "agent" ? "agent" : "caller", text ?? "", { final: data.final !== false, interrupted: data.interrupted === true });
  } else if (name === "latency" && Number.isFinite(data.total)) {
    ui.answered.textContent = milliseconds(data.total / 1e6);
  }
}

function milliseconds(value) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

async function measure() {
  if (!caller.figures) return;
  try {
    const { roundTrip, jitterBuffer, lost } = await caller.figures.read();
    if (!caller.figures) return;
    // Where the line is silent there is nothing to be measured; what was known stays.
    if (roundTrip !== null) ui.roundTrip.textContent = milliseconds(roundTrip);
    if (jitterBuffer !== null) ui.jitterBuffer.textContent = milliseconds(jitterBuffer);
    if (lost !== null) ui.lost.textContent = `${lost < 10 ? lost.toFixed(1) : Math.round(lost)} %`;
  } catch {
    // The connection was closed meanwhile.
  }
}

function showLevel(bar, level) {
  bar.style.setProperty("--level", level.toFixed(3));
  bar.setAttribute("aria-valuenow", Math.round(100 * level));
}

function tick() {
  const levels = caller.levels();
  showLevel(ui.ownLevel, levels.own);
  showLevel(ui.lineLevel, levels.line);
  const seconds = caller.seconds();
  ui.time.textContent = caller.connectedAt ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
}

function mute() {
  if (!ui.mute.disabled) caller.mute(!caller.muted);
}

function fill(select, found, unnamed) {
  const chosen = select.value;
  const options = [new Option("Default", "")];
  for (const [index, device] of found.entries()) options.push(new Option(device.label || `${unnamed} ${index + 1}`, device.deviceId));
  select.replaceChildren(...options);
  select.value = options.some((option) => option.value === chosen) ? chosen : "";
}

async function listDevices() {
  fill(ui.microphone, await devices("audioinput"), "Microphone");
  if (ui.voice.setSinkId) fill(ui.loudspeaker, await devices("audiooutput"), "Loudspeaker");
  else ui.loudspeaker.disabled = true;
}

if (line) {
  ui.line.textContent = `Call ${line}`;
  document.title = `${line} – Jackfield`;
}
caller.addEventListener("change", show);
caller.addEventListener("microphone", listDevices);
caller.addEventListener("told", ({ detail }) => told(detail));
caller.addEventListener("again", () => transcript.note("The server was started anew, and the call with it."));
show();
if (performance.getEntriesByType("navigation")[0]?.responseStatus === 404) {
  caller.say(wordsForEnd({ by: "line", code: "no-such-line" }, line).words, "bad");
}
listDevices();
watchDevices(listDevices);
setInterval(tick, LEVELS_EVERY);
setInterval(measure, FIGURES_EVERY);
ui.call.addEventListener("click", () => (caller.busy ? caller.hangUp() : begin()));
ui.mute.addEventListener("click", mute);
ui.microphone.addEventListener("change", () => caller.chooseMicrophone(ui.microphone.value));
ui.loudspeaker.addEventListener("change", () => caller.chooseLoudspeaker(ui.loudspeaker.value));
document.addEventListener("click", () => ui.voice.paused && caller.play().catch(() => {}));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("select, input, textarea");
  if (event.key.toLowerCase() === "m" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) mute();
});
// A page that goes away ends its call at once, instead of after the server's grace.
addEventListener("pagehide", () => caller.hangUp());
