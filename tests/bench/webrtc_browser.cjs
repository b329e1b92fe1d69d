// Runs webrtc_page.js in Chromium. Reads requests as lines of JSON and answers each with one:
//   {"do": "pair", "seconds": 20}    {"do": "call", "url": "ws://...", "seconds": 20, "room": "..."}
// Each has a page of its own. Needs playwright-core (NODE_PATH).
const fs = require('fs');
const http = require('http');
const path = require('path');
const readline = require('readline');
const { chromium } = require('playwright-core');

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns',
];

// With permission for the microphone Chromium offers 127.0.0.1.
const server = http.createServer((request, response) => {
  const name = path.basename(request.url);
  if (name.endsWith('.js')) {
    response.setHeader('Content-Type', 'text/javascript');
    response.end(fs.readFileSync(path.join(__dirname, name)));
  } else {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><meta charset=utf-8><script src=/webrtc_page.js></script>');
  }
});

async function answer(browser, request) {
  const context = await browser.newContext({ permissions: ['microphone'] });
  try {
    const page = await context.newPage();
    const failed = new Promise((_, reject) => page.once('pageerror', reject));
    failed.catch(() => {});
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await Promise.race([failed, page.evaluate(async (what) => {
      await window.bench.prepare();
      return what.do === 'pair' ? window.bench.pair(what.seconds) : window.bench.call(what.url, what.seconds, what.room);
    }, request)]);
  } finally {
    await context.close();
  }
}

async function main() {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags });
  try {
    console.log(JSON.stringify({ browser: browser.version() }));
    const pending = [];
    // Requests may overlap; each answer carries the request's own members.
    for await (const line of readline.createInterface({ input: process.stdin })) {
      const request = JSON.parse(line);
      const done = answer(browser, request).then((result) => ({ ...request, ...result }), (error) => ({ ...request, error: String(error) }));
      pending.push(done.then((result) => console.log(JSON.stringify(result))));
    }
    await Promise.all(pending);
  } finally {
    await browser.close();
    server.close();
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exitCode = 1;
});
