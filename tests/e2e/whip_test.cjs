// Calls by WHIP (RFC 9725) to the real `jackfield run`, from npm's @roamhq/wrtc: recorded human speech
// goes in, and what was understood is in the call's record; and what clients do wrong. TAP.
// Arguments: jackfield; the node_modules of @roamhq/wrtc; the root of the sources.
const assert = require("assert");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { execFileSync } = require("child_process");
const [jackfield, wrtcModules, root] = process.argv.slice(2);
const support = path.join(root, "tests/support");
const wrtc = require(path.join(wrtcModules, "@roamhq/wrtc"));
const { runChecks, until } = require(path.join(support, "browser/chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "browser/jackfield_server.cjs"));
const { raiseRate, readWav } = require(path.join(support, "browser/speech.cjs"));
const { LossyRelay } = require(path.join(support, "lossy_relay.cjs"));
const { FRAGMENT, WhipPeer } = require(path.join(support, "whip_peer.cjs"));

const RATE = 48000, LEVEL = 0.3, SECRET = "0123456789abcdef0123456789abcdef";
const SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison";
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "whip-"));
const folder = (name) => {
  fs.mkdirSync(path.join(scratch, name));
  return path.join(scratch, name);
};
const media = ["--media-address", "127.0.0.1"];
const echo = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), folder("echo"), { args: [...media, "--ice-server", "stun:127.0.0.1:9"] });
// For who vanishes, which takes a while to be noticed.
const lonely = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), folder("lonely"), { args: media });
const desk = new JackfieldServer(jackfield, path.join(root, "pipelines/browser-agent.gst"), folder("desk"), {
  args: [...media, "--require-token", "RATE=8000", "SPEAK_FIRST=false"], environment: { JACKFIELD_TOKEN_SECRET: SECRET },
});
const relay = new LossyRelay({ loss: 0, delay: 0, jitter: 0, seed: 3 });
const tone = (seconds) => Float32Array.from({ length: seconds * RATE }, (_, i) => LEVEL * Math.sin((2 * Math.PI * 440 * i) / RATE));
const endpoint = (server) => `${server.origin}/whip`;
const peers = [];

function whip(server, options = {}) {
  const peer = new WhipPeer({ wrtc, url: endpoint(server), ...options });
  peers.push(peer);
  return peer;
}

const token = (...options) => execFileSync(jackfield, ["token", "browser-agent", ...options], { env: { ...process.env, JACKFIELD_TOKEN_SECRET: SECRET }, encoding: "utf8" }).trim();
const post = (server, body, headers = { "Content-Type": "application/sdp" }) => fetch(endpoint(server), { method: "POST", body, headers });
const loud = (peer) => peer.sound().filter((sample) => Math.abs(sample) > LEVEL / 4).length / RATE;
async function vanish() {
  const vanishing = whip(lonely, { relay, says: tone(30) });
  const staying = whip(lonely, { direction: "sendrecv", says: tone(14) });
  await Promise.all([vanishing.call(), staying.call()]);
  const spoken = staying.speak();
  vanishing.speak();
  await new Promise((done) => setTimeout(done, 1000));
  relay.close();
  await until(async () => (await vanishing.request("GET", vanishing.session)).status === 404, "its session is gone", 40);
  assert.equal((await staying.request("GET", staying.session)).status, 204);
  await until(() => lonely.records().some((record) => ended(record) === "lost"), "it is told why");
  await spoken;
  assert(loud(staying) > 0.84 * 0.8 * 13, `${loud(staying)} s of 14 s`);
  await staying.hangUp();
}
let vanished;

const ended = (record) => record.call["end-reason"];

