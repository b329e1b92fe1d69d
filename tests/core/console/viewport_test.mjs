import assert from "node:assert/strict";
import test from "node:test";
import { LEAST_SCALE, MOST_SCALE, begin, fit, pan, reveal, zoom } from "../../../launcher/webpage/console/views/viewport.js";

const drawing = { width: 2000, height: 500 };
const area = { width: 800, height: 400 };

test("all of a large drawing is seen, in the middle", () => {
  const view = fit(drawing, area);
  assert.equal(view.scale, 0.4);
  assert.ok(Math.abs(view.x) < 1e-9);
  assert.ok(Math.abs(view.y - (500 - 1000) / 2) < 1e-9);
});

test("a small drawing is not blown up", () => {
  assert.equal(fit({ width: 10, height: 10 }, area).scale, 1);
});

test("at first a drawing is legible, from where the sound comes in", () => {
  assert.deepEqual(begin({ width: 700, height: 300 }, area), fit({ width: 700, height: 300 }, area));
  const wide = begin({ width: 5000, height: 100 }, area);
  assert.ok(wide.scale >= 0.5 && wide.x === 0 && wide.y < 0);
});

test("what is under the pointer stays there", () => {
  const before = { x: 30, y: 40, scale: 0.5 };
  const at = { x: 123, y: 77 };
  const after = zoom(before, 1.7, at);
  assert.ok(Math.abs(before.x + at.x / before.scale - (after.x + at.x / after.scale)) < 1e-9);
  assert.ok(Math.abs(before.y + at.y / before.scale - (after.y + at.y / after.scale)) < 1e-9);
});

test("zoom has its bounds", () => {
  assert.equal(zoom({ x: 0, y: 0, scale: 1 }, 1000, { x: 0, y: 0 }).scale, MOST_SCALE);
  assert.equal(zoom({ x: 0, y: 0, scale: 1 }, 1e-9, { x: 0, y: 0 }).scale, LEAST_SCALE);
});

test("the drawing is never lost out of sight", () => {
  for (const by of [1e6, -1e6]) {
    const view = pan({ x: 0, y: 0, scale: 0.5 }, by, by, drawing, area);
    assert.ok(view.x < drawing.width && view.x + area.width / view.scale > 0, `${view.x}`);
    assert.ok(view.y < drawing.height && view.y + area.height / view.scale > 0, `${view.y}`);
  }
  assert.equal(pan({ x: 100, y: 0, scale: 0.5 }, 10, 0, drawing, area).x, 80);
});

test("what is to be seen comes in sight, by as little as needed", () => {
  const view = { x: 0, y: 0, scale: 1 };
  const inside = { x: 100, y: 100, width: 50, height: 50 };
  assert.deepEqual(reveal(view, inside, area), view);
  const right = { x: 1000, y: 100, width: 50, height: 50 };
  assert.equal(reveal(view, right, area, 10).x, 1060 - 800);
  const left = { x: -100, y: 100, width: 50, height: 50 };
  assert.equal(reveal(view, left, area, 10).x, -110);
});
