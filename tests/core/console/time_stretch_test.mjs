import assert from "node:assert/strict";
import test from "node:test";
import { TimeStretch } from "../../../launcher/webpage/console/views/time_stretch.js";

const RATE = 8000;
const tone = (frequency, seconds) => Float32Array.from({ length: RATE * seconds }, (_, index) => Math.sin((2 * Math.PI * frequency * index) / RATE));

// Pushed in odd pieces, as a file is read.
function stretch(sides, speed) {
  const stretcher = new TimeStretch(speed, RATE, sides.length);
  const out = sides.map(() => []);
  for (let at = 0; at < sides[0].length; at += 777) {
    const last = at + 777 >= sides[0].length;
    stretcher.push(sides.map((side) => side.subarray(at, at + 777)), last).forEach((side, channel) => out[channel].push(...side));
  }
  return out.map((side) => Float32Array.from(side));
}

function frequencyOf(side) {
  let crossings = 0;
  for (let index = 1; index < side.length; ++index) if (side[index - 1] < 0 && side[index] >= 0) ++crossings;
  return (crossings * RATE) / side.length;
}

for (const speed of [0.5, 0.75, 1.25, 1.5, 2]) {
  test(`at ${speed} of the speed it lasts that much longer or shorter, at the same pitch`, () => {
    const [side] = stretch([tone(200, 3)], speed);
    assert.ok(Math.abs(side.length / RATE - 3 / speed) < 0.1, `${side.length / RATE} s`);
    assert.ok(Math.abs(frequencyOf(side) - 200) < 6, `${frequencyOf(side)} Hz`);
  });

  test(`at ${speed} of the speed a tone stays a tone`, () => {
    const [side] = stretch([tone(200, 2)], speed);
    // Windows that did not fit together would cancel each other, or click.
    let steepest = 0;
    for (let index = 1; index < side.length; ++index) steepest = Math.max(steepest, Math.abs(side[index] - side[index - 1]));
    assert.ok(steepest < 0.25, `steps of ${steepest}`); // 0.157 in the tone itself
    for (let at = 800; at + 80 < side.length - 800; at += 80) {
      const loudest = side.subarray(at, at + 80).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(loudest > 0.85, `${loudest} at ${at}`);
    }
  });
}

test("both sides stay together", () => {
  const left = tone(150, 2);
  const [one, other] = stretch([left, left.map((value) => -0.5 * value)], 1.6);
  for (let index = 0; index < one.length; index += 7) assert.ok(Math.abs(one[index] * -0.5 - other[index]) < 1e-6);
});

test("silence is silence, and next to nothing comes out whole", () => {
  const [silence] = stretch([new Float32Array(RATE)], 1.5);
  assert.ok(silence.every((value) => value === 0));
  assert.equal(new TimeStretch(1.5, RATE, 1).push([tone(200, 1).subarray(0, 10)], true)[0].length, 10);
});

test("after the end nothing comes any more, and nothing piles up", () => {
  const stretcher = new TimeStretch(2, RATE, 1);
  stretcher.push([tone(200, 1)], true);
  assert.equal(stretcher.push([tone(200, 1)])[0].length, 0);
});
