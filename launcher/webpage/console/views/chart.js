// A chart over time: uPlot with the page's colours, a tip at the pointer, and the arrow keys to walk
// along it.
import { html, useEffect, useLayoutEffect, useRef } from "../ui.js";
import { clock } from "../format.js";
import { onThemeChange } from "../theme.js";
import { colourOf } from "./colours.js";

const FONT = "12px system-ui, sans-serif";

// The upper end of the scale: a little more than the highest, and the lines that are near.
export function scaleTop(most, lines, least) {
  let top = Math.max(least, 1.12 * (Number.isFinite(most) ? most : 0));
  for (const { value, always } of lines) if (always || most > 0.6 * value) top = Math.max(top, 1.08 * value);
  return top;
}

function drawLines(plot, element, lines) {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "bottom";
  ctx.textAlign = "right";
  for (const { value, text, colour } of lines) {
    if (value > plot.scales.y.max) continue;
    const y = Math.round(plot.valToPos(value, "y", true));
    ctx.strokeStyle = ctx.fillStyle = colourOf(element, colour);
    ctx.lineWidth = ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Legible on whatever line it crosses.
    ctx.setLineDash([]);
    ctx.strokeStyle = colourOf(element, "--card");
    ctx.lineWidth = 3 * ratio;
    ctx.strokeText(text, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
    ctx.fillText(text, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
  }
  ctx.restore();
}

function optionsFor(host, present) {
  const { series } = present.current;
  const paths = { stepped: () => uPlot.paths.stepped({ align: 1 }), bars: () => uPlot.paths.bars({ size: [0.8, 12] }) };
  const axis = { stroke: () => colourOf(host, "--quiet"), font: FONT, ticks: { show: false }, grid: { stroke: () => colourOf(host, "--line"), width: 1 } };
  return {
    width: Math.max(50, host.clientWidth),
    height: present.current.height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7, fill: (plot, index) => colourOf(host, series[index - 1].colour) } },
    scales: {
      x: { time: true, range: (plot, least, most) => present.current.range ?? [least ?? 0, most ?? 60] },
      y: { range: (plot, least, most) => [0, scaleTop(most, present.current.lines, present.current.least)] },
    },
    axes: [
      { ...axis, size: 26, space: 56, values: (plot, splits, index, space, step) => splits.map((at) => hour(at, step < 60)) },
      { ...axis, size: 54, space: 32, values: (plot, splits) => splits.map((value) => present.current.short(value)) },
    ],
    series: [
      {},
      ...series.map(({ colour, dash, width = 1.5, kind }) => ({
        stroke: () => colourOf(host, colour),
        fill: kind === "bars" ? () => colourOf(host, colour) : undefined,
        width: kind === "bars" ? 0 : width,
        dash,
        paths: paths[kind]?.(),
        points: { show: false },
      })),
    ],
    hooks: {
      draw: [(plot) => drawLines(plot, host, present.current.lines)],
      setCursor: [(plot) => present.current.pointed(plot)],
    },
  };
}

function hour(unixSeconds, withSeconds) {
  const text = clock(new Date(1000 * unixSeconds).toISOString());
  return withSeconds ? text : text.slice(0, -3);
}

// title; data: [times in s, one column for each of `series`: { name, colour, dash, width, kind:
// "stepped" or "bars" }]; range: [from, to] in s, or null for all; lines: { value, text, colour,
// always }; format, short: of a value, in the tip and at the axis; least: the scale's least top;
// children: beside the title.
export function Chart({ title, data, series, range = null, lines = [], format, short = String, height = 150, least = 1, children }) {
  const host = useRef(null);
  const tip = useRef(null);
  const plot = useRef(null);
  const present = useRef({});
  const names = series.map(({ name }) => name).join();
  Object.assign(present.current, { series, data, range, lines, format, short, height, least });

  present.current.pointed = (chart) => {
    const index = chart.cursor.idx;
    const shown = index !== null && index !== undefined && chart.cursor.left >= 0;
    tip.current.hidden = !shown;
    if (!shown) return;
    const { data: columns, series: all, format: write } = present.current;
    const at = columns[0][index];
    const values = all.map(({ name }, column) => [name, write(columns[column + 1][index])]);
    host.current.setAttribute("aria-valuenow", Math.round(at));
    host.current.setAttribute("aria-valuetext", `${hour(at, true)}: ${values.map((pair) => pair.join(" ")).join(", ")}`);
    tip.current.replaceChildren(...[["", hour(at, true)], ...values].map(([name, text]) => {
      const row = document.createElement("span");
      row.textContent = name ? `${name} ${text}` : text;
      return row;
    }));
    const left = chart.bbox.left / uPlot.pxRatio + chart.cursor.left;
    const width = tip.current.offsetWidth;
    tip.current.style.transform = `translateX(${Math.max(0, left + width + 16 > host.current.clientWidth ? left - width - 10 : left + 10)}px)`;
  };

  useLayoutEffect(() => {
    const chart = new uPlot(optionsFor(host.current, present), present.current.data, host.current);
    plot.current = chart;
    const watch = new ResizeObserver(() => {
      const width = host.current.clientWidth;
      if (width > 0 && width !== chart.width) chart.setSize({ width, height: present.current.height });
    });
    watch.observe(host.current);
    const end = onThemeChange(() => chart.redraw(false, true));
    return () => {
      end();
      watch.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [names, height]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data, range?.[0], range?.[1]]);

  const walk = (event) => {
    const chart = plot.current;
    const most = data[0].length - 1;
    if (most < 0) return;
    const now = chart.cursor.left >= 0 && chart.cursor.idx !== null ? chart.cursor.idx : most;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, PageUp: now - 60, PageDown: now + 60, Home: 0, End: most }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    chart.setCursor({ left: chart.valToPos(data[0][Math.min(most, Math.max(0, to))], "x"), top: 0 });
  };
  const leave = () => plot.current?.setCursor({ left: -10, top: -10 });
  const [times] = data;
  const last = times.at(-1) ?? 0;

  return html`<figure class="chart">
    <figcaption><b>${title}</b>${children}</figcaption>
    <div class="chart-area" ref=${host} tabindex="0" role="slider" aria-label=${`${title} over time: ${series.map(({ name }) => name).join(", ")}. The arrow keys walk along.`}
      aria-valuemin=${Math.round(times[0] ?? 0)} aria-valuemax=${Math.round(last)} aria-valuenow=${Math.round(last)} aria-valuetext=${times.length ? `${hour(last, true)}: ${series.map(({ name }, column) => `${name} ${format(data[column + 1].at(-1))}`).join(", ")}` : "no values so far"}
      onKeyDown=${walk} onBlur=${leave}>
      <div class="chart-tip" ref=${tip} hidden></div>
      ${times.length === 0 && html`<p class="chart-empty">No values so far</p>`}
    </div>
  </figure>`;
}

// What the colours of charts mean.
export function Legend({ items, square = false }) {
  return html`<ul class=${square ? "legend square" : "legend"}>${items.map(({ name, colour, dash, hint }) => html`<li key=${name} title=${hint}><i class=${dash ? "dashed" : ""} style=${{ "--key": `var(${colour})` }} aria-hidden="true"></i>${name}</li>`)}</ul>`;
}
