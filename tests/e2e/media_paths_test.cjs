// Which addresses and ports the media of the real `jackfield run` go by: IPv6 alone, and --media-ports.
// Called by WHIP, from npm's @roamhq/wrtc. TAP. Arguments: jackfield; the node_modules of @roamhq/wrtc;
// the root of the sources.
const assert = require("assert");
const dgram = require("dgram");
const fs = require("fs");
const os = require("os");
const path = require("path");
const [jackfield, wrtcModules, root] = process.argv.slice(2);
const support = path.join(root, "tests/support");
const wrtc = require(path.join(wrtcModules, "@roamhq/wrtc"));
const { runChecks, until } = require(path.join(support, "browser/chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "browser/jackfield_server.cjs"));
const { WhipPeer } = require(path.join(support, "whip_peer.cjs"));

const RATE = 48000, SECONDS = 2, LEVEL = 0.3, PORTS = 20;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "media-paths-"));
const tone = Float32Array.from({ length: SECONDS * RATE }, (_, i) => LEVEL * Math.sin((2 * Math.PI * 440 * i) / RATE));
const hasIpv6 = Object.values(os.networkInterfaces()).flat().some(({ address }) => address === "::1");
const running = new Set();

// A range of ports around one that is free; most of the others will be, too.
async function portRange(type, host) {
  const socket = dgram.createSocket(type);
  const port = await new Promise((done) => socket.bind(0, host, () => done(socket.address().port)));
  await new Promise((done) => socket.close(done));
  const first = Math.min(port, 65535 - PORTS);
  return [first, first + PORTS - 1];
}

// The candidates of an answer: { address, port }. The port of a TCP candidate that only connects means nothing.
const candidates = (answer) => (answer.match(/^a=candidate:.*$/gm) ?? []).filter((line) => !line.includes("tcptype active")).map((line) => {
  const [, , , , address, port] = line.split(" ");
  return { address, port: Number(port) };
});

async function calls(host, count) {
  const type = host.includes(":") ? "udp6" : "udp4";
  const [first, last] = await portRange(type, host);
  const folder = path.join(scratch, type);
  fs.mkdirSync(folder);
  const server = new JackfieldServer(jackfield, path.join(support, "webrtc_echo.gst"), folder, {
    args: ["--media-address", host, "--media-ports", `${first}-${last}`], host,
  });
  running.add(server);
  await server.start();
  const peers = Array.from({ length: count }, () => new WhipPeer({ wrtc, url: `${server.origin}/whip`, says: tone, direction: "sendrecv", address: host }));
  await Promise.all(peers.map(async (peer) => {
    const reply = await peer.call();
    assert.equal(reply.status, 201, peer.answer);
    const ours = candidates(peer.answer);
    assert(ours.length > 0 && ours.every(({ address, port }) => address === host && port >= first && port <= last), `${first} to ${last}: ${JSON.stringify(ours)}`);
    await peer.speak();
    await until(() => peer.sound().filter((sample) => Math.abs(sample) > LEVEL / 2).length > RATE / 4, "the tone comes back");
    await peer.hangUp();
  }));
  await until(() => server.records().length === count, "the calls' records");
  for (const { messages } of server.records()) {
    const { fields } = messages.find(({ message }) => message === "webrtc/connected");
    assert(fields["local-address"].includes(host), JSON.stringify(fields));
    // The peer may send from any address of this machine, of the same kind.
    assert.equal(fields["remote-address"].startsWith("["), host.includes(":"), JSON.stringify(fields));
    const port = Number(fields["local-address"].split(":").pop());
    assert(port >= first && port <= last, `${port} is not within ${first} to ${last}`);
  }
  assert.equal(await server.stop(), 0, fs.readFileSync(server.log, "utf8"));
}

const checks = {
  "two calls at once by the ports that are allowed": () => calls("127.0.0.1", 2),
  [`a call by IPv6 alone, and its ports${hasIpv6 ? "" : " # SKIP this machine has no IPv6"}`]: () => hasIpv6 && calls("::1", 1),
};

runChecks(checks, async () => {
  for (const server of running) await server.stop("SIGKILL");
  fs.rmSync(scratch, { recursive: true, force: true });
});
