// Debian's Chromium for tests of pages, with sound but without a device; and TAP.
const fs = require("fs");
const os = require("os");
const path = require("path");

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function chromiumPath() {
  return CHROMIUM.find((file) => fs.existsSync(file));
}

const ARGUMENTS = [
  "--no-sandbox", // tests run as root, too
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage", // containers have little of it
  "--deny-permission-prompts", // what is not allowed is refused, as by a person
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
];

// `modules`: the node_modules with playwright-core. `speech`: a WAV file, spoken once into the
// microphone each time one is opened; without one the microphone beeps once a second. Pages may use
// the microphone until context.clearPermissions(). The context is a browser of its own with a new profile.
async function startChromium(modules, { speech, ...options } = {}) {
  const { chromium } = require(path.join(modules, "playwright-core"));
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "chromium-"));
  const args = [...ARGUMENTS, "--use-fake-device-for-media-stream"];
  if (speech) args.push(`--use-file-for-fake-audio-capture=${speech}%noloop`);
  const context = await chromium.launchPersistentContext(profile, { executablePath: chromiumPath(), headless: true, args, permissions: ["microphone"], ...options });
  context.setDefaultTimeout(20000);
  return {
    context,
    async close() {
      await context.close();
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// A page that tells the test of its errors: what the browser refuses or cannot do is one.
async function openPage(context, url, errors) {
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  if (url) await page.goto(url);
  return page;
}

function withinSeconds(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`took more than ${seconds} s`)), 1000 * seconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Runs the checks in turn and prints TAP; each throws when it fails.
async function runChecks(checks, finish = async () => {}) {
  console.log(`1..${Object.keys(checks).length}`);
  let number = 0;
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const since = Date.now();
    let error = null;
    try {
      await withinSeconds(60, check());
    } catch (caught) {
      error = caught;
    }
    console.log(`${error ? "not ok" : "ok"} ${++number} - ${name} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    if (!error) continue;
    ++failed;
    for (const line of String(error.stack ?? error).split("\n")) console.log(`# ${line}`);
  }
  await finish();
  process.exit(failed > 0 ? 1 : 0);
}

// Waits for `test` to give something that counts as true, and gives it.
async function until(test, what, seconds = 20) {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`within ${seconds} s not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

module.exports = { chromiumPath, openPage, runChecks, startChromium, until };
