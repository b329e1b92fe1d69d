// Both sides of a recording as waveforms, painted; where it is played, and what was said where.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../ui.js";
import { duration } from "../format.js";
import { onThemeChange } from "../theme.js";
import { colourOf } from "./colours.js";
import { columnsOf, gainOf } from "./waveform_shape.js";

const LANE = 62; // px
const GAP = 22; // px between the lanes, where the marks are
const HEIGHT = 2 * LANE + 2 * GAP;
const COLOURS = ["--caller", "--agent"];
const NAMES = { caller: "Caller", agent: "Agent" };
const ROOM = 8; // px, the narrowest mark

function paint(canvas, sides, gain, playedTo) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(HEIGHT * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  const played = Math.round(playedTo * width);
  sides.forEach((side, index) => {
    const middle = (GAP + index * (LANE + GAP) + LANE / 2) * ratio;
    const half = (LANE / 2) * ratio;
    context.fillStyle = colourOf(canvas, "--line");
    context.fillRect(0, Math.round(middle), width, Math.max(1, Math.round(ratio)));
    const { low, high } = columnsOf(side, width);
    context.fillStyle = colourOf(canvas, COLOURS[index]);
    for (let column = 0; column < width; ++column) {
      const top = Math.min(half, high[column] * gain * half);
      const bottom = Math.min(half, -low[column] * gain * half);
      if (top + bottom < ratio) continue;
      context.globalAlpha = column < played ? 1 : 0.5;
      context.fillRect(column, middle - top, 1, top + bottom);
    }
    context.globalAlpha = 1;
  });
}

// waveform: of the API; marks: of marksOf; position, length: s; onSeek(s). `children`: keys go there.
export function Waveform({ waveform, marks, position, length, onSeek, onKeyDown }) {
  const canvas = useRef(null);
  const [width, setWidth] = useState(0);
  const [theme, setTheme] = useState(0);
  const [hover, setHover] = useState(null); // 0 to 1
  const sides = waveform.channels;
  const gain = useMemo(() => gainOf(sides), [sides]);
  const at = length > 0 ? Math.min(1, position / length) : 0;
  const column = Math.round(at * width * (window.devicePixelRatio || 1));

  useEffect(() => onThemeChange(() => setTheme((before) => before + 1)), []);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => setWidth(canvas.current.clientWidth));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  // Painted anew only when the line of playing comes to another column.
  useLayoutEffect(() => {
    if (width > 0) paint(canvas.current, sides, gain, at);
  }, [sides, gain, width, theme, column]);

  const placeOf = (event) => {
    const { left, width: whole } = canvas.current.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / whole));
  };
  const held = useRef(false);
  const down = (event) => {
    if (event.button !== 0) return;
    held.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    onSeek(placeOf(event) * length);
  };
  const move = (event) => {
    const place = placeOf(event);
    setHover(place);
    if (held.current) onSeek(place * length);
  };
  const percentOf = (ms) => `${((100 * ms) / Math.max(1, 1000 * length)).toFixed(3)}%`;
  const now = marks.filter((mark) => mark.fromMs <= 1000 * position && 1000 * position < Math.max(mark.toMs, mark.fromMs + 1));

  return html`<div class="waveform">
    <div class="waveform-area" role="slider" tabindex="0" aria-label="Place in the recording: space plays and pauses, the arrow keys move, Page Up and Page Down go to what was said before and after"
      aria-valuemin="0" aria-valuemax=${Math.round(length)} aria-valuenow=${Math.round(position)} aria-valuetext=${`${duration(1000 * position)} of ${duration(1000 * length)}${now.map((mark) => `, ${mark.who}: ${mark.text}`).join("")}`}
      onPointerDown=${down} onPointerMove=${move} onPointerUp=${() => (held.current = false)} onPointerCancel=${() => (held.current = false)} onPointerLeave=${() => setHover(null)} onKeyDown=${onKeyDown}>
      <canvas ref=${canvas} aria-hidden="true"></canvas>
      ${sides.map((side, index) => html`<span key=${side.name} class=${`lane-name ${side.name}`} style=${{ top: `${GAP + index * (LANE + GAP)}px` }}>${NAMES[side.name] ?? side.name}</span>`)}
      <i class="playhead" style=${{ left: percentOf(1000 * position) }}></i>
      ${hover !== null && html`<i class="hover" style=${{ left: `${100 * hover}%` }}><span class=${hover > 0.85 ? "left" : ""}>${duration(1000 * hover * length)}</span></i>`}
    </div>
    <div class="marks" aria-hidden="true">${marks.map((mark, index) => {
      const lane = sides.findIndex((side) => side.name === mark.who);
      return html`<span key=${index} class=${`mark ${mark.who} ${mark.interrupted ? "interrupted" : ""} ${now.includes(mark) ? "now" : ""}`} title=${`${mark.who === "agent" ? "Agent" : "Caller"}, ${duration(mark.fromMs)}: ${mark.text}${mark.interrupted ? " … (interrupted)" : ""}`}
        style=${{ left: percentOf(mark.fromMs), width: `max(${ROOM}px, ${percentOf(mark.toMs - mark.fromMs)})`, top: `${Math.max(0, lane) * (LANE + GAP)}px` }} onClick=${() => onSeek(mark.fromMs / 1000)}>${mark.text}</span>`;
    })}</div>
  </div>`;
}
