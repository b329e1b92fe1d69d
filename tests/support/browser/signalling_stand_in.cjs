// A server of the signalling for tests of what the real one does not do at will: offers that cross,
// calls that are forgotten, errors of all kinds. Written from the protocol (docs/webrtc.md). The
// far side of a call is a page of its own, which speaks through /far.
const fs = require("fs");
const http = require("http");
const path = require("path");

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

class StandIn {
  // `page`: the folder of the page's files; `policy`: its Content-Security-Policy; `WebSocketServer`: of npm's ws.
  constructor(page, policy, WebSocketServer) {
    Object.assign(this, { page, policy });
    this.received = []; // messages of the browser, in order
    this.peers = 0; // welcomed so far
    this.calls = new Set(); // names of peers that may come back
    this.socket = null; // of the browser
    this.far = null; // of the far side
    this.away = false;
    this.held = null;
    this.onConnect = this.onJoin = null; // may answer in place of the ordinary way; true: it did
    this.http = http.createServer((request, response) => this.answer(request, response));
    this.sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has("jackfield.v1") ? "jackfield.v1" : false) });
    this.http.on("connection", (connection) => this.away && connection.destroy());
    this.http.on("upgrade", (request, socket, head) => {
      this.sockets.handleUpgrade(request, socket, head, (connected) => (request.url === "/far" ? this.takeFar(connected) : this.take(connected, request.url)));
    });
  }

  async listen() {
    await new Promise((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    this.port = this.http.address().port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  answer(request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/far") return response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>far</title>");
    const name = pathname.startsWith("/call/assets/") ? path.basename(pathname) : "call.html";
    const file = path.join(this.page, name);
    if (!pathname.startsWith("/call/") || !fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[path.extname(name)], "Content-Security-Policy": this.policy });
    response.end(fs.readFileSync(file));
  }

  send(message) {
    if (this.socket?.readyState === 1) this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  of(type) {
    return this.received.filter((message) => message.type === type);
  }

  take(socket, url) {
    this.socket = socket;
    this.url = url;
    if (this.onConnect?.(socket)) return;
    const peer = `peer-${++this.peers}`;
    let name = peer;
    this.send({ type: "welcome", peer, iceServers: [], line: "reception", version: 1 });
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      this.received.push(message);
      if (message.type === "join") {
        if (this.onJoin?.(message)) return;
        if (message.resume && !this.calls.has(message.resume)) {
          return this.send({ type: "error", code: "timeout", message: "that peer is gone", re: "join" });
        }
        name = message.resume ?? peer;
        this.calls.add(name);
        this.send({ type: "joined", room: message.room ?? name, peers: [], peer: name, iceServers: [], ...(message.resume && { resumed: true }) });
      } else if (message.type === "bye") {
        this.calls.delete(name);
        this.pass(() => this.far?.send(JSON.stringify(message)));
      } else {
        this.pass(() => this.far?.send(JSON.stringify(message)));
      }
    });
  }

  takeFar(socket) {
    this.far = socket;
    socket.on("message", (data) => this.pass(() => this.send(String(data))));
  }

  // Messages between the two sides wait from hold() to release().
  hold() {
    this.held = [];
  }

  release() {
    const held = this.held;
    this.held = null;
    for (const deliver of held) deliver();
  }

  pass(deliver) {
    if (this.held) this.held.push(deliver);
    else deliver();
  }

  // As when the process dies: nothing is said, and nobody gets in until it is back.
  vanish() {
    this.away = true;
    for (const client of this.sockets.clients) if (client !== this.far) client.terminate();
  }

  comeBack() {
    this.away = false;
  }

  close() {
    for (const client of this.sockets.clients) client.terminate();
    this.http.close();
    this.http.closeAllConnections();
  }
}

// In the far page: an impolite peer that sends a tone and takes calls.
function farSide(origin) {
  const far = { messages: [], connection: null, answers: true, refused: 0 };
  window.far = far;
  let work = Promise.resolve();
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 440 });
  const sent = new MediaStreamAudioDestinationNode(context);
  tone.connect(sent);
  tone.start();
  const meter = new AnalyserNode(context, { fftSize: 2048 });
  far.socket = new WebSocket(origin.replace("http", "ws") + "/far", "jackfield.v1");
  const send = (message) => far.socket.send(JSON.stringify(message));
  far.close = () => {
    far.connection?.close();
    far.connection = null;
  };
  function connect() {
    const connection = new RTCPeerConnection();
    connection.onicecandidate = ({ candidate }) =>
      send({ type: "ice-candidate", candidate: candidate?.candidate || null, sdpMid: candidate?.sdpMid ?? "0", sdpMLineIndex: 0 });
    connection.ontrack = ({ track, receiver }) => {
      far.receiver = receiver;
      const stream = new MediaStream([track]);
      // Chromium decodes only what an element plays.
      new Audio().srcObject = stream;
      context.createMediaStreamSource(stream).connect(meter);
    };
    connection.addTrack(sent.stream.getAudioTracks()[0], sent.stream);
    far.connection = connection;
  }
  // Behind what is just being done.
  far.offer = (options) =>
    (work = work.then(async () => {
      await far.connection.setLocalDescription(await far.connection.createOffer(options));
      send({ type: "offer", sdp: far.connection.localDescription.sdp });
    }));
  far.peak = () => {
    const samples = new Float32Array(meter.fftSize);
    meter.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  };
  async function take(message) {
    far.messages.push(message);
    if (message.type === "offer" && far.answers) {
      // Ours counts when two cross.
      if (far.connection && far.connection.signalingState !== "stable") return void ++far.refused;
      if (!far.connection) connect();
      await far.connection.setRemoteDescription(message);
      await far.connection.setLocalDescription();
      send({ type: "answer", sdp: far.connection.localDescription.sdp });
    } else if (message.type === "answer") {
      await far.connection.setRemoteDescription(message);
    } else if (message.type === "ice-candidate" && far.connection?.remoteDescription) {
      await far.connection.addIceCandidate({ ...message, candidate: message.candidate ?? "" }).catch(() => {});
    } else if (message.type === "bye") {
      far.close();
    }
  }
  far.socket.onmessage = ({ data }) => (work = work.then(() => take(JSON.parse(data))).catch((error) => console.error(error.message)));
  return new Promise((resolve) => (far.socket.onopen = () => resolve()));
}

module.exports = { StandIn, farSide };
