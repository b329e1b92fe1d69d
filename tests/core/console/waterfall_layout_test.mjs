import assert from "node:assert/strict";
import test from "node:test";
import { judge, stageBudget, wayBudget } from "../../../launcher/webpage/console/views/budgets.js";
import { axis, layOutTurn, layOutTurns, layOutWay } from "../../../launcher/webpage/console/views/waterfall_layout.js";

const turn = (number, stages) => ({ turn: number, "hang-over": 400, stt: 50, llm: 20, tts: 30, output: 1, total: 501, ...stages });

test("stages follow each other from the end of speech", () => {
  const { segments, total } = layOutTurn(turn(1));
  assert.equal(total, 501);
  assert.deepEqual(segments.map(({ stage, from, ms }) => [stage, from, ms]), [["hang-over", 0, 400], ["stt", 400, 50], ["llm", 450, 20], ["tts", 470, 30], ["output", 500, 1]]);
});

test("stages that told nothing are left out, and the rest of the total is not lost", () => {
  const { segments } = layOutTurn(turn(1, { stt: null, llm: undefined }));
  assert.deepEqual(segments.map(({ stage, from, ms }) => [stage, from, ms]), [["hang-over", 0, 400], ["tts", 400, 30], ["output", 430, 1], ["other", 431, 70]]);
});

test("without a total it is the sum", () => {
  assert.equal(layOutTurn({ turn: 3, stt: 10, tts: 5 }).total, 15);
});

test("nonsense draws nothing", () => {
  const { segments, total } = layOutTurn({ turn: 1, stt: -5, llm: NaN, tts: "9", total: -1 });
  assert.deepEqual(segments, []);
  assert.equal(total, 0);
});

test("the latest turn is first, or the slowest; turns without times are left out", () => {
  const turns = [turn(1, { total: 700 }), turn(2, { total: 900 }), { turn: 3 }, turn(4, { total: 600 })];
  const byTime = layOutTurns(turns);
  assert.deepEqual(byTime.rows.map((row) => row.turn), [4, 2, 1]);
  assert.equal(byTime.slowest.turn, 2);
  assert.equal(byTime.median, 700);
  assert.deepEqual(layOutTurns(turns, { order: "slowest" }).rows.map((row) => row.turn), [2, 1, 4]);
});

test("typed turns are not compared with spoken ones", () => {
  const typed = { turn: 3, typed: true, llm: 5000, tts: 30, output: 1 };
  const laid = layOutTurns([turn(1, { total: 700 }), turn(2, { total: 600 }), typed]);
  assert.equal(laid.slowest.turn, 1);
  assert.equal(laid.median, 600);
  assert.deepEqual([laid.rows[0].isTyped, laid.rows[0].total], [true, 5031]);
});

test("the only turn is not called the slowest", () => {
  assert.equal(layOutTurns([turn(1)]).slowest, null);
});

test("the axis holds the longest turn and the target", () => {
  assert.deepEqual(layOutTurns([turn(1, { total: 120 })], { budget: stageBudget("total") }).axis, { end: 500, ticks: [0, 100, 200, 300, 400, 500] });
  assert.ok(layOutTurns([turn(1, { total: 1234 })]).axis.end >= 1234);
});

test("lines of an axis are 1, 2 or 5 apart", () => {
  assert.deepEqual(axis(7).ticks, [0, 2, 4, 6, 8]);
  assert.deepEqual(axis(0).ticks.length > 1, true);
  for (const most of [1, 3.3, 99, 100, 101, 86400000]) {
    const { end, ticks } = axis(most);
    assert.ok(end >= most && ticks.length <= 7 && ticks.at(-1) === end, `${most}: ${ticks}`);
  }
});

test("parts of the way are judged by their budgets", () => {
  const way = layOutWay({ total: 40, parts: [{ name: "capture", ms: 8, origin: "assumed", "budget-min": 5, "budget-max": 10 }, { name: "network", ms: 60, origin: "measured", "budget-min": 30, "budget-max": 50 }, { name: "stages", ms: 3, origin: "measured" }] });
  assert.deepEqual(way.parts.map(({ from, over }) => [from, over]), [[0, false], [8, true], [68, false]]);
  assert.equal(way.total, 40);
  assert.deepEqual(layOutWay(null), { parts: [], total: 0 });
});

test("budgets of the requirement", () => {
  assert.deepEqual([wayBudget("browser").target, wayBudget("browser").maximum], [100, 150]);
  assert.deepEqual([wayBudget("phone").target, wayBudget("phone").maximum], [200, 300]);
  assert.equal(judge(500, stageBudget("total")), "within");
  assert.equal(judge(501, stageBudget("total")), "over");
  assert.equal(judge(1001, stageBudget("total")), "beyond");
  assert.equal(judge(9999, stageBudget("stt")), "within");
});
