import assert from "node:assert/strict";
import test from "node:test";
import { TimeSeries } from "../../../launcher/webpage/console/views/time_series.js";

test("rows stand under their time", () => {
  const series = new TimeSeries(2, { spanMs: 1000, most: 10 });
  series.add(100, [1, 2]);
  series.add(200, [3, undefined]);
  assert.deepEqual(series.data, [[100, 200], [1, 3], [2, null]]);
});

test("a row that is not later than the last takes its place", () => {
  const series = new TimeSeries(1, { spanMs: 1000, most: 10 });
  series.add(200, [1]);
  series.add(200, [2]);
  series.add(150, [3]);
  assert.deepEqual(series.data, [[200], [3]]);
});

test("it never grows beyond what it may hold, by time or by number", () => {
  const byNumber = new TimeSeries(1, { spanMs: 1e9, most: 100 });
  for (let at = 0; at < 5000; ++at) {
    byNumber.add(at, [at]);
    assert.ok(byNumber.length <= 100);
  }
  assert.equal(byNumber.data[0].at(-1), 4999);
  const byTime = new TimeSeries(1, { spanMs: 1000, most: 1e6 });
  for (let at = 0; at < 100000; at += 10) byTime.add(at, [at]);
  assert.ok(byTime.length >= 100 && byTime.length < 200, `${byTime.length} rows`);
  assert.deepEqual(byTime.data[0], byTime.data[1]);
});

test("a window is drawn out to both its bounds by the values that held there", () => {
  const series = new TimeSeries(1, { spanMs: 10000, most: 100 });
  series.add(1000, [5]);
  series.add(7000, [6]);
  assert.deepEqual(series.window(9000, 4000), [[5, 7, 9], [5, 6, 6]]);
  assert.deepEqual(series.window(7000, 10000), [[1, 7], [5, 6]]);
});

test("a window of nothing is empty", () => {
  assert.deepEqual(new TimeSeries(2, { spanMs: 1, most: 1 }).window(5), [[], [], []]);
});
