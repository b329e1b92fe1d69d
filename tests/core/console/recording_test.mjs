import assert from "node:assert/strict";
import test from "node:test";
import { RecordingFile } from "../../../launcher/webpage/console/views/recording_file.js";
import { readWavHeader, samplesOf } from "../../../launcher/webpage/console/views/wav.js";

// A stereo WAV file whose sample is its place: left counts up, right down.
function wav(frames, { rate = 1000, size = 4 * frames, extra = false } = {}) {
  const head = extra ? 56 : 44;
  const view = new DataView(new ArrayBuffer(head + 4 * frames));
  const write = (at, text) => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  write(0, "RIFF");
  write(8, "WAVE");
  let at = 12;
  if (extra) {
    write(at, "LIST");
    view.setUint32(at + 4, 3, true); // odd: one byte of padding
    at += 12;
  }
  write(at, "fmt ");
  view.setUint32(at + 4, 16, true);
  view.setUint16(at + 8, 1, true);
  view.setUint16(at + 10, 2, true);
  view.setUint32(at + 12, rate, true);
  view.setUint16(at + 22, 16, true);
  write(at + 24, "data");
  view.setUint32(at + 28, size, true);
  for (let frame = 0; frame < frames; ++frame) {
    view.setInt16(head + 4 * frame, frame % 30000, true);
    view.setInt16(head + 4 * frame + 2, -(frame % 30000), true);
  }
  return new Uint8Array(view.buffer);
}

function server(file) {
  const asked = [];
  const ask = async (from, to) => {
    asked.push([from, to]);
    const bytes = file.bytes.slice(from, Math.min(to + 1, file.bytes.length));
    if (file.fails) throw new Error("gone");
    if (file.whole) return { status: 200, headers: new Headers(), arrayBuffer: async () => file.bytes.buffer };
    return { status: 206, headers: new Headers({ "Content-Range": `bytes ${from}-${from + bytes.length - 1}/${file.bytes.length}` }), arrayBuffer: async () => bytes.buffer };
  };
  return { ask, asked };
}

test("headers, also with chunks that nobody knows", () => {
  assert.deepEqual(readWavHeader(wav(10)), { rate: 1000, channels: 2, offset: 44, size: 40 });
  assert.deepEqual(readWavHeader(wav(10, { extra: true })), { rate: 1000, channels: 2, offset: 56, size: 40 });
});

test("of a file that is being written all that is there counts", () => {
  assert.equal(readWavHeader(wav(10, { size: 0 })).size, Infinity);
  assert.equal(readWavHeader(wav(10, { size: 0xffffffff })).size, Infinity);
});

test("what is no such file is told in words", () => {
  assert.throws(() => readWavHeader(new TextEncoder().encode("<html>not found</html>")), /no WAV/);
  assert.throws(() => readWavHeader(new Uint8Array(3)), /no WAV/);
  assert.throws(() => readWavHeader(wav(10).slice(0, 30)), /no sound/);
  const eight = wav(10);
  eight[34] = 8;
  assert.throws(() => readWavHeader(eight), /does not play/);
});

test("samples of both sides", () => {
  const [left, right] = samplesOf(new Uint8Array(Int16Array.of(16384, -32768, 0, 32767).buffer), 2);
  assert.deepEqual([...left], [0.5, 0]);
  assert.equal(right[0], -1);
});

test("pieces are read as they are needed, each once", async () => {
  const { ask, asked } = server({ bytes: wav(65000) });
  const file = new RecordingFile(ask);
  await file.open();
  assert.equal(file.seconds, 65);
  const [left, right] = await file.read(9990, 30); // across a border of pieces
  assert.equal(Math.round(left[0] * 32768), 9990);
  assert.equal(Math.round(left[29] * 32768), 10019);
  assert.equal(Math.round(right[29] * 32768), -10019);
  await file.read(0, 20000);
  assert.equal(asked.length, 3); // the header and two pieces
});

test("the end is the end, and behind it there is nothing", async () => {
  const file = new RecordingFile(server({ bytes: wav(15500) }).ask);
  await file.open();
  assert.equal((await file.read(15000, 2000))[0].length, 500);
  assert.equal((await file.read(99999, 10))[0].length, 0);
});

test("what has been added while it is played is read, too", async () => {
  const kept = { bytes: wav(12000, { size: 0 }) };
  const { ask } = server(kept);
  const file = new RecordingFile(ask);
  await file.open();
  assert.equal((await file.read(11000, 5000))[0].length, 1000);
  kept.bytes = wav(18000, { size: 0 });
  await file.open();
  assert.equal(file.frames, 18000);
  const [left] = await file.read(11000, 5000);
  assert.equal(left.length, 5000);
  assert.equal(Math.round(left[4999] * 32768), 15999);
});

test("a proxy that sends the whole does no harm", async () => {
  const file = new RecordingFile(server({ bytes: wav(12000), whole: true }).ask);
  await file.open();
  assert.equal(Math.round((await file.read(11000, 1))[0][0] * 32768), 11000);
});

test("a piece that failed is asked for again", async () => {
  const kept = { bytes: wav(5000) };
  const file = new RecordingFile(server(kept).ask);
  await file.open();
  kept.fails = true;
  await assert.rejects(file.read(0, 10), /gone/);
  kept.fails = false;
  assert.equal((await file.read(0, 10))[0].length, 10);
});

test("only some pieces are held", async () => {
  const { ask, asked } = server({ bytes: wav(400000) });
  const file = new RecordingFile(ask);
  await file.open();
  for (let second = 0; second < 400; second += 10) await file.read(second * 1000, 1);
  const before = asked.length;
  await file.read(390000, 1);
  assert.equal(asked.length, before);
  await file.read(0, 1);
  assert.equal(asked.length, before + 1);
});
