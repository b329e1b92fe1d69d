// `jackfield run` for tests with a browser, on 127.0.0.1 (or `host`) and a port that it keeps when it is started again.
const fs = require("fs");
const net = require("net");
const path = require("path");
const { spawn } = require("child_process");
const { until } = require("./chromium.cjs");

function freePort(host) {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, host, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

class JackfieldServer {
  // `target`: a pipeline file or a jackfield.conf; `args`: variables and options.
  constructor(binary, target, scratch, { args = [], environment = {}, host = "127.0.0.1" } = {}) {
    Object.assign(this, { binary, target, scratch, args, environment, host, process: null, exitCode: null });
    this.recordings = path.join(scratch, "recordings");
    this.log = path.join(scratch, "server.log");
  }

  async start() {
    this.port ??= await freePort(this.host);
    const address = `${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.port}`;
    this.origin = `http://${address}`;
    const out = fs.openSync(this.log, "a");
    this.exitCode = null;
    const child = spawn(this.binary, ["run", this.target, "--listen", address, "--recordings", this.recordings, ...this.args], {
      stdio: ["ignore", out, out], env: { ...process.env, ...this.environment },
    });
    fs.closeSync(out);
    this.process = child;
    this.ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve((this.exitCode = code ?? signal))));
    await until(async () => {
      if (this.exitCode !== null) throw new Error(`jackfield run ended at once:\n${fs.readFileSync(this.log, "utf8").slice(-2000)}`);
      return this.health();
    }, "jackfield answers", 60);
  }

  // How many calls there are; null when it does not answer.
  async calls() {
    const text = await this.health();
    return text ? Number(/(\d+) calls/.exec(text)[1]) : null;
  }

  async health() {
    try {
      return await (await fetch(`${this.origin}/healthz`, { signal: AbortSignal.timeout(5000) })).text();
    } catch {
      return null;
    }
  }

  // Gives how it ended: the exit code, or the name of a signal.
  async stop(signal = "SIGTERM") {
    if (this.exitCode === null) this.process?.kill(signal);
    return this.ended;
  }

  // Of calls that are over, oldest first: their folders' call.json and transcript.jsonl.
  records() {
    if (!fs.existsSync(this.recordings)) return [];
    const folders = fs.readdirSync(this.recordings).sort().map((name) => path.join(this.recordings, name));
    return folders.filter((folder) => fs.existsSync(path.join(folder, "call.json"))).map((folder) => ({
      folder,
      call: JSON.parse(fs.readFileSync(path.join(folder, "call.json"), "utf8")),
      messages: fs.readFileSync(path.join(folder, "transcript.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line)),
    }));
  }
}

module.exports = { JackfieldServer };
