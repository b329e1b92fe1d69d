// Callers of the real `jackfield run` who vanish in the middle of their calls, killed with their
// processes, while another one talks: that one hears everything, and of the others nothing is left. TAP.
// Arguments: jackfield; the node_modules of @roamhq/wrtc and of ws; the root of the sources.
const assert = require("assert");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { spawn } = require("child_process");
const [jackfield, wrtcModules, wsModules, root] = process.argv.slice(2);
const support = path.join(root, "tests/support");
const wrtc = require(path.join(wrtcModules, "@roamhq/wrtc"));
const WebSocket = require(path.join(wsModules, "ws"));
const { runChecks, until } = require(path.join(support, "browser/chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "browser/jackfield_server.cjs"));
const { WrtcPeer } = require(path.join(support, "wrtc_peer.cjs"));

const RATE = 48000, SECONDS = 9, ROUNDS = 4, EACH = 5, LEVEL = 0.3;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "vanishing-peers-"));
const server = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), scratch, { args: ["--media-address", "127.0.0.1"] });
const tone = Float32Array.from({ length: SECONDS * RATE }, (_, i) => LEVEL * Math.sin((2 * Math.PI * 440 * i) / RATE));
let staying;

const url = () => `${server.origin.replace("http", "ws")}/signal`;

async function comeAndVanish() {
  const peers = spawn(process.execPath, [path.join(support, "vanishing_peers.cjs"), wrtcModules, wsModules, url(), EACH], { stdio: ["ignore", "pipe", "inherit"] });
  let connected = "";
  peers.stdout.on("data", (text) => (connected += text));
  const ended = new Promise((done) => peers.on("exit", (code, signal) => done(signal)));
  await until(() => connected.split("\n").length > EACH, "the others are connected");
  peers.kill("SIGKILL");
  assert.equal(await ended, "SIGKILL");
}

const checks = {
  "a caller talks, others come and vanish": async () => {
    await server.start();
    staying = new WrtcPeer({ wrtc, WebSocket, url: url(), says: tone });
    await staying.call();
    const said = staying.speak();
    for (let round = 0; round < ROUNDS; ++round) await comeAndVanish();
    await said;
  },
  "who stays has heard the echo of all it said": async () => {
    // A machine that does not keep up makes holes of its own; a call that is disturbed is much worse.
    const loud = staying.sound().filter((sample) => Math.abs(sample) > LEVEL / 4).length;
    // A sine is as loud as that 84 % of the time.
    assert(loud > 0.84 * 0.8 * SECONDS * RATE, `${loud / RATE} s of ${SECONDS} s`);
    assert.deepEqual(staying.errors, []);
  },
  "who vanished is noticed, and who stays is not taken for one": async () => {
    await until(async () => (await server.calls()) === 1, "one call is left", 40);
    assert.equal(staying.peer.connectionState, "connected");
    assert.equal(server.records().length, ROUNDS * EACH);
    for (const { call } of server.records()) assert(call["end-reason"], JSON.stringify(call));
  },
  "jackfield ends well": async () => {
    await staying.hangUp();
    await until(() => server.records().length === ROUNDS * EACH + 1, "the last call's record");
    assert.equal(await server.stop(), 0);
  },
};

runChecks(checks, async () => {
  await server.stop("SIGKILL");
  fs.rmSync(scratch, { recursive: true, force: true });
});
