// The console's page in a real Chromium, against a stand-in of the control API that does what the real
// one does not do at will. TAP.
// Arguments: the node_modules of playwright-core, of axe-core and of ws; the root of the sources.
// SCREENSHOTS, a folder: pictures of the page in its states are left there.
const assert = require("assert");
const path = require("path");
const support = path.join(process.argv[5], "tests/support/browser");
const { openPage, until } = require(path.join(support, "chromium.cjs"));
const { StoodInConsole } = require(path.join(support, "stood_in_console.cjs"));
const { watchTasks } = require(path.join(support, "main_thread.cjs"));

const SCRIPT = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>";
const site = new StoodInConsole();
const { errors } = site;
let server, page;

const stage = (name, ms) => {
  const figures = { count: 40, mean: ms, min: ms / 2, max: 2 * ms, p50: ms, p95: 1.5 * ms, p99: 1.9 * ms };
  return { stage: name, current: ms, ...figures, recent: figures };
};

function furnish(server) {
  server.lines = [
    { name: "reception", scenario: "phone-agent.gst", kind: "phone", profile: "local", numbers: ["+15552223333"], "max-sessions": 100, sessions: 0, "calls-total": 128, "failed-total": 2, url: `${server.origin}/twilio/voice` },
    { name: "web", scenario: "browser-agent.gst", kind: "browser", profile: "local", numbers: [], "max-sessions": 50, sessions: 0, "calls-total": 12, "failed-total": 0, url: `${server.origin}/call`, page: `${server.origin}/call` },
  ];
  server.latency = [{ line: "reception", stages: [stage("stt", 62), stage("llm", 118), stage("total", 539)] }, { line: "web", stages: [] }];
  server.scenarios = [
    { name: "loopback.gst", kind: "once", title: "Speaks to itself", "runs-alone": true, "served-by": null, variables: [{ name: "SCRIPT", default: "a.json", needed: false }], errors: [], warnings: [] },
    { name: "phone-agent.gst", kind: "phone", title: "Answers the telephone", "runs-alone": false, "served-by": "reception", variables: [], errors: [], warnings: ["KEY is not set"] },
    { name: "broken.gst", kind: "once", title: "", "runs-alone": true, "served-by": null, variables: [], errors: [{ line: 4, column: 14, text: 'there is no element "audiotstsrc"', hint: 'did you mean "audiotestsrc"?', source: "caller.src ! audiotstsrc wave=ticks ! fakesink", "source-column": 14 }], warnings: [] },
  ];
}

const fresh = async (...given) => (page = await site.fresh(...given));
const connected = () => site.connected();
const go = (address) => site.go(address);
const shows = (...given) => site.shows(...given);
const showsNot = (...given) => site.showsNot(...given);
const button = (...given) => site.button(...given);
const rows = () => site.rows();
const shot = (name) => site.shot(name);

