// What is known of the server: read once, then kept up to date by its events.
import { Announcer } from "./announcer.js";
import { ApiError } from "./api.js";
import { EventSocket } from "./socket.js";

const SHARED_EVENTS = ["session-opened", "session-running", "session-changed", "session-ended", "record-deleted", "room-opened", "room-ended", "seat-joined", "seat-left", "seat-changed", "transcript", "turn", "latency", "server", "question", "transfer"];
const LIST_PAUSE = 100; // ms: nobody reads hundreds of lines faster
const COUNT_PAUSE = 1000; // ms between two looks at the lines
const MOST_ENTRIES = 2000; // of one transcript
const MOST_JITTER = 600; // events of one call: ten minutes
const MOST_TURNS = 1000;
const MOST_NOTICES = 200; // errors and warnings of one call
const MOST_EARLY = 1000; // events that came before the answer to what was before them
const SAME_START = 100; // ms: times are worked out anew for each event
const LEVEL_INTERVAL = 100; // ms

const EMPTY = { connection: "connecting", retryAt: 0, denied: null, server: null, lines: [], rooms: new Map(), tasks: 0, questions: new Map(), transfers: new Map(), people: false, sessions: new Map(), latency: new Map(), past: null, error: null, ended: 0 };

export class Store extends Announcer {
  state = EMPTY;
  #api;
  #socket = null;
  #details = new Map();
  #counting = null; // a timer
  #changed = null; // sessions that changed since the last render, as another Map

  constructor(api) {
    super(LIST_PAUSE);
    this.#api = api;
    api.onDenied = (error) => this.#denied(error);
  }

  get api() {
    return this.#api;
  }