const checks = {
  "servers, one of them for token holders": async () => {
    await Promise.all([echo.start(), desk.start(), lonely.start(), relay.open()]);
    vanished = vanish().then(() => null, (error) => error);
  },
  "without a token nobody is let in": async () => {
    for (const [wrong, expected] of [["", 401], ["nonsense", 401], [token("--listen"), 403]]) {
      const reply = await whip(desk, { token: wrong }).call();
      assert.equal(reply.status, expected);
      assert.match(reply.headers.get("www-authenticate"), /^Bearer realm="jackfield"/);
    }
  },
  "what is said is understood, and answered to nobody": async () => {
    const { rate, samples } = readWav(`${SOUNDS}/hours.wav`);
    const said = new Float32Array(3 * RATE);
    said.set(raiseRate(samples, RATE / rate), RATE / 2);
    const peer = whip(desk, { token: token(), says: said });
    const reply = await peer.call();
    assert.equal(reply.status, 201, peer.answer);
    assert.equal(reply.headers.get("content-type"), "application/sdp");
    assert.match(peer.answer, /^a=recvonly\r$/m);
    assert.match(peer.answer, /^a=candidate:.* 127\.0\.0\.1 [\s\S]*^a=end-of-candidates\r$/m);
    await peer.speak();
    const messages = () => {
      const [name] = fs.existsSync(desk.recordings) ? fs.readdirSync(desk.recordings) : [];
      const file = name && path.join(desk.recordings, name, "transcript.jsonl");
      return file && fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line)) : [];
    };
    await until(() => messages().some(({ message, fields }) => message === "agentbrain/transcript" && fields.final && fields.text === "hours"), "the transcript");
    // At the pace of speech, as if somebody heard it.
    await until(() => messages().some(({ message, fields }) => message === "agentbrain/reply" && fields.text.includes("nine")), "the answer", 30);
    assert.equal((await peer.hangUp()).status, 200);
    await until(() => desk.records().some((record) => ended(record)), "the end of the call");
    assert.equal(peer.heard.length, 0);
  },
  "who offers to hear as well hears": async () => {
    const peer = whip(echo, { direction: "sendrecv", says: tone(2) });
    const reply = await peer.call();
    assert.equal(reply.status, 201);
    assert.equal(reply.headers.get("link"), '<stun:127.0.0.1:9>; rel="ice-server"');
    assert.match(peer.answer, /^a=sendrecv\r$/m);
    await peer.speak();
    await until(() => loud(peer) > 1, "the echo");
    assert.equal((await peer.hangUp()).status, 200);
    assert.equal((await peer.request("DELETE", peer.session)).status, 404);
    await until(async () => (await echo.calls()) === 0, "no call");
  },
  "the client of our page on WHIP": async () => {
    const page = fs.readFileSync(path.join(root, "docs/webrtc.md"), "utf8");
    const [, code] = /```js\n(async function whip\(.*?)```/s.exec(page);
    const connections = [];
    class Connection extends wrtc.RTCPeerConnection {
      constructor(...options) {
        super(...options);
        connections.push(this);
      }
    }
    const call = new Function("RTCPeerConnection", `${code}; return whip;`)(Connection);
    const track = new wrtc.nonstandard.RTCAudioSource().createTrack();
    await assert.rejects(call(endpoint(desk), track, "nonsense"), /the token is not valid/);
    const hangUp = await call(endpoint(echo), track);
    assert.equal(await echo.calls(), 1);
    await hangUp();
    await until(async () => (await echo.calls()) === 0, "no call");
    for (const connection of connections) connection.close();
  },
  "two at once, one of them trickles; ICE starts anew": async () => {
    const [anna, bert] = [whip(echo, { direction: "sendrecv", says: tone(2), trickle: true }), whip(echo, { direction: "sendrecv", says: tone(2) })];
    await Promise.all([anna.call(), bert.call()]);
    assert.equal(anna.trickled.status, 204);
    assert.equal(await echo.calls(), 2);
    await Promise.all([anna.speak(), bert.speak()]);
    await until(() => loud(anna) > 1 && loud(bert) > 1, "both hear themselves");
    const before = anna.tag;
    assert.equal((await anna.restart()).status, 200);
    assert.notEqual(anna.tag, before);
    assert.equal((await anna.patch(anna.fragment(anna.offer), before)).status, 412);
    await until(() => anna.peer.iceConnectionState === "connected" || anna.peer.iceConnectionState === "completed", "a new path");
    const heard = loud(anna);
    await anna.speak();
    await until(() => loud(anna) > heard + 1, "the echo over the new path");
    await Promise.all([anna.hangUp(), bert.hangUp()]);
    await until(async () => (await echo.calls()) === 0, "no call");
  },
  "what is no offer starts nothing": async () => {
    const offer = peers[peers.length - 1].offer;
    const status = async (...request) => (await post(echo, ...request)).status;
    assert.equal(await status(offer, { "Content-Type": "application/json" }), 415);
    assert.equal(await status(offer, { "Content-Type": "application/sdp", Accept: "text/html" }), 406);
    assert.equal(await status(""), 400);
    assert.equal(await status("hello"), 400);
    for (const broken of [offer.slice(0, 100), offer.replace("a=ice-pwd", "a=x"), offer.replace("opus", "speex"), offer.replace(/sendrecv|sendonly/, "recvonly"), offer.replace(/^a=fingerprint.*\r\n/gm, "")])
      assert.equal(await status(broken), 422, broken);
    assert((await post(echo, offer.replace("m=audio", "m=audio 9")).catch(() => ({ status: 422 }))).status >= 400);
    assert.equal(await status("v=0\r\n" + "x".repeat(200000)).catch(() => 413), 413);
    assert.equal((await fetch(endpoint(echo), { method: "PUT", body: "x" })).status, 405);
    assert.equal((await fetch(`${endpoint(echo)}/nobody`, { method: "POST", body: offer })).status, 404);
    const problem = await (await post(echo, "hello")).json();
    assert.match(problem.detail, /the offer cannot be used/);
    assert.equal(await echo.calls(), 0);
  },
  "a hundred offers that nobody follows up are bounded, and end": async () => {
    const offer = peers[peers.length - 1].offer;
    const from = echo.records().length;
    const replies = await Promise.all(Array.from({ length: 30 }, () => post(echo, offer)));
    const made = replies.filter(({ status }) => status === 201);
    assert(made.length > 0 && replies.every(({ status }) => status === 201 || status === 503), replies.map(({ status }) => status).join(" "));
    // Nonsense for each of them.
    await Promise.all(made.map(async (reply) => {
      const session = new URL(reply.headers.get("location"), endpoint(echo)).href;
      const patch = async (body, tag, type = FRAGMENT) => (await fetch(session, { method: "PATCH", body, headers: { "Content-Type": type, ...(tag && { "If-Match": tag }) } })).status;
      assert.equal(await patch("a=end-of-candidates\r\n", null), 428);
      assert.equal(await patch("a=end-of-candidates\r\n", '"x"'), 412);
      assert.equal(await patch("x", "*"), 400);
      assert.equal(await patch("x", "*", "text/plain"), 415);
      assert.equal(await patch(`m=audio 9 RTP/AVP 0\r\n${"a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n".repeat(65)}`, "*"), 400);
      assert.equal(await patch("m=audio 9 RTP/AVP 0\r\na=candidate:1 1 udp 1 evil.example.org 9 typ host\r\n", "*"), 204);
      assert.equal((await fetch(session, { method: "DELETE" })).status, 200);
    }));
    await until(async () => (await echo.calls()) === 0, "no call");
    assert.equal(echo.records().length, from, "a call that never connected leaves no record");
  },
  "a call meanwhile and afterwards": async () => {
    const peer = whip(echo, { direction: "sendrecv", says: tone(1) });
    await peer.call();
    await peer.speak();
    await until(() => loud(peer) > 0.5, "the echo");
    // Who stops is waited for; nobody new comes in.
    const stopped = echo.stop();
    await until(async () => (await post(echo, peer.offer).catch(() => null))?.status === 503, "nobody new");
    await peer.hangUp();
    assert.equal(await stopped, 0, fs.readFileSync(echo.log, "utf8"));
  },
  "who vanished without a word was noticed; others talked on": async () => {
    const error = await vanished;
    if (error) throw error;
    assert.equal(await lonely.stop(), 0, fs.readFileSync(lonely.log, "utf8"));
  },
  "the last server ends well, too": async () => assert.equal(await desk.stop(), 0, fs.readFileSync(desk.log, "utf8")),
};

runChecks(checks, async () => {
  for (const peer of peers) peer.peer?.close();
  await Promise.all([echo.stop("SIGKILL"), lonely.stop("SIGKILL"), desk.stop("SIGKILL")]);
  fs.rmSync(scratch, { recursive: true, force: true });
});
