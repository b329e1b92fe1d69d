// What axe-core finds wrong with a page, in light and dark.
const assert = require("assert");
const fs = require("fs");
const path = require("path");

class Accessibility {
  // `modules`: the node_modules of axe-core.
  constructor(modules) {
    this.rules = fs.readFileSync(path.join(modules, "axe-core", "axe.min.js"), "utf8");
  }

  async judge(page, what) {
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(this.rules);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const found = await page.evaluate(async () => (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} (${node.failureSummary})`).join(" ")}`));
      assert.equal(found.join("\n"), "", `${what}, ${colorScheme}`);
    }
  }
}

// The policy of pages, as the server sends it.
function pagePolicy(root) {
  const source = fs.readFileSync(path.join(root, "launcher/webpage/page_files.cpp"), "utf8");
  return /kPolicy\[\] =\s*((?:"[^"]*"\s*)+);/.exec(source)[1].replace(/"\s*"/g, "").replace(/"/g, "").trim();
}

module.exports = { Accessibility, pagePolicy };
