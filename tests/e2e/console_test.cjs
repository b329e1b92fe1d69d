// The console on real calls: a real Chromium, the real `jackfield run jackfield.conf`, simulated callers,
// and calls from the page itself. TAP.
// Arguments: jackfield; the node_modules of playwright-core and of axe-core; the root of the sources.
// SCREENSHOTS, a folder: pictures of the page in its states are left there.
const assert = require("assert");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { spawn } = require("child_process");
const [jackfield, playwright, axe, root] = process.argv.slice(2);
const support = path.join(root, "tests/support/browser");
const { openPage, runChecks, startChromium, until } = require(path.join(support, "chromium.cjs"));
const { Accessibility } = require(path.join(support, "accessibility.cjs"));
const { JackfieldServer } = require(path.join(support, "jackfield_server.cjs"));
const { writeSpeech } = require(path.join(support, "speech.cjs"));

const TOKEN = "a-token-for-tests-0123456789";
const SCRIPT = "<script>window.broken = 1</script><b>bold</b>";
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "console-"));
const shots = process.env.SCREENSHOTS;
const accessibility = new Accessibility(axe);
const errors = [];
let server, chromium, page;

// What the recordings of the two callers say: at the telephone, and at the browser's microphone.
const TEN = ["cards/001", "ten of clubs"];
const GREETING = "Hello.";
const HOURS = "We are open from nine to five, on every day of the week but Sunday, and in the summer until six, which many people like.";
const NUMBER = `The number is one two three. ${SCRIPT}`;
const WEATHER = "It rains in the morning.";
const TO_TEN = "You have said ten of clubs.";
const dialogue = {
  intents: { hours: ["hours"], number: ["telephone number"], ten: [TEN[1]] },
  start: "desk", greeting: GREETING, states: { desk: { rules: [] } },
  always: [{ intent: "hours", say: HOURS }, { intent: "number", say: NUMBER }, { intent: "ten", say: TO_TEN }],
  not_understood: { say: "I did not understand.", limit: 9, then: { say: "I did not understand." } },
};
const caller = {
  name: "console", steps: [
    { "wait-reply": { silence: 700 } },
    { say: "en_US_f_Allison/hours.wav", text: "hours" },
    { "barge-in": { after: 1500, say: "en_US_f_Allison/telephone-number.wav", text: "telephone number" } },
    { "expect-hang-up": 60000 },
  ],
};

function furnish() {
  const write = (name, content) => fs.writeFileSync(path.join(scratch, name), typeof content === "string" ? content : JSON.stringify(content));
  write("dialogue.json", dialogue);
  write("caller.json", caller);
  write("words.gram", `#JSGF V1.0;\ngrammar words;\npublic <utterance> = hours | telephone number | ${TEN[1]};\n`);
  write("tone.gst", "# A tone into nothing\naudiotestsrc is-live=true ! fakesink\n");
  write("meeting.gst", `duckingmixer name=room rate=8000 seats="phone=${root}/pipelines/seat-phone.gst"\n`);
  write("guest.json", { name: "guest", timeout: 90000, steps: [...Array(20).fill({ say: "en_US_f_Allison/telephone-number.wav", text: "telephone number", gap: 100 }), { "expect-hang-up": 60000 }] });
  write("broken.gst", "# Names an element that is not there\naudiotestsrc !\n  audiotstsink\n");
  const settings = `SCRIPT=${scratch}/dialogue.json\nGRAMMAR=${scratch}/words.gram\n`;
  write("task.gst", 'agentloop llm="scriptedllm script=${HERE}/task.json delay=${DELAY:-0}" ! fakesink async=false\n');
  write("task.json", { intents: { weather: ["* weather"] }, start: "desk", states: { desk: { rules: [] } }, greeting: "Hello.", always: [{ intent: "weather", say: WEATHER }], not_understood: { say: ["No."], limit: 100, then: { say: "No." } } });
  for (const name of ["phone-agent.gst", "browser-agent.gst"]) write(name, fs.readFileSync(path.join(root, "pipelines", name), "utf8"));
  write("jackfield.conf", `[server]\ndrain=1\ncallers=callers.db\n[line reception]\npipeline=phone-agent.gst\n${settings}[line web]\npipeline=browser-agent.gst\n${settings}[line meeting]\npipeline=meeting.gst\nrooms=main\nroom-size=5\n
[task weather]\npipeline=task.gst\ngoal=How is the weather\n[task slow]\npipeline=task.gst\nDELAY=60000000000\n[schedule hourly]\ntask=weather\nevery=1h\n`);
}

