// Who may call what from a browser, and calls whose connections break: a real Chromium and the real
// `jackfield run jackfield.conf`. TAP.
// Arguments: jackfield; the node_modules of playwright-core; the root of the sources.
const assert = require("assert");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");
const { execFileSync } = require("child_process");
const [jackfield, playwright, root] = process.argv.slice(2);
const support = path.join(root, "tests/support/browser");
const { openPage, runChecks, startChromium, until } = require(path.join(support, "chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "jackfield_server.cjs"));

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "browser-lines-"));
const errors = [];
let server, chromium, proxy;

const dialogue = (greeting) => JSON.stringify({
  intents: { never: ["thank you"] }, start: "desk", greeting, states: { desk: { rules: [] } }, always: [{ intent: "never", say: "Thank you." }],
  not_understood: { say: "I did not understand.", limit: 9, then: { say: "I did not understand." } },
});

function writeConf() {
  const lines = ["day", "night"].map((name) => {
    fs.writeFileSync(path.join(scratch, `${name}.json`), dialogue(`This is the line of the ${name}.`));
    return `[line ${name}]
pipeline=${root}/pipelines/browser-agent.gst
SCRIPT=${scratch}/${name}.json
GRAMMAR=${root}/pipelines/scripts/reception.gram
`;
  });
  fs.writeFileSync(path.join(scratch, "jackfield.conf"), `[server]\nrequire-token=true\ndrain=1\n${lines.join("")}max-calls=1\n`);
  fs.writeFileSync(path.join(scratch, ".env"), "JACKFIELD_TOKEN_SECRET=a-secret-for-tests-0123456789abcdef\n", { mode: 0o600 });
}

const token = (...args) => execFileSync(jackfield, ["token", ...args, "--env-file", path.join(scratch, ".env")], { encoding: "utf8" }).trim();

