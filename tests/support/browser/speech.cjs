// Recorded speech for a browser's microphone, and what is understood of the sound that comes out.
const fs = require("fs");
const { execFile } = require("child_process");
const { promisify } = require("util");

// Package pocketsphinx-testdata: people at 16 kHz, as a browser's microphone hears them.
const RECORDINGS = "/usr/share/pocketsphinx/test/data";
const RATE = 48000;

// 16-bit mono; { rate, samples: Float32Array }.
function readWav(file) {
  const data = fs.readFileSync(file);
  let rate = 0;
  for (let at = 12; at + 8 <= data.length; ) {
    const size = data.readUInt32LE(at + 4);
    const name = data.toString("latin1", at, at + 4);
    if (name === "fmt ") {
      if (data.readUInt16LE(at + 10) !== 1 || data.readUInt16LE(at + 22) !== 16) throw new Error(`${file}: not 16-bit mono`);
      rate = data.readUInt32LE(at + 12);
    } else if (name === "data") {
      const samples = new Float32Array(Math.min(size, data.length - at - 8) >> 1);
      for (let i = 0; i < samples.length; ++i) samples[i] = data.readInt16LE(at + 8 + 2 * i) / 32768;
      return { rate, samples };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error(`${file}: no sound`);
}

function writeWav(file, samples, rate) {
  const data = Buffer.alloc(44 + 2 * samples.length);
  data.write("RIFF", 0);
  data.writeUInt32LE(data.length - 8, 4);
  data.write("WAVEfmt ", 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(2 * rate, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write("data", 36);
  data.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => data.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(32768 * sample))), 44 + 2 * i));
  fs.writeFileSync(file, data);
}

// By a whole factor, with a windowed sinc of 32 samples of the lower rate.
function raiseRate(samples, factor) {
  const reach = 16;
  const taps = [];
  for (let phase = 0; phase < factor; ++phase) {
    taps.push(Array.from({ length: 2 * reach }, (_, k) => {
      const x = k - reach + 1 - phase / factor;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      return sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
    }));
  }
  const raised = new Float32Array(factor * samples.length);
  for (let i = 0; i < raised.length; ++i) {
    const at = Math.floor(i / factor) - reach + 1;
    raised[i] = taps[i % factor].reduce((sum, tap, k) => sum + tap * (samples[at + k] ?? 0), 0);
  }
  return raised;
}

// A WAV file for startChromium's `speech`: { "cards/001": 5 } says that 5 s after the microphone was opened,
// { "cards/001": [5, 9] } twice.
function writeSpeech(file, says, seconds) {
  const samples = new Float32Array(RATE * seconds);
  for (const [name, at] of Object.entries(says)) {
    const clip = readWav(`${RECORDINGS}/${name}.wav`);
    const sound = raiseRate(clip.samples, RATE / clip.rate);
    for (const second of [at].flat()) samples.set(sound, RATE * second);
  }
  writeWav(file, samples, RATE);
}

// In a page: records what an <audio> element plays, from its first sound on; stopRecording() gives the
// samples, 16 kHz, as base64 of 16-bit ones.
function recordVoice(selector) {
  const chunks = [];
  const voice = document.querySelector(selector);
  let recorder = null;
  const waiting = setInterval(() => {
    if (!voice.srcObject) return;
    clearInterval(waiting);
    recorder = new MediaRecorder(voice.srcObject, { mimeType: "audio/webm;codecs=opus", audioBitsPerSecond: 64000 });
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    recorder.start(200);
  }, 5);
  window.stopRecording = async () => {
    if (recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.stop();
      await stopped;
    }
    const context = new OfflineAudioContext(1, 1, 16000);
    const sound = (await context.decodeAudioData(await new Blob(chunks).arrayBuffer())).getChannelData(0);
    const bytes = new Uint8Array(Int16Array.from(sound, (sample) => 32767 * Math.max(-1, Math.min(1, sample))).buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };
}

// What pocketsphinx understands of such a recording, all phrases in a row, in the environment of our tests.
// `scratch` is the beginning of the names of two files.
async function understood(base64, grammar, scratch, rate = 16000) {
  const bytes = Buffer.from(base64, "base64");
  const samples = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
  writeWav(`${scratch}.wav`, samples, rate);
  const pipeline = `filesrc location=${scratch}.wav ! wavparse ! audioconvert ! pocketsphinxstt grammar=${grammar} ! filesink location=${scratch}.txt`;
  await promisify(execFile)("gst-launch-1.0", ["-q", ...pipeline.split(" ")]);
  return fs.readFileSync(`${scratch}.txt`, "utf8");
}

module.exports = { raiseRate, readWav, recordVoice, understood, writeSpeech, writeWav };
