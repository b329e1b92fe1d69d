// A peer of browser calls that is no browser: npm's @roamhq/wrtc, which says what it is given and keeps
// what it hears. Its candidates and those of the far end go through a relay.
const RATE = 48000, BLOCK = RATE / 100;

class WrtcPeer {
  // `wrtc`, `WebSocket`: the modules. `says`: Float32Array at 48 kHz. `relay`: a LossyRelay, open.
  constructor({ wrtc, WebSocket, url, says, relay }) {
    Object.assign(this, { wrtc, url, says, relay });
    this.heard = [];
    this.errors = [];
    this.WebSocket = WebSocket;
  }

  async call() {
    const { RTCPeerConnection, nonstandard } = this.wrtc;
    this.socket = new this.WebSocket(this.url, "jackfield.v1");
    await new Promise((done, failed) => this.socket.once("open", done).once("error", failed));
    const joined = new Promise((done) => (this.joined = done));
    this.ended = new Promise((done) => (this.end = done));
    this.socket.on("message", (text) => this.receive(JSON.parse(text)));
    this.socket.on("close", () => this.end("closed"));
    this.peer = new RTCPeerConnection();
    this.connected = new Promise((done) => {
      this.peer.onconnectionstatechange = () => this.peer.connectionState === "connected" && done();
    });
    this.peer.onicecandidate = ({ candidate }) => {
      const moved = candidate && this.relay.forFar(candidate.candidate);
      if (moved) this.send({ type: "ice-candidate", candidate: moved, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex });
    };
    this.peer.ontrack = ({ track }) => {
      this.sink = new nonstandard.RTCAudioSink(track);
      this.sink.ondata = ({ samples, sampleRate, channelCount }) => {
        this.heardRate = sampleRate;
        this.heard.push(Int16Array.from({ length: samples.length / channelCount }, (_, i) => samples[i * channelCount]));
      };
    };
    this.source = new nonstandard.RTCAudioSource();
    this.peer.addTrack(this.source.createTrack());
    this.send({ type: "join", room: "test", role: "talk" });
    await joined;
    const offer = await this.peer.createOffer();
    await this.peer.setLocalDescription(offer);
    // Candidates go by themselves, through the relay only.
    this.send({ type: "offer", sdp: offer.sdp.replace(/^a=candidate:.*\r\n/gm, "") });
    await this.connected;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  async receive(message) {
    if (message.type === "joined") this.joined();
    if (message.type === "error") this.errors.push(message);
    if (message.type === "bye") this.end(message.reason);
    if (message.type === "answer") {
      const early = message.sdp.match(/^a=candidate:.*$/gm) ?? [];
      await this.peer.setRemoteDescription({ type: "answer", sdp: message.sdp.replace(/^a=candidate:.*\r\n/gm, "") });
      for (const line of early) this.take(line.trim().slice(2));
    }
    if (message.type === "ice-candidate" && message.candidate) this.take(message.candidate);
  }

  take(candidate) {
    const moved = this.relay.forNear(candidate);
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
