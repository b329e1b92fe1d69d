// Guests of a conference in real browsers, for a test that is written in another language. Arguments: the
// node_modules of playwright-core, the folder of results, and JSON: [{ name, url, speech }], where speech is
// what is said into the microphone (WAV, once, from when it is opened). All call at the same time.
//
// On stdout, a line of JSON each: { name, opened, connected } (Unix time, ms) once a guest is in; after
// "hang-up NAME" on stdin { name, left, errors }, when NAME.wav has what the page played, 16 kHz. The end
// of stdin closes the browsers.
const path = require("path");
const readline = require("readline");
const { openPage, startChromium } = require("./chromium.cjs");
const { recordVoice, writeWav } = require("./speech.cjs");

const [playwright, folder, list] = process.argv.slice(2);
const guests = new Map();
const tell = (what) => console.log(JSON.stringify(what));

async function join({ name, url, speech }) {
  const errors = [];
  const chromium = await startChromium(playwright, { speech });
  guests.set(name, { chromium });
  await chromium.context.addInitScript(() => {
    const open = navigator.mediaDevices?.getUserMedia;
    if (!open) return;
    navigator.mediaDevices.getUserMedia = async function (...wanted) {
      const stream = await open.apply(this, wanted);
      window.microphoneOpened = Date.now();
      return stream;
    };
  });
  const page = await openPage(chromium.context, url, errors);
  guests.set(name, { chromium, page, errors });
  await page.evaluate(recordVoice, "#voice");
  await page.getByRole("button", { name: "Call" }).click();
  await page.waitForFunction(() => document.body.dataset.state === "connected", null, { polling: 50, timeout: 30000 });
  tell({ name, opened: await page.evaluate(() => window.microphoneOpened), connected: Date.now() });
}

async function leave(name) {
  const { page, errors } = guests.get(name);
  const left = Date.now();
  const bytes = Buffer.from(await page.evaluate(() => window.stopRecording()), "base64");
  writeWav(path.join(folder, `${name}.wav`), Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32768), 16000);
  if (await page.evaluate(() => document.body.dataset.state === "connected")) await page.getByRole("button", { name: "Hang up" }).click();
  tell({ name, left, errors });
}

async function main() {
  const failed = (name) => (error) => tell({ name, failed: error.message });
  for (const guest of JSON.parse(list)) void join(guest).catch(failed(guest.name));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const name = line.replace("hang-up ", "");
    await leave(name).catch(failed(name));
  }
  await Promise.all([...guests.values()].map(({ chromium }) => chromium.close()));
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
