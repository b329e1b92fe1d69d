// A recording on the server, read piece by piece: each request tells the token in a header, which an
// <audio> element cannot, and only some seconds around what is played are held.
import { readWavHeader, samplesOf } from "./wav.js";

const HEADER = 4096; // bytes in which the header is
const PIECE = 10; // seconds in a request
const MOST_PIECES = 12; // that are held

export class RecordingFile {
  #ask;
  #header = null;
  #fileSize = 0;
  #pieces = new Map(); // index → promise of the channels, the latest used last

  // ask(from, to, signal): the answer to a request for these bytes, the last included: { status,
  // headers, arrayBuffer() } as of fetch.
  constructor(ask) {
    this.#ask = ask;
  }

  get rate() {
    return this.#header?.rate ?? 0;
  }

  get channels() {
    return this.#header?.channels ?? 0;
  }

  get frames() {
    if (!this.#header) return 0;
    const { offset, size, channels } = this.#header;
    return Math.max(0, Math.floor(Math.min(size, this.#fileSize - offset) / (2 * channels)));
  }

  get seconds() {
    return this.#header ? this.frames / this.rate : 0;
  }

  get bytes() {
    return this.#fileSize;
  }

  // Reads the header, anew when the file has grown.
  async open(signal) {
    const before = this.frames;
    const { bytes, whole } = await this.#fetch(0, HEADER - 1, signal);
    this.#fileSize = whole;
    this.#header = readWavHeader(bytes);
    if (this.frames === before || before === 0) return;
    // The last piece was a shorter one.
    this.#pieces.delete(Math.floor(Math.max(0, before - 1) / (PIECE * this.rate)));
  }

  // `count` frames from `first` on, fewer at the end: a Float32Array for each channel.
  async read(first, count) {
    const length = PIECE * this.rate;
    const end = Math.min(first + count, this.frames);
    const sides = Array.from({ length: this.channels }, () => new Float32Array(Math.max(0, end - first)));
    for (let at = first; at < end; ) {
      const index = Math.floor(at / length);
      const piece = await this.#piece(index);
      const from = at - index * length;
      const few = Math.min(end - at, piece[0].length - from);
      if (few <= 0) return sides.map((side) => side.subarray(0, at - first));
      sides.forEach((side, channel) => side.set(piece[channel].subarray(from, from + few), at - first));
      at += few;
    }
    return sides;
  }

  #piece(index) {
    let piece = this.#pieces.get(index);
    this.#pieces.delete(index);
    if (!piece) {
      piece = this.#load(index);
      // One that failed is asked for again the next time.
      piece.catch(() => this.#pieces.get(index) === piece && this.#pieces.delete(index));
    }
    this.#pieces.set(index, piece);
    while (this.#pieces.size > MOST_PIECES) this.#pieces.delete(this.#pieces.keys().next().value);
    return piece;
  }

  async #load(index) {
    const { offset, channels, rate } = this.#header;
    const frame = 2 * channels;
    const first = index * PIECE * rate;
    const count = Math.min(PIECE * rate, this.frames - first);
    const from = offset + first * frame;
    const { bytes } = await this.#fetch(from, from + count * frame - 1);
    return samplesOf(bytes, channels);
  }

  async #fetch(from, to, signal) {
    const answer = await this.#ask(from, to, signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get("Content-Range") ?? "");
    if (answer.status === 206 && range && Number(range[1]) === from) return { bytes, whole: Number(range[2]) };
    // A proxy in between may send the whole.
    return { bytes: bytes.subarray(from, to + 1), whole: bytes.length };
  }
}
