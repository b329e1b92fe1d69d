// A call to a line of Jackfield: one WebSocket for the signalling, one RTCPeerConnection for the sound.
// Needs nothing of the page; docs/webrtc.md tells how to use it elsewhere.
//
//   const call = new LineCall({ url: "ws://127.0.0.1:8080/signal", track });
//   call.addEventListener("state", ({ detail }) => ...);   // { state, before }
//   call.start();
//
// Events, all with `detail`:
//   state   { state, before }   connecting, calling, connected, reconnecting, ended
//   track   { track, stream }   the line's voice
//   event   { name, data }      what the line tells: transcript, turn, interrupted, latency
//   again   {}                  the server had forgotten the call, and a new one was begun in its place
//   ended   { by, code, text }  once; by: "us", "line" or "failure"; for `code` see ENDS

export const SUBPROTOCOL = "jackfield.v1";

// Codes of `ended` that are made here. Others are the server's: of its error messages, or a reason of `bye`.
export const ENDS = ["hang-up", "unreachable", "unanswered", "no-path", "lost", "unsupported"];

// How long a state may last, in ms. The server keeps a call for 10 s without its peer.
const LONGEST = { connecting: 10000, calling: 25000, reconnecting: 10000 };
const FIRST_RETRY = 200; // ms between attempts to reach the server again, doubled each time
const LAST_RETRY = 2000;
const RESTART_AFTER = 2000; // ms for which a path may be silent before another one is looked for
const REPLACED = 4001; // closed because the same call goes on over another connection
const FINAL = [1000, 1008, REPLACED]; // closed by the server for good, not for a while
const MOST_WAITING = 128; // messages that wait for the server to come back
const MOST_EARLY = 64; // candidates that wait for the description they belong to

// Opus alone: a line speaks nothing else, and the description stays short.
function opusOnly(transceiver) {
  const known = globalThis.RTCRtpReceiver?.getCapabilities?.("audio")?.codecs ?? [];
  const opus = known.filter((codec) => codec.mimeType.toLowerCase() === "audio/opus");
  if (opus.length > 0) transceiver.setCodecPreferences?.(opus);
}

// Asks the far side to send forward error correction, RFC 7587 §6.1, where the browser has not.
export function withForwardErrorCorrection(sdp) {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (!payload) return sdp;
  const parameters = new RegExp(`^(a=fmtp:${payload} )(.*)$`, "m");
  if (!parameters.test(sdp)) {
    return sdp.replace(/^(a=rtpmap:\d+ opus\/48000.*)$/im, `$1\r\na=fmtp:${payload} useinbandfec=1`);
  }
  return sdp.replace(parameters, (line, head, rest) => (rest.includes("useinbandfec=") ? line : `${head}${rest};useinbandfec=1`));
}

export class LineCall extends EventTarget {
  #options;
  #state = "new";
  #socket = null;
  #connection = null;
  #sender = null;
  #iceServers = [];
  #peer = ""; // our name, by which the server knows the call when we come back
  #joined = false; // on the present socket
  #everJoined = false;
  #everConnected = false;
  #described = false; // the line has answered
  #waiting = []; // messages for a server that is away
  #early = []; // candidates that came before the line's description
  #work = Promise.resolve(); // what has come, one after the other
  #fragment = ""; // of the paths that were offered last; another one looks for new ones
  #retry = FIRST_RETRY;
  #timers = {};
  #fault = null; // the server's last error message, which explains a `bye`

  // url: of the server's /signal; track: what is sent, an audio track; token, room, name: for `join`;
  // configuration: more for RTCPeerConnection, such as iceTransportPolicy. WebSocket and
  // RTCPeerConnection: where there is no browser.
  constructor({ url, track, token = "", room = "", name = "", configuration = {}, WebSocket = globalThis.WebSocket, RTCPeerConnection = globalThis.RTCPeerConnection }) {
    super();
    this.#options = { url, track, token, room, name, configuration, WebSocket, RTCPeerConnection };
  }

  get state() {
    return this.#state;
  }

  // null before `start()`, and another one after "again".
  get peerConnection() {
    return this.#connection;
  }

  start() {
    if (!this.#options.RTCPeerConnection || !this.#options.WebSocket) return this.#end("failure", "unsupported");
    this.#enter("connecting");
    this.#open();
  }

  hangUp() {
    this.#end("us", "hang-up");
  }

  // Another microphone; the line notices nothing.
  async replaceTrack(track) {
    this.#options.track = track;
    await this.#sender?.replaceTrack(track);
  }

  // --- states ---------------------------------------------------------------------------------

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #after(name, delay, then) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = then ? setTimeout(then, delay) : undefined;
  }

