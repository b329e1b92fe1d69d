// Each turn of a call as a timeline from the end of the caller's speech to the first sound of the
// answer, and for calls over WebRTC the way of the sound from mouth to ear.
import { Choice, Empty, html, useDetail, useMemo, useState } from "../ui.js";
import { duration, latency, percent } from "../format.js";
import { judge, stageBudget, wayBudget } from "./budgets.js";
import { Legend } from "./chart.js";
import { STAGES, STAGE_EXPLANATIONS, STAGE_NAMES, axis, layOutTurns, layOutWay } from "./waterfall_layout.js";

const COLOURS = { "hang-over": "--series-1", stt: "--series-2", llm: "--series-3", tts: "--series-4", output: "--series-5", other: "--quiet" };
// Parts of the same kind look the same: sound cards, codec, network.
const WAY_COLOURS = { capture: "--series-1", playback: "--series-1", encode: "--series-2", decode: "--series-2", network: "--series-3", "jitter buffer": "--series-4", stages: "--series-5" };
const AT_FIRST = 30; // turns that are shown before somebody asks for more
const MORE = 100;

const share = (ms, whole) => `${((100 * ms) / Math.max(whole, 1e-9)).toFixed(3)}%`;

// Lines of the scale behind the bars, and what was promised.
function Scale({ end, ticks, lines }) {
  return html`<div class="scale" aria-hidden="true">
    ${ticks.map((tick) => html`<i key=${tick} style=${{ left: share(tick, end) }}><span>${tick === ticks.at(-1) ? latency(tick) : tick}</span></i>`)}
    ${lines.filter((line) => line.value <= end).map((line) => html`<i key=${line.text} class="promised" style=${{ left: share(line.value, end), "--key": `var(${line.colour})` }}><span>${line.text}</span></i>`)}
  </div>`;
}

function TurnRow({ row, end, isSlowest, isOpen, onToggle }) {
  const verdict = row.isTyped ? "within" : judge(row.total, stageBudget("total"));
  const spoken = row.segments.map(({ stage, ms }) => `${STAGE_NAMES[stage]} ${latency(ms)}`).join(", ");
  return html`<li class=${isOpen ? "open" : ""}>
    <button type="button" class="turn" aria-expanded=${isOpen} onClick=${onToggle}>
      <span class="turn-name"><b>${row.turn === 0 ? "Greeting" : `Turn ${row.turn}`}</b> <small>${row.atMs === null ? "" : duration(row.atMs)}</small></span>
      <span class="bar"><span class="unseen">${spoken}, in all</span>${row.segments.map(({ stage, from, ms }) => html`<i key=${stage} class=${stage === "other" ? "other" : ""} title=${`${STAGE_NAMES[stage]}: ${latency(ms)}, ${STAGE_EXPLANATIONS[stage]}`}
        style=${{ left: share(from, end), width: share(ms, end), "--key": `var(${COLOURS[stage]})` }}></i>`)}</span>
      <span class=${`turn-total ${verdict === "within" ? "" : verdict}`}>${latency(row.total)}${isSlowest && html` <span class="badge warn">slowest</span>`}${row.isTyped && html` <span class="badge" title="counted from the text, which nobody spoke">typed</span>`}</span>
    </button>
    ${isOpen && html`<table class="figures-of parts">
      <caption class="unseen">Turn ${row.turn} by stage</caption>
      <thead><tr><th scope="col">Stage</th><th scope="col">Time</th><th scope="col">Share</th><th scope="col" class="words">What for</th></tr></thead>
      <tbody>${row.segments.map(({ stage, ms }) => html`<tr key=${stage}><th scope="row"><i class="key" style=${{ "--key": `var(${COLOURS[stage]})` }}></i>${STAGE_NAMES[stage]}</th><td>${latency(ms)}</td><td>${percent((100 * ms) / Math.max(row.total, 1e-9))}</td><td class="words">${STAGE_EXPLANATIONS[stage]}</td></tr>`)}
      <tr class="total"><th scope="row">${STAGE_NAMES.total}</th><td>${latency(row.total)}</td><td></td><td class="words">${STAGE_EXPLANATIONS.total}</td></tr></tbody>
    </table>`}
  </li>`;
}