  // Opens the socket, or does it anew with another token.
  start() {
    this.stop();
    this.state = { ...EMPTY };
    this.changed();
    this.#socket = new EventSocket({
      url: this.#api.eventsUrl,
      token: () => this.#api.token,
      subscription: { sessions: "all", events: SHARED_EVENTS },
      onSubscribed: (sessions) => this.#subscribed(sessions),
      onEvent: (message) => this.#take(message),
      onLost: (retryAt) => this.#lost(retryAt),
      onRefused: ({ code, message }) => this.set({ error: new ApiError(1008, code, message) }),
    });
    this.#probe();
    for (const detail of this.#details.values()) detail.start();
  }

  stop() {
    this.#socket?.close();
    this.#socket = null;
    for (const detail of this.#details.values()) detail.stop();
  }

  retry() {
    this.#socket?.retry();
  }

  // The call's SessionDetail, until as many `release` came.
  detail(id) {
    let detail = this.#details.get(id);
    if (!detail) {
      detail = new SessionDetail(this.#api, id);
      this.#details.set(id, detail);
      detail.start();
    }
    detail.users += 1;
    return detail;
  }

  release(detail) {
    detail.users -= 1;
    if (detail.users > 0) return;
    detail.stop();
    this.#details.delete(detail.id);
  }

  // What an answer told of a session, without waiting for the event.
  learn(session) {
    if (!session?.id) return;
    if (session.state === "ended") this.#sessions().delete(session.id);
    else this.#sessions().set(session.id, session);
    this.#details.get(session.id)?.learn(session);
    this.changed();
  }

  // `change`: what seats become, from what they are.
  learnSeats(id, change) {
    this.#room(id, (room) => ({ ...room, seats: change(room.seats) }));
    this.changed();
  }

  // What was answered from here.
  forgetQuestion(id) {
    this.#without("questions", (question) => question.id === id);
  }

  // Of a Map of the state, all but these.
  #without(name, gone) {
    const left = [...this.state[name]].filter(([, one]) => !gone(one));
    if (left.length < this.state[name].size) this.set({ [name]: new Map(left) });
  }

  #question(session, line, at, { state, id, ...data }) {
    if (state === "answered" || state === "refused") return this.forgetQuestion(id);
    const known = this.state.questions.get(id) ?? (state === "asked" && { id, session, line, "asked-at": at, ...data });
    if (known) this.set({ people: true, questions: new Map(this.state.questions).set(id, { ...known, waiting: state === "asked" }) });
  }

  #room(id, change) {
    const rooms = new Map(this.state.rooms);
    const room = rooms.get(id);
    if (room) rooms.set(id, change(room));
    this.state = { ...this.state, rooms };
  }

  set(change) {
    this.state = { ...this.state, ...change };
    this.changed();
  }

  // A Map of this frame, which may be written to.
  #sessions() {
    if (!this.#changed) {
      this.#changed = new Map(this.state.sessions);
      this.state = { ...this.state, sessions: this.#changed };
      queueMicrotask(() => (this.#changed = null));
    }
    return this.#changed;
  }

  async #subscribed(sessions) {
    this.#changed = null;
    this.set({ connection: "live", retryAt: 0, sessions: new Map(sessions.map((session) => [session.id, session])) });
    try {
      await this.reload();
    } catch (error) {
      if (error.status !== 401) this.set({ error });
    }
  }

  // What no event tells, or only in parts.
  async reload() {
    // What was before this page is asked for once.
    const paths = ["server", "lines", "rooms", "tasks", "questions", "latency", ...(this.state.past ? [] : ["latency/history"])];
    const [server, { lines }, { rooms }, { tasks }, { questions }, latency, past] = await Promise.all(paths.map((path) => this.#api.get(path)));
    this.set({ server, lines, tasks: tasks.length, questions: new Map(questions.map((question) => [question.id, question])), people: this.state.people || questions.length > 0, past: past?.lines ?? this.state.past, rooms: new Map(rooms.map((room) => [room.id, room])), latency: new Map(latency.lines.map(({ line, stages }) => [line, stages])), error: null });
  }

  // Of the lines no event tells; after a call has come or gone they are asked, not too often.
  #count() {
    this.#counting ??= setTimeout(async () => {
      this.#counting = null;
      try {
        this.set({ lines: (await this.#api.get("lines")).lines });
      } catch {
        // The next call brings another look.
      }
    }, COUNT_PAUSE);
  }

  #lost(retryAt) {
    this.set({ connection: "lost", retryAt });
    this.#probe();
  }

  // A socket that is refused does not say why; an answer does.
  async #probe() {
    try {
      await this.#api.get("server");
    } catch (error) {
      if ([403, 429].includes(error.status)) this.#denied(error);
    }
  }

  #denied(denied) {
    this.stop();
    this.set({ connection: "denied", denied });
  }

  #take({ event, session: id, line, at, data }) {
    switch (event) {
      case "session-opened":
      case "session-running":
      case "session-changed":
        if (event === "session-opened") this.#count();
        this.#sessions().set(data.id ?? id, data.id ? data : { ...this.state.sessions.get(id), ...data });
        break;
      case "session-ended":
        this.#sessions().delete(id);
        this.state = { ...this.state, ended: this.state.ended + 1 };
        this.#count();
        for (const name of ["questions", "transfers"]) this.#without(name, ({ session }) => session === id);
        break;
      case "question":
        this.#question(id, line, at, data);
        return;
      case "transfer":
        this.state = { ...this.state, people: true, transfers: new Map(this.state.transfers).set(id, { ...data, session: id, line }) };
        break;
      case "room-opened":
        this.state = { ...this.state, rooms: new Map(this.state.rooms).set(id, data) };
        break;
      case "room-ended":
        this.state = { ...this.state, rooms: new Map([...this.state.rooms].filter(([known]) => known !== id)) };
        break;
      case "seat-joined":
      case "seat-left":
      case "seat-changed":
        this.learnSeats(id, (seats) => withSeat(seats, data.seat, event === "seat-left"));
        return;
      case "record-deleted":
        this.#details.get(id)?.reload();
        this.state = { ...this.state, ended: this.state.ended + 1 };
        break;
      case "transcript":
        if (data.final !== false) this.#amend(id, { "last-said": { who: data.who, text: data.heard ?? data.text } });
        else return;
        break;
      case "turn":
        this.#amend(id, (session) => ({ turns: Math.max(session.turns, data.turn ?? 0), latency: { ...session.latency, last: data.total } }));
        break;
      case "latency":
        this.#latency(line, data);
        break;
      case "server":
        this.state = { ...this.state, server: { ...this.state.server, ...data } };
        break;
      default:
        return;
    }
    this.changed();
  }

  #amend(id, change) {
    const session = this.state.sessions.get(id);
    if (session) this.#sessions().set(id, { ...session, ...(typeof change === "function" ? change(session) : change) });
  }

  // Of each line those stages that changed.
  #latency(line, data) {
    const latency = new Map(this.state.latency);
    for (const { line: name, stages } of data.lines ?? [{ line, stages: data.stages ?? [] }]) {
      const known = new Map((latency.get(name) ?? []).map((stage) => [stage.stage, stage]));
      for (const stage of stages) known.set(stage.stage, stage);
      latency.set(name, [...known.values()]);
    }
    this.state = { ...this.state, latency };
  }
}

// With this one as it is now, at its place; a new one comes last.
export function withSeat(seats, seat, gone = false) {
  const same = (other) => other.session === seat.session;
  if (gone) return seats.filter((other) => !same(other));
  return seats.some(same) ? seats.map((other) => (same(other) ? seat : other)) : [...seats, seat];
}

// Everything of one call. Its members are never changed in place: a changed one is another object.
export class SessionDetail extends Announcer {
  users = 0;
  session = null;
  entries = [];
  turns = [];
  stages = [];
  media = null;
  jitter = [];
  level = null;
  state = "";
  notices = []; // errors, warnings, tool calls: { kind, at, text, data }
  error = null;
  loading = true;
  #api;
  #socket = null;
  #generation = 0;
  #measuring = false;
  #early = null; // events that came while the answers were awaited, which may be older

  constructor(api, id) {
    super();
    this.#api = api;
    this.id = id;
  }

