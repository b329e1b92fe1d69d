// Where the boxes and lines of a pipeline lie, by dagre. Pure but for dagre, which is an argument.
import { shortCaps } from "./graph_model.js";

// Sizes in the units of the drawing, for a font of 13: text is never measured, so that drawing needs
// no layout of the page.
const LETTER = 7.9;
const SMALL_LETTER = 6.3;
const PADDING = 12;
export const LINE_HEIGHT = 17;
export const FIGURE_LINES = 2;
export const TITLE_HEIGHT = 26; // of an open bin
const LONGEST = 26; // letters

export function shorten(text, most = LONGEST) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// Under the name: of what kind it is, and how much is in it.
export function factoryText(element) {
  return shorten(`${element.factory ?? ""}${element.children.length > 0 ? ` (${element.children.length} inside)` : ""}`);
}

function sizeOf(element) {
  const name = shorten(element.name).length * LETTER;
  const factory = factoryText(element).length * SMALL_LETTER;
  return { width: Math.max(104, name + 14, factory) + 2 * PADDING, height: (2 + FIGURE_LINES) * LINE_HEIGHT + PADDING };
}

// `shown`: of GraphModel; `direction`: "LR" or "TB"; `labels`: room for the caps on the lines.
// Gives { width, height, boxes: [{ element, isOpen, x, y, width, height }] (upper left corner, outer
// ones first), lines: [{ id, …, points: [{x, y}], label: {x, y} | null }] }.
export function layOutGraph(dagre, shown, { direction = "LR", labels = false } = {}) {
  const graph = new dagre.Graph({ compound: true, multigraph: true });
  // From left to right, nodesep is what is between a box and the title of an open bin below it.
  graph.setGraph({ rankdir: direction, nodesep: direction === "LR" ? TITLE_HEIGHT + 14 : 24, ranksep: direction === "TB" ? TITLE_HEIGHT + 22 : labels ? 28 : 38, edgesep: 14, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { element, isOpen } of shown.boxes) graph.setNode(element.id, isOpen ? {} : sizeOf(element));
  const ids = new Set(shown.boxes.map((box) => box.element.id));
  for (const { element } of shown.boxes) if (element.parentId !== null && ids.has(element.parentId)) graph.setParent(element.id, element.parentId);
  const open = new Set(shown.boxes.filter((box) => box.isOpen).map((box) => box.element.id));
  // dagre cannot lay lines to what holds others.
  const lines = shown.lines.filter((line) => !open.has(line.from.id) && !open.has(line.to.id));
  for (const line of lines) {
    const text = labels && line.caps ? shortCaps(line.caps) : "";
    graph.setEdge(line.from.id, line.to.id, text ? { width: text.length * SMALL_LETTER, height: LINE_HEIGHT, labelpos: "c" } : {}, line.id);
  }
  dagre.layout(graph);

  const boxes = shown.boxes.map(({ element, isOpen }) => {
    const { x, y, width, height } = graph.node(element.id);
    const title = isOpen ? TITLE_HEIGHT : 0;
    return { element, isOpen, x: x - width / 2, y: y - height / 2 - title, width, height: height + title };
  });
  const depth = (element) => (element.parentId !== null && ids.has(element.parentId) ? 1 + depth(shown.boxes.find((box) => box.element.id === element.parentId).element) : 0);
  const depths = new Map(boxes.map((box) => [box, depth(box.element)]));
  boxes.sort((one, other) => depths.get(one) - depths.get(other));
  const drawn = lines.map((line) => {
    const { points, x, y } = graph.edge(line.from.id, line.to.id, line.id);
    const text = labels && line.caps ? shortCaps(line.caps) : "";
    return { ...line, points, label: text ? { x, y, text, width: text.length * SMALL_LETTER } : null };
  });

  // The titles of open bins reach above what dagre knows of.
  const left = Math.min(0, ...boxes.map((box) => box.x - 8));
  const top = Math.min(0, ...boxes.map((box) => box.y - 8));
  const move = (point) => ({ ...point, x: point.x - left, y: point.y - top });
  const moved = boxes.map(move);
  const movedLines = drawn.map((line) => ({ ...line, points: line.points.map(move), label: line.label && move(line.label) }));
  const { width = 0, height = 0 } = graph.graph();
  const right = Math.max(width - left, ...moved.map((box) => box.x + box.width + 8), 1);
  const bottom = Math.max(height - top, ...moved.map((box) => box.y + box.height + 8), 1);
  return { width: Number.isFinite(right) ? right : 1, height: Number.isFinite(bottom) ? bottom : 1, boxes: moved, lines: movedLines };
}

// A smooth line through the points, as SVG's path data.
export function pathThrough(points) {
  if (points.length < 2) return "";
  const at = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;
  if (points.length === 2) return `M${at(points[0])} L${at(points[1])}`;
  let path = `M${at(points[0])}`;
  for (let index = 1; index < points.length - 1; ++index) {
    const next = index + 1 === points.length - 1 ? points[index + 1] : { x: (points[index].x + points[index + 1].x) / 2, y: (points[index].y + points[index + 1].y) / 2 };
    path += ` Q${at(points[index])} ${at(next)}`;
  }
  return path;
}

// The box next to `from` in a direction ("ArrowLeft", …), by its middle; undefined when there is none.
export function neighbour(boxes, from, key) {
  const middle = (box) => ({ x: box.x + box.width / 2, y: box.isOpen ? box.y : box.y + box.height / 2 });
  const here = middle(from);
  const [alongX, alongY] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best, least = Infinity;
  for (const box of boxes) {
    if (box === from) continue;
    const there = middle(box);
    const along = (there.x - here.x) * alongX + (there.y - here.y) * alongY;
    const aside = Math.abs((there.x - here.x) * alongY) + Math.abs((there.y - here.y) * alongX);
    if (along <= 1) continue;
    const cost = along + 2 * aside;
    if (cost < least) [best, least] = [box, cost];
  }
  return best;
}
