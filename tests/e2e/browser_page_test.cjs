// The page at /call in a real Chromium, against a stand-in of the server that does what the real one
// does not do at will. TAP.
// Arguments: the node_modules of playwright-core, of axe-core and of ws; the root of the sources.
// SCREENSHOTS, a folder: pictures of the page in its states are left there.
const path = require("path");
const [playwright, axe, ws, root] = process.argv.slice(2);
const { openPage, runChecks, startChromium, until } = require(path.join(root, "tests/support/browser/chromium.cjs"));
const { Accessibility, pagePolicy } = require(path.join(root, "tests/support/browser/accessibility.cjs"));
const { StandIn, farSide } = require(path.join(root, "tests/support/browser/signalling_stand_in.cjs"));
const { WebSocketServer } = require(path.join(ws, "ws"));
const assert = require("assert");

const webpage = path.join(root, "launcher/webpage");
const policy = pagePolicy(root);

const shots = process.env.SCREENSHOTS;
const errors = [];
let chromium, server, far, page;

async function shot(name, of = page) {
  if (!shots) return;
  await of.emulateMedia({ colorScheme: "light" });
  await of.screenshot({ path: path.join(shots, `${name}.png`) });
  await of.emulateMedia({ colorScheme: "dark" });
  await of.screenshot({ path: path.join(shots, `${name}-dark.png`) });
}

const state = (of = page) => of.evaluate(() => document.body.dataset.state);
const text = (selector, of = page) => of.locator(selector).innerText();
const inState = (wanted, of = page) => of.waitForFunction((name) => document.body.dataset.state === name, wanted, { polling: 50 });
const hasText = (selector, wanted) => until(async () => (await text(selector)).includes(wanted), `"${wanted}" in ${selector}`);
const farPeak = () => far.evaluate(() => window.far.peak());
const farHears = () => until(async () => (await farPeak()) > 0.005, "the far side hears the microphone");

// A new page, and a far side that has forgotten all before.
async function fresh(address = "/call/reception") {
  await page?.close();
  await far.evaluate(() => {
    window.far.close();
    Object.assign(window.far, { messages: [], answers: true, refused: 0 });
  });
  server.received.length = errors.length = 0;
  server.calls.clear();
  server.onJoin = server.onConnect = null;
  page = await openPage(chromium.context, server.origin + address, errors);
}

async function call() {
  await page.getByRole("button", { name: "Call" }).click();
  await inState("connected");
}

// A call by the client alone, without the page's script.
async function withClient() {
  await fresh("/call/");
  await page.evaluate(async () => {
    const { LineCall } = await import("/call/assets/signalling.js");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const client = new LineCall({ url: location.origin.replace("http", "ws") + "/signal", track: stream.getTracks()[0] });
    window.client = client;
    client.start();
  });
  await page.waitForFunction(() => window.client.state === "connected", null, { polling: 50 });
}