export function WaterfallView({ session, store }) {
  const { turns, media } = useDetail(store, session.id, ["turns", "media"]);
  const [order, setOrder] = useState("time");
  const [open, setOpen] = useState(null);
  const [shown, setShown] = useState(AT_FIRST);
  const budget = stageBudget("total");
  const laid = useMemo(() => layOutTurns(turns, { order, budget }), [turns, order]);
  const lines = [{ value: budget.target, text: "target", colour: "--target" }, { value: budget.maximum, text: "at most", colour: "--danger" }];
  const hasOther = laid.rows.some((row) => row.segments.some(({ stage }) => stage === "other"));
  return html`<section class="card" aria-label="Latency of each turn">
      <div class="card-head"><h2>From the end of speech to the first sound</h2>
        ${laid.rows.length > 1 && html`<${Choice} name="Order" value=${order} options=${[["time", "Latest first"], ["slowest", "Slowest first"]]} onChange=${setOrder} />`}
      </div>
      ${laid.rows.length === 0
        ? html`<${Empty} title="No answers so far"><p>${session.state === "ended" ? "Nobody was answered in this call." : "Each answer of the agent will stand here as a bar, by the stages that its time went to."}</p><//>`
        : html`<div class="card-head"><${Legend} square items=${[...STAGES, ...(hasOther ? ["other"] : [])].map((stage) => ({ name: STAGE_NAMES[stage], colour: COLOURS[stage], hint: STAGE_EXPLANATIONS[stage] }))} />
            <p class="quiet small">${laid.rows.length} ${laid.rows.length === 1 ? "turn" : `turns, the middle one ${latency(laid.median)}`}</p></div>
          <div class="waterfall">
            <${Scale} ...${laid.axis} lines=${lines} />
            <ol>${laid.rows.slice(0, shown).map((row) => html`<${TurnRow} key=${row.turn} row=${row} end=${laid.axis.end} isSlowest=${row === laid.slowest} isOpen=${open === row.turn} onToggle=${() => setOpen(open === row.turn ? null : row.turn)} />`)}</ol>
          </div>
          ${laid.rows.length > shown && html`<p><button type="button" onClick=${() => setShown(shown + MORE)}>Show ${Math.min(MORE, laid.rows.length - shown)} more</button></p>`}`}
    </section>
    ${media && (media.incoming || media.outgoing) && html`<${MediaWays} media=${media} kind=${session.kind} />`}`;
}

const ORIGINS = { measured: "measured in this call", known: "known from settings and codec", assumed: "assumed of the other end", unknown: "not known" };
const WAYS = [["incoming", "From the caller's mouth"], ["outgoing", "To the caller's ear"]];

function MediaWays({ media, kind }) {
  const ways = WAYS.filter(([name]) => media[name]).map(([name, title]) => ({ name, title, ...layOutWay(media[name]) }));
  const budget = wayBudget(kind);
  const { end, ticks } = axis(Math.max(budget.target, ...ways.map((way) => way.total)));
  const lines = [{ value: budget.target, text: "target", colour: "--target" }, { value: budget.maximum, text: "at most", colour: "--danger" }];
  const names = [...new Set(ways.flatMap((way) => way.parts.map((part) => part.name)))];
  const colour = (name) => WAY_COLOURS[name] ?? "--quiet";
  return html`<section class="card" aria-label="Way of the sound">
    <h2>Way of the sound</h2>
    <p class="quiet small">How long the sound itself is on its way, mean over the call; asked for are ${latency(budget.target)}, at most ${latency(budget.maximum)}.</p>
    <${Legend} square items=${names.map((name) => ({ name, colour: colour(name) }))} />
    <div class="waterfall wide"><${Scale} end=${end} ticks=${ticks} lines=${lines} />
      <ol>${ways.map((way) => html`<li key=${way.name}><div class="turn">
        <span class="turn-name"><b>${way.title}</b></span>
        <span class="bar" role="img" aria-label=${way.parts.map((part) => `${part.name} ${latency(part.ms)}`).join(", ")}>${way.parts.map((part) => html`<i key=${part.name} class=${part.origin === "assumed" ? "assumed" : ""} title=${`${part.name}: ${latency(part.ms)}, ${ORIGINS[part.origin] ?? part.origin}`} style=${{ left: share(part.from, end), width: share(part.ms, end), "--key": `var(${colour(part.name)})` }}></i>`)}</span>
        <span class=${`turn-total ${judge(way.total, budget) === "within" ? "" : judge(way.total, budget)}`}>${latency(way.total)}</span>
      </div></li>`)}</ol>
    </div>
    <div class="ways">${ways.map((way) => html`<div class="table-scroll" key=${way.name} tabindex="0" role="region" aria-label=${way.title}><table class="figures-of parts">
      <caption>${way.title}</caption>
      <thead><tr><th scope="col">Part</th><th scope="col">Time</th><th scope="col">Budget</th><th scope="col" class="words">Known how</th></tr></thead>
      <tbody>${way.parts.map((part) => html`<tr key=${part.name}><th scope="row"><i class="key" style=${{ "--key": `var(${colour(part.name)})` }}></i>${part.name}</th>
        <td class=${part.over ? "over" : ""}>${part.origin === "unknown" ? "?" : latency(part.ms)}</td><td>${part.most > 0 ? `${part.least}–${part.most} ms` : "–"}</td>
        <td class="words">${ORIGINS[part.origin] ?? part.origin}${part.over ? `; ${latency(part.ms - part.most)} over its budget` : ""}</td></tr>`)}</tbody>
    </table></div>`)}</div>
  </section>`;
}