const checks = {
  "who has never seen it is told how to place a call": async () => {
    await fresh();
    await connected();
    await shows("No call is running");
    await shows(`jackfield simulate ${server.origin}/twilio/voice`);
    await page.getByRole("link", { name: "Talk to the agent" }).waitFor();
    await shot("overview-empty");
    await fresh("", { empty: true });
    await shows("Scenarios");
    assert.deepEqual(errors, []);
  },

  "calls come, change and go by themselves": async () => {
    await fresh();
    await connected();
    server.open("one", { from: "+15550000001" });
    await shows("+15550000001");
    server.say("one", { who: "caller", turn: 1, text: "Where are you?", final: true, "at-ms": 5000 });
    await shows("Caller: Where are you?");
    await shows("1", ".tally");
    await shot("overview");
    server.end("one", { "duration-ms": 65000 });
    await shows("No call is running");
    await shows("Last ended");
    await shows("1:05");
    assert.deepEqual(errors, []);
  },

  "running calls by line and by words": async () => {
    await fresh("#/calls");
    await connected();
    server.open("one", { from: "+15550000001" });
    server.open("two", { from: "+15550000002", "last-said": { who: "agent", text: "We open at nine." } });
    server.open("three", { from: "browser", to: "", kind: "browser", line: "web" });
    await until(async () => (await rows()) === 3, "three calls");
    await shot("calls");
    await page.getByRole("searchbox").fill("NINE open");
    await until(async () => (await rows()) === 1, "one of them");
    await page.getByRole("searchbox").fill("nothing like it");
    await shows("Nothing fits");
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Line").selectOption("web");
    await until(async () => (await rows()) === 1, "that of the other line");
    // The address says it all: it can be kept and sent.
    await page.reload();
    await until(async () => (await rows()) === 1, "the same after a reload");
    assert.match(page.url(), /line=web/);
  },

  "calls that are over, page by page": async () => {
    await fresh("#/calls?state=ended");
    await shows("No call has ended yet");
    for (let i = 0; i < 120; ++i) {
      server.session(`old-${i}`, { from: `+1555${1000 + i}`, "duration-ms": 1000 * i });
      server.end(`old-${i}`, { failed: i === 119, "end-reason": i === 119 ? "error" : "stop" });
    }
    await until(async () => (await rows()) >= 50, "the newest");
    await shows("Failed");
    await shot("calls-ended");
    await page.reload();
    await until(async () => (await rows()) === 50, "a page of them");
    await button("Read older ones").click();
    await until(async () => (await rows()) === 100, "two pages");
    await button("Read older ones").click();
    await until(async () => (await rows()) === 120, "all");
    assert.equal(await button("Read older ones").count(), 0);
  },

  "hanging up is asked once more": async () => {
    await fresh("#/calls");
    await connected();
    server.open("one");
    await button("Hang up +15550001111 → +15552223333").click();
    await page.getByRole("dialog").waitFor();
    await shot("hang-up");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.deepEqual(server.posted, []);
    await button("Hang up +15550001111 → +15552223333").click();
    await page.getByRole("dialog").getByRole("button", { name: "Hang up" }).click();
    await shows("No call is running");
    assert.equal(server.posted[0].path, "sessions/one/hangup");
    assert.deepEqual(errors, []);
  },

  "what is said, as it was heard": async () => {
    await fresh("#/call/one");
    await shows("This call is not known here");
    server.session("one");
    errors.length = 0;
    await button("Try again").click();
    await shows("Nothing was said yet");
    const transcript = page.getByRole("log");
    server.say("one", { who: "caller", turn: 1, text: "where", final: false, "start-ms": 5000 });
    await shows("where …", "[role=log]");
    server.say("one", { who: "caller", turn: 1, text: "where are you", final: false, "start-ms": 5000 });
    await shows("where are you …", "[role=log]");
    assert.equal(await page.locator(".said.caller").count(), 1);
    // A screen reader hears words that stand.
    assert.equal(await page.locator(".said.interim").getAttribute("aria-hidden"), "true");
    server.say("one", { who: "caller", turn: 1, text: "Where are you?", final: true, "start-ms": 5000 });
    await shows("Where are you?", "[role=log]");
    assert.equal(await page.locator(".said.interim").count(), 0);
    server.say("one", { who: "agent", turn: 1, text: "You find us at 12 Harbour Street, on the second floor.", heard: "You find us at 12 Harbour", interrupted: true, final: true, "start-ms": 7000 });
    await shows("the rest was not heard", "[role=log]");
    assert.equal(await transcript.locator("del").innerText(), " Street, on the second floor.");
    assert.match(await transcript.locator(".said.agent .words").innerText(), /^You find us at 12 Harbour/);
    server.say("one", { who: "caller", turn: 2, text: "", "not-understood": true, final: true, "start-ms": 9000 });
    await shows("not understood", "[role=log]");
    server.say("one", { who: "caller", turn: 3, text: SCRIPT, final: true, "start-ms": 9500 });
    await shows(SCRIPT, "[role=log]");
    server.event("state", "one", { state: "thinking" });
    await shows("Thinking");
    await shot("call");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors, []);
  },

  "mute, gain and words in the caller's place": async () => {
    await fresh();
    server.session("one");
    await go("#/call/one");
    await button("Mute Caller").click();
    await until(() => server.posted.some(({ path: where, body }) => where === "sessions/one/mute" && body.caller === true), "muted");
    await button("Muted Caller").waitFor();
    await page.getByLabel("Gain of the agent").focus();
    await page.keyboard.press("ArrowRight");
    await until(() => server.posted.some(({ path: where, body }) => where === "sessions/one/gain" && body.agent === 1), "gain");
    await shows("+1 dB");
    await page.getByLabel("Say something in the caller's place").fill("Where are you?");
    await page.keyboard.press("Enter");
    await until(() => server.posted.some(({ path: where, body }) => where === "sessions/one/text" && body.text === "Where are you?"), "the text");
    await until(async () => (await page.getByLabel("Say something in the caller's place").inputValue()) === "", "an empty field");
    // The caller is muted: nothing of that voice goes on.
    server.event("level", "one", { caller: { peak: -6, rms: -12 }, agent: { peak: -30, rms: -36 } });
    await until(async () => (await page.getByRole("meter").last().getAttribute("aria-valuenow")) === "50", "a level");
    assert.equal(await page.getByRole("meter").first().getAttribute("aria-valuenow"), "0");
    server.failing.set("sessions/one/text", [409, "no-agent", "nobody here takes text"]);
    await page.getByLabel("Say something in the caller's place").fill("again");
    await page.keyboard.press("Enter");
    await shows("nobody here takes text");
    assert.equal(await page.getByLabel("Say something in the caller's place").inputValue(), "again");
  },

  "rooms, and what is done in them": async () => {
    await fresh();
    await connected();
    assert.equal(await page.getByRole("link", { name: "Rooms" }).count(), 0);
    server.lines.push({ name: "meeting", scenario: "conference.gst", kind: "conference", profile: "", numbers: [], "max-sessions": 60, sessions: 0, "calls-total": 0, "failed-total": 0, url: "" });
    await page.reload();
    await page.getByRole("link", { name: "Rooms", exact: true }).click();
    await shows("No room is open");
    // A room and its agents are sessions, and no calls.
    server.open("r1", { kind: "room", line: "meeting", from: "", to: "" });
    server.open("three", { kind: "agent", line: "meeting", from: "", to: "" });
    server.open("one", { line: "meeting", from: "+15550000001", to: "" });
    await until(async () => (await page.locator(".tally").innerText()).startsWith("1"), "one call");
    const room = server.openRoom("r1", "main");
    server.sit(room, "one", { name: "+15550000001" });
    server.sit(room, "two", { kind: "browser", name: SCRIPT, hears: { "all-but": ["one", "gone"] } });
    server.sit(room, "three", { kind: "agent" });
    await shows("3 of 50 seats");
    await shows("Hears all but +15550000001, somebody who left");
    assert.equal(await page.getByRole("link", { name: "+15550000001" }).getAttribute("href"), "#/call/one");
    await until(() => [...server.subscribers.values()].some(({ sessions }) => sessions.includes("r1")), "somebody who wants the levels");
    server.event("room-levels", "r1", { peak: -12, distinct: 3, "block-ms": 0.02, seats: [{ session: "one", level: -30, voice: true, ducked: 0 }, { session: "three", level: -100, voice: false, ducked: -10 }] });
    await until(async () => (await page.getByRole("meter", { name: "Level of +15550000001" }).getAttribute("aria-valuenow")) === "50", "a level");
    await shows("Speaks");
    await shot("rooms");
    await button("Mute +15550000001").click();
    await until(() => server.posted.some(({ path: where, method, body }) => where === "rooms/r1/seats/one" && method === "PATCH" && body.mute === true), "muted");
    await button("Muted +15550000001").waitFor();
    await showsNot("Speaks");
    await page.getByLabel("Gain of Agent").focus();
    await page.keyboard.press("ArrowLeft");
    await until(() => server.posted.some(({ path: where, body }) => where === "rooms/r1/seats/three" && body.gain === -1), "gain");
    await shows("−1 dB");
    await button("Add an agent to main").click();
    await shows("4 of 50 seats");
    await button("Send out +15550000001").click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await shows("4 of 50 seats");
    await button("Send out +15550000001").click();
    await page.getByRole("dialog").getByRole("button", { name: "Send out" }).click();
    await shows("3 of 50 seats");
    assert.ok(server.posted.some(({ path: where, method }) => where === "rooms/r1/seats/one" && method === "DELETE"));
    server.failing.set("rooms/r1/agents", [409, "room-full", "nobody more can sit down"]);
    await button("Add an agent to main").click();
    await shows("All seats of this room are taken");
    await button("End room main").click();
    await page.getByRole("dialog").getByRole("button", { name: "End room" }).click();
    await shows("No room is open");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors.filter((text) => !text.includes("409")), []);
  },

  "fifty seats that speak": async () => {
    await fresh("#/rooms", { empty: true });
    const room = server.openRoom("r1", "main");
    for (let i = 0; i < 50; ++i) server.sit(room, `seat-${i}`, { name: `+1555${1000 + i}` });
    const longestTask = await watchTasks(site.chromium.context, page);
    await page.reload();
    await until(async () => (await page.locator(".seat").count()) === 50, "all of them");
    await until(() => [...server.subscribers.values()].some(({ sessions }) => sessions.includes("r1")), "somebody who wants the levels");
    for (let round = 0; round < 15; ++round) {
      const seats = room.seats.map(({ session }, index) => ({ session, level: -60 + ((index + round) % 50), voice: (index + round) % 7 === 0, ducked: 0 }));
      server.event("room-levels", "r1", { peak: -3, distinct: 8, "block-ms": 0.1, seats });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const longest = await longestTask();
    console.log(`# longest task ${longest.toFixed(1)} ms`);
    assert.ok(longest > 0 && longest < 100, `a task took ${longest} ms`);
  },

  "a server that goes away, and comes back": async () => {
    await fresh("#/calls");
    await connected();
    server.open("one", { from: "+15550000001" });
    await shows("+15550000001");
    await server.vanish();
    await shows("The server does not answer", ".banners");
    await shows("+15550000001"); // what was known stays
    await shot("lost");
    server.sessions.clear();
    server.session("two", { from: "+15550000002" });
    await server.listen(server.port);
    await shows("+15550000002");
    await showsNot("+15550000001");
    await showsNot("does not answer", ".banners");
  },

  "events that were lost are made up for": async () => {
    await fresh("#/calls");
    await connected();
    server.session("silent", { from: "+15550000009" });
    const before = server.subscriptions;
    server.tellLost();
    await until(() => server.subscriptions > before, "another subscription");
    await shows("+15550000009");
  },

  "a server that wants a token": async () => {
    await fresh();
    server.token = "0123456789abcdef";
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await shot("sign-in");
    await site.accessibility.judge(page, "sign in");
    await page.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await shows("does not take this token", ".sign-in");
    await page.getByLabel("Token").fill(server.token);
    await page.keyboard.press("Enter");
    await connected();
    await page.reload();
    await connected();
    await go("#/settings");
    await button("Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    // By a link, of which nothing stays in the address.
    await page.goto("about:blank");
    await page.goto(`${server.origin}/#token=${server.token}`);
    await connected();
    assert.equal(page.url(), `${server.origin}/#/`);
  },

  "a server that lets nobody in": async () => {
    await fresh();
    server.failing.set("server", [403, "closed", "set JACKFIELD_API_TOKEN, and open the console with it"]);
    await page.reload();
    await page.getByRole("heading", { name: "This console is closed" }).waitFor();
    await shows("set JACKFIELD_API_TOKEN", ".sign-in");
    await shot("closed");
    server.failing.clear();
    await button("Try again").click();
    await connected();
  },

  "scenarios: errors in their place, and a start": async () => {
    await fresh("#/scenarios");
    await shows("Line 4, column 14");
    assert.equal(await page.locator("mark").innerText(), "audiotstsrc");
    await shows('did you mean "audiotestsrc"?');
    await shot("scenarios");
    const card = (name) => page.getByRole("article", { name });
    assert.equal(await card("broken.gst").getByRole("button", { name: "Start" }).isDisabled(), true);
    await card("loopback.gst").getByRole("button", { name: "Start" }).click();
    await until(async () => page.url().endsWith("#/call/started-1"), "its page");
    assert.deepEqual(server.posted[0], { path: "sessions", body: { scenario: "loopback.gst" } });
    server.failing.set("scenarios", [500, "internal", "the folder cannot be read"]);
    await go("#/scenarios");
    await shows("The server failed to do this");
    await shows("the folder cannot be read");
    server.failing.clear();
    await button("Try again").click();
    await shows("broken.gst");
  },

  "colours as chosen, also next time": async () => {
    await fresh("#/settings");
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByText("Dark", { exact: true }).click();
    await until(async () => (await ground()) !== light, "a dark page");
    await shot("settings");
    await page.emulateMedia({ colorScheme: "light" });
    await page.reload();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    assert.notEqual(await ground(), light);
    await page.getByText("As the system", { exact: true }).click();
    await until(async () => (await ground()) === light, "a light page");
  },

  "by the keyboard alone": async () => {
    await fresh();
    await connected();
    server.open("one");
    server.open("two", { from: "+15550000002" });
    await shows("+15550000002");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await page.keyboard.press("Enter");
    await until(async () => (await page.evaluate(() => document.activeElement.id)) === "content", "the focus on the content");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await shot("shortcuts");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.getByRole("heading", { name: "Calls" }).waitFor();
    await until(async () => (await page.evaluate(() => document.activeElement.id)) === "content", "the focus on the content");
    await page.keyboard.press("/");
    await page.keyboard.type("0002");
    await until(async () => (await rows()) === 1, "the call that was looked for");
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await until(() => page.url().includes("#/call/two"), "its page");
    // Single letters can be switched off.
    await go("#/settings");
    await page.getByRole("radiogroup", { name: "Keyboard shortcuts" }).getByText("Off").click();
    await page.keyboard.press("?");
    assert.equal(await page.getByRole("dialog").count(), 0);
    await page.getByRole("radiogroup", { name: "Keyboard shortcuts" }).getByText("On", { exact: true }).click();
    assert.deepEqual(errors, []);
  },

  "names and numbers of strangers stay text": async () => {
    await fresh("#/calls", { empty: true });
    server.lines = [{ name: SCRIPT, scenario: SCRIPT, kind: "phone", numbers: [SCRIPT], "max-sessions": 1, sessions: 0, "calls-total": 0, "failed-total": 0, url: `javascript:window.broken=1//${SCRIPT}` }];
    server.scenarios = [{ name: SCRIPT, kind: "once", title: SCRIPT, "runs-alone": true, variables: [{ name: SCRIPT, default: SCRIPT, needed: true }], errors: [{ line: 1, column: 2, text: SCRIPT, hint: SCRIPT, source: SCRIPT, "source-column": 2 }], warnings: [] }];
    server.session("x/../../y?z#", { from: SCRIPT, to: SCRIPT, line: SCRIPT, scenario: SCRIPT, "last-said": { who: SCRIPT, text: SCRIPT } });
    await page.reload();
    await shows(SCRIPT);
    await page.locator("a.whole").click();
    await page.getByRole("heading", { name: SCRIPT }).waitFor();
    for (const address of ["#/", "#/scenarios", "#/talk", "#/calls?search=%3Cscript%3E", `#/call/${encodeURIComponent(SCRIPT)}`, "#/%E0%A4%A", "#/nowhere"]) {
      await go(address);
      await page.locator("main h1").first().waitFor();
    }
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator("main img[src=x], a[href^='javascript']").count(), 0);
    assert.deepEqual(errors.filter((text) => !text.includes("404")), []);
  },

  "two hundred calls, and the page does not falter": async () => {
    await fresh("#/calls");
    for (let i = 0; i < 200; ++i) server.session(`call-${i}`, { from: `+1555${1000 + i}` });
    const longestTask = await watchTasks(site.chromium.context, page);
    await page.reload();
    await until(async () => (await rows()) === 200, "all of them", 30);
    // As much as 200 conversations give: each says something, and has figures, every second.
    for (let round = 0; round < 30; ++round) {
      for (let i = round % 10; i < 200; i += 10) {
        server.event("session-changed", `call-${i}`, { ...server.sessions.get(`call-${i}`), turns: round });
        server.event("transcript", `call-${i}`, { who: "agent", turn: round, text: `Words of round ${round}.`, final: true });
        server.event("turn", `call-${i}`, { turn: round, total: 500 + round });
      }
      server.event("latency", "", { stages: [stage("total", 500 + round)] });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await shows("Words of round 29.");
    const longest = await longestTask();
    console.log(`# longest task ${longest.toFixed(1)} ms`);
    assert.ok(longest > 0 && longest < 100, `a task took ${longest} ms`);
  },

  "every page can be used by everybody, and fits a phone": async () => {
    await fresh();
    await connected();
    server.open("one");
    server.say("one", { who: "agent", turn: 0, text: "You find us at 12 Harbour Street.", heard: "You find us", interrupted: true, final: true, "start-ms": 900 });
    server.say("one", { who: "caller", turn: 1, text: "where", final: false, "start-ms": 5000 });
    server.session("old");
    server.end("old", { failed: true, "end-reason": "error" });
    const room = server.openRoom("r1", "main");
    server.sit(room, "one", { name: "+15550000001", muted: true, gain: -12 });
    server.sit(room, "two", { kind: "agent", voice: true, level: -20 });
    await site.judge("#/", "#/calls", "#/calls?state=ended", "#/call/one", "#/call/one/details", "#/call/old", "#/rooms", "#/talk", "#/latency", "#/scenarios", "#/settings", "#/nowhere");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await site.accessibility.judge(page, "shortcuts");
    assert.deepEqual(errors, []);
  },

  "nothing comes from elsewhere": async () => {
    await page.close();
    site.page = page = await openPage(site.chromium.context, null, errors);
    const foreign = [];
    page.on("request", (request) => new URL(request.url()).origin !== server.origin && foreign.push(request.url()));
    await page.goto(server.origin);
    await connected();
    for (const address of ["#/calls", "#/talk", "#/latency", "#/scenarios", "#/settings"]) {
      await go(address);
      await page.locator("main h1").first().waitFor();
    }
    assert.deepEqual(foreign, []);
  },
};

(async () => {
  await site.start(process.argv.slice(2), furnish);
  server = site.server;
  await site.run(checks);
})();
