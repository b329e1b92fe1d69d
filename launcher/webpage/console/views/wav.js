// WAV files of 16-bit PCM, RIFF or RF64, also ones that are still written. Pure.

const text = (view, at) => String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
const UNKNOWN = 0xffffffff; // size of a chunk that is told elsewhere, or not at all

// The header in `bytes`, the beginning of a file: { rate, channels, offset (of the first sample, in
// bytes), size (of the samples, in bytes; Infinity: up to the end of the file) }. Throws an Error
// with words for people.
export function readWavHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || !["RIFF", "RF64"].includes(text(view, 0)) || text(view, 8) !== "WAVE") throw new Error("The recording is no WAV file.");
  let format = null;
  let longSize = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = text(view, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === "data") {
      if (!format) break;
      const known = size === UNKNOWN ? longSize ?? Infinity : size;
      // 0: nothing was written into the header so far.
      return { ...format, offset: body, size: known === 0 ? Infinity : known };
    }
    if (name === "ds64" && body + 16 <= view.byteLength) longSize = view.getUint32(body + 8, true) + view.getUint32(body + 12, true) * 2 ** 32;
    if (name === "fmt " && body + 16 <= view.byteLength) {
      const channels = view.getUint16(body + 2, true);
      const rate = view.getUint32(body + 4, true);
      const bits = view.getUint16(body + 14, true);
      if (bits !== 16 || channels < 1 || channels > 2 || rate < 1000) throw new Error(`The recording has a format that this page does not play (${channels} channels, ${bits} bits).`);
      format = { rate, channels };
    }
    at = body + size + (size % 2);
  }
  throw new Error("The recording has no sound so far.");
}

// The samples of `bytes` from a whole frame on, one Float32Array for each channel, −1 to 1.
export function samplesOf(bytes, channels) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = Math.floor(view.byteLength / (2 * channels));
  const sides = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let frame = 0, at = 0; frame < frames; ++frame) {
    for (const side of sides) {
      side[frame] = view.getInt16(at, true) / 32768;
      at += 2;
    }
  }
  return sides;
}
