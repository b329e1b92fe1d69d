// The console's page in Chromium, on a ControlStandIn: what its tests share.
// SCREENSHOTS, a folder: pictures of the page in its states are left there.
const assert = require("assert");
const path = require("path");
const { openPage, runChecks, startChromium, until } = require("./chromium.cjs");
const { Accessibility, pagePolicy } = require("./accessibility.cjs");
const { ControlStandIn } = require("./control_stand_in.cjs");

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

class StoodInConsole {
  errors = []; // of the page
  page = null;

  // `modules`: the node_modules of playwright-core, of axe-core and of ws; `root`: of the sources; `furnish`: called
  // with the server for each page that is not to be empty.
  async start([playwright, axe, ws, root], furnish) {
    const { WebSocketServer } = require(path.join(ws, "ws"));
    this.furnish = furnish;
    this.accessibility = new Accessibility(axe);
    this.chromium = await startChromium(playwright);
    this.server = new ControlStandIn(root, pagePolicy(root), WebSocketServer);
    await this.server.listen();
  }

  async run(checks) {
    await runChecks(checks, async () => {
      await this.chromium.close();
      this.server.close();
    });
  }

  // A new page on a server that has forgotten all before.
  async fresh(address = "", { empty = false } = {}) {
    await this.page?.close();
    this.server.clear();
    if (!empty) this.furnish(this.server);
    this.errors.length = 0;
    this.page = await openPage(this.chromium.context, null, this.errors);
    await this.page.setViewportSize(DESKTOP);
    await this.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await this.page.goto(`${this.server.origin}/${address}`);
    return this.page;
  }

  // That it listens to events with all of these names, too.
  async connected(...events) {
    await this.page.getByText("Connected", { exact: true }).waitFor();
    await until(() => [...this.server.subscribers.values()].some(({ events: all = [] }) => events.every((event) => all.includes(event))), "a subscription");
  }

  go(address) {
    return this.page.evaluate((hash) => (location.hash = hash), address);
  }

  shows(text, where = "main") {
    return until(async () => (await this.page.locator(where).innerText()).includes(text), `"${text}" in ${where}`);
  }

  showsNot(text, where = "main") {
    return until(async () => !(await this.page.locator(where).innerText()).includes(text), `no "${text}" in ${where}`);
  }

  button(name, exact = true) {
    return this.page.getByRole("button", { name, exact });
  }

  rows() {
    return this.page.locator("tbody tr").count();
  }

  async shot(name, { fullPage = false } = {}) {
    if (!process.env.SCREENSHOTS) return;
    for (const [size, viewport] of [["", DESKTOP], ["-phone", PHONE]]) {
      for (const colorScheme of ["light", "dark"]) {
        await this.page.setViewportSize(viewport);
        await this.page.emulateMedia({ colorScheme });
        await this.page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}${size}-${colorScheme}.png`), fullPage });
      }
    }
    await this.page.setViewportSize(DESKTOP);
  }

  // Each of these pages can be used by everybody, and fits a phone.
  async judge(...addresses) {
    for (const address of addresses) {
      await this.go(address);
      await this.page.locator("main h1").first().waitFor();
      await until(async () => (await this.page.locator("main .loading").count()) === 0, `${address} is there`);
      await this.accessibility.judge(this.page, address);
      await this.page.setViewportSize(PHONE);
      await this.accessibility.judge(this.page, `${address} on a phone`);
      const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${address} is ${overflow} px too wide for a phone`);
      await this.page.setViewportSize(DESKTOP);
    }
  }
}

module.exports = { StoodInConsole };
