// The page at /call: one call at a time, placed and ended by one button.
import { Figures } from "./figures.js";
import { LineCall } from "./signalling.js";
import { LevelMeter, devices, openMicrophone, watchDevices } from "./sound.js";
import { Transcript } from "./transcript.js";
import { STATES, wordsForEnd, wordsForMicrophone } from "./words.js";

const FIGURES_EVERY = 1000; // ms
const LEVELS_EVERY = 50;
const SILENT_FOR = 8000; // ms of plain nothing from its beginning on after which a microphone is taken to be off

const element = (id) => document.getElementById(id);
const ui = {};
for (const id of ["answered", "call", "jitter-buffer", "line", "line-level", "loudspeaker", "lost", "message", "microphone", "mute", "own-level", "round-trip", "state", "time", "transcript", "voice"]) {
  ui[id.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = element(id);
}

// /call/NAME#token=TOKEN; the server never sees what stands behind the #.
const address = new URL(location.href);
const line = decodeURIComponent(address.pathname.split("/").pop());
const token = () => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
function signalUrl() {
  const url = new URL(line ? `../signal/${encodeURIComponent(line)}` : "../signal", address);
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  return url.href;
}

const transcript = new Transcript(ui.transcript);
const ownLevel = new LevelMeter();
const lineLevel = new LevelMeter();
let call = null; // the LineCall, from the press of the button to its end
let microphone = null; // the open track
let attempt = 0; // counts presses of the button: an answer to an earlier one is too late
let muted = false;
let connectedAt = 0; // ms, as performance.now(); 0: the call has not begun
let figures = null;
let openedAt = 0; // ms; 0: there is none, or it has given something
let silenceTold = false;

function show(state) {
  document.body.dataset.state = state;
  ui.state.textContent = STATES[state];
  const busy = !["ready", "ended"].includes(state);
  ui.call.textContent = busy ? "Hang up" : "Call";
  ui.call.toggleAttribute("data-hangs-up", busy);
  ui.mute.disabled = !busy;
}

function say(words, kind = "good", detail = "") {
  silenceTold = false;
  ui.message.hidden = !words;
  ui.message.dataset.kind = kind;
  ui.message.replaceChildren(words);
  if (!detail) return;
  const small = document.createElement("small");
  small.textContent = detail;
  ui.message.append(small);
}

function closeMicrophone() {
  if (microphone) microphone.onended = null;
  microphone?.stop();
  microphone = null;
  openedAt = 0;
  ownLevel.track = null;
}

// The present choice; a message and null when it cannot be had.
async function takeMicrophone() {
  try {
    const track = await openMicrophone(ui.microphone.value);
    track.enabled = !muted;
    return track;
  } catch (error) {
    say(wordsForMicrophone(error), "bad");
    return null;
  }
}

function useMicrophone(track) {
  closeMicrophone();
  microphone = track;
  ownLevel.track = track;
  openedAt = performance.now();
  track.onended = () => say("The microphone is gone: it was unplugged, or the browser may not use it any more. Choose another one.", "bad");
  listDevices();
}

async function begin() {
  const mine = ++attempt;
  say("");
  transcript.clear();
  for (const figure of [ui.roundTrip, ui.jitterBuffer, ui.lost, ui.answered]) figure.textContent = "–";
  show("asking");
  const track = await takeMicrophone();
  if (mine !== attempt) return track?.stop();
  if (!track) return show("ready");
  useMicrophone(track);

  call = new LineCall({ url: signalUrl(), track, token: token() });
  call.addEventListener("state", ({ detail }) => entered(detail));
  call.addEventListener("track", ({ detail }) => {
    ui.voice.srcObject = detail.stream;
    lineLevel.track = detail.track;
    ui.voice.play().catch(() => say("The browser plays no sound by itself here. Click anywhere on the page.", "bad"));
  });
  call.addEventListener("event", ({ detail }) => told(detail));
  call.addEventListener("again", () => transcript.note("The server was started anew, and the call with it."));
  call.addEventListener("ended", ({ detail }) => over(detail));
  call.start();
}

function hangUp() {
  ++attempt;
  if (call) call.hangUp();
  else show("ready");
}

function entered({ state, before }) {
  if (state === "ended") return; // `over` follows
  show(state);
  if (state === "connected") {
    connectedAt ||= performance.now();
    figures = new Figures(call.peerConnection);
    say("");
  } else if (state === "reconnecting") {
    say("The connection is interrupted. Trying to get it back …", "bad");
  } else if (before === "reconnecting") {
    say("");
  }
}

function over(why) {
  call = figures = null;
  connectedAt = 0;
  closeMicrophone();
  lineLevel.track = null;
  ui.voice.srcObject = null;
  show("ended");
  const { words, kind, detail } = wordsForEnd(why, line);
  say(words, kind, detail);
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
  if (!figures) return;
  try {
    const { roundTrip, jitterBuffer, lost } = await figures.read();
    if (!figures) return;
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
  const now = performance.now();
  const own = ownLevel.level;
  showLevel(ui.ownLevel, own);
  showLevel(ui.lineLevel, lineLevel.level);
  if (own > 0) {
    openedAt = 0;
    if (silenceTold) say("");
  } else if (muted) {
    openedAt &&= now;
  } else if (connectedAt && openedAt && now - openedAt > SILENT_FOR && ui.message.hidden) {
    say("The microphone gives nothing but silence. Is it switched off, or is it the wrong one?", "bad");
    silenceTold = true;
  }
  const seconds = connectedAt ? Math.floor((now - connectedAt) / 1000) : 0;
  ui.time.textContent = connectedAt ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
}

function mute() {
  if (ui.mute.disabled) return;
  muted = !muted;
  ui.mute.setAttribute("aria-pressed", muted);
  ui.mute.textContent = muted ? "Muted" : "Mute";
  if (microphone) microphone.enabled = !muted;
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

async function changeMicrophone() {
  if (!call) return;
  const mine = attempt;
  const track = await takeMicrophone();
  if (!track) return;
  if (mine !== attempt || !call) return track.stop();
  await call.replaceTrack(track);
  useMicrophone(track);
  say("");
}

async function changeLoudspeaker() {
  try {
    await ui.voice.setSinkId(ui.loudspeaker.value);
  } catch (error) {
    say("The loudspeaker cannot be used.", "bad", error.message);
  }
}

if (line) {
  ui.line.textContent = `Call ${line}`;
  document.title = `${line} – Jackfield`;
}
show("ready");
if (performance.getEntriesByType("navigation")[0]?.responseStatus === 404) {
  say(wordsForEnd({ by: "line", code: "no-such-line" }, line).words, "bad");
}
listDevices();
watchDevices(listDevices);
setInterval(tick, LEVELS_EVERY);
setInterval(measure, FIGURES_EVERY);
ui.call.addEventListener("click", () => (["ready", "ended"].includes(document.body.dataset.state) ? begin() : hangUp()));
ui.mute.addEventListener("click", mute);
ui.microphone.addEventListener("change", changeMicrophone);
ui.loudspeaker.addEventListener("change", changeLoudspeaker);
document.addEventListener("click", () => ui.voice.paused && ui.voice.srcObject && ui.voice.play().catch(() => {}));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("select, input, textarea");
  if (event.key.toLowerCase() === "m" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) mute();
});
// A page that goes away ends its call at once, instead of after the server's grace.
addEventListener("pagehide", () => call?.hangUp());
