// Calls from a real Chromium to the real `jackfield run pipelines/browser-agent.gst`: recorded human
// speech goes in at the microphone, and what comes out is understood by a recognizer. TAP.
// Arguments: jackfield; the node_modules of playwright-core; the root of the sources.
const fs = require("fs");
const os = require("os");
const path = require("path");
const assert = require("assert");
const [jackfield, playwright, root] = process.argv.slice(2);
const support = path.join(root, "tests/support/browser");
const { openPage, runChecks, startChromium, until } = require(path.join(support, "chromium.cjs"));
const { JackfieldServer } = require(path.join(support, "jackfield_server.cjs"));
const { recordVoice, understood, writeSpeech } = require(path.join(support, "speech.cjs"));

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "browser-call-"));
const grammar = path.join(scratch, "words.gram");
const shots = process.env.SCREENSHOTS;

// Recordings and what is said in them.
const YOUNG_MAN = ["librivox/sense_and_sensibility_01_austen_64kb-0880", "he was not an ill disposed young man"];
const AMIABLE = ["librivox/sense_and_sensibility_01_austen_64kb-0930", "he might even have been made amiable himself"];
const TEN = ["cards/001", "ten of clubs"];
const SEVEN = ["cards/003", "seven of clubs"];
const EIGHT = ["cards/005", "eight of spades four of clubs seven of hearts"];

// What the agent says can be understood as well.
const GREETING = "The number is not answering.";
const TO_YOUNG_MAN = "That conference is full.";
const LONG = "Nobody is available to take your call at the moment.";
const REPEATED = 5;
const TO_AMIABLE = "Something is terribly wrong.";
const TO_EIGHT = "The conference will now begin.";
const GOODBYE = "Weasels have eaten our phone system.";
const plain = (text) => text.toLowerCase().replace(/[.,]/g, "");
const jsgf = `#JSGF V1.0;
grammar words;
public <utterance> = ${[
  ...[YOUNG_MAN, AMIABLE, TEN, SEVEN, EIGHT].map(([, text]) => text), ...[GREETING, TO_YOUNG_MAN, LONG, TO_AMIABLE, TO_EIGHT, GOODBYE].map(plain),
].join("\n | ")};
`;
const dialogue = {
  intents: { young_man: [YOUNG_MAN[1]], amiable: [AMIABLE[1]], ten: [TEN[1]], seven: [SEVEN[1]], eight: [EIGHT[1]] },
  start: "desk",
  greeting: GREETING,
  states: { desk: { rules: [] } },
  always: [
    { intent: "young_man", say: TO_YOUNG_MAN },
    { intent: "seven", say: Array(REPEATED).fill(LONG).join(" ") },
    { intent: "amiable", say: TO_AMIABLE },
    { intent: "eight", say: TO_EIGHT },
    { intent: "ten", say: GOODBYE, hang_up: true },
  ],
  not_understood: { say: "I did not understand.", limit: 9, then: { say: "I did not understand." } },
};

// Seconds after the microphone was opened. The third phrase falls into the long answer to the second:
// that lasts about 17 s.
const ANNA = { [YOUNG_MAN[0]]: 5, [SEVEN[0]]: 12.5, [AMIABLE[0]]: 18, [TEN[0]]: 26 };
const BERT = { [EIGHT[0]]: 5 };

const errors = [];
let server, anna, bert;

const inState = (page, wanted, seconds = 20) => page.waitForFunction((name) => document.body.dataset.state === name, wanted, { polling: 50, timeout: 1000 * seconds });
const lines = (page) => page.locator("#transcript p").allInnerTexts();
const said = (page, who, text, seconds = 20) => until(async () => (await lines(page)).some((line) => line.startsWith(`${who}\n`) && plain(line).includes(plain(text))), `${who}: ${text}`, seconds);
const message = (page) => page.locator("#message").innerText();
const callsAre = (count) => until(async () => (await server.calls()) === count, `${count} calls`);