const callers = new Set();
// A simulated caller; gives a promise of its exit code.
function simulate(line = "reception", script = "caller", from = "+15550004321") {
  const child = spawn(jackfield, ["simulate", `${server.origin}/twilio/voice/${line}`, "--script", path.join(scratch, `${script}.json`), "--from", from, "--quiet"], { stdio: "ignore" });
  callers.add(child);
  return new Promise((resolve) => child.on("exit", (code) => (callers.delete(child), resolve(code))));
}

async function shot(name) {
  if (!shots) return;
  for (const [size, viewport] of [["-phone", { width: 390, height: 844 }], ["", { width: 1440, height: 900 }]]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300); // what is painted follows the size
      await page.screenshot({ path: path.join(shots, `${name}${size}-${colorScheme}.png`) });
    }
  }
}

const go = (address) => page.evaluate((hash) => (location.hash = hash), address);
const shows = (text, where = "main") => until(async () => (await page.locator(where).first().innerText()).includes(text), `"${text}" in ${where}`);
const button = (name) => page.getByRole("button", { name, exact: true });
const transcript = () => page.getByRole("log");
const said = (who, text, seconds = 20) => until(async () => (await transcript().locator(`.said.${who} .words`).allInnerTexts()).some((words) => words.includes(text)), `${who}: ${text}`, seconds);
const tab = (name) => page.getByRole("navigation", { name: "Parts of this call" }).getByRole("link", { name }).click();