  #enter(state) {
    if (this.#state === state || this.#state === "ended") return;
    const before = this.#state;
    this.#state = state;
    this.#after("state", LONGEST[state], state in LONGEST && (() => this.#tooLong()));
    this.#tell("state", { state, before });
  }

  // The state follows from the socket and the connection.
  #judge() {
    if (this.#state === "ended") return;
    const path = this.#connection?.connectionState;
    if (path === "connected") this.#everConnected = true;
    if (!this.#everJoined) this.#enter("connecting");
    else if (!this.#joined || (this.#everConnected && path !== "connected")) this.#enter("reconnecting");
    else this.#enter(path === "connected" ? "connected" : "calling");
    // A path that is only interrupted often comes back by itself.
    if (this.#joined && this.#everConnected && path === "failed") this.#seekPath();
    else if (this.#joined && this.#everConnected && path === "disconnected") this.#after("path", RESTART_AFTER, () => this.#seekPath());
    else this.#after("path");
  }

  #tooLong() {
    const calling = this.#described ? "no-path" : "unanswered";
    this.#end("failure", { connecting: "unreachable", calling, reconnecting: "lost" }[this.#state]);
  }

  #end(by, code, text = "") {
    if (this.#state === "ended") return;
    const socket = this.#socket;
    this.#socket = null;
    if (socket?.readyState === 1) {
      if (by !== "line") socket.send(JSON.stringify({ type: "bye", reason: by === "us" ? "hang-up" : code }));
      socket.close(1000);
    } else {
      socket?.close();
    }
    this.#dropConnection();
    this.#enter("ended");
    for (const name of Object.keys(this.#timers)) this.#after(name);
    this.#tell("ended", { by, code, text });
  }

  // --- the server -----------------------------------------------------------------------------

  #open() {
    const socket = new this.#options.WebSocket(this.#options.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      // One after the other: a description is taken in before the candidates that belong to it.
      this.#work = this.#work.then(() => this.#socket === socket && this.#take(JSON.parse(data))).catch((error) => this.#failed(error));
    };
    socket.onclose = ({ code }) => {
      this.#work = this.#work.then(() => this.#socket === socket && this.#closed(code));
    };
  }

  #closed(code) {
    this.#socket = null;
    this.#joined = false;
    if (!this.#everJoined || FINAL.includes(code)) {
      const fault = this.#fault;
      if (fault) return this.#end("line", fault.code, fault.message);
      return this.#everJoined ? this.#end("line", code === REPLACED ? "replaced" : "closed") : this.#end("failure", "unreachable");
    }
    this.#judge();
    this.#after("retry", this.#retry, () => this.#open());
    this.#retry = Math.min(2 * this.#retry, LAST_RETRY);
  }

  #send(message) {
    if (this.#joined && this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
  }

  async #take(message) {
    if (message.from) return; // of another peer in the room, not of the line
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "joined":
        return this.#join(message);
      case "offer":
      case "answer":
        return this.#describe(message);
      case "ice-candidate":
        return this.#candidate(message);
      case "event":
        return this.#tell("event", { name: message.name, data: message.data ?? {} });
      case "bye":
        return this.#end("line", this.#fault?.code ?? message.reason ?? "hang-up", this.#fault?.message);
      case "error":
        return this.#refused(message);
    }
  }

  #welcome({ peer, iceServers }) {
    // With a token, those that need credentials come only with `joined`.
    this.#iceServers = iceServers ?? [];
    const { token, room, name } = this.#options;
    const join = { type: "join", role: "talk" };
    if (room) join.room = room;
    if (token) join.token = token;
    if (name) join.name = name;
    if (this.#everJoined) join.resume = this.#peer;
    else this.#peer = peer ?? "";
    this.#socket.send(JSON.stringify(join));
  }

  #join({ peer, iceServers }) {
    const back = this.#everJoined;
    this.#joined = this.#everJoined = true;
    this.#retry = FIRST_RETRY;
    this.#peer = peer ?? this.#peer;
    this.#iceServers = iceServers ?? this.#iceServers;
    if (!this.#connection) this.#connect();
    const waiting = this.#waiting.splice(0);
    // An offer that was under way when the server left may have got lost.
    if (back && this.#connection.signalingState === "have-local-offer" && !waiting.some((message) => message.type === "offer")) {
      this.#send(this.#description());
    }
    for (const message of waiting) this.#send(message);
    this.#judge();
  }

