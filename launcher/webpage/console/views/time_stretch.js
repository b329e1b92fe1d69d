// Plays speech faster or slower at the same pitch: WSOLA (Verhelst and Roelands, 1993). Windows of
// 30 ms, half overlapping, are taken from the sound `speed` times as fast as they are put out, each
// from where it resembles best what would have followed the one before. Pure.

const WINDOW = 0.03; // s
const SEARCH = 0.01; // s, to both sides: a pitch period of the lowest voices
const COARSE = 4000; // Hz that are enough to find the likeness

export class TimeStretch {
  #speed;
  #hop;
  #search;
  #step;
  #fade;
  #input; // for each channel, what was not used up
  #start = 0; // where in the recording the input begins, in frames
  #next = 0; // where the next window would be taken, in frames
  #follow = null; // where the last window would have gone on; null: there was none
  #ended = false;

  constructor(speed, rate, channels) {
    this.#speed = speed;
    this.#hop = Math.round((WINDOW * rate) / 2);
    this.#search = Math.round(SEARCH * rate);
    this.#step = Math.max(1, Math.round(rate / COARSE));
    this.#input = Array.from({ length: channels }, () => new Float32Array(0));
    // Rising half of a Hann window; with the falling half of the one before it makes 1.
    this.#fade = Float32Array.from({ length: this.#hop }, (_, index) => 0.5 - 0.5 * Math.cos((Math.PI * (index + 0.5)) / this.#hop));
  }

  // The next sound, a Float32Array for each channel; gives what can be put out by now.
  push(sides, last = false) {
    if (this.#ended) return sides.map(() => new Float32Array(0));
    this.#input = this.#input.map((known, channel) => {
      const both = new Float32Array(known.length + sides[channel].length);
      both.set(known);
      both.set(sides[channel], known.length);
      return both;
    });
    const out = [];
    const end = this.#start + this.#input[0].length;
    while (Math.max(Math.round(this.#next) + this.#search, this.#follow ?? 0) + 2 * this.#hop <= end) out.push(this.#window());
    if (last) {
      this.#ended = true;
      if (this.#follow !== null) out.push(this.#input.map((input) => input.slice(this.#follow - this.#start)));
      else out.push(this.#input);
    }
    this.#forget();
    return this.#input.map((_, channel) => joined(out.map((piece) => piece[channel])));
  }

  // One hop of sound: the second half of the window before fades into the first half of the next.
  #window() {
    const from = this.#follow === null ? Math.round(this.#next) : this.#alike(Math.round(this.#next));
    const follow = this.#follow;
    const hop = this.#input.map((input) => {
      const piece = input.slice(from - this.#start, from - this.#start + this.#hop);
      if (follow === null) return piece;
      for (let index = 0; index < this.#hop; ++index) {
        const before = input[follow - this.#start + index];
        piece[index] = before + this.#fade[index] * (piece[index] - before);
      }
      return piece;
    });
    this.#follow = from + this.#hop;
    this.#next += this.#speed * this.#hop;
    return hop;
  }

  // Where near `around` the sound is most like what follows the window before.
  #alike(around) {
    const least = Math.max(this.#start, around - this.#search);
    const most = around + this.#search;
    let best = around;
    let highest = -Infinity;
    const likeness = (from) => {
      let product = 0;
      let energy = 1e-9;
      for (let index = 0; index < this.#hop; index += this.#step) {
        let one = 0;
        let other = 0;
        for (const input of this.#input) {
          one += input[this.#follow - this.#start + index];
          other += input[from - this.#start + index];
        }
        product += one * other;
        energy += other * other;
      }
      return product / Math.sqrt(energy);
    };
    const look = (from, to, step) => {
      for (let candidate = from; candidate <= to; candidate += step) {
        const like = likeness(candidate);
        if (like > highest) [highest, best] = [like, candidate];
      }
    };
    look(least, most, this.#step);
    if (this.#step > 1) look(Math.max(least, best - this.#step + 1), Math.min(most, best + this.#step - 1), 1);
    return best;
  }

  #forget() {
    const needed = Math.min(Math.round(this.#next) - this.#search, this.#follow ?? Infinity);
    const few = Math.min(Math.max(0, needed - this.#start), this.#input[0].length);
    if (few === 0) return;
    this.#input = this.#input.map((input) => input.slice(few));
    this.#start += few;
  }
}

function joined(pieces) {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
