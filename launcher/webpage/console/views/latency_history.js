// The percentiles of each line's stages over the last quarter of an hour, kept from what the server
// tells once a second. Pure.
import { TimeSeries } from "./time_series.js";

export const HISTORY_MS = 15 * 60 * 1000;
export const STAGE_ORDER = ["hang-over", "stt", "llm", "tts", "output", "total"];
// The way of the sound in calls over WebRTC.
const WAY_ORDER = ["incoming", "outgoing"].flatMap((way) => ["capture", "network", "playback", "total"].map((part) => `${way}-${part}`));
const ORDER = [...STAGE_ORDER, ...WAY_ORDER];
export const PERCENTILES = ["p50", "p95", "p99"];

// Lines and stages are those of a configuration; more than this is nothing real.
const MOST_LINES = 256;
const MOST_STAGES = 32;

const place = (stage) => {
  const index = ORDER.indexOf(stage);
  return index < 0 ? ORDER.length : index;
};
export const byStageOrder = (one, other) => place(one.stage) - place(other.stage) || (one.stage < other.stage ? -1 : one.stage > other.stage ? 1 : 0);

export class LatencyHistory {
  #lines = new Map(); // line → Map of stage → { latest, series }

  // `stages`: as the API gives them; one that is the same object as the last time is passed over.
  add(line, stages, atMs) {
    let known = this.#lines.get(line);
    if (!known) {
      if (this.#lines.size >= MOST_LINES) return;
      this.#lines.set(line, (known = new Map()));
    }
    for (const latest of stages) {
      let entry = known.get(latest.stage);
      if (entry?.latest === latest) continue;
      if (!entry) {
        if (known.size >= MOST_STAGES) continue;
        entry = { latest, series: new TimeSeries(2 * PERCENTILES.length, { spanMs: HISTORY_MS, most: 1200 }) };
        known.set(latest.stage, entry);
      }
      entry.latest = latest;
      const recent = latest.recent ?? {};
      // Of no values there are no percentiles.
      const none = !latest.count;
      entry.series.add(atMs, [...PERCENTILES.map((name) => (none ? null : recent[name])), ...PERCENTILES.map((name) => (none ? null : latest[name]))]);
    }
  }

  // What the server tells of the time before the first add(): `stages` as in /api/v1/latency/history.
  addPast(line, stages, nowMs) {
    for (const { stage, "ago-ms": ago, recent, start } of stages) {
      ago.forEach((ms, row) => {
        const of = (figures) => Object.fromEntries(PERCENTILES.map((name) => [name, figures[name][row]]));
        this.add(line, [{ stage, count: 1, ...of(start), recent: of(recent) }], nowMs - ms);
      });
    }
  }

  // [times in s, p50, p95, p99] of the last 1000 values (window "recent") or since the start ("start").
  chart(line, stage, window, nowMs) {
    const series = this.#lines.get(line)?.get(stage)?.series;
    if (!series) return [[], ...PERCENTILES.map(() => [])];
    const [times, ...columns] = series.window(nowMs);
    return [times, ...(window === "recent" ? columns.slice(0, PERCENTILES.length) : columns.slice(PERCENTILES.length))];
  }
}

const histories = new WeakMap();

// The history of a store, which is written from the first call on.
export function watchLatency(store) {
  let history = histories.get(store);
  if (history) return history;
  history = new LatencyHistory();
  histories.set(store, history);
  let seen = null;
  let started = false;
  const look = () => {
    const { latency, past } = store.state;
    if (latency === seen) return;
    seen = latency;
    if (past && !started) for (const { line, stages } of past) history.addPast(line, stages, Date.now());
    started ||= Boolean(past);
    for (const [line, stages] of latency) history.add(line, stages, Date.now());
  };
  look();
  store.listen(look);
  return history;
}
