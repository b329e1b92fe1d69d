import assert from "node:assert/strict";
import test from "node:test";
import { jitterCharts, ratingWords } from "../../../launcher/webpage/console/views/jitter_charts.js";

test("counts become what came since the event before", () => {
  const event = (at, lost, late) => ({ at, "delay-ms": 40, "target-ms": 50, "concealed-percent": 1.5, lost, late });
  const charts = jitterCharts([event(1000, 5, 0), event(2000, 7, 1), event(3000, 7, 4)]);
  assert.deepEqual(charts.delays, [[1, 2, 3], [40, 40, 40], [50, 50, 50]]);
  assert.deepEqual(charts.concealed, [[1, 2, 3], [1.5, 1.5, 1.5]]);
  assert.deepEqual(charts.losses, [[1, 2, 3], [null, 2, 0], [null, 1, 3]]);
  assert.equal(charts.latest.lost, 7);
});

test("losses that are taken back are not less than none", () => {
  assert.deepEqual(jitterCharts([{ at: 1, lost: 5 }, { at: 2, lost: 3 }]).losses[1], [null, 0]);
});

test("what was not told is not drawn", () => {
  const charts = jitterCharts([{ at: 1000 }, { at: 2000, "delay-ms": "soon", lost: 3 }]);
  assert.deepEqual(charts.delays, [[1, 2], [null, null], [null, null]]);
  assert.deepEqual(charts.losses[1], [null, null]);
});

test("no events, no figures", () => {
  assert.equal(jitterCharts([]).latest, null);
});

test("ratings in words", () => {
  assert.equal(ratingWords(93.2), "very satisfied");
  assert.equal(ratingWords(72), "some dissatisfied");
  assert.equal(ratingWords(undefined), "");
});
