// The console's views on real calls: a simulated one by telephone, one from the browser itself, and two
// hundred at once, in a real Chromium. TAP.
// Arguments: jackfield; the node_modules of playwright-core and of axe-core; the root of the sources.
// SCREENSHOTS, a folder: pictures of the views are left there.
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
const { watchTasks } = require(path.join(support, "main_thread.cjs"));

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "console-views-"));
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const MANY = 200;
const shots = process.env.SCREENSHOTS;
const accessibility = new Accessibility(axe);
const errors = [];
const callers = [];
let chromium, server, page, call;

const DIALOGUE = {
  intents: { hours: ["hours"], location: ["location"] },
  start: "desk",
  greeting: "This is the desk.",
  states: { desk: { rules: [] } },
  always: [
    { intent: "hours", say: "We are open from nine to five." },
    { intent: "location", say: "You find us at the harbour. Take the stairs beside the crane, and ring the bell. Somebody will open." },
  ],
  not_understood: { say: "I did not understand.", limit: 9, then: { say: "I did not understand." } },
};
const CONVERSATION = {
  name: "conversation", timeout: 90000, "line-noise": -65,
  steps: [
    { "wait-reply": { silence: 900, timeout: 20000 } },
    { say: "en_US_f_Allison/hours.wav", text: "hours" },
    { "wait-reply": { silence: 900, timeout: 20000 } },
    { say: "en_US_f_Allison/location.wav", text: "location" },
    { "wait-reply": { silence: 900, timeout: 20000 } },
    { "expect-hang-up": { timeout: 80000 } },
  ],
};

function writeFiles() {
  const file = (name, content) => {
    const written = path.join(scratch, name);
    fs.writeFileSync(written, typeof content === "string" ? content : JSON.stringify(content));
    return written;
  };
  file("dialogue.json", DIALOGUE);
  file("conversation.json", CONVERSATION);
  file("silence.json", { name: "silence", timeout: 120000, steps: [{ pause: 60000 }, { "hang-up": true }] });
  const agent = `SCRIPT=${scratch}/dialogue.json\nGRAMMAR=${root}/pipelines/scripts/reception.gram\n`;
  return file("jackfield.conf", `[server]\nmax-calls=300\ndrain=1\n
[line reception]\npipeline=${root}/pipelines/phone-agent.gst\n${agent}
[line web]\npipeline=${root}/pipelines/browser-agent.gst\n${agent}
[line echo]\npipeline=${root}/pipelines/echo.gst\n`);
}

function simulate(line, script, ...more) {
  const caller = spawn(jackfield, ["simulate", `${server.origin}/twilio/voice/${line}`, "--script", path.join(scratch, script), "--quiet", ...more], { stdio: "ignore" });
  callers.push(caller);
  return caller;
}

async function shot(name, { fullPage = true } = {}) {
  if (!shots) return;
  for (const [size, viewport] of [["", DESKTOP], ["-phone", PHONE]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(400);
      await page.screenshot({ path: path.join(shots, `${name}${size}-${colorScheme}.png`), fullPage });
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
}

const api = async (address, options) => (await fetch(`${server.origin}/api/v1/${address}`, options)).json();
const running = async (line) => (await api(`sessions?state=running&line=${line}`)).sessions;
const go = (address) => page.evaluate((hash) => (location.hash = hash), address);
const see = (view) => go(`#/call/${call}/${view}`);
const card = (name) => page.getByRole("region", { name, exact: true });
const shows = (text, where = page.locator("main")) => until(async () => (await where.innerText()).includes(text), `"${text}"`);
const button = (name) => page.getByRole("button", { name, exact: true });

async function usable(what) {
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `the page is ${wider} px wider than its window of ${viewport.width} px`);
    await accessibility.judge(page, what);
  }
  await page.setViewportSize(DESKTOP);
}

// What goes to the loudspeaker can be listened to.
function tapLoudspeaker() {
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const ear = new AnalyserNode(this.context, { fftSize: 4096 });
      window.ears = [...(window.ears ?? []), ear];
      connect.call(this, ear);
    }
    return connect.call(this, to, ...rest);
  };
  window.loudness = () => Math.max(0, ...(window.ears ?? []).map((ear) => {
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  }));
}
const loudness = () => page.evaluate(() => window.loudness());
const position = async () => Number(await page.locator(".waveform-area").getAttribute("aria-valuenow"));
const toMark = (who, index = 0) => page.locator(`.mark.${who}`).nth(index).click();

