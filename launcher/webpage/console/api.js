// The control API, docs/control-api.md. Addresses are relative to the page's: a proxy may serve it
// under a path of its own.

const TOKEN = "jackfield.token";

export class ApiError extends Error {
  // status: of HTTP, 0 when the server did not answer; code: the API's word for it.
  constructor(status, code, message, data = null) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, code, data });
  }
}

export class Api {
  #token;
  #denied = () => {};

  constructor(base = new URL("api/v1/", document.baseURI)) {
    this.base = base;
    this.#token = sessionStorage.getItem(TOKEN) ?? "";
  }

  get token() {
    return this.#token;
  }

  // Kept until this tab is closed.
  set token(token) {
    this.#token = token;
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  }

  // Called whenever the server asks for a token, or refuses the one there is.
  set onDenied(then) {
    this.#denied = then;
  }

  // `path`: "server", or ["sessions", id, "latency"], whose parts are escaped.
  url(path, query = {}) {
    const url = new URL([path].flat().map((part, index) => (Array.isArray(path) && index ? encodeURIComponent(part) : part)).join("/"), this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
    }
    return url.href;
  }

  get eventsUrl() {
    const url = new URL("events", this.base);
    url.protocol = url.protocol.replace("http", "ws");
    return url.href;
  }

  async get(path, query, { signal } = {}) {
    return (await this.#ask(this.url(path, query), { signal })).json();
  }

  // `method`: of HTTP, "PATCH" or "DELETE" for instance.
  async post(path, body = {}, method = "POST") {
    const answer = await this.#ask(this.url(path), { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const text = await answer.text();
    return text ? JSON.parse(text) : {};
  }

  // What an <img> or <audio> shows: they cannot send the token themselves.
  async blob(path, query, { signal } = {}) {
    return (await this.#ask(this.url(path, query), { signal })).blob();
  }

  // Bytes `from` to `to`, the last included, as far as there are any: the answer of fetch.
  async range(path, from, to, { signal } = {}) {
    return this.#ask(this.url(path), { signal, headers: { Range: `bytes=${from}-${to}` } });
  }

  async #ask(url, { headers = {}, ...options }) {
    let answer;
    try {
      answer = await fetch(url, { ...options, cache: "no-store", headers: this.#token ? { ...headers, Authorization: `Bearer ${this.#token}` } : headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "unreachable", error.message);
    }
    if (answer.ok) return answer;
    const fault = await answerOf(answer);
    if (answer.status === 401) this.#denied(fault);
    throw fault;
  }
}

async function answerOf(answer) {
  try {
    const data = await answer.json();
    return new ApiError(answer.status, data.error.code, data.error.message, data.error);
  } catch {
    // Not the API: a proxy in between, or a server of another version.
    return new ApiError(answer.status, "unexpected", answer.statusText);
  }
}
