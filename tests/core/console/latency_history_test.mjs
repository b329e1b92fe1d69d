import assert from "node:assert/strict";
import test from "node:test";
import { HISTORY_MS, LatencyHistory, byStageOrder, watchLatency } from "../../../launcher/webpage/console/views/latency_history.js";

const stage = (name, p50, count = 3) => ({ stage: name, count, p50: p50 + 100, p95: p50 + 110, p99: p50 + 120, recent: { p50, p95: p50 + 10, p99: p50 + 20 } });

test("both windows are kept apart", () => {
  const history = new LatencyHistory();
  history.add("desk", [stage("stt", 40)], 1000);
  history.add("desk", [stage("stt", 50)], 2000);
  assert.deepEqual(history.chart("desk", "stt", "recent", 2000), [[1, 2], [40, 50], [50, 60], [60, 70]]);
  assert.deepEqual(history.chart("desk", "stt", "start", 2000), [[1, 2], [140, 150], [150, 160], [160, 170]]);
});

test("of what is not known the chart is empty", () => {
  const history = new LatencyHistory();
  assert.deepEqual(history.chart("desk", "stt", "recent", 0), [[], [], [], []]);
});

test("percentiles of no values are not drawn as zero", () => {
  const history = new LatencyHistory();
  history.add("desk", [stage("stt", 0, 0)], 1000);
  assert.deepEqual(history.chart("desk", "stt", "recent", 1000), [[1], [null], [null], [null]]);
});

test("what is older than a quarter of an hour goes", () => {
  const history = new LatencyHistory();
  for (let second = 0; second < 3600; ++second) history.add("desk", [stage("total", second)], second * 1000);
  const [times, p50] = history.chart("desk", "total", "recent", 3599000);
  assert.equal(times[0], 3599 - HISTORY_MS / 1000);
  assert.equal(p50[0], 3599 - HISTORY_MS / 1000);
  assert.equal(p50.at(-1), 3599);
});

test("a flood of names is bounded", () => {
  const history = new LatencyHistory();
  for (let index = 0; index < 1000; ++index) history.add(`line ${index}`, [stage("stt", 1)], 1);
  assert.equal(history.chart("line 999", "stt", "recent", 1)[0].length, 0);
  assert.equal(history.chart("line 9", "stt", "recent", 1)[0].length, 1);
  for (let index = 0; index < 100; ++index) history.add("line 9", [stage(`stage ${index}`, 1)], 1);
  assert.equal(history.chart("line 9", "stage 99", "recent", 1)[0].length, 0);
});

test("a store's changes are followed, and only what changed makes a row", () => {
  const listeners = [];
  const store = { state: { latency: new Map() }, listen: (then) => listeners.push(then) };
  const history = watchLatency(store);
  assert.equal(watchLatency(store), history);
  assert.equal(listeners.length, 1);
  const stt = stage("stt", 1);
  store.state = { latency: new Map([["desk", [stt]]]) };
  listeners[0]();
  listeners[0]();
  const [times] = history.chart("desk", "stt", "recent", 0);
  assert.equal(times.length, 1);
});

test("what was before the page comes first, and once", () => {
  const listeners = [];
  const store = { state: { latency: new Map(), past: null }, listen: (then) => listeners.push(then) };
  const history = watchLatency(store);
  const past = [{ line: "desk", stages: [{ stage: "stt", "ago-ms": [60000, 15000], recent: { p50: [5, 6], p95: [7, 8], p99: [9, 10] }, start: { p50: [1, 2], p95: [3, 4], p99: [5, 6] } }] }];
  for (let round = 0; round < 2; ++round) {
    store.state = { past, latency: new Map([["desk", [stage("stt", 20)]]]) };
    listeners[0]();
  }
  const now = Date.now();
  const [times, p50, p95] = history.chart("desk", "stt", "recent", now);
  assert.deepEqual(p50.slice(0, 2), [5, 6]);
  assert.deepEqual(p95.slice(0, 2), [7, 8]);
  assert.ok(Math.abs(times[0] - (now - 60000) / 1000) < 5 && Math.abs(times[1] - (now - 15000) / 1000) < 5, String(times));
  assert.ok(times.length >= 3 && times.length <= 5, String(times));
  assert.deepEqual(history.chart("desk", "stt", "start", now)[1].slice(0, 2), [1, 2]);
});

test("stages stand in the order of a turn, unknown ones behind", () => {
  const names = ["total", "zebra", "llm", "apple", "hang-over"].map((name) => ({ stage: name })).sort(byStageOrder);
  assert.deepEqual(names.map(({ stage: name }) => name), ["hang-over", "llm", "total", "apple", "zebra"]);
});
