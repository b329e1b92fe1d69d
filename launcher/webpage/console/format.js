// Numbers and times as people read them.

export const NONE = "–";

const number = (value) => typeof value === "number" && Number.isFinite(value);

// A latency in ms: "48 ms", "3.2 ms", "1.24 s".
export function latency(ms) {
  if (!number(ms)) return NONE;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

// How long something lasted, from ms: "0:07", "12:41", "1:02:03".
export function duration(ms) {
  if (!number(ms)) return NONE;
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

// The same in words, from ms: "3 days", "2 h 5 min", "12 s".
export function span(ms) {
  if (!number(ms)) return NONE;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

const numberFormat = new Intl.NumberFormat();
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const dateOf = (iso) => {
  const date = new Date(iso ?? NaN);
  return Number.isNaN(date.getTime()) ? null : date;
};

// "14:03:22", with the day before it when that is not today.
export function clock(iso, now = new Date()) {
  const date = dateOf(iso);
  if (!date) return NONE;
  const time = clockFormat.format(date);
  return date.toDateString() === now.toDateString() ? time : `${dayFormat.format(date)} ${time}`;
}

export function fullTime(iso) {
  const date = dateOf(iso);
  return date ? fullFormat.format(date) : NONE;
}

export function percent(value, digits = 0) {
  return number(value) ? `${value.toFixed(digits)} %` : NONE;
}

export function decibels(value) {
  if (!number(value)) return NONE;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(Math.round(value))} dB`;
}

export function count(value) {
  return number(value) ? numberFormat.format(value) : NONE;
}

// "1 call", "3 calls".
export function several(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

// How loud, 0 to 1, from dBFS; −60 dB and less is nothing.
export function loudness(dbfs) {
  return number(dbfs) ? Math.min(1, Math.max(0, 1 + dbfs / 60)) : 0;
}
