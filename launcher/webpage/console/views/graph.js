// A call's pipeline as a drawing: elements as boxes with live figures, bins that open and close.
import { Empty, Failure, Spinner, html, useAction, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../ui.js";
import { figuresOf, rowsOf } from "./element_figures.js";
import { FIGURE_LINES, LINE_HEIGHT, factoryText, layOutGraph, neighbour, pathThrough, shorten } from "./graph_layout.js";
import { GraphModel, shortCaps } from "./graph_model.js";
import { LEAST_LEGIBLE, begin, fit, pan, reveal, zoom } from "./viewport.js";

const EVERY = 1000; // ms between two looks at a running pipeline
const NARROW = 640; // px below which it is drawn from top to bottom
const ZOOM = 1.25;
const PAN = 60; // px

export function GraphView({ session, api }) {
  const [graph, setGraph] = useState(null);
  const [error, setError] = useState(null);
  const [round, setRound] = useState(0);
  const running = session.state !== "ended";

  useEffect(() => {
    if (!running) return undefined;
    const controller = new AbortController();
    let timer = 0;
    const look = async () => {
      try {
        if (!document.hidden) {
          setGraph(await api.get(["sessions", session.id, "graph"], {}, { signal: controller.signal }));
          setError(null);
        }
      } catch (failure) {
        if (controller.signal.aborted) return;
        setError(failure);
        // Gone with the call: what was seen last stays.
        if (failure.status >= 400 && failure.status < 500) return;
      }
      if (!controller.signal.aborted) timer = setTimeout(look, EVERY);
    };
    look();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [session.id, running, round]);

  if (!graph && !running) return html`<section class="card" aria-label="Pipeline"><${Empty} title="The pipeline is gone"><p>It lives as long as its call. Look at one that is running.</p><//></section>`;
  if (!graph) return html`<section class="card" aria-label="Pipeline">${error ? html`<${Failure} error=${error} again=${() => setRound(round + 1)} />` : html`<${Spinner}>Looking at the pipeline …<//>`}</section>`;
  return html`<section class="card graph-card" aria-label="Pipeline">
    <${Drawing} graph=${graph} session=${session} api=${api} isLive=${running && !error} />
  </section>`;
}

function useDagre() {
  const [dagre, setDagre] = useState(null);
  useEffect(() => {
    import("./dagre_layout.js").then(setDagre);
  }, []);
  return dagre;
}

function useSize(ref) {
  const [size, setSize] = useState(null);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([{ contentRect }]) => setSize({ width: Math.max(1, contentRect.width), height: Math.max(1, contentRect.height) }));
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return size;
}

function Drawing({ graph, session, api, isLive }) {
  const dagre = useDagre();
  const host = useRef(null);
  const area = useSize(host);
  const shape = GraphModel.shapeOf(graph);
  const model = useMemo(() => new GraphModel(graph), [graph]);
  const [choices, setChoices] = useState(new Map()); // id → closed, of the bins that somebody opened or closed
  const closed = useMemo(() => {
    const bins = model.closedAtFirst();
    for (const [id, isClosed] of choices) bins[isClosed ? "add" : "delete"](id);
    return bins;
  }, [shape, choices]);
  const [withCaps, setWithCaps] = useState(false);
  const [chosen, setChosen] = useState(null);
  const [view, setView] = useState(null); // null: as at first
  const [keyAt, setKeyAt] = useState(null);
  const direction = area && area.width < NARROW ? "TB" : "LR";
  const drawing = useMemo(
    () => (dagre && area ? layOutGraph(dagre, model.shown(closed), { direction, labels: withCaps }) : null),
    [dagre, shape, closed, direction, withCaps, area !== null],
  );
  // Until somebody moves it; another drawing is seen from its beginning.
  useEffect(() => setView(null), [direction, withCaps]);
  const shownView = view ?? (drawing && area ? begin(drawing, area) : null);
  const pointers = usePointers(host, (change) => setView((now) => change(now ?? shownView)), drawing, area);

  const change = (how) => setView((now) => how(now ?? shownView));
  const middle = area ? { x: area.width / 2, y: area.height / 2 } : { x: 0, y: 0 };
  const toggle = (id) => setChoices((now) => new Map(now).set(id, !closed.has(id)));

  const focusBox = (box) => {
    setKeyAt(box.element.id);
    change((now) => reveal(now, box, area));
    host.current.querySelector(`[data-id="${CSS.escape(box.element.id)}"]`)?.focus({ preventScroll: true });
  };
  const onKeyDown = (event) => {
    if (!drawing) return;
    const arrow = event.key.startsWith("Arrow");
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (arrow && event.shiftKey) {
      const [x, y] = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
      change((now) => pan(now, x, y, drawing, area));
    } else if (arrow) {
      const from = drawing.boxes.find((box) => box.element.id === keyAt) ?? drawing.boxes[0];
      const to = from && neighbour(drawing.boxes, from, event.key);
      if (to) focusBox(to);
    } else if (event.key === "+" || event.key === "=") change((now) => zoom(now, ZOOM, middle));
    else if (event.key === "-") change((now) => zoom(now, 1 / ZOOM, middle));
    else if (event.key === "0") setView(fit(drawing, area));
    else if (event.key === "Escape" && chosen) setChosen(null);
    else return;
    event.preventDefault();
  };
  const first = drawing?.boxes[0]?.element.id;
  const tabStop = drawing?.boxes.some((box) => box.element.id === keyAt) ? keyAt : first;
  const element = chosen !== null ? model.elements.get(chosen) : null;

  return html`<div class="card-head">
      <h2>Pipeline</h2>
      <span class="row">
        <button type="button" aria-label="Smaller" onClick=${() => change((now) => zoom(now, 1 / ZOOM, middle))}>−</button>
        <button type="button" aria-label="Larger" onClick=${() => change((now) => zoom(now, ZOOM, middle))}>+</button>
        <button type="button" onClick=${() => drawing && setView(fit(drawing, area))}>Fit</button>
        <button type="button" aria-pressed=${withCaps} onClick=${() => setWithCaps(!withCaps)}>Formats</button>
      </span>
      <span class="quiet small">${model.elements.size} elements${isLive ? "" : ", as seen last"}</span>
      <${Downloads} session=${session} api=${api} />
    </div>
    <div class="graph-and-detail">
      <div class="graph" ref=${host} style=${{ "--drawn": `${drawing ? Math.ceil(drawing.height * LEAST_LEGIBLE + 2 * PAN) : 0}px` }} onKeyDown=${onKeyDown} ...${pointers}>
        ${drawing && shownView
          ? html`<svg role="group" aria-label="Drawing of the pipeline: the arrow keys go from element to element, with shift they move the drawing; plus, minus and 0 change its size" width=${area.width} height=${area.height}>
              <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z" /></marker></defs>
              <g transform=${`scale(${shownView.scale}) translate(${-shownView.x} ${-shownView.y})`}>
                ${drawing.boxes.filter((box) => box.isOpen).map((box) => html`<${Box} key=${box.element.id} box=${box} element=${model.elements.get(box.element.id)} isChosen=${chosen === box.element.id} isTabStop=${tabStop === box.element.id} onChoose=${setChosen} onFocus=${setKeyAt} onToggle=${toggle} />`)}
                ${drawing.lines.map((line) => html`<g key=${line.id} class=${`link ${chosen === line.from.id || chosen === line.to.id ? "chosen" : ""}`}>
                  <title>${`${line.from.id}.${line.from.pad} → ${line.to.id}.${line.to.pad}\n${line.caps}`}</title>
                  <path class="wide" d=${pathThrough(line.points)} /><path d=${pathThrough(line.points)} marker-end="url(#arrow)" />
                  ${line.label && html`<rect x=${line.label.x - line.label.width / 2 - 3} y=${line.label.y - 9} width=${line.label.width + 6} height="18" rx="4" /><text x=${line.label.x} y=${line.label.y + 4} text-anchor="middle">${line.label.text}</text>`}
                </g>`)}
                ${drawing.boxes.filter((box) => !box.isOpen).map((box) => html`<${Box} key=${box.element.id} box=${box} element=${model.elements.get(box.element.id) ?? box.element} isChosen=${chosen === box.element.id} isTabStop=${tabStop === box.element.id} onChoose=${setChosen} onFocus=${setKeyAt} onToggle=${toggle} />`)}
              </g>
            </svg>`
          : html`<${Spinner}>Drawing …<//>`}
      </div>
      ${element && html`<${Detail} element=${element} model=${model} isClosed=${closed.has(element.id)} onToggle=${() => toggle(element.id)} onClose=${() => setChosen(null)} />`}
    </div>`;
}

function Box({ box, element, isChosen, isTabStop, onChoose, onFocus, onToggle }) {
  if (!element) return null;
  const isBin = element.children.length > 0;
  const figures = box.isOpen ? [] : figuresOf(element, FIGURE_LINES);
  const choose = () => onChoose(element.id);
  const keys = (event) => {
    if (event.key === "Enter") choose();
    else if (event.key === " " && isBin) onToggle(element.id);
    else if (event.key === " ") choose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const label = [element.state, isBin ? (box.isOpen ? "open bin" : "closed bin") : "", ...figures.map(({ words, text }) => `${words} ${text}`)].filter(Boolean).join(", ");
  return html`<g class=${`box ${box.isOpen ? "bin" : ""} ${isChosen ? "chosen" : ""}`} data-id=${element.id} data-state=${element.state} transform=${`translate(${box.x} ${box.y})`}
      role="button" tabindex=${isTabStop ? 0 : -1} aria-description=${label} aria-pressed=${isChosen} onClick=${choose} onDblClick=${() => isBin && onToggle(element.id)} onFocus=${() => onFocus(element.id)} onKeyDown=${keys}>
    <rect width=${box.width} height=${box.height} rx="8" />
    <circle class="state" cx="14" cy="15" r="4.5" />
    <text class="name" x="25" y="19.5">${shorten(element.name)}</text>
    ${box.isOpen
      ? html`<text class="factory" x=${25 + 7.6 * shorten(element.name).length + 10} y="19.5">${element.factory !== element.name ? shorten(element.factory) : ""}</text>`
      : html`<text class="factory" x="12" y=${15 + LINE_HEIGHT + 4}>${factoryText(element)}</text>
          ${figures.map(({ words, text }, index) => html`<text key=${words} class="figure" x="12" y=${15 + (2 + index) * LINE_HEIGHT + 6}>${figureText(words, text, box.width)}</text>`)}`}
  </g>`;
}

function figureText(words, text, width) {
  if (!words) return text;
  const room = Math.floor((width - 24) / 6.3);
  return `${shorten(words, Math.max(4, room - text.length - 1))} ${text}`;
}

function Table({ rows, caption }) {
  if (rows.length === 0) return null;
  return html`<table class="rows"><caption>${caption}</caption><tbody>${rows.map(({ name, text }) => html`<tr key=${name}><th scope="row">${name}</th><td>${text}</td></tr>`)}</tbody></table>`;
}

function Detail({ element, model, isClosed, onToggle, onClose }) {
  const heading = useRef(null);
  useEffect(() => heading.current?.scrollIntoView?.({ block: "nearest" }), [element.id]);
  const links = model.links.filter(({ from, to }) => from.id === element.id || to.id === element.id).map(({ from, to, caps }) => ({
    name: from.id === element.id ? `${from.pad} → ${to.id}.${to.pad}` : `${to.pad} ← ${from.id}.${from.pad}`,
    text: caps ? shortCaps(caps) : "no format yet",
  }));
  return html`<aside class="detail" aria-label=${`Element ${element.name}`}>
    <div class="card-head"><h3 ref=${heading}>${element.name}</h3><button type="button" class="small" aria-label="Close the details" onClick=${onClose}>×</button></div>
    <p class="quiet small">${element.factory}${element.klass ? html` · <span>${element.klass}</span>` : ""} · <span class="state" data-state=${element.state}>${element.state}</span></p>
    ${element.children.length > 0 && html`<p><button type="button" onClick=${onToggle}>${isClosed ? `Show what is inside (${element.children.length})` : "Close the bin"}</button></p>`}
    <${Table} caption="Figures" rows=${rowsOf(element.stats)} />
    <${Table} caption="Properties that were changed" rows=${rowsOf(element.properties)} />
    <${Table} caption="Links" rows=${links} />
  </aside>`;
}

// The whole graph as a file: an address alone would lack the token.
function Downloads({ session, api }) {
  const { run, busy, error } = useAction(async (kind) => {
    const blob = await api.blob(["sessions", session.id, `graph.${kind}`]);
    saveAs(blob, `pipeline-${session.id}.${kind}`);
  });
  return html`<span class="row">${["svg", "dot"].map((kind) => html`<button key=${kind} type="button" disabled=${busy} onClick=${() => run(kind)}>${kind.toUpperCase()} <span aria-hidden="true">↓</span><span class="unseen"> download</span></button>`)}</span>
    ${error && html`<${Failure} error=${error} />`}`;
}

export function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Dragging with one pointer moves, two pinch, the wheel zooms with ctrl or when the drawing has the focus.
function usePointers(host, change, drawing, area) {
  const held = useRef(new Map());
  const moved = useRef(0);
  const at = (event) => {
    const { left, top } = host.current.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const middleOf = ([one, other]) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  const distance = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y) || 1;

  const now = useRef({});
  now.current = { change, drawing, area };
  useEffect(() => {
    const wheel = (event) => {
      if (!event.ctrlKey && !host.current.contains(document.activeElement)) return;
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : event.ctrlKey ? 0.01 : 0.0015));
      now.current.change((view) => zoom(view, factor, at(event)));
    };
    const element = host.current;
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      held.current.set(event.pointerId, at(event));
      moved.current = 0;
    },
    onPointerMove: (event) => {
      const before = held.current.get(event.pointerId);
      if (!before || !drawing) return;
      const points = [...held.current.values()];
      const here = at(event);
      held.current.set(event.pointerId, here);
      moved.current += Math.abs(here.x - before.x) + Math.abs(here.y - before.y);
      // A click with a trembling hand is still one.
      if (moved.current < 5 && held.current.size === 1) return;
      if (!host.current.hasPointerCapture(event.pointerId)) host.current.setPointerCapture(event.pointerId);
      if (held.current.size === 1) change((view) => pan(view, here.x - before.x, here.y - before.y, drawing, area));
      else {
        const after = [...held.current.values()];
        const [from, to] = [middleOf(points), middleOf(after)];
        change((view) => pan(zoom(view, distance(after) / distance(points), to), to.x - from.x, to.y - from.y, drawing, area));
      }
    },
    onPointerUp: (event) => held.current.delete(event.pointerId),
    onPointerCancel: (event) => held.current.delete(event.pointerId),
    // The click that ends dragging chooses nothing.
    onClickCapture: (event) => {
      if (moved.current >= 5) event.stopPropagation();
      moved.current = 0;
    },
  };
}
