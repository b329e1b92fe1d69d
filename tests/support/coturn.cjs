// coturn with one of our sample configurations, on 127.0.0.1 and a free port.
const dgram = require("dgram");
const fs = require("fs");
const net = require("net");
const path = require("path");
const { spawn } = require("child_process");
const { until } = require("./browser/chromium.cjs");

const freePort = () => new Promise((done) => {
  const probe = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

class Coturn {
  // `sample`: a file of launcher/deploy/coturn; `secret` is its secret, or the password of its user.
  constructor(root, sample, secret, scratch) {
    Object.assign(this, { file: path.join(root, "launcher/deploy/coturn", sample), sample, secret, scratch });
  }

  async start() {
    this.port = await freePort();
    const settings = fs.readFileSync(this.file, "utf8")
      .replace("listening-port=3478", `listening-port=${this.port}`)
      .replace("CHANGE-ME", this.secret)
      // Here everybody is on this machine.
      .replace(/^denied-peer-ip=127.*\n/m, "allow-loopback-peers\n");
    const base = path.join(this.scratch, this.sample);
    fs.writeFileSync(base, `${settings}listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nno-tls\nno-dtls\nrelay-threads=1\npidfile=${base}.pid\nuserdb=${base}.db\n`);
    const log = fs.openSync(`${base}.log`, "w");
    this.process = spawn("turnserver", ["-c", base], { stdio: ["ignore", log, log] });
    fs.closeSync(log);
    this.ended = new Promise((done) => this.process.on("exit", done));
    await until(() => this.answers(), "coturn listens");
  }

  // Whether a Binding request over UDP (RFC 5389) is answered.
  answers() {
    return new Promise((done) => {
      const socket = dgram.createSocket("udp4");
      const end = (result) => {
        clearTimeout(timer);
        socket.close();
        done(result);
      };
      const timer = setTimeout(end, 200, false);
      socket.once("message", () => end(true)).once("error", () => end(false));
      socket.send(Buffer.from("000100002112a442000102030405060708090a0b", "hex"), this.port, "127.0.0.1");
    });
  }

  get uri() {
    return `turn:127.0.0.1:${this.port}?transport=udp`;
  }

  // The address of a way to it that is one for TCP only.
  async overTcp() {
    this.gate = net.createServer((client) => {
      const inside = net.connect(this.port, "127.0.0.1");
      client.on("error", () => inside.destroy()).pipe(inside);
      inside.on("error", () => client.destroy()).pipe(client);
    });
    await new Promise((done) => this.gate.listen(0, "127.0.0.1", done));
    return `turn:127.0.0.1:${this.gate.address().port}?transport=tcp`;
  }

  async stop() {
    this.gate?.close();
    this.process?.kill("SIGKILL");
    await this.ended;
  }
}

module.exports = { Coturn };
