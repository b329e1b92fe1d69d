// The console's pages of people and callers in a real Chromium, against a stand-in of the control API. TAP.
// Arguments: the node_modules of playwright-core, of axe-core and of ws; the root of the sources.
const assert = require("assert");
const path = require("path");
const support = path.join(process.argv[5], "tests/support/browser");
const { until } = require(path.join(support, "chromium.cjs"));
const { StoodInConsole } = require(path.join(support, "stood_in_console.cjs"));

const SCRIPT = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>";
const LINES = [{ name: "reception", scenario: "phone-agent.gst", kind: "phone", profile: "", numbers: [], "max-sessions": 9, sessions: 0, "calls-total": 0, "failed-total": 0, url: "" }];
const site = new StoodInConsole();
const { errors } = site;
let server, page;

const fresh = async (...given) => (page = await site.fresh(...given));
const shows = (...given) => site.shows(...given);
const showsNot = (...given) => site.showsNot(...given);
const banner = () => page.getByRole("region", { name: "Questions of agents" });
const nav = (name) => page.getByRole("link", { name });
const field = (question) => page.getByRole("textbox", { name: `Answer to: ${question}`, exact: true });
const dialog = () => page.getByRole("dialog");

const checks = {
  "a question is on each page, and goes when it was answered": async () => {
    await fresh("#/latency");
    await site.connected("question");
    assert.equal(await nav(/^People/).count(), 0);
    server.open("one", { from: "+15550000001" });
    server.people.ask("q1", "one", `Is the blue one in stock? ${SCRIPT}`, { person: "anna" });
    await banner().waitFor();
    await shows("An agent asks.", ".asks");
    await shows(SCRIPT, ".asks");
    await shows("For anna", ".asks");
    assert.equal(await banner().getByRole("link", { name: "+15550000001 → +15552223333" }).getAttribute("href"), "#/call/one");
    await site.shot("question");
    const ask = field(`Is the blue one in stock? ${SCRIPT}`);
    await ask.fill("Three are");
    // What is typed stays while other things happen, and on other pages.
    server.people.ask("q2", "one", "May I refund it?");
    await shows("Agents ask 2 questions", ".asks");
    await site.go("#/calls");
    await page.getByRole("heading", { name: "Calls" }).waitFor();
    assert.equal(await ask.inputValue(), "Three are");
    await ask.press("End");
    await ask.pressSequentially(" left.");
    await page.keyboard.press("Enter");
    await showsNot("blue one", ".asks");
    assert.deepEqual(server.posted, [{ path: "questions/q1/answer", body: { answer: "Three are left." } }]);
    await site.button("Cannot say").click();
    await banner().waitFor({ state: "detached" });
    assert.equal(server.posted[1].path, "questions/q2/refuse");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors, []);
  },

  "questions that are answered elsewhere, are late, or lose their call": async () => {
    await fresh("#/people");
    await site.connected("question");
    await shows("No agent asks anything");
    for (const id of ["one", "two"]) server.open(id);
    server.people.ask("q1", "one", "First?");
    server.people.ask("q2", "one", "Second?");
    server.people.ask("q3", "two", "Third?");
    await shows("Third?");
    assert.equal(await banner().count(), 0); // not twice on this page
    await until(async () => (await nav(/^People/).innerText()).includes("3"), "a tally");
    server.people.goOn("q2");
    await shows("Goes on without; told later");
    await site.shot("people");
    server.people.answered("q1", "by the command line");
    await showsNot("First?");
    server.people.ask("q5", "one", "Refused elsewhere?");
    await shows("Refused elsewhere?");
    server.people.refused("q5");
    await showsNot("Refused elsewhere?");
    server.end("two");
    await showsNot("Third?");
    await field("Second?").fill("Yes.");
    // Somebody was faster, and nobody has told this page.
    server.people.questions = [];
    await page.keyboard.press("Enter");
    await shows("Somebody else has answered this");
    assert.equal(await field("Second?").inputValue(), "Yes.");
    // What is read anew after a reconnect is what counts.
    server.people.ask("q4", "one", "Fourth?");
    server.tellLost();
    await showsNot("Second?");
    await shows("Fourth?");
    assert.deepEqual(errors.filter((text) => !text.includes("404")), []);
  },

  "many questions: two on each page, all of them on their own": async () => {
    await fresh("#/calls");
    await site.connected("question");
    server.open("one");
    for (let i = 0; i < 12; ++i) server.people.ask(`q${i}`, "one", `Question ${i}?`);
    await shows("Agents ask 12 questions", ".asks");
    assert.equal(await page.locator(".asks li").count(), 2);
    await banner().getByRole("link", { name: "All of them" }).click();
    await until(async () => (await page.locator("main .question").count()) === 12, "all of them");
    await page.reload();
    await until(async () => (await page.locator("main .question").count()) === 12, "all of them after a reload");
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await banner().waitFor();
  },

  "a caller who is handed over": async () => {
    await fresh("#/people");
    await site.connected("transfer");
    server.open("one", { from: "+15550000001" });
    server.people.transfer("one", "calling");
    await shows("Rings");
    await shows("Wants a table for six.");
    server.people.transfer("one", "answered");
    await shows("Is asked");
    server.people.transfer("one", "failed", "no-answer");
    await shows("No answer");
    server.people.transfer("one", "calling");
    server.people.transfer("one", "accepted");
    await shows("Takes the call");
    await site.shot("transfer");
    server.people.transfer("one", "transferred", "transferred");
    await shows("Handed over");
    server.end("one", { "end-reason": "transferred" });
    await showsNot("Handed over");
    assert.deepEqual(errors, []);
  },

  "without a directory of callers nobody is remembered, and it is said how": async () => {
    await fresh("#/callers");
    await shows("Nobody is remembered");
    await shows("--callers FILE");
  },

  "callers, page by page, and one by the number": async () => {
    await fresh();
    server.callers.callers = new Map();
    await site.go("#/callers");
    await shows("Nobody is in the directory");
    for (let i = 0; i < 120; ++i) server.callers.add(`+1555${1000000 + i}`, { name: `Caller ${i}`, permissions: i === 3 ? ["gate", SCRIPT] : [], calls: i });
    await page.reload();
    await until(async () => (await site.rows()) === 50, "a page");
    await shows(SCRIPT);
    await site.shot("callers");
    await site.button("Read more").click();
    await site.button("Read more").click();
    await until(async () => (await site.rows()) === 120, "all of them");
    assert.equal(await site.button("Read more").count(), 0);
    await page.getByLabel("Number").fill("+15551000119");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "+15551000119" }).waitFor();
    assert.equal(await page.getByLabel("Name").inputValue(), "Caller 119");
    await page.getByLabel("Number").fill("119");
    await page.keyboard.press("Enter");
    await shows("This is no number with its country");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors.filter((text) => !text.includes("400")), []);
  },

  "a caller: name, permissions, notes, and forgetting": async () => {
    await fresh();
    server.callers.add("+15551234567", { name: "Anna", permissions: ["gate"] }, ["takes her coffee black", SCRIPT]);
    await site.go("#/callers");
    await page.getByRole("link", { name: "+15551234567" }).click();
    await shows("takes her coffee black");
    await shows(SCRIPT);
    await page.getByLabel("Name").fill("Anna B.");
    await page.getByLabel("Permissions").fill("gate, calendar,");
    await site.button("Save").click();
    const patch = (count) => until(() => server.posted.length === count && server.posted.at(-1), "a change");
    assert.deepEqual(await patch(1), { path: "callers", method: "PATCH", body: { caller: "+15551234567", name: "Anna B.", permissions: ["gate", "calendar"] } });
    await until(async () => site.button("Save").isDisabled(), "saved");
    await page.getByLabel("New note").fill("Prefers the morning.");
    await page.keyboard.press("Enter");
    await shows("Prefers the morning.");
    assert.equal(await page.getByLabel("New note").inputValue(), "");
    await site.button("Remove takes her coffee black").click();
    await showsNot("takes her coffee black");
    await site.shot("caller");
    server.failing.set("callers", [503, "busy", "another program holds the directory"]);
    await page.getByLabel("New note").fill("Once more");
    await page.keyboard.press("Enter");
    await shows("another program holds the directory");
    assert.equal(await page.getByLabel("New note").inputValue(), "Once more");
    server.failing.clear();
    await site.button("Forget").click();
    await dialog().waitFor();
    await page.keyboard.press("Escape");
    assert.equal(server.callers.callers.size, 1);
    await site.button("Forget").click();
    await dialog().getByRole("button", { name: "Forget" }).click();
    await shows("Nobody is in the directory");
    assert.equal(server.callers.callers.size, 0);
    // Whom nobody knows can be written down.
    await page.getByLabel("Number").fill("+15550000009");
    await page.keyboard.press("Enter");
    await shows("Nothing is known of this caller");
    await page.getByLabel("New note").fill("Is a supplier.");
    await page.keyboard.press("Enter");
    await shows("Is a supplier.");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors.filter((text) => !/503|404/.test(text)), []);
  },

  "lines with directories of their own": async () => {
    await fresh();
    server.lines = [...LINES, { ...LINES[0], name: "sales" }];
    server.callers.add("+15551234567");
    server.failing.set("callers", [400, "line-needed", "the lines have several directories of callers"]);
    await page.reload();
    await site.connected();
    await site.go("#/callers");
    await shows("choose one");
    server.failing.clear();
    await page.getByRole("combobox", { name: "Line" }).selectOption("sales");
    await page.getByRole("link", { name: "+15551234567" }).click();
    await page.getByLabel("New note").fill("Bought twice.");
    await page.keyboard.press("Enter");
    await shows("Bought twice.");
    assert.equal(server.posted[0].body.line, "sales");
  },

  "everybody can answer, on a phone too": async () => {
    await fresh("#/people");
    await site.connected("question");
    server.open("one");
    server.people.ask("q1", "one", "x".repeat(300));
    server.people.ask("q2", "one", "Second? ".repeat(40), { person: "anna" });
    server.people.transfer("one", "calling");
    await shows("Rings");
    server.callers.add("+15551234567", { name: "Anna", permissions: ["gate"] }, ["takes her coffee black", "x".repeat(300)]);
    await site.judge("#/people", "#/calls", "#/callers", "#/callers?caller=%2B15551234567");
    assert.deepEqual(errors, []);
  },
};

(async () => {
  await site.start(process.argv.slice(2), (stand) => (stand.lines = LINES));
  server = site.server;
  await site.run(checks);
})();
