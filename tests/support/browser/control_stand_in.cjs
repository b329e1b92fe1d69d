// A server of the console's page and of the control API, for tests of what the real one does not do at
// will: hundreds of calls, answers that fail, events that are lost. Written from docs/control-api.md.
const fs = require("fs");
const http = require("http");
const path = require("path");
const { CallerStandIn } = require("./caller_stand_in.cjs");
const { PeopleStandIn } = require("./people_stand_in.cjs");
const { TaskStandIn } = require("./task_stand_in.cjs");

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain" };
const PROTOCOL = "jackfield.events.v1";

class ControlStandIn {
  // `root`: of the sources; `policy`: the pages' Content-Security-Policy; `WebSocketServer`: of npm's ws.
  constructor(root, policy, WebSocketServer) {
    Object.assign(this, { root, policy });
    this.libraries = librariesOf(root);
    this.subscriptions = 0; // so far
    this.clear();
    this.server = { name: "jackfield", version: "0.1.0", "started-at": new Date().toISOString(), "uptime-ms": 60000, lines: 1, sessions: 0, "max-sessions": 1000, stopping: false, refused: {}, "cpu-percent": 3, "memory-mb": 64, threads: 12 };
    this.subscribers = new Map(); // socket → subscription
    this.http = http.createServer((request, response) => this.#answer(request, response));
    this.sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false) });
    this.connections = new Set();
    this.http.on("connection", (connection) => {
      this.connections.add(connection);
      connection.on("close", () => this.connections.delete(connection));
    });
    this.http.on("upgrade", (request, socket, head) => this.sockets.handleUpgrade(request, socket, head, (connected) => this.#take(connected)));
  }

  async listen(port = 0) {
    await new Promise((resolve) => this.http.listen(port, "127.0.0.1", resolve));
    this.port = this.http.address().port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  // As a server that was just started.
  clear() {
    this.token = "";
    this.failing = new Map(); // path → [status, code, message]
    this.posted = []; // { path, body }
    this.sessions = new Map();
    this.details = new Map(); // id → { entries, turns, stages }
    this.ended = [];
    this.lines = [];
    this.scenarios = [];
    this.latency = [];
    this.past = []; // of /api/v1/latency/history
    this.rooms = [];
    this.tasks = new TaskStandIn((...told) => this.event(...told));
    this.people = new PeopleStandIn((...told) => this.event(...told));
    this.callers = new CallerStandIn();
  }

  close() {
    for (const connection of this.connections) connection.destroy();
    this.http.close();
  }

  // As to a reader that was too slow.
  tellLost() {
    for (const socket of this.subscribers.keys()) socket.send(JSON.stringify({ type: "lost", count: 5 }));
    this.subscribers.clear();
  }

  // As when the process ends; `listen(port)` is how it comes back.
  async vanish() {
    for (const connection of this.connections) connection.destroy();
    await new Promise((resolve) => this.http.close(resolve));
  }

  session(id, members = {}) {
    const session = {
      id, line: "reception", scenario: "phone-agent.gst", kind: "phone", state: "running", "started-at": new Date().toISOString(), "duration-ms": 0, call: true, from: "+15550001111", to: "+15552223333",
      failed: false, turns: 0, interruptions: 0, latency: { last: 0, p50: 0, p95: 0 }, muted: { caller: false, agent: false }, gain: { caller: 0, agent: 0 }, recording: true, ...members,
    };
    this.sessions.set(id, session);
    this.details.set(id, { entries: [], turns: [], stages: [] });
    return session;
  }

  event(event, id, data, line = "reception") {
    const text = JSON.stringify({ type: "event", event, session: id, line, at: new Date().toISOString(), data });
    for (const [socket, { sessions, events }] of this.subscribers) {
      const wanted = sessions === "all" ? !event.endsWith("level") && !event.endsWith("levels") : sessions.includes(id);
      if (wanted && (!events || events.includes(event))) socket.send(text);
    }
  }

  open(id, members) {
    this.event("session-opened", id, this.session(id, members));
  }

  end(id, members = {}) {
    const session = { ...this.sessions.get(id), state: "ended", "ended-at": new Date().toISOString(), "end-reason": "stop", ...members };
    this.sessions.delete(id);
    this.ended.unshift(session);
    this.event("session-ended", id, session);
  }

  openRoom(id, name) {
    const room = { id, name, line: "meeting", "opened-at": new Date().toISOString(), size: 50, peak: -100, distinct: 1, "block-ms": 0.02, seats: [] };
    this.rooms.push(room);
    this.event("room-opened", id, room, "meeting");
    return room;
  }

  sit(room, session, members = {}) {
    const seat = { session, kind: "phone", name: "", "joined-at": new Date().toISOString(), muted: false, gain: 0, hears: "all", level: -100, voice: false, ducked: 0, missed: 0, late: 0, dropped: 0, ...members };
    room.seats.push(seat);
    this.event("seat-joined", room.id, { room: { id: room.id, name: room.name }, seat }, "meeting");
    return seat;
  }

  stand(room, session) {
    const seat = room.seats.find((one) => one.session === session);
    room.seats = room.seats.filter((one) => one !== seat);
    this.event("seat-left", room.id, { room: { id: room.id, name: room.name }, seat, reason: "stop" }, "meeting");
  }

  closeRoom(room) {
    this.rooms = this.rooms.filter((one) => one !== room);
    this.event("room-ended", room.id, { ...room, reason: "empty" }, "meeting");
  }

  say(id, entry) {
    this.details.get(id).entries.push(entry);
    this.event("transcript", id, entry);
  }

  #take(socket) {
    socket.on("close", () => this.subscribers.delete(socket));
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      if (this.token && message.token !== this.token) {
        socket.send(JSON.stringify({ type: "error", error: { code: "token-wrong", message: "this is not the token" } }));
        return socket.close(1008);
      }
      this.subscriptions += 1;
      this.subscribers.set(socket, message);
      const all = [...this.sessions.values()];
      socket.send(JSON.stringify({ type: "subscribed", sessions: message.sessions === "all" ? all : all.filter(({ id }) => message.sessions.includes(id)) }));
    });
  }

  #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (!pathname.startsWith("/api/")) return this.#file(pathname, response);
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const [status, answer] = this.#api(request, pathname.slice("/api/v1/".length), searchParams, body);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    });
  }

  #file(pathname, response) {
    const name = pathname === "/" ? "console.html" : pathname.replace(/^\/console\//, "");
    const webpage = path.join(this.root, "launcher/webpage");
    const file = this.libraries[name] ?? [path.join(webpage, "console", name), path.join(webpage, "page", name.replace(/^call\//, ""))].find((candidate) => fs.existsSync(candidate));
    if (!file || !fs.statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": `${TYPES[path.extname(name)]}; charset=utf-8`, "Content-Security-Policy": this.policy });
    response.end(fs.readFileSync(file));
  }

  #api(request, name, query, body) {
    const fault = (status, code, message) => [status, { error: { code, message } }];
    if (this.token && request.headers.authorization !== `Bearer ${this.token}`) return fault(401, "token-wrong", "this is not the token");
    if (this.failing.has(name)) return fault(...this.failing.get(name));
    const given = body ? JSON.parse(body) : null;
    if (request.method !== "GET") this.posted.push({ path: name, body: given, ...(request.method === "POST" ? {} : { method: request.method }) });
    for (const part of [this.tasks, this.people, this.callers]) {
      const answer = part.answer(request.method, name, query, given, fault);
      if (answer) return answer;
    }
    if (request.method !== "GET") {
      if (name.startsWith("rooms/")) return this.#actInRoom(request.method, name, given, fault);
      return this.#act(name, given, fault);
    }
    if (name === "server") return [200, { ...this.server, sessions: this.sessions.size }];
    if (name === "lines") return [200, { lines: this.lines }];
    if (name === "scenarios") return [200, { scenarios: this.scenarios }];
    if (name === "latency/history") return [200, { lines: this.past }];
    if (name === "rooms") return [200, { rooms: this.rooms }];
    if (name === "latency") return [200, { lines: this.latency }];
    if (name === "sessions") {
      const line = query.get("line");
      const all = (query.get("state") === "ended" ? this.ended : [...this.sessions.values()]).filter((session) => !line || session.line === line);
      const from = Number(query.get("before") ?? 0);
      const limit = Number(query.get("limit") ?? 50);
      return [200, { sessions: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null }];
    }
    const [, id, part] = name.split("/").map(decodeURIComponent);
    const session = this.sessions.get(id) ?? this.ended.find((one) => one.id === id);
    if (!session) return fault(404, "no-such-session", `there is no session "${id}"`);
    const detail = this.details.get(id) ?? { entries: [], turns: [], stages: [] };
    if (!part) return [200, { ...session, turns: session.turns, errors: [], warnings: [] }];
    if (part === "transcript") return [200, { entries: detail.entries }];
    if (part === "latency") return [200, { stages: detail.stages, turns: detail.turns, media: null }];
    return fault(404, "not-found", "there is nothing here");
  }

  #actInRoom(method, name, given, fault) {
    const [, id, part, session] = name.split("/").map(decodeURIComponent);
    const room = this.rooms.find((one) => one.id === id);
    if (!room) return fault(404, "no-such-room", "no such room");
    if (part === "agents") this.sit(room, `agent-${room.seats.length}`, { kind: "agent" });
    else if (!part) this.closeRoom(room);
    else if (method === "DELETE") this.stand(room, session);
    else {
      const { mute, ...rest } = given;
      const seat = { ...room.seats.find((one) => one.session === session), ...(mute === undefined ? {} : { muted: mute }), ...rest };
      room.seats = room.seats.map((one) => (one.session === session ? seat : one));
      this.event("seat-changed", id, { room: { id, name: room.name }, seat }, "meeting");
      return [200, seat];
    }
    return [202, {}];
  }

  #act(name, given, fault) {
    const [, id, action] = name.split("/").map(decodeURIComponent);
    if (name === "sessions") {
      const session = this.session("started-1", { kind: "once", scenario: given.scenario, line: "loopback", from: "", to: "" });
      this.event("session-opened", session.id, session);
      return [201, { session }];
    }
    const session = this.sessions.get(id);
    if (!session) return fault(404, "no-such-session", `there is no session "${id}"`);
    if (action === "hangup") this.end(id, { "end-reason": "console" });
    if (action === "mute" || action === "gain") {
      const member = action === "mute" ? "muted" : "gain";
      this.sessions.set(id, { ...session, [member]: { ...session[member], ...given } });
      this.event("session-changed", id, this.sessions.get(id));
      return [200, this.sessions.get(id)[member]];
    }
    return [202, {}];
  }
}

// Where meson takes them from: the names in the page, and the files.
function librariesOf(root) {
  const text = fs.readFileSync(path.join(root, "launcher/webpage/meson.build"), "utf8");
  const found = [...text.matchAll(/'([a-z]+\.(?:js|css))': '([^']+)'/g)].map(([, name, file]) => [name, path.join(root, ".deps", file)]);
  return Object.fromEntries(found);
}

module.exports = { ControlStandIn };
