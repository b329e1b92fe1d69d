// The recording of a call: both sides as waveforms with what was said, played from any place at any
// speed, each side as loud as wanted. Of a running call what is there so far.
import { Empty, Failure, Spinner, html, useAction, useDetail, useEffect, useMemo, useRef, useState } from "../ui.js";
import { duration } from "../format.js";
import { saveAs } from "./graph.js";
import { Playback } from "./playback.js";
import { RecordingFile } from "./recording_file.js";
import { Waveform } from "./waveform.js";
import { markAt, markBeside, marksOf } from "./waveform_shape.js";

const POINTS = 2000;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const STEP = 5; // s of an arrow key
const SIDES = [["caller", "Caller"], ["agent", "Agent"]];

export function PlayerView({ session, api, store, onTime, seek }) {
  const [round, setRound] = useState(0);
  const [loaded, setLoaded] = useState(null); // { file, waveform }
  const [error, setError] = useState(null);
  const isOver = session.state === "ended";
  const has = session.recording;

  useEffect(() => {
    if (!has) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const path = ["sessions", session.id, "recording"];
    const file = loaded?.file ?? new RecordingFile((from, to, abort) => api.range(path, from, to, { signal: abort }));
    Promise.all([file.open(signal), api.get(["sessions", session.id, "waveform"], { points: POINTS }, { signal })]).then(
      ([, waveform]) => signal.aborted || (setLoaded({ file, waveform }), setError(null)),
      (failure) => signal.aborted || setError(failure),
    );
    return () => controller.abort();
  }, [session.id, isOver, has, round]);

  const again = () => setRound(round + 1);
  if (!has) return html`<section class="card" aria-label="Recording"><${Empty} title="No recording"><p>${isOver ? "This call was not recorded, or its recording is gone." : "This call is not recorded: its pipeline has no callrecorder, or has not begun to write."}</p><//></section>`;
  if (!loaded) return html`<section class="card" aria-label="Recording">${error ? html`<${Failure} error=${error} again=${again} />` : html`<${Spinner}>Reading the recording …<//>`}</section>`;
  return html`<section class="card player" aria-label="Recording">
    ${error && html`<${Failure} error=${error} again=${again} />`}
    <${Player} key=${session.id} ...${loaded} session=${session} api=${api} store=${store} isOver=${isOver} onReload=${again} onTime=${onTime} seek=${seek} />
  </section>`;
}

// Where it is played, read as often as the screen is drawn while it is.
function usePlayback(file) {
  const [, again] = useState(0);
  const playback = useMemo(() => new Playback(file, () => again((times) => times + 1)), [file]);
  useEffect(() => () => playback.close(), [playback]);
  useEffect(() => {
    if (!playback.playing) return undefined;
    let frame = requestAnimationFrame(function look() {
      again((times) => times + 1);
      frame = requestAnimationFrame(look);
    });
    return () => cancelAnimationFrame(frame);
  }, [playback, playback.playing]);
  return playback;
}