  #refused({ code, message, re }) {
    this.#fault = { code, message };
    const resuming = re === "join" && this.#everJoined && !this.#joined;
    if (resuming && code !== "unauthorized" && code !== "busy") return this.#again();
    if (re === "join" || re === "offer") this.#end("line", code, message);
  }

  // The server has forgotten the call, as it does when it was started anew: so it is placed again.
  #again() {
    this.#fault = null;
    this.#dropConnection();
    this.#waiting = [];
    this.#everJoined = this.#everConnected = this.#described = false;
    this.#tell("again");
    this.#judge();
    // The same socket will do; it has not joined yet.
    this.#welcome({ iceServers: this.#iceServers });
  }

  #failed(error) {
    this.#end("failure", "no-path", error.message);
  }

  // --- the connection -------------------------------------------------------------------------

  #connect() {
    const { configuration, track } = this.#options;
    const connection = new this.#options.RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: this.#iceServers, ...configuration });
    this.#connection = connection;
    connection.ontrack = ({ receiver, track: voice, streams }) => {
      // As little delay as the network permits; the older name counts in seconds.
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      else if ("playoutDelayHint" in receiver) receiver.playoutDelayHint = 0;
      this.#tell("track", { track: voice, stream: streams[0] ?? new MediaStream([voice]) });
    };
    connection.onicecandidate = ({ candidate }) => {
      const { candidate: text, sdpMid, sdpMLineIndex } = candidate ?? {};
      this.#send({ type: "ice-candidate", candidate: text || null, sdpMid: sdpMid ?? "0", sdpMLineIndex: sdpMLineIndex ?? 0 });
    };
    connection.onconnectionstatechange = () => connection === this.#connection && this.#judge();
    connection.onnegotiationneeded = () => this.#offer(connection).catch((error) => this.#failed(error));
    const transceiver = connection.addTransceiver(track, { direction: "sendrecv", streams: [new MediaStream([track])] });
    opusOnly(transceiver);
    this.#sender = transceiver.sender;
  }

  #dropConnection() {
    const connection = this.#connection;
    this.#connection = this.#sender = null;
    this.#fragment = "";
    this.#early = [];
    if (!connection) return;
    connection.ontrack = connection.onicecandidate = connection.onconnectionstatechange = connection.onnegotiationneeded = null;
    connection.close();
  }

  #description() {
    const { type, sdp } = this.#connection.localDescription;
    const message = { type, sdp: withForwardErrorCorrection(sdp) };
    const fragment = /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1] ?? "";
    if (type === "offer" && this.#fragment && fragment !== this.#fragment) message.restart = true;
    this.#fragment = fragment;
    return message;
  }

  // Perfect negotiation with us as the polite side: an offer of the line's that meets ours takes its
  // place, and ours is made again behind it.
  async #offer(connection) {
    await connection.setLocalDescription();
    if (connection === this.#connection && connection.localDescription?.type === "offer") this.#send(this.#description());
  }

  async #describe({ type, sdp }) {
    const connection = this.#connection;
    if (!connection) return;
    // An answer to an offer that was taken back is too late.
    if (type === "answer" && connection.signalingState !== "have-local-offer") return;
    await connection.setRemoteDescription({ type, sdp });
    this.#described = true;
    for (const early of this.#early.splice(0)) await this.#candidate(early);
    if (type === "answer") return;
    await connection.setLocalDescription();
    if (connection === this.#connection) this.#send(this.#description());
  }

  async #candidate({ candidate, sdpMid, sdpMLineIndex }) {
    const connection = this.#connection;
    if (connection && !connection.remoteDescription) {
      if (this.#early.length < MOST_EARLY) this.#early.push({ candidate, sdpMid, sdpMLineIndex });
      return;
    }
    try {
      // null says that there are no more, which browsers are told by an empty one.
      await connection?.addIceCandidate({ candidate: candidate ?? "", sdpMid, sdpMLineIndex });
    } catch (error) {
      // One path fewer; there may be others.
      console.warn(`a candidate of the line is of no use: ${error.message}`);
    }
  }

  #seekPath() {
    this.#connection?.restartIce();
  }
}
