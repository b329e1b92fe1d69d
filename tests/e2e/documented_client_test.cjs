// The client on docs/webrtc.md, as it stands there, calls the real `jackfield run` and hears itself. In
// place of a browser: npm's @roamhq/wrtc and ws. TAP. Arguments: jackfield; the node_modules of
// @roamhq/wrtc and of ws; the root of the sources.
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

const RATE = 48000, BLOCK = RATE / 100;
// On a machine without a network this peer finds no address of its own.
const online = Object.values(os.networkInterfaces()).flat().some((one) => !one.internal);

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "documented-client-"));
const server = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), scratch);
const connections = [];
const audio = {};
let hangUp, sink, tone;
let heard = 0;

class Connection extends wrtc.RTCPeerConnection {
  constructor(configuration) {
    super(configuration);
    connections.push(this);
  }
}

function documented() {
  const page = fs.readFileSync(path.join(root, "docs/webrtc.md"), "utf8");
  const [, code] = /```js\n(function call\(.*?)```/s.exec(page);
  assert(code.split("\n").length < 30, "the client got longer");
  const names = ["WebSocket", "RTCPeerConnection", "MediaStream", "document"];
  return new Function(...names, `${code}; return call;`)(WebSocket, Connection, wrtc.MediaStream, { querySelector: () => audio });
}

const checks = {
  "the line answers": async () => {
    await server.start();
    const source = new wrtc.nonstandard.RTCAudioSource();
    let at = 0;
    tone = setInterval(() => {
      const samples = Int16Array.from({ length: BLOCK }, () => 8000 * Math.sin((2 * Math.PI * 440 * at++) / RATE));
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: BLOCK });
    }, 10);
    hangUp = documented()(`${server.origin.replace("http", "ws")}/signal`, source.createTrack());
    await until(() => connections[0]?.signalingState === "stable" && connections[0].remoteDescription, "an answer");
    assert.equal(connections.length, 1);
  },
  "the sound comes back": async () => {
    if (!online) return console.log("# no network, so no sound");
    await until(() => connections[0].connectionState === "connected", "a connection");
    await until(() => audio.srcObject, "a stream");
    sink = new wrtc.nonstandard.RTCAudioSink(audio.srcObject.getAudioTracks()[0]);
    sink.ondata = ({ samples }) => (heard = Math.max(heard, ...samples));
    await until(() => heard > 2000, "the tone");
  },
  "hanging up ends the call on both sides": async () => {
    sink?.stop();
    hangUp();
    await until(() => connections[0].connectionState === "closed" || connections[0].signalingState === "closed", "the end");
    await until(async () => (await server.calls()) === 0, "no call");
  },
};

runChecks(checks, async () => {
  clearInterval(tone);
  await server.stop();
  fs.rmSync(scratch, { recursive: true });
});
