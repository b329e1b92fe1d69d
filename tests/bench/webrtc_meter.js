// An AudioWorklet that makes and finds the bursts of tone_bursts.cpp, and notes when it is called.
const TONE_HERTZ = 1000, HUM_HERTZ = 250;
const TONE_LEVEL = 0.5, HUM_LEVEL = 0.01;
const TONE_THRESHOLD = 0.2, HUM_THRESHOLD = 0.002;

class Meter extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.seed = options.processorOptions.seed;
    this.next = currentFrame + this.gap();
    this.lastTone = -Infinity;
    this.mouth = [];    // frames at which bursts began
    this.ear = [];      // frames at which bursts were heard
    this.first = null;  // frame at which there was sound at all
    this.calls = [];    // [frame, wall clock ms] of every 64th call
    this.count = 0;
    this.port.onmessage = () => {
      const { mouth, ear, first, calls } = this;
      this.port.postMessage({ mouth, ear, first, calls });
    };
  }

  gap() {
    this.seed = (this.seed * 48271) % 2147483647;
    return Math.round(sampleRate * 0.62) + (this.seed % Math.round(sampleRate / 25));
  }

  process(inputs, outputs) {
    const output = outputs[0][0];
    // Coprime to the number of calls in a buffer of the sound card, so that each of them is seen.
    if (this.count++ % 61 === 0) this.calls.push([currentFrame, Date.now()]);
    for (let i = 0; i < output.length; i++) {
      const frame = currentFrame + i;
      if (frame === this.next) this.mouth.push(frame);
      if (frame >= this.next + sampleRate * 0.06) this.next += this.gap();
      const tone = frame >= this.next;
      output[i] = tone
        ? TONE_LEVEL * Math.sin((2 * Math.PI * TONE_HERTZ * (frame - this.next)) / sampleRate)
        : HUM_LEVEL * Math.sin((2 * Math.PI * HUM_HERTZ * frame) / sampleRate);
    }
    const input = inputs[0][0];
    if (!input) return true;
    for (let i = 0; i < input.length; i++) {
      const level = Math.abs(input[i]);
      if (this.first === null && level > HUM_THRESHOLD) this.first = currentFrame + i;
      if (level <= TONE_THRESHOLD) continue;
      if (currentFrame + i - this.lastTone > sampleRate * 0.3) this.ear.push(currentFrame + i);
      this.lastTone = currentFrame + i;
    }
    return true;
  }
}
registerProcessor('meter', Meter);
