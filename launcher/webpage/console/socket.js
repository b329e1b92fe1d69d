// The event WebSocket: comes back by itself, and says when what was known has to be read anew.

const PROTOCOL = "jackfield.events.v1";
const FIRST_RETRY = 500; // ms, doubled each time
const LAST_RETRY = 10000;
const AFTER_REFUSAL = 30000;
const LONGEST_SILENCE = 20000; // ms; the server tells of itself every 5 s

export class EventSocket {
  #options;
  #subscription;
  #socket = null;
  #retry = FIRST_RETRY;
  #timer = 0;
  #watch = 0;
  #lastHeard = 0;
  #closed = false;
  #fault = null; // the server's last error
  #again = () => this.#now();

  // url; token(): the present one; subscription: members of `subscribe`;
  // onSubscribed(sessions): from here on events come, and what was known before may be old;
  // onEvent(message); onLost(retryAt): the connection is gone until then (ms since 1970);
  // onRefused({ code, message }): the server does not want us. `silence`: ms after which one that says nothing is
  // taken for dead; 0: never.
  constructor(options) {
    this.#options = { silence: LONGEST_SILENCE, ...options };
    this.#subscription = options.subscription;
    addEventListener("online", this.#again);
    this.#open();
  }

  close() {
    this.#closed = true;
    removeEventListener("online", this.#again);
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#drop();
  }

  // At once instead of after the pause.
  retry() {
    this.#now();
  }

  #now() {
    if (this.#socket || this.#closed) return;
    clearTimeout(this.#timer);
    this.#retry = FIRST_RETRY;
    this.#open();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #open() {
    const socket = new WebSocket(this.#options.url, PROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.#subscribe();
    socket.onclose = ({ code, reason }) => this.#gone(code, reason);
    socket.onmessage = ({ data }) => this.#take(data);
    clearInterval(this.#watch);
    this.#lastHeard = Date.now();
    if (this.#options.silence) this.#watch = setInterval(() => this.#listen(), 1000);
  }

  #listen() {
    // A connection may die without a word: a machine asleep, a network changed.
    if (Date.now() - this.#lastHeard < this.#options.silence) return;
    this.#drop();
    this.#gone(0, "");
  }

  #subscribe() {
    const token = this.#options.token();
    this.#socket.send(JSON.stringify({ type: "subscribe", ...this.#subscription, ...(token ? { token } : {}) }));
  }

  #take(data) {
    this.#lastHeard = Date.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // no server of ours
    }
    if (message.type === "event") {
      this.#options.onEvent(message);
    } else if (message.type === "subscribed") {
      this.#retry = FIRST_RETRY;
      this.#options.onSubscribed(message.sessions ?? []);
    } else if (message.type === "lost") {
      // Some events were dropped, because this page was too slow.
      this.#subscribe();
    } else if (message.type === "error") {
      this.#fault = message.error ?? null;
    }
  }

  #gone(code, reason) {
    this.#socket = null;
    clearInterval(this.#watch);
    if (this.#closed) return;
    // 1008: the server will not have us as we are, RFC 6455 §7.4.1.
    const refused = code === 1008;
    const pause = refused ? AFTER_REFUSAL : this.#retry * (0.75 + Math.random() / 2);
    this.#retry = Math.min(2 * this.#retry, LAST_RETRY);
    if (refused) this.#options.onRefused?.(this.#fault ?? { code: "refused", message: reason });
    this.#fault = null;
    if (this.#closed) return;
    this.#options.onLost?.(Date.now() + pause);
    this.#timer = setTimeout(() => this.#open(), pause);
  }
}