// A page of its own; those that a failed check left open are closed, with their calls.
async function open(chromium, address = "/call") {
  for (const left of chromium.context.pages()) if (left.url() !== "about:blank") await left.close();
  await callsAre(0);
  return openPage(chromium.context, server.origin + address, errors);
}

async function call(page) {
  await page.getByRole("button", { name: "Call" }).click();
  try {
    await inState(page, "connected");
  } catch {
    throw new Error(`no call: ${await page.evaluate(() => document.body.innerText)}`);
  }
}

// Before the call. Also notes the level of the line's voice, and when it was told of an interruption.
async function listen(page) {
  await page.evaluate(recordVoice, "#voice");
  await page.evaluate(() => {
    window.levels = [];
    const bar = document.querySelector("#line-level");
    window.listening = setInterval(() => window.levels.push([performance.now(), Number(bar.getAttribute("aria-valuenow"))]), 50);
  });
}

const heard = async (page, name) => understood(await page.evaluate(() => window.stopRecording()), grammar, path.join(scratch, `heard-${name}`));

// The record of the only call that is new.
async function newRecord(before) {
  await until(() => server.records().length === before + 1, "the call's record");
  return server.records().at(-1);
}

const finals = (record) => record.messages.filter(({ message: name, fields }) => name === "agentbrain/transcript" && fields.final).map(({ fields }) => fields.text);

