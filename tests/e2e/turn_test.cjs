// Calls that go through a TURN server only: the real `jackfield run` with coturn as our samples configure
// it, and npm's @roamhq/wrtc as the peer. Wrong credentials are told to who runs jackfield. TAP.
// Arguments: jackfield; the node_modules of @roamhq/wrtc and of ws; the root of the sources.
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
const { Coturn } = require(path.join(support, "coturn.cjs"));
const { WrtcPeer } = require(path.join(support, "wrtc_peer.cjs"));

const RATE = 48000, SECONDS = 2, LEVEL = 0.3;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "turn-"));
const tone = Float32Array.from({ length: SECONDS * RATE }, (_, i) => LEVEL * Math.sin((2 * Math.PI * 440 * i) / RATE));
const timeLimited = new Coturn(root, "turnserver.conf", "hush", scratch);
const longTerm = new Coturn(root, "turnserver-long-term.conf", "hush", scratch);
const running = new Set([timeLimited, longTerm]);

async function withServer(name, coturn, environment, use, uri = coturn.uri) {
  const folder = path.join(scratch, name);
  fs.mkdirSync(folder);
  const server = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), folder, {
    args: ["--relay-only", "--ice-server", uri, "--media-address", "127.0.0.1"], environment,
  });
  running.add(server);
  await server.start();
  await use(server);
  assert.equal(await server.stop(), 0, fs.readFileSync(server.log, "utf8"));
  running.delete(server);
}

// A call in which a tone comes back. Gives what jackfield says of the connection, and the peer's servers.
async function talk(server, policy) {
  const peer = new WrtcPeer({ wrtc, WebSocket, url: `${server.origin.replace("http", "ws")}/signal`, says: tone, policy });
  await peer.call();
  await peer.speak();
  await until(() => peer.sound().filter((sample) => Math.abs(sample) > LEVEL / 2).length > RATE / 4, "the tone comes back");
  await peer.hangUp();
  assert.deepEqual(peer.errors, []);
  await until(() => server.records().length === 1, "the call's record");
  const connected = server.records()[0].messages.find(({ message }) => message === "webrtc/connected");
  return { connection: connected.fields, iceServers: peer.iceServers };
}

const refusal = (server, user) => until(() => new RegExp(`TURN server turn:127\\.0\\.0\\.1:\\d+ refused the credentials of user '${user}' \\(401 Unauthorized\\)`).test(fs.readFileSync(server.log, "utf8")), "the refusal is told");

const checks = {
  "coturn runs with both samples": () => Promise.all([timeLimited.start(), longTerm.start()]),
  "a call through relays of time-limited credentials at both ends": () => withServer("both", timeLimited, { TURN_SECRET: "hush" }, async (server) => {
    const { connection, iceServers } = await talk(server, "relay");
    assert.equal(connection["local-candidate"], "relay", JSON.stringify(connection));
    assert.match(connection["remote-address"], /^127\.0\.0\.1:49\d{3}$/, "it is a relay's port");
    const [{ username, credential }] = iceServers.filter(({ username }) => username);
    assert(Number.parseInt(username, 10) > Date.now() / 1000, username);
    assert(credential.length > 20);
    const log = fs.readFileSync(server.log, "utf8");
    assert(!/refused|hush/.test(log), log);
  }),
  "a call through a relay of jackfield's, by long-term credentials": () => withServer("one", longTerm, { TURN_USER: "jackfield", TURN_PASSWORD: "hush" }, async (server) => {
    const { connection } = await talk(server, "all");
    assert.equal(connection["local-candidate"], "relay", JSON.stringify(connection));
  }),
  "a call through a relay that can be reached over TCP only": async () => {
    await withServer("tcp", longTerm, { TURN_USER: "jackfield", TURN_PASSWORD: "hush" }, async (server) => {
      const { connection } = await talk(server, "all");
      assert.equal(connection["local-candidate"], "relay", JSON.stringify(connection));
    }, await longTerm.overTcp());
  },
  "a wrong secret is told": () => withServer("secret", timeLimited, { TURN_SECRET: "hash" }, (server) => refusal(server, "\\d+:probe")),
  "a wrong password is told, and what to look at": () => withServer("password", longTerm, { TURN_USER: "jackfield", TURN_PASSWORD: "hash" }, async (server) => {
    await refusal(server, "jackfield");
    const log = fs.readFileSync(server.log, "utf8");
    assert(log.includes("user=NAME:PASSWORD") && !log.includes("hash"), log);
  }),
  "a server that is not there is told": async () => {
    await longTerm.stop();
    await withServer("nobody", longTerm, { TURN_USER: "jackfield", TURN_PASSWORD: "hush" }, (server) => until(() => /TURN server turn:127\.0\.0\.1:\d+ (cannot be reached|does not answer)/.test(fs.readFileSync(server.log, "utf8")), "it is told"));
  },
};

runChecks(checks, async () => {
  for (const one of running) await one.stop("SIGKILL");
  fs.rmSync(scratch, { recursive: true, force: true });
});
