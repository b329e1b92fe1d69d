// How long things may take, docs/specification.md, "Latency targets". Pure; all in ms.

const ANSWER = { target: 500, maximum: 1000, name: "answer of an agent" };
const WAYS = {
  browser: { target: 100, maximum: 150, name: "way of the sound between two people" },
  phone: { target: 200, maximum: 300, name: "way of the sound over the telephone" },
};

// Of a stage on a line of this kind; null when there is none. Only the whole answer has one, and the
// whole way of the sound.
export function stageBudget(stage, kind) {
  if (stage === "incoming-total" || stage === "outgoing-total") return wayBudget(kind);
  return stage === "total" ? ANSWER : null;
}

// Of the way from mouth to ear.
export function wayBudget(kind) {
  return WAYS[kind] ?? WAYS.browser;
}

// "within", "over" (the target) or "beyond" (the maximum).
export function judge(ms, budget) {
  if (!budget || !Number.isFinite(ms)) return "within";
  if (ms > budget.maximum) return "beyond";
  return ms > budget.target ? "over" : "within";
}
