// Twilio's own SDK on the other side of our signatures.
//   node sdk_signatures.cjs MODULES make SEED COUNT   prints requests that the SDK signed, a JSON object each line
//   node sdk_signatures.cjs MODULES check < LINES     prints "true" or "false": does the SDK accept the request?
'use strict';
const path = require('path');
const [modules, command, ...rest] = process.argv.slice(2);
const sdk = require(path.join(modules, 'twilio', 'lib', 'webhooks', 'webhooks.js'));

// mulberry32: small, and the same for the same seed.
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function make(seed, count) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const characters = ["a", "Z", "0", " ", "+", "%", "&", "=", "'", '"', "~", "*", "/", "?", "#", "\n", "ü", "ß", "€", "漢", "😀", "%41", "\u0301"];
  const text = (n) => Array.from({length: below(n)}, () => pick(characters)).join('');
  const name = () => pick(["CallSid", "From", "To", "callSid", "A", "a", "Z_1", "SipHeader_X-Y", "x" + below(50)]);
  const parameters = () => {
    const out = {};
    for (let i = below(20); i > 0; --i) {
      // An array is sorted by UTF-16 units; bytes give the same order below the surrogates.
      out[name()] = random() < 0.2 ? Array.from({length: below(5)}, () => text(6).replace(/😀/g, "é")) : text(12);
    }
    return out;
  };
  const query = () => random() < 0.5 ? "" : "?" + Array.from({length: 1 + below(3)}, () => name() + "=" + pick(["", "%7e", "%7E", "a+b", "'", "%c3%bc", encodeURIComponent(text(6))])).join("&");
  for (let i = 0; i < count; ++i) {
    const token = Array.from({length: 32}, () => below(16).toString(16)).join('');
    const kind = pick(["form", "form", "get", "socket", "body"]);
    const scheme = kind === "socket" ? pick(["wss", "ws"]) : pick(["https", "https", "http"]);
    const host = pick(["voice.example.com", "[2001:db8::1]", "192.0.2.1", "u:p@voice.example.com"]);
    const port = pick(["", "", ":443", ":80", ":8443"]);
    const rest = "/" + pick(["twilio/voice", "a/b%20c", "x"]) + (kind === "socket" ? "" : query());
    const url = scheme + "://" + host + port + rest;
    const request = {token, url, form: "", body: "", isForm: kind === "form"};
    let signed = url;
    let values = {};
    if (kind === "form") {
      values = parameters();
      const form = new URLSearchParams();
      for (const [key, value] of Object.entries(values)) for (const one of [].concat(value)) form.append(key, one);
      request.form = form.toString();
      // A parameter without any value is not on the wire.
      for (const key of Object.keys(values)) if (Array.isArray(values[key]) && values[key].length === 0) delete values[key];
    } else if (kind === "body") {
      request.body = JSON.stringify({text: text(30)});
      signed = request.url = url + (url.includes("?") ? "&" : "?") + "bodySHA256=" + sdk.getExpectedBodyHash(request.body);
    }
    // Twilio signs with or without the scheme's port, whatever is configured.
    if (port === "" && random() < 0.5) signed = signed.replace(host, host + (scheme === "https" ? ":443" : ":80"));
    else if (port !== "" && random() < 0.3) signed = signed.replace(host + port, host);
    request.signature = sdk.getExpectedTwilioSignature(token, signed, values);
    console.log(JSON.stringify(request));
  }
}

function check(lines) {
  for (const line of lines) {
    if (!line) continue;
    const {token, url, form, signature} = JSON.parse(line);
    const values = {};
    for (const [key, value] of new URLSearchParams(form)) {
      if (key in values) values[key] = [].concat(values[key], value);
      else values[key] = value;
    }
    console.log(String(sdk.validateRequest(token, signature, url, values)));
  }
}

if (command === "make") make(Number(rest[0]), Number(rest[1]));
else check(require('fs').readFileSync(0, 'utf8').split('\n'));
