// Calls to the real `jackfield run` from a second kind of WebRTC peer, npm's @roamhq/wrtc, over a network
// that loses, delays and reorders: what was said comes back and is understood, and what both sides and
// the network count agrees. TAP. Arguments: jackfield; the node_modules of @roamhq/wrtc and of ws; the
// root of the sources.
const assert = require("assert");
const fs = require("fs");
const os = require("os");
const path = require("path");
const [jackfield, wrtcModules, wsModules, root] = process.argv.slice(2);
const support = path.join(root, "tests/support");
const wrtc = require(path.join(wrtcModules, "@roamhq/wrtc"));
const WebSocket = require(path.join(wsModules, "ws"));
const { runChecks, until } = require(path.join(support, "browser/chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "browser/jackfield_server.cjs"));
const { raiseRate, readWav, understood } = require(path.join(support, "browser/speech.cjs"));
const { LossyRelay } = require(path.join(support, "lossy_relay.cjs"));
const { WrtcPeer } = require(path.join(support, "wrtc_peer.cjs"));

const SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison";
const PHRASES = { "call-forwarding": "call forwarding", location: "location", "do-not-disturb": "do not disturb" };
const RATE = 48000, PAUSE = RATE, TAIL = 1.5 * RATE;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "other-peer-"));
const server = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), scratch, { args: ["--media-address", "127.0.0.1"] });
const relay = new LossyRelay({ loss: 0.03, delay: 15, jitter: 25, seed: 7 });
let peer, theirs, ours, toUs, toThem;

function speech() {
  const clips = Object.keys(PHRASES).map((name) => readWav(`${SOUNDS}/${name}.wav`)).map(({ rate, samples }) => raiseRate(samples, RATE / rate));
  const all = new Float32Array(clips.reduce((sum, clip) => sum + clip.length + PAUSE, PAUSE) + TAIL);
  let at = PAUSE;
  for (const clip of clips) {
    all.set(clip, at);
    at += clip.length + PAUSE;
  }
  return all;
}

// The fields of the last message of a kind in the call's record.
const last = (record, name) => record.messages.filter(({ message }) => message === name).pop()?.fields;

// A few packets are on their way, or were late, when somebody counts.
const FEW = 6;
const agree = (counted, truth) => assert(Math.abs(counted - truth) <= FEW, `${counted}, but it was ${truth}`);

// The newest of a kind while the call still goes on.
function newest(name) {
  const [folder] = fs.readdirSync(server.recordings);
  const lines = fs.readFileSync(path.join(server.recordings, folder, "transcript.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).filter(({ message }) => message === name).pop()?.fields;
}

const checks = {
  "a call through a network that loses is connected, and talks": async () => {
    await relay.open();
    await server.start();
    peer = new WrtcPeer({ wrtc, WebSocket, url: `${server.origin.replace("http", "ws")}/signal`, says: speech(), relay });
    await peer.call();
    await peer.speak();
    assert.deepEqual(peer.errors, []);
  },
  "when no more is lost, each side is told of its losses by the other": async () => {
    relay.loss = 0;
    peer.says = new Float32Array(20 * RATE);
    peer.speak();
    const { toFar, toNear } = relay.counts;
    await until(async () => Math.abs((await peer.statistics())["remote-inbound-rtp"]?.packetsLost - toFar.lost) <= FEW, "our reports tell the peer");
    await until(() => Math.abs(newest("webrtc/stats")["remote-lost"] - toNear.lost) <= FEW, "the peer's reports tell us");
    theirs = await peer.statistics();
    ({ toFar: toUs, toNear: toThem } = structuredClone(relay.counts));
    await peer.hangUp();
  },
  "what was said comes back and is understood": async () => {
    // Every sixth sample: a telephone recording has nothing above 4 kHz.
    const lower = Int16Array.from(peer.sound().filter((_, i) => i % 6 === 0), (sample) => 32767 * sample);
    const text = await understood(Buffer.from(lower.buffer).toString("base64"), path.join(root, "pipelines/scripts/reception.gram"), path.join(scratch, "heard"), 8000);
    for (const phrase of Object.values(PHRASES)) assert(text.includes(phrase), `${phrase} in: ${text}`);
  },
  "the network has lost in both directions, and the peer counts it": async () => {
    assert(toUs.lost > 5 && toThem.lost > 5, JSON.stringify({ toUs, toThem }));
    agree(theirs["inbound-rtp"].packetsLost, toThem.lost);
    assert(theirs["inbound-rtp"].concealedSamples > 0);
  },
  "we count what the network brought, and conceal what it did not": async () => {
    await until(() => server.records().length === 1, "the call's record");
    const [record] = server.records();
    ours = last(record, "webrtc/call-ended").stats;
    const buffer = ours["jitter-buffer"];
    // It has counted to the end of the call.
    const all = relay.counts.toFar;
    agree(buffer.packetsReceived, all.came - all.lost);
    assert(buffer.concealedSamples > 0, JSON.stringify(buffer));
  },
  "both know the round trip, which is twice 15 to 40 ms": async () => {
    assert(ours["round-trip"] >= 30e6, ours["round-trip"]);
    assert(theirs["remote-inbound-rtp"].roundTripTime >= 0.03, theirs["remote-inbound-rtp"].roundTripTime);
  },
  "how long sound was on its way is in the record": async () => {
    const { media } = JSON.parse(fs.readFileSync(path.join(server.records()[0].folder, "latency.json"), "utf8"));
    for (const way of [media.incoming, media.outgoing]) {
      assert(Math.abs(way.total - way.parts.reduce((sum, part) => sum + part.time, 0)) <= way.parts.length, way.text);
      assert(way.parts.find(({ name }) => name === "network").time >= 15e6, way.text);
    }
    assert(media.incoming.parts.find(({ name }) => name === "jitter buffer").time > 10e6, media.incoming.text);
  },
  "jackfield ends well": async () => assert.equal(await server.stop(), 0),
};

runChecks(checks, async () => {
  relay.close();
  await server.stop("SIGKILL");
  fs.rmSync(scratch, { recursive: true, force: true });
});
