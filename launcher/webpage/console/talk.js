// The call that this page itself places. It lasts while other parts of the page are shown.
import { Announcer } from "./announcer.js";
import { Caller } from "./call/caller.js";
import { withEntry } from "./store.js";

const TOKEN = "jackfield.call-token."; // and the line
const MOST_ENTRIES = 500;

export class Talk extends Announcer {
  line = "";
  entries = []; // as those of the API, as far as the line tells them
  answeredAfter = null; // ms, of the last answer
  withMicrophone = true;
  sessionId = ""; // ours, as soon as the server has told of it
  name = ""; // by which the server's list of calls knows ours
  caller;
  #api;

  constructor(api) {
    super();
    this.#api = api;
    const voice = new Audio();
    voice.autoplay = true;
    this.caller = new Caller(voice);
    for (const type of ["change", "microphone"]) this.caller.addEventListener(type, () => this.changed());
    this.caller.addEventListener("told", ({ detail }) => this.#told(detail));
    this.caller.addEventListener("again", () => this.#note("The server was started anew, and the call with it."));
    document.addEventListener("click", () => voice.paused && this.caller.play().catch(() => {}));
  }

  get busy() {
    return this.caller.busy;
  }

  // Lines that let nobody in without a token have one of their own kind: `jackfield token`.
  token(line) {
    return sessionStorage.getItem(TOKEN + line) ?? "";
  }

  setToken(line, token) {
    if (token) sessionStorage.setItem(TOKEN + line, token);
    else sessionStorage.removeItem(TOKEN + line);
    this.changed();
  }

  // `line`: one of the API's lines.
  begin({ name: line }, { withMicrophone }) {
    Object.assign(this, { line, withMicrophone, entries: [], answeredAfter: null, sessionId: "", name: `console-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}` });
    const url = new URL(`signal/${encodeURIComponent(line)}`, document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    this.caller.begin({ url: url.href, line, token: this.token(line), name: this.name, withMicrophone });
  }

  hangUp() {
    this.caller.hangUp();
  }

  mute() {
    if (this.busy) this.caller.mute(!this.caller.muted);
  }

  // What is typed instead of said.
  async write(text) {
    await this.#api.post(["sessions", this.sessionId, "text"], { text });
  }

  // Looks for ours among the running ones.
  find(sessions) {
    if (this.sessionId || !this.busy) return;
    for (const session of sessions.values()) {
      if (session.line !== this.line || session.from !== this.name) continue;
      this.sessionId = session.id;
      this.changed();
    }
  }

  #note(text) {
    this.entries = [...this.entries, { who: "system", text, final: true }];
    this.changed();
  }

  #told({ name, data }) {
    if (name === "transcript") {
      const who = data.role === "agent" ? "agent" : "caller";
      const entry = { who, text: data.text ?? "", turn: data["turn-id"], final: data.final !== false, interrupted: data.interrupted === true, "not-understood": data["not-understood"] === true };
      if (who === "agent" && data["full-text"]) Object.assign(entry, { text: data["full-text"], heard: data.text ?? "" });
      this.entries = withEntry(this.entries, entry).slice(-MOST_ENTRIES);
    } else if (name === "latency" && Number.isFinite(data.total)) {
      this.answeredAfter = data.total / 1e6;
    }
    this.changed();
  }
}
