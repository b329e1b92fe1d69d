// The part of a ControlStandIn that is the directory of callers. Written from docs/control-api.md.
class CallerStandIn {
  constructor() {
    this.callers = null; // Map by number; null: there is no directory
    this.notes = 0;
  }

  add(caller, members = {}, notes = []) {
    this.callers ??= new Map();
    const now = new Date().toISOString();
    const entry = { caller, name: "", language: "", permissions: [], created: now, changed: now, "last-call": now, calls: 1, notes: [], ...members };
    this.callers.set(caller, entry);
    for (const text of notes) this.#note(entry, text, "agent");
    return entry;
  }

  #note(entry, text, author) {
    entry.notes.unshift({ id: ++this.notes, time: new Date().toISOString(), author, source: author === "agent" ? "call-1" : "api", text });
  }

  // What the API answers; null: this is none of its paths.
  answer(method, name, query, given, fault) {
    if (name !== "callers") return null;
    if (!this.callers) return fault(404, "no-directory", "no line has a directory of callers (jackfield run --callers)");
    const number = method === "GET" ? query.get("caller") : given.caller;
    if (!number) return [200, this.#page(query.get("after") ?? "", Number(query.get("limit") ?? 50))];
    if (!/^(\+\d{6,15}|sip:|client:|browser:)/.test(number)) return fault(400, "bad-caller", "'caller' is a number with its country (+15551234567)");
    if (method === "PATCH" && !this.callers.has(number)) this.add(number);
    const entry = this.callers.get(number);
    if (!entry) return fault(404, "no-such-caller", "nothing is known of this caller");
    if (method === "GET") return [200, { callers: [this.#view(entry)], next: null }];
    if (method === "PATCH") return [200, this.#change(entry, given)];
    this.callers.delete(number);
    return [200, { forgotten: number, erased: true }];
  }

  #view(entry) {
    return { ...entry, "note-count": entry.notes.length };
  }

  #page(after, limit) {
    const all = [...this.callers.values()].sort((one, other) => (one.caller < other.caller ? -1 : 1)).filter(({ caller }) => caller > after);
    const callers = all.slice(0, limit).map((entry) => ({ ...this.#view(entry), notes: undefined }));
    return { callers, next: all.length > limit ? callers.at(-1).caller : null };
  }

  #change(entry, { caller, note, "remove-note": removed, ...members }) {
    Object.assign(entry, members);
    if (note) this.#note(entry, note, "person");
    if (removed) entry.notes = entry.notes.filter(({ id }) => id !== removed);
    return this.#view(entry);
  }
}

module.exports = { CallerStandIn };