function Player({ file, waveform, session, api, store, isOver, onReload, onTime, seek }) {
  const { entries } = useDetail(store, session.id, ["entries"]);
  const playback = usePlayback(file);
  const { seconds } = file;
  const startMs = session["recording-start-ms"] ?? 0;
  const marks = useMemo(() => marksOf(entries, startMs, 1000 * seconds), [entries, startMs, seconds]);
  const { position } = playback;
  const positionMs = 1000 * position;
  const speaks = markAt(marks, positionMs);
  const began = useRef(false);
  began.current ||= playback.playing || position > 0;

  // A tenth of a second is enough for who follows.
  const tick = Math.floor(positionMs / 100);
  useEffect(() => {
    if (began.current) onTime?.(startMs + positionMs);
  }, [tick, startMs]);
  useEffect(() => () => onTime?.(null), []);
  useEffect(() => {
    if (!seek) return;
    began.current = true;
    playback.seek((seek.ms - startMs) / 1000);
  }, [seek?.serial]);

  const toggle = () => (playback.playing ? playback.pause() : playback.play());
  const go = (to) => playback.seek(to);
  const beside = (direction) => {
    const to = markBeside(marks, 1000 * playback.position, direction);
    if (to !== null || direction < 0) go((to ?? 0) / 1000);
  };
  const keys = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { " ": toggle, k: toggle, ArrowLeft: () => go(playback.position - STEP), ArrowRight: () => go(playback.position + STEP), ArrowUp: () => go(playback.position + STEP), ArrowDown: () => go(playback.position - STEP), Home: () => go(0), End: () => go(seconds), PageUp: () => beside(-1), PageDown: () => beside(1) }[event.key];
    if (!to) return;
    event.preventDefault();
    to();
  };

  return html`<div class="card-head">
      <h2>Recording</h2>
      <span class="quiet small">${duration(1000 * seconds)}${isOver ? "" : " so far"}</span>
      ${!isOver && html`<button type="button" onClick=${onReload}>Read what came since</button>`}
      <${Download} session=${session} api=${api} />
    </div>
    <${Waveform} waveform=${waveform} marks=${marks} position=${position} length=${seconds} onSeek=${go} onKeyDown=${keys} />
    <div class="player-controls">
      <span class="row">
        <button type="button" aria-label="What was said before" title="What was said before (Page Up)" onClick=${() => beside(-1)}><${Skip} back /></button>
        <button type="button" class="main play" aria-keyshortcuts="Space" onClick=${toggle}>${playback.playing ? "Pause" : "Play"}</button>
        <button type="button" aria-label="What was said next" title="What was said next (Page Down)" onClick=${() => beside(1)}><${Skip} /></button>
      </span>
      <span class="numbers" aria-live="off">${duration(positionMs)} / ${duration(1000 * seconds)}${playback.state === "waiting" ? " · loading" : ""}</span>
      <label class="pick">Speed <select value=${playback.speed} onChange=${(event) => (playback.speed = Number(event.target.value))}>${SPEEDS.map((speed) => html`<option key=${speed} value=${speed}>${speed} ×</option>`)}</select></label>
      ${SIDES.slice(0, file.channels).map(([side, name], index) => html`<${Volume} key=${side} name=${name} side=${side} onChange=${(volume) => playback.setVolume(index, volume)} />`)}
    </div>
    ${playback.error && html`<${Failure} error=${playback.error} again=${() => playback.play()} />`}
    <p class=${`now-said ${speaks < 0 ? "" : marks[speaks].who}`}>${speaks < 0 ? html`<span class="quiet small">${marks.length === 0 ? "Nothing was understood in this recording." : "Nobody speaks."}</span>` : html`<b>${marks[speaks].who === "agent" ? "Agent" : "Caller"}</b> ${marks[speaks].text}${marks[speaks].interrupted ? html` … <span class="badge warn">interrupted</span>` : ""}`}</p>`;
}

function Skip({ back = false }) {
  return html`<svg viewBox="0 0 20 20" aria-hidden="true"><path d=${back ? "M3 4h2v12H3zM17 4v12L6 10z" : "M15 4h2v12h-2zM3 4v12l11-6z"} /></svg>`;
}

function Volume({ name, side, onChange }) {
  const [volume, setVolume] = useState(1);
  const [isMuted, setMuted] = useState(false);
  const set = (value, muted) => {
    setVolume(value);
    setMuted(muted);
    onChange(muted ? 0 : value);
  };
  return html`<span class=${`volume ${side}`}>
    <button type="button" aria-pressed=${isMuted} onClick=${() => set(volume, !isMuted)} aria-label=${`Mute ${name.toLowerCase()}`}>${name}${isMuted ? " off" : ""}</button>
    <input type="range" min="0" max="1" step="0.05" value=${isMuted ? 0 : volume} aria-label=${`Volume of the ${name.toLowerCase()}`} onInput=${(event) => set(Number(event.target.value), false)} />
  </span>`;
}

// The token goes in a header, so the browser cannot fetch it by a link alone.
function Download({ session, api }) {
  const { run, busy, error } = useAction(async () => saveAs(await api.blob(["sessions", session.id, "recording"]), `${session.id}.wav`));
  return html`<button type="button" disabled=${busy} onClick=${run}>${busy ? "Fetching …" : "Download"}</button>${error && html`<${Failure} error=${error} />`}`;
}