async function fresh(address = "") {
  await page?.close();
  page = await openPage(chromium.context, null, errors);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${server.origin}/${address}`);
  await page.getByText("Connected", { exact: true }).waitFor();
}

let phone; // the simulated caller's exit code to come
let call; // the address of its page

const checks = {
  "a page that tells how to begin": async () => {
    await fresh();
    await shows("No call is running");
    await shows(`jackfield simulate ${server.origin}/twilio/voice/reception`);
    await shot("overview-empty");
  },

  "a telephone call, as it is heard": async () => {
    phone = simulate();
    await page.getByRole("link", { name: "+15550004321 → +15552223333" }).first().click();
    call = await page.evaluate(() => location.hash);
    await said("agent", GREETING);
    const loud = page.getByRole("meter", { name: "Level of the agent" });
    await until(async () => Number(await loud.getAttribute("aria-valuenow")) > 30, "the agent's voice");
    await said("caller", "hours");
    await said("caller", "telephone number");
    await shows("the rest was not heard", "[role=log]");
    const answer = await transcript().locator(".said.agent", { has: page.locator("del") }).innerText();
    assert.ok(answer.includes("We are open"), answer);
    const unheard = await transcript().locator("del").innerText();
    assert.ok(HOURS.endsWith(unheard) && unheard.includes("summer"), unheard);
    await said("agent", SCRIPT);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    await shot("call");
    await accessibility.judge(page, "a call");
  },

  "its latency, turn by turn and by stage": async () => {
    await tab("Latency");
    await shows("Turn 2");
    await shows("Speech to text");
    await shot("latency-of-call");
    await accessibility.judge(page, "latency of a call");
    await go("#/latency");
    await shows("Whole answer");
    await shot("latency");
    await accessibility.judge(page, "latency");
  },

  "its pipeline": async () => {
    await go(`${call}/pipeline`);
    await shows("agentbrain");
    await shot("pipeline");
    await accessibility.judge(page, "a pipeline");
  },

  "mute and gain reach the call": async () => {
    await go(call);
    await button("Mute Agent").click();
    await button("Muted Agent").waitFor();
    await button("Muted Agent").click();
    await button("Mute Agent").waitFor();
    const gain = page.getByLabel("Gain of the caller");
    await gain.fill("-6");
    const session = async () => (await fetch(`${server.origin}/api/v1/sessions/${call.split("/").pop()}`)).json();
    await until(async () => (await session()).gain.caller === -6, "the gain");
  },

  "typed in the caller's place": async () => {
    await page.getByLabel("Say something in the caller's place").fill("hours");
    await page.keyboard.press("Enter");
    await shows("typed", "[role=log]");
    await until(async () => (await transcript().locator(".said.agent").count()) >= 4, "another answer");
  },

  "hung up from here": async () => {
    await button("Hang up").click();
    await page.getByRole("dialog").getByRole("button", { name: "Hang up" }).click();
    await shows("Ended");
    assert.equal(await phone, 0);
    await shot("call-ended");
    await accessibility.judge(page, "a call that is over");
  },

  "its recording, with what was said": async () => {
    await tab("Recording");
    await button("Play").click();
    await button("Pause").waitFor();
    await until(async () => /0:0[1-9] \//.test(await page.locator("main").innerText()), "a position");
    await button("Pause").click();
    await shot("recording");
    await accessibility.judge(page, "a recording");
    await page.getByRole("button", { name: "Play from 0:0" }).last().click();
    assert.deepEqual(errors, []);
  },

  "a server that was started anew still knows it": async () => {
    await server.stop();
    await shows("does not answer", ".banners");
    await server.start();
    await page.getByText("Connected", { exact: true }).waitFor();
    errors.length = 0; // the browser tells of every attempt that failed
    await go("#/calls?state=ended");
    await page.getByRole("link", { name: "+15550004321 → +15552223333" }).click();
    await said("caller", "telephone number");
    assert.equal(await page.evaluate(() => location.hash), call);
  },

  "talking to the line, by voice": async () => {
    await fresh("#/talk/web");
    await button("Call web").click();
    await shows("In the call");
    await until(async () => Number(await page.getByRole("meter", { name: "Level of the line" }).getAttribute("aria-valuenow")) > 30, "the line's voice");
    await said("agent", TO_TEN, 40);
    await said("caller", TEN[1]);
    await page.getByText("Microphone and loudspeaker").click();
    for (const name of ["Microphone", "Loudspeaker"]) await page.getByRole("combobox", { name, exact: true }).selectOption({ index: 0 });
    await shows("In the call");
    await shot("talk");
    await accessibility.judge(page, "talking");
    // It goes on while one looks at something else.
    await go("#/calls");
    await page.getByRole("region", { name: "Your call" }).getByRole("button", { name: "Mute" }).click();
    await shows("console-");
    await page.keyboard.press("m");
    await page.getByRole("region", { name: "Your call" }).getByRole("button", { name: "Mute", exact: true }).waitFor();
    await shot("calls");
    await page.getByRole("region", { name: "Your call" }).getByRole("button", { name: "Hang up" }).click();
    await shows("No call is running");
    assert.deepEqual(errors, []);
  },

  "a microphone that is refused, and a conversation without one": async () => {
    await chromium.context.clearPermissions();
    await fresh("#/talk");
    await button("Call web").click();
    await shows("The browser may not use the microphone");
    await shot("microphone-refused");
    await page.getByText("By text only").click();
    await button("Call web").click();
    await shows("In the call");
    await said("agent", GREETING);
    await page.getByLabel("Type instead of speaking").fill("ten of clubs");
    await page.keyboard.press("Enter");
    await said("agent", TO_TEN);
    await shot("talk-by-text");
    await button("Hang up").click();
    await shows("You hung up.");
    assert.deepEqual(errors, []);
  },

  "scenarios: what is wrong with them, and one that runs by itself": async () => {
    await go("#/scenarios");
    await shows("audiotstsink");
    await shows("Line 3");
    assert.equal(await page.locator("mark").innerText(), "audiotstsink");
    await shot("scenarios");
    await accessibility.judge(page, "scenarios");
    await page.getByRole("article", { name: "tone.gst" }).getByRole("button", { name: "Start" }).click();
    await shows("Running");
    await button("Hang up").click();
    await page.getByRole("dialog").getByRole("button", { name: "Hang up" }).click();
    await shows("Ended");
    assert.deepEqual(errors, []);
  },

  "a conference: its room, and who speaks there": async () => {
    await fresh();
    await page.getByRole("link", { name: "Rooms", exact: true }).click();
    await shows("No room is open");
    const guest = simulate("meeting", "guest", "+15550007777");
    await page.getByRole("heading", { name: "main", exact: true }).waitFor();
    await shows("1 of 5 seats");
    const level = page.getByRole("meter", { name: "Level of +15550007777" });
    await until(async () => Number(await level.getAttribute("aria-valuenow")) > 30, "a voice");
    await shows("Speaks");
    await shot("rooms");
    await accessibility.judge(page, "a room");
    const seat = async () => page.evaluate(async () => (await (await fetch("api/v1/rooms/main")).json()).seats[0]);
    await button("Mute +15550007777").click();
    await button("Muted +15550007777").waitFor();
    assert.equal((await seat()).muted, true);
    await button("Muted +15550007777").click();
    await button("Mute +15550007777").waitFor();
    await page.getByLabel("Gain of +15550007777").focus();
    await page.keyboard.press("ArrowLeft");
    await until(async () => (await seat()).gain === -1, "a softer voice");
    await page.getByRole("link", { name: "+15550007777" }).click();
    await shows("Room");
    await page.getByRole("link", { name: "main", exact: true }).click();
    await button("Send out +15550007777").click();
    await page.getByRole("dialog").getByRole("button", { name: "Send out" }).click();
    await shows("No room is open");
    await guest;
    assert.deepEqual(errors, []);
  },

  "tasks: a result, a run that is cancelled, a schedule": async () => {
    await fresh();
    await page.getByRole("link", { name: "Tasks", exact: true }).click();
    await shows("every=1h");
    await button("Start weather").click();
    await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
    await shows(WEATHER);
    await shows("Done");
    await page.getByRole("link", { name: "Its record" }).click();
    await said("agent", WEATHER);
    await page.getByRole("link", { name: /^Run \d/ }).click();
    await shows(WEATHER);
    await page.getByRole("link", { name: "Back to all tasks" }).click();
    for (const [goal, state] of [["first", "Running"], ["second", "Waiting"]]) {
      await button("Start slow").click();
      await page.getByLabel("What is to be done").fill(`Do the ${goal}`);
      await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
      await shows(`Do the ${goal}`);
      await shows(state);
      await page.getByRole("link", { name: "Back to all tasks" }).click();
    }
    const run = (goal) => page.getByRole("row").filter({ hasText: goal });
    const cancel = async (goal) => {
      await run(goal).getByRole("button", { name: /^Cancel/ }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel", exact: true }).click();
    };
    await cancel("Do the first");
    await run("Do the first").getByText("Cancelled", { exact: true }).waitFor();
    // Its turn has come.
    await run("Do the second").getByText("Running", { exact: true }).waitFor();
    await shot("tasks");
    await accessibility.judge(page, "tasks");
    await cancel("Do the second");
    await run("Do the second").getByText("Cancelled", { exact: true }).waitFor();
    await button("Run now (hourly)").click();
    await shows("API, hourly");
    await shows(WEATHER);
    assert.deepEqual(errors, []);
  },

  "callers: one is written down, and forgotten": async () => {
    await page.getByRole("link", { name: "Callers", exact: true }).click();
    await shows("Nobody is in the directory");
    await page.getByLabel("Number").fill("+15550009999");
    await page.keyboard.press("Enter");
    await shows("Nothing is known of this caller");
    errors.length = 0; // the browser tells of the answer 404
    await page.getByLabel("New note").fill("Brings the parcels.");
    await page.keyboard.press("Enter");
    await shows("Brings the parcels.");
    await page.getByLabel("Name").fill("Anna");
    await page.getByLabel("Permissions").fill("gate");
    await button("Save").click();
    await page.getByRole("link", { name: "Back to all callers" }).click();
    await page.getByRole("row").filter({ hasText: "Anna" }).getByText("gate", { exact: true }).waitFor();
    await shot("callers");
    await accessibility.judge(page, "callers");
    await page.getByRole("link", { name: "+15550009999" }).click();
    await button("Forget").click();
    await page.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
    await shows("Nobody is in the directory");
    assert.deepEqual(errors, []);
  },

  "with a token: only who has it sees anything": async () => {
    await server.stop();
    server.environment.JACKFIELD_API_TOKEN = TOKEN;
    await server.start();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("Token").fill("not-the-token-0123456789");
    await page.keyboard.press("Enter");
    await shows("does not take this token", ".sign-in");
    await page.getByLabel("Token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByText("Connected", { exact: true }).waitFor();
    await go(`${call}/recording`);
    await button("Play").waitFor();
    await go("#/settings");
    await button("Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  },
};

(async () => {
  furnish();
  const speech = path.join(scratch, "speech.wav");
  // More than once: on a busy machine a word may get lost.
  writeSpeech(speech, { [TEN[0]]: [5, 14, 23] }, 30);
  server = new JackfieldServer(jackfield, path.join(scratch, "jackfield.conf"), scratch);
  await server.start();
  chromium = await startChromium(playwright, { speech });
  await runChecks(checks, async () => {
    for (const child of callers) child.kill();
    await chromium.close();
    await server.stop();
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  });
})();