// Between the browser and the server, for the page and the signalling; sound goes past it.
class Proxy {
  #sockets = new Set();
  async listen(port) {
    this.open = true;
    this.server = net.createServer((socket) => {
      if (!this.open) return socket.destroy();
      const far = net.connect(port, "127.0.0.1");
      socket.pipe(far).pipe(socket);
      for (const end of [socket, far]) {
        this.#sockets.add(end);
        end.on("error", () => end.destroy());
        end.on("close", () => this.#sockets.delete(end));
      }
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
  }
  cut() {
    this.open = false;
    for (const socket of this.#sockets) socket.destroy();
  }
  mend() {
    this.open = true;
  }
}

const message = (page) => page.locator("#message").innerText();
const inState = (page, wanted) => page.waitForFunction((name) => document.body.dataset.state === name, wanted, { polling: 50 });
const says = (page, text) => until(async () => (await page.locator("#message").isVisible()) && (await message(page)).includes(text), `"${text}"`);
const hears = (page, text) => until(async () => (await page.locator("#transcript").innerText()).includes(text), `"${text}" of the line`);
const press = (page, name) => page.getByRole("button", { name }).click();

async function open(address, origin = server.origin) {
  for (const left of chromium.context.pages()) if (left.url() !== "about:blank") await left.close();
  await until(async () => (await server.calls()) === 0, "an end of earlier calls");
  errors.length = 0;
  return openPage(chromium.context, origin + address, errors);
}

// A call by the client alone, as window.client.
async function openClient() {
  const page = await open("/call/day", proxy.origin);
  await page.evaluate(async (token) => {
    const { LineCall } = await import("/call/assets/signalling.js");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    window.client = new LineCall({ url: location.origin.replace("http", "ws") + "/signal/day", track: stream.getTracks()[0], token });
    window.client.start();
  }, token("day"));
  await page.waitForFunction(() => window.client.state === "connected", null, { polling: 50 });
  return page;
}

// How often the server has told, over the path of the sound, what it got.
const reports = (page) => page.evaluate(async () => [...(await window.client.peerConnection.getStats()).values()].find(({ type }) => type === "remote-inbound-rtp")?.roundTripTimeMeasurements ?? 0);

const checks = {
  "a line that is not there, told before anything is pressed": async () => {
    const page = await open("/call/dusk");
    await says(page, "There is no such line here");
    await press(page, "Call");
    await inState(page, "ended");
    await says(page, "There is no such line here");
  },

  "no line named, and there are two: both are links, and a token goes along": async () => {
    const page = await open("/call#token=abc");
    await page.getByRole("link", { name: "day" }).waitFor();
    assert.deepEqual(await page.getByRole("link").allInnerTexts(), ["day", "night"]);
    await page.getByRole("link", { name: "night" }).click();
    await page.waitForURL(`${server.origin}/call/night#token=abc`);
    assert.equal(await page.locator("h1").innerText(), "Call night");
    assert.deepEqual(errors, []);
  },

  "nobody gets in without the right token": async () => {
    const old = token("day", "--valid", "1s");
    for (const hash of ["", "#token=nonsense", `#token=${token("night")}`, `#token=${old}`]) {
      if (hash.includes(old)) await new Promise((resolve) => setTimeout(resolve, 2100)); // it is to be too old
      const page = await open(`/call/day${hash}`);
      await press(page, "Call");
      await says(page, "lets nobody in without a valid token");
    }
    assert.equal(server.records().length, 0);
  },

  "each line answers as itself": async () => {
    for (const name of ["day", "night"]) {
      const page = await open(`/call/${name}#token=${token(name)}`);
      assert.equal(await page.locator("h1").innerText(), `Call ${name}`);
      await press(page, "Call");
      await hears(page, `This is the line of the ${name}.`);
      assert.deepEqual(errors, []);
    }
  },

  "a line that is full": async () => {
    const page = await open(`/call/night#token=${token("night")}`);
    await press(page, "Call");
    await inState(page, "connected");
    const second = await openPage(chromium.context, `${server.origin}/call/night#token=${token("night")}`, errors);
    await press(second, "Call");
    await says(second, "All lines are busy");
    assert.equal(await page.evaluate(() => document.body.dataset.state), "connected");
  },

  "a network that breaks the signalling: the same call goes on": async () => {
    const page = await open(`/call/day#token=${token("day")}`, proxy.origin);
    const before = server.records().length;
    await press(page, "Call");
    await inState(page, "connected");
    proxy.cut();
    await inState(page, "reconnecting");
    assert.equal(await server.calls(), 1);
    // What is said meanwhile is told when it is back.
    proxy.mend();
    await inState(page, "connected");
    await hears(page, "This is the line of the day.");
    assert.equal(await server.calls(), 1);
    assert.equal(server.records().length, before);
    assert.ok(!(await page.locator("#transcript").innerText()).includes("started anew"));
    await press(page, "Hang up");
    await until(() => server.records().length === before + 1, "the record of the one call");
  },

  "other paths in a standing call": async () => {
    const page = await openClient();
    const fragment = () => page.evaluate(() => /a=ice-ufrag:(.*)/.exec(window.client.peerConnection.localDescription.sdp)[1]);
    const was = await fragment();
    await page.evaluate(() => window.client.peerConnection.restartIce());
    await until(async () => (await fragment()) !== was, "new credentials");
    const stable = () => page.evaluate(() => window.client.peerConnection.signalingState === "stable" && window.client.state === "connected");
    await until(stable, "an end of it");
    const before = await reports(page);
    await until(async () => (await reports(page)) > before, "reports on the new path");
    assert.equal(await server.calls(), 1);
    assert.deepEqual(errors, []);
    await page.evaluate(() => window.client.hangUp());
  },
};

async function main() {
  writeConf();
  server = new JackfieldServer(jackfield, path.join(scratch, "jackfield.conf"), scratch);
  await server.start();
  proxy = new Proxy();
  await proxy.listen(server.port);
  chromium = await startChromium(playwright);
  await runChecks(checks, async () => {
    await chromium.close();
    await server.stop("SIGKILL");
    if (process.env.KEEP) console.log(`# ${scratch}`);
    else fs.rmSync(scratch, { recursive: true, force: true });
  });
}

main();
