// Somebody in front of the console: answers the first question of an agent and refuses the second. Prints "ready"
// once it watches, and "done" at the end; anything else is what went wrong.
// Arguments: the node_modules of playwright-core; the server's origin; both questions; the answer.
const { openPage, startChromium } = require("./chromium.cjs");
const [playwright, origin, first, second, answer] = process.argv.slice(2);

async function watch(chromium) {
  const errors = [];
  const page = await openPage(chromium.context, `${origin}/#/latency`, errors);
  page.setDefaultTimeout(90000);
  const asked = (question) => page.getByRole("region", { name: "Questions of agents" }).getByText(question, { exact: true });
  await page.getByText("Connected", { exact: true }).waitFor();
  console.log("ready");
  await asked(first).waitFor();
  await page.getByRole("textbox", { name: `Answer to: ${first}` }).fill(answer);
  await page.keyboard.press("Enter");
  await asked(second).waitFor();
  await page.getByRole("button", { name: "Cannot say" }).click();
  await asked(second).waitFor({ state: "detached" });
  console.log(errors.length > 0 ? errors.join("\n") : "done");
}

(async () => {
  const chromium = await startChromium(playwright);
  await watch(chromium).catch((error) => console.log(error.stack));
  await chromium.close();
})();
