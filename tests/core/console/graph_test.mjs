import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { figuresOf, formatValue, rowsOf } from "../../../launcher/webpage/console/views/element_figures.js";
import { layOutGraph, neighbour, pathThrough } from "../../../launcher/webpage/console/views/graph_layout.js";
import { GraphModel, shortCaps, splitEnd } from "../../../launcher/webpage/console/views/graph_model.js";

const dagre = await import(pathToFileURL(path.resolve(process.env.CONSOLE_DAGRE)).href);

const element = (name, parent = null, more = {}) => ({ name, path: parent ? `${parent}/${name}` : name, factory: name, klass: "", parent, state: "playing", properties: {}, stats: {}, ...more });
// source → tee → brain (bin: detector → stt → voice) → sink, and a recorder of the tee.
const agent = {
  elements: [element("source"), element("tee"), element("brain"), element("detector", "brain"), element("stt", "brain"), element("voice", "brain"), element("sink"), element("recorder")],
  links: [
    { from: "source.src", to: "tee.sink", caps: "audio/x-mulaw, rate=(int)8000, channels=(int)1" },
    { from: "tee.src_0", to: "brain.sink", caps: "" },
    { from: "brain.sink", to: "brain/detector.sink", caps: "" },
    { from: "brain/detector.src", to: "brain/stt.sink", caps: "" },
    { from: "brain/stt.src", to: "brain/voice.sink", caps: "text/x-raw, format=(string)utf8" },
    { from: "brain/voice.src", to: "brain.src", caps: "" },
    { from: "brain.src", to: "sink.sink", caps: "" },
    { from: "tee.src_1", to: "recorder.caller", caps: "" },
  ],
};
const lay = (graph, closed = new Set(), options = {}) => layOutGraph(dagre, new GraphModel(graph).shown(closed), options);
const inside = (inner, outer) => inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
const apart = (one, other) => one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;

test("links go through the pads of an open bin to the elements inside", () => {
  const { lines } = new GraphModel(agent).shown(new Set());
  const ends = lines.map(({ from, to }) => `${from.id}>${to.id}`).sort();
  assert.deepEqual(ends, ["brain/detector>brain/stt", "brain/stt>brain/voice", "brain/voice>sink", "source>tee", "tee>brain/detector", "tee>recorder"]);
});

test("a closed bin is one box with its lines", () => {
  const { boxes, lines } = new GraphModel(agent).shown(new Set(["brain"]));
  assert.deepEqual(boxes.map((box) => box.element.id).sort(), ["brain", "recorder", "sink", "source", "tee"]);
  assert.deepEqual(lines.map(({ from, to }) => `${from.id}>${to.id}`).sort(), ["brain>sink", "source>tee", "tee>brain", "tee>recorder"]);
});

test("links that were followed to the inner pad already are drawn, too", () => {
  const graph = { elements: agent.elements, links: [{ from: "tee.src_0", to: "brain/detector.sink", caps: "" }] };
  assert.equal(new GraphModel(graph).shown(new Set()).lines[0].to.id, "brain/detector");
  assert.equal(new GraphModel(graph).shown(new Set(["brain"])).lines[0].to.id, "brain");
});

test("bins within bins, and those with much inside, are closed at first", () => {
  const many = [element("big"), ...Array.from({ length: 30 }, (_, index) => element(`inner${index}`, "big")), element("brain"), element("nested", "brain"), element("deep", "brain/nested")];
  const model = new GraphModel({ elements: many, links: [] });
  assert.deepEqual([...model.closedAtFirst()].sort(), ["big", "brain/nested"]);
});

test("elements that contain each other do not hang it", () => {
  const graph = { elements: [element("one", null, { parent: "two" }), element("two", null, { parent: "one" }), element("self", null, { parent: "self" })], links: [{ from: "one.src", to: "gone.sink", caps: "" }] };
  const model = new GraphModel(graph);
  assert.deepEqual(model.links, []);
  assert.ok(model.shown(new Set()).boxes.length >= 1);
});

test("ghost pads that lead in a circle do not hang it", () => {
  const graph = { elements: [element("source"), element("bin"), element("inner", "bin")], links: [{ from: "source.src", to: "bin.sink", caps: "" }, { from: "bin.sink", to: "bin.sink", caps: "" }] };
  assert.deepEqual(new GraphModel(graph).shown(new Set()).lines, []);
});

