import assert from "node:assert/strict";
import test from "node:test";
import { columnsOf, gainOf, markAt, markBeside, marksOf } from "../../../launcher/webpage/console/views/waveform_shape.js";

const side = (high) => ({ low: high.map((value) => -value), high });

test("the loudest of the points in a column is drawn", () => {
  const { low, high } = columnsOf(side([0.5, 1, 0.25, 0]), 2);
  assert.deepEqual([...high], [1, 0.25]);
  assert.deepEqual([...low], [-1, -0.25]);
});

test("fewer points than columns", () => {
  assert.deepEqual([...columnsOf(side([0.25, 0.75]), 4).high], [0.25, 0.25, 0.75, 0.75]);
});

test("a part of it", () => {
  assert.deepEqual([...columnsOf(side([0, 0.25, 0.5, 0.75]), 2, 0.5, 1).high], [0.5, 0.75]);
});

test("no peak is lost, however the widths fit", () => {
  const points = Array.from({ length: 997 }, (_, index) => (index === 613 ? 1 : 0.125));
  for (const width of [10, 99, 100, 333, 990]) assert.equal(Math.max(...columnsOf(side(points), width).high), 1, `width ${width}`);
});

test("nothing is drawn of nothing", () => {
  assert.deepEqual([...columnsOf(side([]), 3).high], [0, 0, 0]);
  assert.equal(gainOf([side([])]), 1);
});

test("quiet recordings are drawn larger, within bounds", () => {
  assert.equal(gainOf([side([0.45])]), 2);
  assert.equal(gainOf([side([0.0001])]), 20);
});

const entries = [
  { who: "agent", turn: 0, text: "Good day, how can I help?", heard: "Good day", interrupted: true, final: true, "start-ms": 1000, "end-ms": 2000 },
  { who: "caller", turn: 1, text: "I wo", final: false, "start-ms": 2500 },
  { who: "caller", turn: 1, text: "I would like", final: true, "start-ms": 2500, "end-ms": 4000 },
  { who: "system", text: "hung up", "at-ms": 5000 },
  { who: "caller", turn: 2, "not-understood": true, text: "", final: true, "at-ms": 6000, "start-ms": 5500, "end-ms": 6000 },
  { who: "agent", turn: 2, text: "beyond the end", final: true, "start-ms": 99000, "end-ms": 99500 },
];

test("marks are on the recording's clock, of what was really heard", () => {
  const marks = marksOf(entries, 500, 10000);
  assert.deepEqual(marks.map(({ who, fromMs, toMs, text }) => [who, fromMs, toMs, text]), [["agent", 500, 1500, "Good day"], ["caller", 2000, 3500, "I would like"], ["caller", 5000, 5500, "not understood"]]);
  assert.equal(marks[0].interrupted, true);
});

test("what was said before the recording began is cut", () => {
  assert.deepEqual(marksOf(entries, 1500, 10000).map(({ fromMs }) => fromMs), [0, 1000, 4000]);
  assert.equal(marksOf(entries, 4500, 10000).length, 1);
});

test("who speaks now, and where the next begins", () => {
  const marks = marksOf(entries, 0, 10000);
  assert.equal(markAt(marks, 1500), 0);
  assert.equal(markAt(marks, 2200), -1);
  assert.equal(markAt(marks, 3000), 1);
  assert.equal(markBeside(marks, 1500, 1), 2500);
  assert.equal(markBeside(marks, 9000, 1), null);
  assert.equal(markBeside(marks, 3000, -1), 1000);
  assert.equal(markBeside(marks, 3500, -1), 2500);
  assert.equal(markBeside(marks, 100, -1), null);
});
