// Which figures of an element's `stats` stand on it in the drawing, and how figures are written. Pure.
import { count, duration, latency, percent } from "../format.js";

const ms = (ns) => latency(ns / 1e6);
const recorded = (ns) => duration(ns / 1e6);
const speech = [["turns", "turns", count], ["latency-mean", "mean", ms], ["understood", "understood", count]];
const voice = [["time-to-first-audio", "first sound", ms], ["sentences", "sentences", count]];
// factory → [field, words, how]; what an element does not tell is left out.
const KNOWN = {
  adaptivejitter: [["delay", "delay", ms], ["target-delay", "target", ms], ["concealedSamples", "concealed", (samples, stats) => percent((100 * samples) / Math.max(1, stats.totalSamplesReceived ?? 0), 1)]],
  agentbrain: [["state", "", String], ["last-total", "last answer", ms], ["turns", "turns", count]],
  callrecorder: [["recorded", "recorded", recorded], ["gaps", "gaps", count]],
  elevenlabstts: voice,
  flitetts: voice,
  openaitts: voice,
  pocketsphinxstt: speech,
  scriptedllm: [["state", "state", String], ["turns", "turns", count]],
  turndetector: [["state", "", String], ["turns", "turns", count]],
  twiliosink: [["played-position", "played", recorded], ["clears", "clears", count]],
  twiliosrc: [["media-messages", "frames", count], ["missing-time", "missing", ms]],
};

// Fields that tell the most, of elements that are not known by name.
const TELLING = [/^state$/, /turns?$/, /delay$/, /latency$/, /level/, /received/, /sent/, /packets/, /frames/, /bytes/, /dropped|lost|discarded/];
const NANOSECONDS = /(^|-)(delay|latency|duration|time|position|lead|wait|work|age|jitter|round-trip|skew|hang-over|flush|timeout|after|recorded|reply-queued|inference|last-(stt|llm|tts|output|total))(-(mean|min|max|p50|p95|p99))?$/;
const NONE = 18446744073709551615; // GST_CLOCK_TIME_NONE

// A value of `stats` or of the properties, for a person.
export function formatValue(name, value) {
  if (value === null || value === undefined || value === NONE) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (NANOSECONDS.test(name) && Math.abs(value) >= 1000 && Number.isInteger(value)) return ms(value);
    return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
  }
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

// Up to `most` of { words, text }.
export function figuresOf(element, most) {
  const stats = element.stats ?? {};
  const known = KNOWN[element.factory];
  if (known) return known.filter(([field]) => stats[field] !== undefined && stats[field] !== null && stats[field] !== NONE).slice(0, most).map(([field, words, how]) => ({ words, text: how(stats[field], stats) }));
  const fields = Object.keys(stats).filter((field) => ["number", "string"].includes(typeof stats[field]));
  const rank = (field) => {
    const index = TELLING.findIndex((pattern) => pattern.test(field));
    return index < 0 ? TELLING.length : index;
  };
  const telling = fields.filter((field) => typeof stats[field] === "string" ? field === "state" : stats[field] !== NONE);
  telling.sort((one, other) => rank(one) - rank(other) || fields.indexOf(one) - fields.indexOf(other));
  return telling.slice(0, most).map((field) => ({ words: field, text: formatValue(field, stats[field]) }));
}

// Stats and properties as rows of a table, structures in them as rows of their own ("a · b").
export function rowsOf(object, prefix = "") {
  return Object.entries(object ?? {}).flatMap(([name, value]) => {
    const whole = prefix ? `${prefix} · ${name}` : name;
    if (value && typeof value === "object" && !Array.isArray(value)) return rowsOf(value, whole);
    return [{ name: whole, text: formatValue(name, value) }];
  });
}
