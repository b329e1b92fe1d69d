// Waveforms as columns of pixels, and what is marked on them. Pure.

// { low, high } of `width` columns, of as many as the server sent, for the part of the recording from
// `from` to `to` (0 to 1). Where there are fewer points than columns, each stands in several.
export function columnsOf(side, width, from = 0, to = 1) {
  const points = side.low.length;
  const low = new Float32Array(width);
  const high = new Float32Array(width);
  if (points === 0) return { low, high };
  for (let column = 0; column < width; ++column) {
    const first = (from + ((to - from) * column) / width) * points;
    const last = (from + ((to - from) * (column + 1)) / width) * points;
    const start = Math.min(points - 1, Math.max(0, Math.floor(first)));
    const end = Math.min(points, Math.max(start + 1, Math.ceil(last - 1e-9)));
    let least = side.low[start];
    let most = side.high[start];
    for (let point = start + 1; point < end; ++point) {
      if (side.low[point] < least) least = side.low[point];
      if (side.high[point] > most) most = side.high[point];
    }
    low[column] = least;
    high[column] = most;
  }
  return { low, high };
}

// By how much to draw both sides larger, so that quiet speech is seen: the loudest place fills 90 %.
export function gainOf(sides) {
  let peak = 0;
  for (const side of sides) {
    for (const value of side.low) peak = Math.max(peak, -value);
    for (const value of side.high) peak = Math.max(peak, value);
  }
  return peak > 0 ? Math.min(20, 0.9 / peak) : 1;
}

const known = (value) => typeof value === "number" && Number.isFinite(value);

// What was said when, on the recording's clock (which began at `startMs` of the call's), in order of
// time: { who, fromMs, toMs, text, interrupted, turn, entry }. What lies outside of it is left out.
export function marksOf(entries, startMs, lengthMs) {
  const marks = [];
  for (const entry of entries) {
    if (!["caller", "agent"].includes(entry.who) || entry.final === false) continue;
    const from = known(entry["start-ms"]) ? entry["start-ms"] : entry["at-ms"];
    if (!known(from)) continue;
    const to = known(entry["end-ms"]) ? entry["end-ms"] : from;
    const fromMs = Math.max(0, from - startMs);
    const toMs = Math.min(lengthMs, Math.max(to - startMs, fromMs));
    if (to - startMs < 0 || fromMs > lengthMs) continue;
    const text = entry.heard || entry.text || (entry["not-understood"] ? "not understood" : "");
    marks.push({ who: entry.who, fromMs, toMs, text, interrupted: Boolean(entry.interrupted), turn: entry.turn, entry });
  }
  return marks.sort((one, other) => one.fromMs - other.fromMs);
}

// The index of the mark that was begun last and is not over at `ms`; −1: nobody speaks.
export function markAt(marks, ms) {
  for (let index = marks.length - 1; index >= 0; --index) if (marks[index].fromMs <= ms && ms < Math.max(marks[index].toMs, marks[index].fromMs + 1)) return index;
  return -1;
}

// The beginning of the mark after (1) or before (−1) `ms`; one that has only just begun does not count
// as before. null: there is none.
export function markBeside(marks, ms, direction) {
  const begins = marks.map((mark) => mark.fromMs);
  if (direction > 0) return begins.find((begin) => begin > ms + 50) ?? null;
  return begins.filter((begin) => begin < ms - 800).at(-1) ?? null;
}
