// The console's page of tasks in a real Chromium, against a stand-in of the control API. TAP.
// Arguments: the node_modules of playwright-core, of axe-core and of ws; the root of the sources.
const assert = require("assert");
const path = require("path");
const support = path.join(process.argv[5], "tests/support/browser");
const { until } = require(path.join(support, "chromium.cjs"));
const { StoodInConsole } = require(path.join(support, "stood_in_console.cjs"));

const SCRIPT = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>";
const site = new StoodInConsole();
const { errors } = site;
const EVENT = "task-waiting";
let server, page;

function furnish({ tasks }) {
  tasks.task("research", { description: "Looks something up on the web and sums it up", "timeout-ms": 300000 });
  tasks.task("report", { goal: "Read the mails of today and write what has to be done into report.md.", "max-running": 2 });
  const hour = (count) => new Date(Date.now() + 3600000 * count + 30000).toISOString();
  tasks.schedule("evening", "report", { rule: "cron=0 18 * * mon-fri", "time-zone": "Europe/Berlin", upcoming: [hour(2), hour(26)] });
  tasks.schedule("once", "research", { goal: "What is new?", rule: "at=2026-01-01T08:00" });
}

const fresh = async (...given) => (page = await site.fresh(...given));
const ready = () => site.connected(EVENT);
const shows = (...given) => site.shows(...given);
const showsNot = (...given) => site.showsNot(...given);
const row = (text) => page.getByRole("row").filter({ hasText: text });
const runRows = () => page.getByRole("region", { name: "Runs" }).locator("tbody tr").count();
const choice = (name) => page.getByRole("combobox", { name, exact: true });
const dialog = () => page.getByRole("dialog");
const nav = () => page.getByRole("link", { name: /^Tasks/ });

