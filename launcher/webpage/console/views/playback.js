// Plays a RecordingFile by Web Audio: pieces are read, made faster or slower, and scheduled one behind
// the other, each side through a volume of its own.
import { TimeStretch } from "./time_stretch.js";

const PIECE = 0.5; // s of the recording that are scheduled at once
const AHEAD = 2.5; // s: the timer of a page in the background comes once a second
const LOOK = 200; // ms
const START = 0.05; // s from now to the first piece
const WIDTH = 0.4; // how far the two sides stand apart, 0 to 1

export class Playback {
  #file;
  #changed;
  #context = null;
  #gains = [];
  #volumes = [1, 1];
  #speed = 1;
  #position = 0; // s, while it is not played
  #state = "paused"; // "playing", "waiting" (for the network)
  #pieces = []; // { from, to: context's time; first, speed: of the recording } that were scheduled
  #sources = new Set();
  #generation = 0;
  #timer = 0;

  // changed(): state or position leapt.
  constructor(file, changed) {
    this.#file = file;
    this.#changed = changed;
  }

  get state() {
    return this.#state;
  }

  get playing() {
    return this.#state !== "paused";
  }

  get speed() {
    return this.#speed;
  }

  // In s of the recording: what is heard now.
  get position() {
    if (!this.#context || this.#state === "paused" || this.#pieces.length === 0) return this.#position;
    const now = this.#context.currentTime - (this.#context.outputLatency || 0);
    while (this.#pieces.length > 1 && this.#pieces[1].from <= now) this.#pieces.shift();
    const piece = this.#pieces[0];
    const within = Math.min(Math.max(now, piece.from), piece.to) - piece.from;
    return Math.min(piece.first + within * piece.speed, this.#file.seconds);
  }

  async play() {
    if (this.playing) return;
    // From the end it begins anew.
    if (this.#position >= this.#file.seconds - 0.05) this.#position = 0;
    this.#open();
    this.#state = "waiting";
    this.#changed();
    await this.#context.resume();
    this.#begin();
  }

  pause() {
    this.#position = this.position;
    this.#silence();
    this.#state = "paused";
    this.#changed();
  }

  seek(seconds) {
    const to = Math.min(Math.max(0, seconds), this.#file.seconds);
    const goesOn = this.playing;
    this.#silence();
    this.#position = to;
    if (goesOn) this.#begin();
    this.#changed();
  }

  set speed(speed) {
    const at = this.position;
    this.#speed = speed;
    this.seek(at);
  }

  // side: 0 caller, 1 agent; volume 0 to 1.
  setVolume(side, volume) {
    this.#volumes[side] = volume;
    // No click: in some milliseconds.
    this.#gains[side]?.gain.setTargetAtTime(volume, this.#context.currentTime, 0.015);
  }

  close() {
    this.#silence();
    this.#state = "paused";
    this.#context?.close();
    this.#context = null;
  }

  #open() {
    if (this.#context) return;
    // At the recording's own rate: pieces join without a seam.
    this.#context = new AudioContext({ sampleRate: this.#file.rate, latencyHint: "playback" });
    this.#gains = this.#volumes.map((volume, side) => {
      const gain = new GainNode(this.#context, { gain: volume });
      const place = new StereoPannerNode(this.#context, { pan: this.#file.channels === 1 ? 0 : side === 0 ? -WIDTH : WIDTH });
      gain.connect(place).connect(this.#context.destination);
      return gain;
    });
  }

  #silence() {
    ++this.#generation;
    clearTimeout(this.#timer);
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.#sources.clear();
    this.#pieces = [];
  }

  #begin() {
    const mine = ++this.#generation;
    this.#state = "waiting";
    const { rate, channels } = this.#file;
    const stretch = this.#speed === 1 ? null : new TimeStretch(this.#speed, rate, channels);
    const speed = this.#speed;
    let frame = Math.round(this.#position * rate);
    let recorded = this.#position; // where in the recording what is put out next belongs
    let until = 0; // context's time up to which sound is scheduled

    const fill = async () => {
      while (until < this.#context.currentTime + AHEAD) {
        const count = Math.round(PIECE * rate);
        const read = await this.#file.read(frame, count);
        if (mine !== this.#generation) return;
        frame += read[0].length;
        const isLast = frame >= this.#file.frames;
        const sides = stretch ? stretch.push(read, isLast) : read;
        if (sides[0].length > 0) {
          const from = Math.max(until, this.#context.currentTime + (until === 0 ? START : 0.01));
          until = from + sides[0].length / rate;
          this.#schedule(sides, from);
          this.#pieces.push({ from, to: until, first: recorded, speed });
          recorded += (sides[0].length / rate) * speed;
          if (this.#state !== "playing") {
            this.#state = "playing";
            this.#changed();
          }
        }
        if (isLast) return void this.#endAt(until, mine);
      }
      this.#timer = setTimeout(run, LOOK);
    };
    const run = () => fill().catch((error) => {
      if (mine !== this.#generation) return;
      this.pause();
      this.error = error;
      this.#changed();
    });
    this.error = null;
    run();
  }

  #schedule(sides, from) {
    const buffer = new AudioBuffer({ length: sides[0].length, numberOfChannels: sides.length, sampleRate: this.#file.rate });
    sides.forEach((side, channel) => buffer.copyToChannel(side, channel));
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    if (sides.length === 1) source.connect(this.#gains[0]);
    else {
      const splitter = new ChannelSplitterNode(this.#context, { numberOfOutputs: sides.length });
      source.connect(splitter);
      sides.forEach((_, channel) => splitter.connect(this.#gains[channel], channel));
    }
    source.onended = () => {
      source.disconnect();
      this.#sources.delete(source);
    };
    this.#sources.add(source);
    source.start(from);
  }

  #endAt(until, mine) {
    this.#timer = setTimeout(() => {
      if (mine !== this.#generation) return;
      this.#silence();
      this.#position = this.#file.seconds;
      this.#state = "paused";
      this.#changed();
    }, Math.max(0, 1000 * (until + (this.#context.outputLatency || 0) - this.#context.currentTime)));
  }
}