const checks = {
  "each answer stands as a bar, as soon as it was given": async () => {
    page = await openPage(chromium.context, `${server.origin}/`, errors);
    await page.setViewportSize(DESKTOP);
    simulate("reception", "conversation.json");
    call = (await until(async () => (await running("reception"))[0], "a call"), (await running("reception"))[0].id);
    await see("latency");
    await shows("No answers so far");
    await page.getByRole("button", { name: /Turn 1/ }).waitFor({ timeout: 30000 });
    await page.getByRole("button", { name: /Turn 1/ }).click();
    await shows("waiting whether the caller goes on speaking");
    const { turns } = await api(`sessions/${call}/latency`);
    await shows(`${Math.round(turns[0].total)} ms`);
    await usable("latency of turns");
  },

  "the pipeline is drawn, with figures that live": async () => {
    await see("pipeline");
    const { elements, links } = await api(`sessions/${call}/graph`);
    assert.ok(elements.length > 5 && links.length > 5, "a graph");
    const box = (name) => page.locator(`.graph .box:has-text("${name}")`).first();
    for (const name of ["twiliosrc", "agentbrain", "turndetector", "twiliosink"]) await box(name).waitFor();
    const figures = () => page.locator(".graph .figure").allTextContents();
    const before = (await figures()).join();
    await until(async () => (await figures()).join() !== before, "other figures");
    await box("twiliosrc").click();
    await shows("Links", page.locator(".detail"));
    await shows("audio/x-mulaw", page.locator(".detail"));
    await button("Formats").click();
    await page.locator(".graph .link text").first().waitFor();
    await usable("pipeline");
    await shot("pipeline");
    await button("Close the details").click();
    const place = () => page.locator(".graph svg > g").getAttribute("transform");
    const still = await place();
    await page.locator(".graph .box[tabindex='0']").focus();
    await page.keyboard.press("+");
    await until(async () => (await place()) !== still, "a larger drawing");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.locator(".detail").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".detail").waitFor({ state: "detached" });
    const [dot] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^DOT/ }).click()]);
    assert.match(fs.readFileSync(await dot.path(), "utf8"), /digraph/);
  },

  "a call by telephone has no jitter buffer, and says so": async () => {
    await see("jitter");
    await shows("No jitter buffer in this call");
    await usable("no jitter buffer");
  },

  "latency of all lines, in figures and over time": async () => {
    await go("#/latency");
    await shows("Whole answer");
    const chart = page.getByRole("slider", { name: /^Whole answer/ });
    await until(async () => /p50 \d/.test(await chart.getAttribute("aria-valuetext")), "a value in the chart");
    await chart.focus();
    await page.keyboard.press("ArrowLeft");
    await page.locator(".chart-tip:visible").waitFor();
    assert.match(await page.locator(".chart-tip:visible").innerText(), /p95/);
    await page.getByText("Since start").click();
    await page.getByRole("table", { name: /since the start/ }).waitFor();
    await usable("latency");
  },

  "the recording of a call that still runs": async () => {
    await until(async () => (await api(`sessions/${call}/transcript`)).entries.some(({ who, turn }) => who === "agent" && turn === 2), "the second answer", 40);
    await see("recording");
    await shows("so far", card("Recording"));
    await button("Play").click();
    await until(async () => (await position()) >= 1, "a second of sound");
    await until(async () => (await loudness()) > 0.01, "the greeting is heard");
    await button("Pause").click();
    await api(`sessions/${call}/hangup`, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    await until(async () => (await api(`sessions/${call}`)).state === "ended", "an end");
    await until(async () => !(await card("Recording").innerText()).includes("so far"), "the whole recording");
  },

  "both sides of a recording, each as loud as wanted": async () => {
    await page.reload();
    await page.locator(".mark.agent").first().waitFor();
    assert.equal(await page.locator(".mark.caller").count(), 2);
    await shot("recording");
    await toMark("agent", 1);
    await button("Play").click();
    await until(async () => (await loudness()) > 0.01, "the agent is heard");
    await page.locator(".said.current").waitFor();
    await shows("open from nine to five", page.locator(".now-said"));
    assert.match(await page.locator(".said.current").innerText(), /open from nine to five/);
    // The agent alone speaks there.
    await button("Mute agent").click();
    await toMark("agent", 2);
    await page.waitForTimeout(500);
    await until(async () => (await loudness()) < 0.005, "silence in place of the agent");
    await button("Mute agent").click();
    await toMark("agent", 2);
    await until(async () => (await loudness()) > 0.01, "the agent is heard again");
    await page.locator(".player select").selectOption("2");
    await toMark("agent", 2);
    const [from, since] = [await position(), Date.now()];
    await until(async () => (await position()) >= from + 3, "three seconds");
    const took = (Date.now() - since) / 1000;
    assert.ok(took < 2.9, `3 s at double speed took ${took} s`);
    await page.locator(".waveform-area").focus();
    await page.keyboard.press(" ");
    await button("Play").waitFor();
    await page.keyboard.press("Home");
    await until(async () => (await position()) === 0, "the beginning");
    for (let times = 0; times < 2; ++times) await page.keyboard.press("PageDown"); // the greeting begins at once
    await until(async () => (await position()) > 0, "what is said next");
    // From the transcript, too.
    await page.locator(".said .time").last().click();
    await until(async () => (await position()) > 5, "the last thing said");
    const [file] = await Promise.all([page.waitForEvent("download"), button("Download").click()]);
    assert.equal(fs.readFileSync(await file.path()).toString("latin1", 0, 4), "RIFF");
    await usable("recording");
  },

  "the pipeline of a call that is over is gone": async () => {
    await see("pipeline");
    await shows("The pipeline is gone");
  },

  "a jitter buffer at work": async () => {
    const phone = await openPage(chromium.context, `${server.origin}/call/web`, errors);
    await phone.getByRole("button", { name: "Call" }).click();
    call = (await until(async () => (await running("web")).find(({ state }) => state === "running"), "a call from the browser")).id;
    await see("jitter");
    await shows("Held now");
    const chart = page.getByRole("slider", { name: /^Delay/ });
    await until(async () => /held \d/.test(await chart.getAttribute("aria-valuetext")), "a delay in the chart");
    if (shots) await page.waitForTimeout(15000);
    await usable("jitter buffer");
    await shot("jitter");
    // The way of the sound, as far as it is known while the call runs.
    const { media } = await until(async () => (await api(`sessions/${call}/latency`)).media && api(`sessions/${call}/latency`), "a way of the sound");
    assert.ok(media.incoming.total > 1 && media.incoming.total < 5000, `${media.incoming.total} ms`);
    const network = media.outgoing.parts.find(({ name }) => name === "network");
    assert.deepEqual([network["budget-min"], network["budget-max"]], [30, 50]);
    await see("latency");
    await page.reload();
    await shows("From the caller's mouth", card("Way of the sound"));
    await usable("way of the sound");
    await shot("way");
    await phone.close();
    await until(async () => (await running("web")).length === 0, "an end of the call");
  },

  "two hundred calls, and the page does not falter": async () => {
    simulate("echo", "silence.json", "--calls", String(MANY), "--concurrency", String(MANY), "--rate", "50");
    simulate("reception", "conversation.json", "--calls", "5", "--concurrency", "5");
    await go("#/calls");
    await until(async () => (await api("server")).sessions >= MANY + 5, "all calls", 60);
    const longestTask = await watchTasks(chromium.context, page);
    await page.reload();
    await until(async () => (await page.locator("tbody tr").count()) >= MANY, "all of them on the page", 30);
    for (const address of ["#/", "#/latency", "#/calls"]) {
      await go(address);
      await page.waitForTimeout(2500);
    }
    const longest = await longestTask();
    console.log(`# longest task ${longest.toFixed(1)} ms`);
    assert.ok(longest > 0 && longest < 100, `a task took ${longest} ms`);
    await shot("many", { fullPage: false });
    assert.deepEqual(errors, []);
  },
};

async function main() {
  server = new JackfieldServer(jackfield, writeFiles(), scratch);
  await server.start();
  chromium = await startChromium(playwright);
  await chromium.context.addInitScript(tapLoudspeaker);
  await runChecks(checks, async () => {
    for (const caller of callers) caller.kill();
    await chromium.close();
    await server.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
  });
}

main().catch((error) => {
  console.log(`Bail out! ${error.stack}`);
  process.exit(1);
});
