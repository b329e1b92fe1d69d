// A peer of browser calls that is no browser: npm's @roamhq/wrtc, which says what it is given and keeps
// what it hears.
const RATE = 48000, BLOCK = RATE / 100;

let rooms = 0;

class WrtcPeer {
  // `wrtc`, `WebSocket`: the modules. `says`: Float32Array at 48 kHz. `relay`: a LossyRelay, open, through
  // which all goes; without one it goes straight, on `address`. `policy`: "all" or "relay", by the servers
  // that the signalling tells.
  constructor({ wrtc, WebSocket, url, says, relay = null, policy = "all", address = "127.0.0.1" }) {
    Object.assign(this, { wrtc, url, says, relay, policy, address });
    // A conversation of its own.
    this.room = `room-${process.pid}-${++rooms}`;
    this.heard = [];
    this.errors = [];
    this.WebSocket = WebSocket;
  }

  async call() {
    const { nonstandard } = this.wrtc;
    this.socket = new this.WebSocket(this.url, "jackfield.v1");
    await new Promise((done, failed) => this.socket.once("open", done).once("error", failed));
    const joined = new Promise((done, failed) => Object.assign(this, { joined: done, refused: failed }));
    this.ended = new Promise((done) => (this.end = done));
    this.socket.on("message", (text) => this.receive(JSON.parse(text)));
    this.socket.on("close", () => this.end("closed"));
    this.source = new nonstandard.RTCAudioSource();
    this.send({ type: "join", room: this.room, role: "talk" });
    const { iceServers } = await joined;
    this.iceServers = iceServers;
    this.connect(iceServers);
    this.peer.addTrack(this.source.createTrack());
    const offer = await this.peer.createOffer();
    await this.peer.setLocalDescription(offer);
    // Candidates go by themselves, through the relay only.
    this.send({ type: "offer", sdp: offer.sdp.replace(/^a=candidate:.*\r\n/gm, "") });
    await this.connected;
  }

  connect(iceServers) {
    this.peer = new this.wrtc.RTCPeerConnection({ iceServers, iceTransportPolicy: this.policy });
    this.connected = new Promise((done) => {
      this.peer.onconnectionstatechange = () => this.peer.connectionState === "connected" && done();
    });
    this.peer.onicecandidate = ({ candidate }) => {
      const moved = candidate && this.moved(candidate.candidate, "forFar");
      if (moved) this.send({ type: "ice-candidate", candidate: moved, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex });
    };
    this.peer.ontrack = ({ track }) => {
      this.sink = new this.wrtc.nonstandard.RTCAudioSink(track);
      this.sink.ondata = ({ samples, sampleRate, channelCount }) => {
        this.heardRate = sampleRate;
        this.heard.push(Int16Array.from({ length: samples.length / channelCount }, (_, i) => samples[i * channelCount]));
      };
    };
  }

  // The candidate as the other side is to know it; null: it is to know nothing of it.
  moved(candidate, direction) {
    if (this.relay) return this.relay[direction](candidate);
    return candidate.includes(` ${this.address} `) ? candidate : null;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  async receive(message) {
    if (message.type === "joined") this.joined(message);
    if (message.type === "error") {
      this.errors.push(message);
      this.refused(new Error(message.message));
    }
    if (message.type === "bye") this.end(message.reason);
    if (message.type === "answer") {
      const early = message.sdp.match(/^a=candidate:.*$/gm) ?? [];
      await this.peer.setRemoteDescription({ type: "answer", sdp: message.sdp.replace(/^a=candidate:.*\r\n/gm, "") });
      for (const line of early) this.take(line.trim().slice(2));
    }
    if (message.type === "ice-candidate" && message.candidate) this.take(message.candidate);
  }

  take(candidate) {
    const moved = this.moved(candidate, "forNear");
    if (!moved) return;
    // Behind the description, whenever that is set.
    const add = () => (this.peer.remoteDescription ? this.peer.addIceCandidate({ candidate: moved, sdpMid: "0", sdpMLineIndex: 0 }) : setTimeout(add, 10));
    add();
  }

  // Says everything, 10 ms at a time, by the clock.
  async speak() {
    const began = performance.now();
    for (let block = 0; (block + 1) * BLOCK <= this.says.length; ++block) {
      const wait = began + 10 * block - performance.now();
      if (wait > 1) await new Promise((done) => setTimeout(done, wait));
      const samples = Int16Array.from(this.says.subarray(block * BLOCK, (block + 1) * BLOCK), (sample) => 32767 * sample);
      this.source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: BLOCK });
    }
  }

  // { "inbound-rtp": ..., "remote-inbound-rtp": ... }
  async statistics() {
    const found = {};
    for (const one of (await this.peer.getStats()).values()) found[one.type] = one;
    return found;
  }

  sound() {
    const samples = new Float32Array(this.heard.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.heard) {
      for (const sample of piece) samples[at++] = sample / 32768;
    }
    return samples;
  }

  async hangUp() {
    this.send({ type: "bye" });
    this.sink?.stop();
    this.peer.close();
    this.socket.close();
    await this.ended;
  }
}

module.exports = { WrtcPeer };