const checks = {
  "nothing is asked before the button is pressed": async () => {
    await fresh();
    assert.equal(await text("h1"), "Call reception");
    assert.equal(await state(), "ready");
    assert.equal(server.peers, 0);
    await shot("ready");
  },

  "a call is set up, and sound goes both ways": async () => {
    await fresh("/call/reception?room=sales-2#token=abc.def");
    await call();
    await farHears();
    await until(() => page.evaluate(() => Number(document.querySelector("#line-level").getAttribute("aria-valuenow")) > 50), "the line's tone shows");
    await until(async () => (await text("#round-trip")).endsWith(" ms"), "a round trip");
    await until(async () => (await text("#jitter-buffer")).endsWith(" ms"), "a jitter buffer");
    assert.match(await page.textContent("#time"), /^\d:\d\d$/);
    assert.equal(server.url, "/signal/reception");
    const [join] = server.of("join");
    assert.equal(join.token, "abc.def");
    assert.equal(join.room, "sales-2");
    assert.equal(join.role, "talk");
    const [{ sdp }] = server.of("offer");
    assert.deepEqual(sdp.match(/a=rtpmap:\d+ [^/]+/g).map((line) => line.split(" ")[1]), ["opus"]);
    assert.match(sdp, /a=fmtp:\d+ .*useinbandfec=1/);
    assert.equal(sdp.match(/^m=/gm).length, 1);
    await until(() => server.of("ice-candidate").some(({ candidate }) => candidate === null), "the end of the candidates");
    assert.deepEqual(errors, []);
  },

  "what is said stands on the page": async () => {
    const tell = (data) => server.send({ type: "event", name: "transcript", data });
    const lines = () => page.locator("#transcript p").allInnerTexts();
    tell({ role: "agent", text: "Hello, this is the reception. How can I <b>help</b> you?", final: true });
    tell({ role: "caller", text: "where", final: false });
    await hasText("#transcript", "where");
    tell({ role: "caller", text: "where are you", final: false });
    tell({ role: "caller", text: "Where are you?", final: true });
    tell({ role: "agent", text: "You find us at", final: true, interrupted: true });
    tell({ role: "caller", text: "", final: true, "not-understood": true });
    tell({ role: "caller", text: "Thank you", final: false });
    server.send({ type: "event", name: "latency", data: { "turn-id": 1, total: 640000000 } });
    server.send({ type: "event", name: "something-new", data: null });
    server.send({ type: "nobody-knows" });
    await hasText("#transcript", "Thank you");
    assert.deepEqual(await lines(), [
      "Line\nHello, this is the reception. How can I <b>help</b> you?", "You\nWhere are you?", "Line\nYou find us at …", "You\n(not understood)", "You\nThank you",
    ]);
    assert.equal(await text("#answered"), "640 ms");
    await shot("connected");
    await page.setViewportSize({ width: 360, height: 740 });
    await shot("connected-phone");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than a phone");
    await page.setViewportSize({ width: 1280, height: 720 });
  },

  "muted, the far side hears nothing": async () => {
    await page.getByRole("button", { name: "Mute" }).click();
    assert.equal(await page.getAttribute("#mute", "aria-pressed"), "true");
    // Longer than the pause between two beeps of the fake microphone.
    let quietSince = Date.now();
    await until(async () => {
      if ((await farPeak()) > 0.002) quietSince = Date.now();
      return Date.now() - quietSince > 2000;
    }, "silence at the far side");
    await page.keyboard.press("m");
    assert.equal(await page.getAttribute("#mute", "aria-pressed"), "false");
    await farHears();
  },

  "hung up here, the line is told and the microphone closed": async () => {
    await page.getByRole("button", { name: "Hang up" }).click();
    await inState("ended");
    assert.equal(await text("#message"), "You hung up.");
    await until(() => far.evaluate(() => window.far.messages.some(({ type, reason }) => type === "bye" && reason === "hang-up")), "bye at the far side");
    await shot("ended");
  },

  "a second call on the same page, hung up by the line": async () => {
    await call();
    await farHears();
    server.send({ type: "bye", reason: "hang-up" });
    await inState("ended");
    assert.equal(await text("#message"), "The line hung up.");
    assert.deepEqual(errors, []);
  },

  "a page that is reloaded ends its call, and can place another": async () => {
    await fresh();
    await call();
    await page.reload();
    await until(() => server.of("bye").length === 1, "bye");
    await call();
    await farHears();
  },

  "by the keyboard alone": async () => {
    await fresh();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await inState("connected");
    await page.keyboard.press("Space");
    await inState("ended");
  },

  "another microphone in the middle of a call": async () => {
    await fresh();
    await call();
    await page.locator("summary").click();
    const microphones = page.getByLabel("Microphone", { exact: true });
    await until(async () => (await microphones.locator("option").count()) > 1, "a choice of microphones");
    await shot("devices");
    await microphones.selectOption({ index: 1 });
    await farHears();
    assert.equal(server.of("offer").length, 1);
    assert.equal(await state(), "connected");
    assert.deepEqual(errors, []);
  },

  "a microphone that is switched off is told of, until it is on": async () => {
    await fresh();
    await page.evaluate(() => {
      const context = new AudioContext();
      const sent = new MediaStreamAudioDestinationNode(context);
      const tone = new OscillatorNode(context);
      tone.connect(sent);
      window.switchOn = () => tone.start();
      navigator.mediaDevices.getUserMedia = async () => sent.stream;
    });
    await page.clock.install();
    await call();
    assert.equal(await page.locator("#message").isVisible(), false);
    await page.clock.fastForward(9000);
    await hasText("#message", "nothing but silence");
    await page.evaluate(() => window.switchOn());
    await page.locator("#message").waitFor({ state: "hidden" });
    assert.equal(await state(), "connected");
  },

  "a server that comes back finds the call as it was": async () => {
    await fresh();
    await call();
    server.vanish();
    await inState("reconnecting");
    await shot("reconnecting");
    await farHears();
    server.comeBack();
    await inState("connected");
    const joins = server.of("join");
    assert.equal(joins.length, 2);
    assert.equal(joins[1].resume, [...server.calls][0]);
    assert.equal(server.of("offer").length, 1);
    assert.equal(await page.locator("#message").isVisible(), false);
  },

  "a server that was started anew gets a new call": async () => {
    await fresh();
    await call();
    server.vanish();
    server.calls.clear();
    await far.evaluate(() => window.far.close());
    server.comeBack();
    await until(() => server.of("offer").length === 2, "another offer");
    await inState("connected");
    assert.match(await text("#transcript"), /started anew/);
    await farHears();
  },

  "a server that stays away ends the call with a reason": async () => {
    await fresh();
    await page.clock.install();
    await call();
    server.vanish();
    await inState("reconnecting");
    await page.clock.fastForward(9000);
    assert.equal(await state(), "reconnecting");
    await page.clock.fastForward(2000);
    await inState("ended");
    assert.match(await text("#message"), /lost and did not come back/);
    await shot("lost");
    await page.getByRole("button", { name: "Call" }).click();
    await hasText("#message", "The server does not answer");
    server.comeBack();
    await call();
  },

  "a line that never answers": async () => {
    await fresh();
    await page.clock.install();
    await far.evaluate(() => (window.far.answers = false));
    await page.getByRole("button", { name: "Call" }).click();
    await until(() => server.of("offer").length === 1, "an offer");
    await page.clock.fastForward(26000);
    await hasText("#message", "The line did not answer");
    assert.equal(server.of("bye")[0].reason, "unanswered");
  },

  "refusals in plain words": async () => {
    for (const [code, words] of [
      ["unauthorized", "without a valid token"], ["no-such-line", "no such line"], ["busy", "busy"], ["room-full", "full"], ["no-such-room", "no such room"], ["internal", "could not begin"],
    ]) {
      await fresh();
      server.onJoin = () => {
        server.send({ type: "error", code, message: "for experts", re: "join" });
        return true;
      };
      await page.getByRole("button", { name: "Call" }).click();
      await hasText("#message", words);
      await hasText("#message", "for experts");
      assert.equal(await state(), "ended");
      if (code === "unauthorized") await shot("unauthorized");
    }
  },

  "a line that is not there, as the server says it before anything else": async () => {
    await fresh();
    server.onConnect = (socket) => {
      server.send({ type: "error", code: "no-such-line", message: "for experts" });
      socket.close(1008);
      return true;
    };
    await page.getByRole("button", { name: "Call" }).click();
    await hasText("#message", "no such line");
  },

  "what other peers of the room say is not the line's": async () => {
    await fresh();
    await call();
    server.send({ type: "bye", reason: "hang-up", from: "peer-x" });
    server.send({ type: "offer", sdp: "v=0", from: "peer-x" });
    server.send({ type: "event", name: "peer-left", data: { peer: "peer-x", name: "" } });
    server.send({ type: "event", name: "transcript", data: { role: "agent", text: "after that", final: true } });
    await hasText("#transcript", "after that");
    assert.equal(await state(), "connected");
    assert.deepEqual(errors, []);
  },

  "an answer that is none ends the call": async () => {
    await fresh();
    await far.evaluate(() => (window.far.answers = false));
    await page.getByRole("button", { name: "Call" }).click();
    await until(() => server.of("offer").length === 1, "an offer");
    server.send({ type: "answer", sdp: "v=0\r\nnonsense" });
    await inState("ended");
    assert.equal(await page.getAttribute("#message", "data-kind"), "bad");
    assert.equal(server.of("bye").length, 1);
  },

  "a message that is no JSON ends the call": async () => {
    await fresh();
    await call();
    server.send("{");
    await inState("ended");
    assert.equal(await page.getAttribute("#message", "data-kind"), "bad");
  },

  "offers that cross: the line's counts, ours comes after it": async () => {
    await withClient();
    for (let round = 1; round <= 3; ++round) {
      const offers = server.of("offer").length;
      server.hold();
      await Promise.all([
        page.evaluate(() => window.client.peerConnection.restartIce()),
        far.evaluate(() => window.far.offer()),
      ]);
      await until(() => server.of("offer").length > offers, "our offer");
      server.release();
      await until(() => server.of("offer").length === offers + 2 && server.of("answer").length === round, "our answer, and our offer again");
      const settled = () => page.evaluate(() => window.client.state === "connected" && window.client.peerConnection.signalingState === "stable");
      await until(async () => (await settled()) && far.evaluate(() => window.far.connection.signalingState === "stable"), "an end of the crossing");
      assert.equal(await far.evaluate(() => window.far.refused), round);
      assert.deepEqual(server.of("offer").slice(-2).map(({ restart }) => restart), [true, true]);
    }
    await farHears();
    assert.deepEqual(errors, []);
  },

  "candidates before the answer are kept for it": async () => {
    const answer = [];
    const send = server.send;
    await fresh("/call/");
    server.send = function (message) {
      const { type, candidate } = typeof message === "string" ? JSON.parse(message) : message;
      if (type === "answer") return void answer.push(message);
      send.call(this, message);
      // The far side's messages in another order.
      if (type === "ice-candidate" && candidate === null) answer.splice(0).forEach((held) => send.call(this, held));
    };
    try {
      await page.getByRole("button", { name: "Call" }).click();
      await inState("connected");
    } finally {
      server.send = send;
    }
  },

  "forward error correction is asked for where the browser did not": async () => {
    const [without, other, has] = await page.evaluate(async () => {
      const { withForwardErrorCorrection: mend } = await import("/call/assets/signalling.js");
      const opus = "a=rtpmap:109 opus/48000/2\r\n";
      return [mend(`${opus}a=mid:0\r\n`), mend(`${opus}a=fmtp:109 minptime=10\r\n`), mend(`${opus}a=fmtp:109 useinbandfec=0;x=1\r\n`)];
    });
    assert.equal(without, "a=rtpmap:109 opus/48000/2\r\na=fmtp:109 useinbandfec=1\r\na=mid:0\r\n");
    assert.equal(other, "a=rtpmap:109 opus/48000/2\r\na=fmtp:109 minptime=10;useinbandfec=1\r\n");
    assert.match(has, /useinbandfec=0/);
  },

  "the page can be used by everybody, light and dark": async () => {
    const accessibility = new Accessibility(axe);
    const judge = (what) => accessibility.judge(page, what);
    await fresh();
    await judge("ready");
    await call();
    await page.locator("summary").click();
    server.send({ type: "event", name: "transcript", data: { role: "caller", text: "Hello", final: false } });
    server.send({ type: "event", name: "transcript", data: { role: "agent", text: "Hello", final: true } });
    await hasText("#transcript", "Line");
    await judge("connected");
    server.send({ type: "error", code: "internal", message: "it broke", re: "offer" });
    await inState("ended");
    await judge("failed");
  },

  "a microphone that is refused": async () => {
    await chromium.context.clearPermissions();
    await fresh();
    const before = server.peers;
    await page.getByRole("button", { name: "Call" }).click();
    await hasText("#message", "Allow it by the sign beside the address");
    assert.equal(await state(), "ready");
    assert.equal(server.peers, before);
    await shot("refused");
  },
};

async function main() {
  server = new StandIn(path.join(webpage, "page"), policy, WebSocketServer);
  await server.listen();
  chromium = await startChromium(playwright);
  far = await openPage(chromium.context, `${server.origin}/far`, errors);
  await far.evaluate(farSide, server.origin);
  await runChecks(checks, async () => {
    await chromium.close();
    server.close();
  });
}

main();
