// A WHIP client (RFC 9725) that is no browser: npm's @roamhq/wrtc, and requests by fetch.
const { WrtcPeer } = require("./wrtc_peer.cjs");

const FRAGMENT = "application/trickle-ice-sdpfrag";

class WhipPeer extends WrtcPeer {
  // `url`: the endpoint. `trickle`: candidates follow the offer in a PATCH. The rest as of WrtcPeer.
  constructor({ wrtc, url, says = new Float32Array(0), relay = null, token = "", direction = "sendonly", trickle = false, address }) {
    super({ wrtc, WebSocket: null, url, says, relay, address });
    Object.assign(this, { token, direction, trickle, candidates: [] });
  }

  request(method, url, { body, headers = {} } = {}) {
    const authorization = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    return fetch(url, { method, body, headers: { ...authorization, ...headers }, signal: AbortSignal.timeout(20000) });
  }

  // Gives the reply; with 201 the call is connected.
  async call() {
    this.source = new this.wrtc.nonstandard.RTCAudioSource();
    this.connect([]);
    const gathered = new Promise((done) => (this.peer.onicegatheringstatechange = () => this.peer.iceGatheringState === "complete" && done()));
    this.peer.addTransceiver(this.source.createTrack(), { direction: this.direction });
    const offer = await this.peer.createOffer();
    await this.peer.setLocalDescription(offer);
    this.offer = offer.sdp.replace(/^a=candidate:.*\r\n/gm, "");
    if (!this.trickle) {
      await gathered;
      this.offer += this.lines();
    }
    const reply = await this.request("POST", this.url, { body: this.offer, headers: { "Content-Type": "application/sdp" } });
    this.answer = await reply.text();
    if (reply.status !== 201) return reply;
    this.session = new URL(reply.headers.get("location"), this.url).href;
    this.tag = reply.headers.get("etag");
    await this.accept(this.answer);
    if (this.trickle) {
      await gathered;
      this.trickled = await this.patch(this.fragment(this.offer), this.tag);
    }
    await this.connected;
    return reply;
  }

  // Candidates are known by their answer only.
  async accept(answer) {
    const candidates = answer.match(/^a=candidate:.*$/gm) ?? [];
    await this.peer.setRemoteDescription({ type: "answer", sdp: answer.replace(/^a=candidate:.*\r\n/gm, "") });
    for (const line of candidates) this.take(line.trim().slice(2));
  }

  send({ candidate }) {
    this.candidates.push(candidate);
  }

  lines() {
    return this.candidates.map((candidate) => `a=${candidate}\r\n`).join("");
  }

  fragment(sdp) {
    const line = (pattern) => pattern.exec(sdp)[0];
    return `${line(/^m=audio.*\r\n/m)}a=mid:0\r\n${line(/^a=ice-ufrag:.*\r\n/m)}${line(/^a=ice-pwd:.*\r\n/m)}${this.lines()}a=end-of-candidates\r\n`;
  }

  patch(body, tag) {
    return this.request("PATCH", this.session, { body, headers: { "Content-Type": FRAGMENT, "If-Match": tag } });
  }

  async restart() {
    const offer = await this.peer.createOffer({ iceRestart: true });
    await this.peer.setLocalDescription(offer);
    const reply = await this.patch(this.fragment(offer.sdp), "*");
    if (reply.status !== 200) return reply;
    this.tag = reply.headers.get("etag");
    const fragment = await reply.text();
    let answer = this.answer.replace(/^a=candidate:.*\r\n/gm, "");
    for (const name of ["ice-ufrag", "ice-pwd"]) answer = answer.replace(new RegExp(`^a=${name}:.*$`, "m"), new RegExp(`^a=${name}:.*$`, "m").exec(fragment)[0]);
    this.answer = answer;
    await this.accept(answer + (fragment.match(/^a=candidate:.*\r\n/gm) ?? []).join(""));
    return reply;
  }

  async hangUp() {
    const reply = await this.request("DELETE", this.session);
    this.sink?.stop();
    this.peer.close();
    return reply;
  }
}

module.exports = { WhipPeer, FRAGMENT };