const checks = {
  "a conversation: understood on both sides, interrupted, hung up by the line": async () => {
    const page = await open(anna);
    const before = server.records().length;
    // Before the page's own listener, so that nothing is missed.
    await page.evaluate(() => {
      window.events = [];
      const take = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (!this.watched) this.addEventListener("message", (event) => window.events.push([performance.now(), JSON.parse(event.data)]));
        this.watched = true;
        return take.call(this, data);
      };
    });
    await listen(page);
    await call(page);
    await said(page, "Line", GREETING);
    await said(page, "You", YOUNG_MAN[1]);
    await said(page, "Line", TO_YOUNG_MAN);
    await until(async () => (await page.locator("#round-trip").innerText()).endsWith(" ms"), "a round trip");
    await until(async () => (await page.locator("#answered").innerText()).endsWith(" ms"), "the latency of an answer");
    if (shots) await page.screenshot({ path: path.join(shots, "conversation.png") });
    await said(page, "You", SEVEN[1], 30);
    await said(page, "You", AMIABLE[1], 30);
    await said(page, "Line", TO_AMIABLE, 30);
    await inState(page, "ended", 30);
    assert.equal(await message(page), "The line hung up.");
    if (shots) await page.screenshot({ path: path.join(shots, "conversation-ended.png") });

    const words = await heard(page, "anna");
    for (const answer of [GREETING, TO_YOUNG_MAN, LONG, TO_AMIABLE, GOODBYE]) assert.ok(words.includes(plain(answer)), `"${answer}" is not in: ${words}`);
    const repeated = words.split(plain(LONG)).length - 1;
    assert.ok(repeated < REPEATED, `the long answer was heard to its end: ${words}`);

    // Told of, and silent within a second: nothing for 200 ms, before the next answer.
    const { events, levels } = await page.evaluate(() => ({ events: window.events, levels: window.levels }));
    const [at] = events.find(([, { name, data }]) => name === "interrupted" && !data.resumed);
    const quiet = levels.find(([time], index) => time >= at && levels.slice(index, index + 4).every(([, level]) => level < 20));
    assert.ok(quiet && quiet[0] - at < 1000, `after an interruption at ${at}: ${JSON.stringify(levels.filter(([time]) => time > at - 500 && time < at + 2500))}`);

    const record = await newRecord(before);
    assert.deepEqual(finals(record), [YOUNG_MAN, SEVEN, AMIABLE, TEN].map(([, text]) => text));
    await callsAre(0);
    await page.close();
  },

  "two browsers at once hear their own answers": async () => {
    const [one, two] = [await open(anna), await open(bert)];
    const before = server.records().length;
    await Promise.all([listen(one), listen(two)]);
    await Promise.all([call(one), call(two)]);
    await callsAre(2);
    await Promise.all([said(one, "Line", TO_YOUNG_MAN, 30), said(two, "Line", TO_EIGHT, 30)]);
    for (const page of [one, two]) {
      await page.getByRole("button", { name: "Hang up" }).click();
      await inState(page, "ended");
      assert.equal(await message(page), "You hung up.");
    }
    await callsAre(0);
    const [first, second] = [await heard(one, "one"), await heard(two, "two")];
    assert.equal(first, plain(GREETING + TO_YOUNG_MAN));
    assert.equal(second, plain(GREETING + TO_EIGHT));
    assert.deepEqual((await lines(one)).filter((line) => line.startsWith("You")), [`You\n${YOUNG_MAN[1]}`]);
    assert.deepEqual((await lines(two)).filter((line) => line.startsWith("You")), [`You\n${EIGHT[1]}`]);
    await until(() => server.records().length === before + 2, "both records");
    await one.close();
    await two.close();
  },

  "a page that is reloaded ends its call, and can place another": async () => {
    const page = await open(anna);
    const before = server.records().length;
    await call(page);
    await said(page, "Line", GREETING);
    await page.reload();
    await newRecord(before);
    await callsAre(0);
    await call(page);
    await callsAre(1);
    await said(page, "Line", GREETING);
    await page.close();
    await callsAre(0);
  },

  "a microphone that is refused": async () => {
    await bert.context.clearPermissions();
    const page = await open(bert);
    await page.getByRole("button", { name: "Call" }).click();
    await until(async () => (await message(page)).includes("Allow it"), "words about it");
    assert.equal(await server.calls(), 0);
    await page.close();
  },

  "a server that dies and comes back": async () => {
    const page = await open(anna);
    await call(page);
    await said(page, "Line", GREETING);
    errors.length = 0;
    await server.stop("SIGKILL");
    await inState(page, "reconnecting");
    await server.start();
    await inState(page, "connected");
    await until(async () => (await lines(page)).some((line) => line.includes("started anew")), "a note about it");
    const after = async () => (await lines(page)).join("\n").split("started anew")[1] ?? "";
    // The greeting, or what comes after it: the recording goes on meanwhile, and may interrupt it.
    await until(async () => (await after()).includes("Line\n"), "the line's words", 30);
    await callsAre(1);
    // What the browser said about the socket.
    errors.length = 0;
    await page.close();
    await callsAre(0);
  },

  "a server that is stopped says so": async () => {
    const page = await open(anna);
    await call(page);
    await server.stop("SIGTERM");
    await inState(page, "ended", 50);
    const words = await message(page);
    assert.match(words, /stopped|hung up/);
    assert.equal(await server.ended, 0);
    // A pipeline that leads from a webrtcbin back into it is as it should be.
    assert.doesNotMatch(fs.readFileSync(server.log, "utf8"), /loop detected|CRITICAL/);
    await page.getByRole("button", { name: "Call" }).click();
    await until(async () => (await message(page)).includes("does not answer"), "words about it");
    await page.close();
  },
};

async function main() {
  fs.writeFileSync(path.join(scratch, "dialogue.json"), JSON.stringify(dialogue));
  fs.writeFileSync(grammar, jsgf);
  writeSpeech(path.join(scratch, "anna.wav"), ANNA, 60);
  writeSpeech(path.join(scratch, "bert.wav"), BERT, 60);
  server = new JackfieldServer(jackfield, path.join(root, "pipelines/browser-agent.gst"), scratch, {
    args: ["--drain", "1", `SCRIPT=${path.join(scratch, "dialogue.json")}`, `GRAMMAR=${grammar}`],
  });
  await server.start();
  [anna, bert] = await Promise.all(["anna", "bert"].map((name) => startChromium(playwright, { speech: path.join(scratch, `${name}.wav`) })));
  await runChecks(checks, async () => {
    await anna.close();
    await bert.close();
    await server.stop("SIGKILL");
    if (process.env.KEEP) console.log(`# ${scratch}`);
    else fs.rmSync(scratch, { recursive: true, force: true });
  });
}

main();