  start() {
    this.stop();
    this.#socket = new EventSocket({
      url: this.#api.eventsUrl,
      token: () => this.#api.token,
      subscription: { sessions: [this.id], "level-interval-ms": LEVEL_INTERVAL },
      // Of a call that is over nothing comes any more.
      silence: 0,
      onSubscribed: () => this.reload(),
      onEvent: (message) => this.#take(message),
      onLost: () => this.#put({ level: null }),
    });
  }

  stop() {
    this.#generation += 1;
    this.#socket?.close();
    this.#socket = null;
  }

  learn(session) {
    this.#put({ session: { ...this.session, ...session } });
  }

  async reload() {
    const mine = ++this.#generation;
    const path = (...rest) => ["sessions", this.id, ...rest];
    this.#early = [];
    try {
      const session = await this.#api.get(path());
      const [transcript, latency] = await Promise.all([this.#api.get(path("transcript")), this.#api.get(path("latency"))]);
      if (mine !== this.#generation) return;
      this.#put({
        session,
        entries: transcript.entries,
        turns: latency.turns ?? [],
        stages: latency.stages ?? [],
        media: latency.media ?? null,
        notices: [...(session.errors ?? []).map((error) => notice("error", error)), ...(session.warnings ?? []).map((warning) => notice("warning", warning))],
        error: null,
        loading: false,
      });
      const early = this.#early ?? [];
      this.#early = null;
      for (const message of early) this.#take(message);
      if (session.state === "ended") this.#settle();
    } catch (error) {
      if (mine !== this.#generation) return;
      this.#early = null;
      this.#put({ error, loading: false });
    }
  }

  // What no event tells of one call: its figures by stage, and the way of its sound. While an answer is
  // awaited no other is asked for.
  async #measure() {
    if (this.#measuring) return;
    this.#measuring = true;
    try {
      const { stages = [], media = null } = await this.#api.get(["sessions", this.id, "latency"]);
      this.#put({ stages, media });
    } catch {
      // The next turn brings another look.
    }
    this.#measuring = false;
  }

  #turn(data) {
    const turns = [...this.turns.filter(({ turn }) => turn !== data.turn), data].slice(-MOST_TURNS);
    const totals = turns.map(({ total }) => total).filter(Number.isFinite).sort((one, other) => one - other);
    const below = (share) => totals[Math.ceil(share * totals.length) - 1]; // nearest rank, as the server's
    const latency = totals.length ? { last: data.total, p50: below(0.5), p95: below(0.95) } : undefined;
    this.#put({ turns, session: { ...this.session, turns: Math.max(turns.length, this.session?.turns ?? 0), latency } });
  }

  #put(members) {
    Object.assign(this, members);
    this.changed();
  }

  // A call that is over says nothing more.
  #settle() {
    this.#socket?.close();
    this.#socket = null;
    this.#put({ level: null, state: "" });
  }

  #take({ event, session: id, at, data }) {
    if (id !== this.id) return;
    if (this.#early && event !== "level") return void (this.#early.length < MOST_EARLY && this.#early.push({ event, session: id, at, data }));
    switch (event) {
      case "session-opened":
      case "session-running":
      case "session-changed":
        return this.#put({ session: { ...this.session, ...data } });
      case "session-ended":
        this.#put({ session: { ...this.session, ...data } });
        // What is known of it now stands in its records.
        return void this.reload();
      case "transcript":
        return this.#put({ entries: withEntry(this.entries, data) });
      case "turn":
        this.#turn(data);
        return void this.#measure();
      case "jitter":
        return this.#put({ jitter: [...this.jitter, { at: Date.parse(at), ...data }].slice(-MOST_JITTER) });
      case "level":
        return this.#put({ level: data });
      case "state":
        return this.#put({ state: data.state ?? "" });
      case "interrupted":
        if (data.confirmed === false) return;
        return this.#put({ session: { ...this.session, interruptions: (this.session?.interruptions ?? 0) + 1 } });
      case "error":
      case "warning":
      case "tool-call":
        return this.#put({ notices: [...this.notices, notice(event, data, at)].slice(-MOST_NOTICES) });
    }
  }
}

function notice(kind, data, at = null) {
  const text = typeof data === "string" ? data : data.text ?? data.message ?? data.name ?? "";
  return { kind, at: at ?? data.at ?? null, text, data };
}

// The transcript with one more entry: it takes the place of what is known of the same, which is an
// interim one of that speaker, or the same turn's.
export function withEntry(entries, entry) {
  for (let index = entries.length - 1, looked = 0; index >= 0 && looked < 20; --index, ++looked) {
    const known = entries[index];
    if (known.who !== entry.who || known.turn !== entry.turn) continue;
    if (known.final === false || Math.abs(known["start-ms"] - entry["start-ms"]) < SAME_START) {
      const changed = entries.slice();
      // Nothing was understood after all.
      if (entry.final !== false && !entry.text && !entry["not-understood"]) changed.splice(index, 1);
      else changed[index] = entry;
      return changed;
    }
  }
  if (!entry.text && !entry["not-understood"]) return entries;
  return [...entries, entry].slice(-MOST_ENTRIES);
}