test("nothing overlaps, and what is in a bin lies within it", () => {
  for (const direction of ["LR", "TB"]) {
    const { boxes, lines, width, height } = lay(agent, new Set(), { direction });
    const at = new Map(boxes.map((box) => [box.element.id, box]));
    const brain = at.get("brain");
    for (const box of boxes) {
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${box.element.id} within the drawing`);
      if (box.element.parentId === "brain") assert.ok(inside(box, brain), `${box.element.id} within its bin, ${direction}`);
      else if (box !== brain) assert.ok(apart(box, brain), `${box.element.id} outside of the bin, ${direction}`);
    }
    const leaves = boxes.filter((box) => !box.isOpen);
    for (const one of leaves) for (const other of leaves) if (one !== other) assert.ok(apart(one, other), `${one.element.id} and ${other.element.id}`);
    assert.equal(lines.length, 6);
    assert.equal(boxes.findIndex((box) => box === brain) < boxes.findIndex((box) => box.element.id === "brain/stt"), true);
  }
});

test("sound flows from left to right", () => {
  const at = new Map(lay(agent).boxes.map((box) => [box.element.id, box.x]));
  const order = ["source", "tee", "brain/detector", "brain/stt", "brain/voice", "sink"].map((id) => at.get(id));
  assert.deepEqual(order, [...order].sort((one, other) => one - other));
});

test("formats get room on their lines when asked for", () => {
  assert.equal(lay(agent).lines.every((line) => line.label === null), true);
  const labels = lay(agent, new Set(), { labels: true }).lines.map((line) => line.label?.text).filter(Boolean).sort();
  assert.deepEqual(labels, ["audio/x-mulaw 8 kHz mono", "text/x-raw utf8"]);
});

test("an empty pipeline is an empty drawing", () => {
  const { boxes, width, height } = lay({ elements: [], links: [] });
  assert.deepEqual(boxes, []);
  assert.ok(width > 0 && height > 0);
});

test("a large graph is laid out", () => {
  const elements = Array.from({ length: 300 }, (_, index) => element(`e${index}`));
  const links = elements.slice(1).map((one, index) => ({ from: `e${Math.floor(index / 2)}.src${index}`, to: `${one.name}.sink`, caps: "" }));
  assert.equal(lay({ elements, links }).boxes.length, 300);
});

test("its shape changes with elements, links and formats, not with figures", () => {
  const changed = structuredClone(agent);
  changed.elements[0].stats = { packets: 5 };
  changed.elements[0].state = "paused";
  assert.equal(GraphModel.shapeOf(agent), GraphModel.shapeOf(changed));
  changed.links.pop();
  assert.notEqual(GraphModel.shapeOf(agent), GraphModel.shapeOf(changed));
});

test("the arrow keys lead to the next box", () => {
  const { boxes } = lay(agent);
  const named = (id) => boxes.find((box) => box.element.id === id);
  assert.equal(neighbour(boxes, named("source"), "ArrowRight").element.id, "tee");
  assert.equal(neighbour(boxes, named("tee"), "ArrowLeft").element.id, "source");
  assert.equal(neighbour(boxes, named("source"), "ArrowLeft"), undefined);
});

test("lines are drawn through their points", () => {
  assert.equal(pathThrough([{ x: 0, y: 0 }, { x: 10, y: 5 }]), "M0.0,0.0 L10.0,5.0");
  assert.match(pathThrough([{ x: 0, y: 0 }, { x: 5, y: 0 }, { x: 10, y: 5 }, { x: 20, y: 5 }]), /^M0\.0,0\.0 Q5\.0,0\.0 7\.5,2\.5 Q10\.0,5\.0 20\.0,5\.0$/);
  assert.equal(pathThrough([]), "");
});

test("caps in short", () => {
  assert.equal(shortCaps("audio/x-raw, format=(string)S16LE, layout=(string)interleaved, rate=(int)48000, channels=(int)2"), "audio/x-raw S16LE 48 kHz stereo");
  assert.equal(shortCaps("application/x-rtp, media=(string)audio, encoding-name=(string)OPUS, clock-rate=(int)48000"), "application/x-rtp OPUS 48 kHz");
  assert.equal(shortCaps("text/x-raw(memory:x), format=utf8"), "text/x-raw utf8");
  assert.equal(shortCaps("x".repeat(500)).length, 60);
});

test("pads are told from elements by the last dot", () => {
  assert.deepEqual(splitEnd("bin/a.b.src_0"), ["bin/a.b", "src_0"]);
});

test("figures of stats: what tells the most, in units for people", () => {
  const jitter = { factory: "adaptivejitter", stats: { delay: 42000000, "target-delay": 60000000, concealedSamples: 480, totalSamplesReceived: 48000 } };
  assert.deepEqual(figuresOf(jitter, 3).map(({ words, text }) => `${words} ${text}`), ["delay 42 ms", "target 60 ms", "concealed 1.0 %"]);
  assert.deepEqual(figuresOf({ factory: "x", stats: { oddity: 3, "frames-received": 7 } }, 1), [{ words: "frames-received", text: "7" }]);
  assert.deepEqual(figuresOf({ factory: "x" }, 2), []);
  assert.deepEqual(figuresOf({ factory: "agentbrain", stats: { state: "speaking", turns: 3 } }, 2).map(({ words, text }) => [words, text]), [["", "speaking"], ["turns", "3"]]);
  assert.equal(formatValue("max-delay", 400000000), "400 ms");
  assert.equal(formatValue("latency-mean", 6852857), "6.9 ms");
  assert.equal(formatValue("bytes-received", 586560), (586560).toLocaleString());
  assert.equal(formatValue("lead", 18446744073709551615), "–");
  assert.deepEqual(rowsOf({ sync: true, inner: { deep: { name: "a" } } }), [{ name: "sync", text: "yes" }, { name: "inner · deep · name", text: "a" }]);
});