const checks = {
  "who has no tasks is told what they are, when the page is asked for": async () => {
    await fresh("", { empty: true });
    await site.connected();
    await shows("Overview");
    assert.equal(await nav().count(), 0);
    await site.go("#/tasks");
    await shows("This server has no tasks");
    await shows("No task was started yet");
    assert.deepEqual(errors, []);
  },

  "tasks and schedules, before anything ran": async () => {
    await fresh();
    await site.connected();
    await nav().click();
    await shows("Looks something up on the web");
    await shows("brought by each run");
    await shows("5 min, 1 run at a time");
    await shows("cron=0 18 * * mon-fri");
    await shows("in 2 h");
    await shows("never again");
    await shows("0 of 4 running, 0 of 16 waiting");
    await shows("No task was started yet");
    await site.shot("tasks-empty");
    assert.deepEqual(errors, []);
  },

  "a start with a goal, seen until its result": async () => {
    await fresh("#/tasks");
    await ready();
    await site.button("Start research").click();
    const start = dialog().getByRole("button", { name: "Start" });
    assert.equal(await start.isDisabled(), true); // it has no goal of its own
    await page.getByLabel("What is to be done").fill("When does the museum open?\nOn Sunday.");
    await site.shot("tasks-start");
    await start.click();
    await page.getByRole("heading", { name: "research, run 1" }).waitFor();
    assert.deepEqual(server.posted, [{ path: "tasks", body: { task: "research", goal: "When does the museum open?\nOn Sunday." } }]);
    await shows("It is being worked on");
    await shows("On Sunday.");
    await until(() => [...server.subscribers.values()].some(({ events = [] }) => events.includes(EVENT)), "somebody who listens");
    server.tasks.end("1", { text: `At ten.\n${SCRIPT}`, steps: 4, cost: 0.01214 });
    await shows(SCRIPT);
    await shows("0.0121");
    await shows("Done");
    assert.equal(await page.getByRole("link", { name: "Its record" }).getAttribute("href"), "#/call/task-1");
    assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
    await site.shot("task-run");
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors, []);
  },

  "a task with a goal of its own starts by the keyboard": async () => {
    await fresh("#/tasks");
    await ready();
    await site.button("Start report").focus();
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
    assert.deepEqual(server.posted, []);
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "report, run 1" }).waitFor();
    assert.deepEqual(server.posted[0].body, { task: "report" });
    await until(async () => (await page.evaluate(() => document.activeElement.id)) === "content", "the focus on the content");
    assert.deepEqual(errors, []);
  },

  "a start that is refused says why, and nothing is lost": async () => {
    await fresh("#/tasks");
    await ready();
    server.failing.set("tasks", [503, "busy", "as many tasks run and wait as may"]);
    await site.button("Start research").click();
    await page.getByLabel("What is to be done").fill("Look it up");
    await dialog().getByRole("button", { name: "Start" }).click();
    await shows("as many tasks run and wait as may", "[role=dialog], dialog");
    assert.equal(await page.getByLabel("What is to be done").inputValue(), "Look it up");
    server.failing.clear();
    await dialog().getByRole("button", { name: "Start" }).click();
    await page.getByRole("heading", { name: "research, run 1" }).waitFor();
    assert.deepEqual(errors.filter((text) => !text.includes("503")), []);
  },

  "runs wait, begin and end by themselves": async () => {
    await fresh("#/tasks");
    await ready();
    await shows("No task was started yet");
    const first = server.tasks.wait("report", { "started-by": "schedule", schedule: "evening", due: new Date().toISOString() });
    await row("run 1").getByText("Waiting", { exact: true }).waitFor();
    await shows("Schedule evening");
    await shows("1 of 16 waiting");
    server.open("task-1", { kind: "task", line: "task report", scenario: "task.gst", from: "", to: "" });
    server.tasks.begin(first.id);
    await row("run 1").getByText("Running", { exact: true }).waitFor();
    await shows("1 of 4 running");
    await until(async () => (await nav().innerText()).includes("1"), "a tally");
    const second = server.tasks.wait("research", { goal: SCRIPT, "started-by": "agent", caller: "call-7" });
    server.tasks.begin(second.id);
    await until(async () => (await runRows()) === 2, "two runs");
    assert.equal(await page.getByRole("link", { name: "a call", exact: true }).getAttribute("href"), "#/call/call-7");
    await site.shot("tasks");
    server.tasks.end(first.id, { text: "Two mails want an answer.", steps: 12, cost: 1.5 });
    server.end("task-1");
    await row("run 1").getByText("Done", { exact: true }).waitFor();
    await shows("Two mails want an answer.");
    await shows("1.50");
    for (const [outcome, words] of [["timeout", "Timed out"], ["failed", "Failed"], ["skipped", "Skipped"], ["missed", "Missed"], ["interrupted", "Interrupted"], ["steps", "Out of steps"]]) {
      const run = server.tasks.add("report", { "started-by": "schedule", schedule: "evening" });
      server.tasks.end(run.id, { outcome, text: `It was ${outcome}` });
      await row(`run ${run.id}`).getByText(words, { exact: true }).waitFor();
    }
    // An event that was overtaken changes nothing.
    server.event("task-started", "task-1", { ...first, state: "running" });
    server.tasks.wait("report", { goal: "The last one" });
    await shows("The last one");
    await row("run 1").getByText("Done", { exact: true }).waitFor();
    assert.equal(await page.getByRole("region", { name: "Runs" }).getByText("Running", { exact: true }).count(), 1);
    await site.shot("tasks-many", { fullPage: true });
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(errors, []);
  },

  "cancelling is asked once more": async () => {
    await fresh("#/tasks");
    await ready();
    server.tasks.begin(server.tasks.add("report").id);
    await site.button("Cancel run 1").click();
    await dialog().waitFor();
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
    assert.deepEqual(server.posted, []);
    await site.button("Cancel run 1").click();
    await dialog().getByRole("button", { name: "Cancel", exact: true }).click();
    await row("run 1").getByText("Cancelled", { exact: true }).waitFor();
    assert.deepEqual(server.posted, [{ path: "task-runs/1/cancel", body: { reason: "console" } }]);
    server.tasks.begin(server.tasks.add("report").id);
    server.failing.set("task-runs/2/cancel", [409, "has-ended", "this run is another server's"]);
    await site.button("Cancel run 2").click();
    await dialog().getByRole("button", { name: "Cancel", exact: true }).click();
    await shows("this run is another server's", "dialog");
  },

  "a schedule runs now": async () => {
    await fresh("#/tasks");
    await ready();
    await site.button("Run now (evening)").click();
    await page.getByRole("heading", { name: "report, run 1" }).waitFor();
    await shows("API, evening");
    assert.deepEqual(server.posted.map(({ path: where }) => where), ["schedules/evening/run"]);
    server.failing.set("schedules/evening/run", [503, "busy", "the run before has not ended"]);
    await page.getByRole("link", { name: "Back to all tasks" }).click();
    await site.button("Run now (evening)").click();
    await shows("the run before has not ended");
  },

  "many runs, page by page, of one task or one schedule": async () => {
    await fresh("#/tasks");
    for (let i = 0; i < 120; ++i) {
      const run = server.tasks.add(i % 10 === 0 ? "research" : "report", { goal: `Goal ${i}`, ...(i % 20 === 1 ? { "started-by": "schedule", schedule: "evening" } : {}) });
      server.tasks.change(run.id, { state: "ended", outcome: "done", text: "x".repeat(2000), "started-at": run["wanted-at"], "ended-at": run["wanted-at"] });
    }
    await page.reload();
    await ready();
    await until(async () => (await runRows()) === 50, "a page of them");
    // Of an older run nothing is shown before its page is.
    server.tasks.end("3", { text: "again" });
    server.failing.set("task-runs", [500, "no-state", "the file of the state cannot be read"]);
    await site.button("Read older ones").click();
    await shows("the file of the state cannot be read");
    server.failing.clear();
    await site.button("Try again").click();
    await showsNot("the file of the state cannot be read");
    assert.equal(await runRows(), 50);
    await site.button("Read older ones").click();
    await until(async () => (await runRows()) === 100, "two pages");
    await site.button("Read older ones").click();
    await until(async () => (await runRows()) === 120, "all");
    assert.equal(await site.button("Read older ones").count(), 0);
    await choice("Task").selectOption("research");
    await until(async () => (await runRows()) === 12, "those of one task");
    server.tasks.wait("report");
    server.tasks.wait("research", { goal: "One more" });
    await shows("One more");
    assert.equal(await runRows(), 13);
    await choice("Task").selectOption("");
    await choice("Schedule").selectOption("evening");
    await until(async () => (await runRows()) === 6, "those of one schedule");
    // The address says it all.
    await page.reload();
    await until(async () => (await runRows()) === 6, "the same after a reload");
    await choice("Schedule").selectOption("once");
    await shows("Nothing fits");
    assert.deepEqual(errors.filter((text) => !text.includes("500")), []);
  },

  "a server that fails, goes away and comes back": async () => {
    await fresh("#/tasks");
    server.failing.set("task-runs", [500, "no-state", "the file of the state cannot be read"]);
    server.failing.set("schedules", [500, "no-state", "nor the schedules"]);
    await page.reload();
    await shows("nor the schedules");
    server.failing.delete("schedules");
    await site.button("Try again").first().click();
    await shows("the file of the state cannot be read");
    server.failing.clear();
    await site.button("Try again").first().click();
    await shows("No task was started yet");
    const run = server.tasks.add("report");
    server.tasks.begin(run.id);
    await row("run 1").getByText("Running", { exact: true }).waitFor();
    await server.vanish();
    await shows("The server does not answer", ".banners");
    server.tasks.change(run.id, { state: "ended", outcome: "interrupted", text: "the server ended while this was running" });
    await server.listen(server.port);
    await row("run 1").getByText("Interrupted", { exact: true }).waitFor({ timeout: 30000 });
    await site.go("#/tasks/77");
    await shows("This run is not known here");
    const lost = server.tasks.add("research", { id: "77", goal: "Look" });
    await site.button("Try again").click();
    await page.getByRole("heading", { name: `research, run ${lost.id}` }).waitFor();
  },

  "everybody can use it, and it fits a phone": async () => {
    await fresh();
    await site.connected();
    server.tasks.begin(server.tasks.add("report").id);
    server.tasks.end(server.tasks.begin(server.tasks.add("research", { goal: "Look" }).id).id, { text: "word ".repeat(300) + "x".repeat(300) });
    server.tasks.wait("report", { "started-by": "agent", caller: "one" });
    await site.judge("#/tasks", "#/tasks/1", "#/tasks/2", "#/tasks?task=report");
    await site.go("#/tasks");
    await site.button("Start research").click();
    await dialog().waitFor();
    await site.accessibility.judge(page, "starting a task");
    assert.deepEqual(errors, []);
  },
};

(async () => {
  await site.start(process.argv.slice(2), furnish);
  server = site.server;
  await site.run(checks);
})();
