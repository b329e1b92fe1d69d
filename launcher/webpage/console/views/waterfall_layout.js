// Where the bars of the turns lie. Pure; all times in ms from the end of the caller's speech.
import { STAGE_ORDER } from "./latency_history.js";

export const STAGES = STAGE_ORDER.filter((stage) => stage !== "total");
export const STAGE_NAMES = {
  "hang-over": "Hang-over",
  stt: "Speech to text",
  llm: "Language model",
  tts: "Text to speech",
  output: "Output",
  other: "Not accounted for",
  total: "Whole answer",
  "incoming-capture": "In: capture",
  "incoming-network": "In: network",
  "incoming-playback": "In: playback",
  "incoming-total": "In: all of it",
  "outgoing-capture": "Out: capture",
  "outgoing-network": "Out: network",
  "outgoing-playback": "Out: playback",
  "outgoing-total": "Out: all of it",
};
// What a stage's time is spent with.
export const STAGE_EXPLANATIONS = {
  "hang-over": "waiting whether the caller goes on speaking",
  stt: "until the text of the turn was there",
  llm: "until its first sentence",
  tts: "until its first sound",
  output: "until the first sound left for the line",
  other: "between stages that told their times",
  total: "from the end of speech to the first sound",
  "incoming-capture": "from the caller's mouth into the network: microphone and encoder",
  "incoming-network": "through the network",
  "incoming-playback": "jitter buffer, decoder and what comes behind them",
  "incoming-total": "from the caller's mouth to us",
  "outgoing-capture": "from us into the network: what comes before the encoder, and that",
  "outgoing-network": "through the network",
  "outgoing-playback": "the caller's jitter buffer and loudspeaker",
  "outgoing-total": "from us to the caller's ear",
};

const SMALL = 0.5; // of what is not accounted for: rounding
const finite = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

// A turn's stages as they follow each other: { turn, total, atMs, isTyped, segments: [{ stage, from, ms }] }.
// What was typed has no end of speech: its time counts from the text, and is not compared with others.
export function layOutTurn(turn) {
  const segments = [];
  let at = 0;
  for (const stage of STAGES) {
    const ms = finite(turn[stage]);
    if (ms === null || ms < 0) continue;
    if (ms > 0) segments.push({ stage, from: at, ms });
    at += ms;
  }
  const total = finite(turn.total) ?? at;
  if (total - at > SMALL) segments.push({ stage: "other", from: at, ms: total - at });
  return { turn: turn.turn, total: Math.max(total, 0), atMs: finite(turn["at-ms"]), isTyped: Boolean(turn.typed), segments };
}

// The end of an axis that holds `most`, and where its lines stand: 1, 2 or 5 times a power of ten apart.
export function axis(most, lines = 5) {
  const end = Math.max(most, 1);
  const rough = end / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
  const count = Math.ceil(end / step - 1e-9);
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

// order: "time" (the latest first) or "slowest". Turns without a total are left out.
export function layOutTurns(turns, { order = "time", budget = null } = {}) {
  const rows = turns.filter((turn) => finite(turn.total) !== null || STAGES.some((stage) => finite(turn[stage]) !== null)).map(layOutTurn);
  const most = rows.reduce((longest, row) => Math.max(longest, row.total), 0);
  const spoken = rows.filter((row) => !row.isTyped);
  const slowest = spoken.length > 1 ? spoken.reduce((one, other) => (other.total > one.total ? other : one)) : null;
  if (order === "slowest") rows.sort((one, other) => other.total - one.total);
  else rows.reverse();
  const totals = spoken.map((row) => row.total).sort((one, other) => one - other);
  return {
    rows,
    slowest,
    median: totals.length > 0 ? totals[Math.ceil(totals.length / 2) - 1] : null,
    axis: axis(Math.max(most, budget?.target ?? 0)),
  };
}

// The way of the sound from mouth to ear: parts one behind the other, with what was asked of each.
export function layOutWay(way) {
  let at = 0;
  const parts = (way?.parts ?? []).map((part) => {
    const ms = finite(part.ms) ?? 0;
    const most = finite(part["budget-max"]) ?? 0;
    const laid = { name: part.name, from: at, ms, origin: part.origin, least: finite(part["budget-min"]) ?? 0, most, over: most > 0 && ms > most };
    at += ms;
    return laid;
  });
  return { parts, total: finite(way?.total) ?? at };
}
