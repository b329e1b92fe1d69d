// Latency of every line and stage: a table of figures and charts of the last quarter of an hour.
import { Choice, Empty, html, useDetail, useNow, useStore, useState } from "../ui.js";
import { count, latency } from "../format.js";
import { judge, stageBudget } from "./budgets.js";
import { Chart, Legend } from "./chart.js";
import { HISTORY_MS, PERCENTILES, byStageOrder, watchLatency } from "./latency_history.js";
import { STAGE_EXPLANATIONS, STAGE_NAMES } from "./waterfall_layout.js";

const WINDOWS = [["recent", "Last 1000"], ["start", "Since start"]];
const SERIES = [
  { name: "p50", colour: "--p50", width: 2, kind: "stepped" },
  { name: "p95", colour: "--p95", kind: "stepped" },
  { name: "p99", colour: "--p99", dash: [4, 3], kind: "stepped" },
];
const LEAST_SPAN = 60; // s that a chart shows at least
export const stageName = (stage) => STAGE_NAMES[stage] ?? stage;

function budgetLines(stage, kind) {
  const budget = stageBudget(stage, kind);
  if (!budget) return [];
  return [
    { value: budget.target, text: `target ${latency(budget.target)}`, colour: "--target", always: true },
    { value: budget.maximum, text: `at most ${latency(budget.maximum)}`, colour: "--danger" },
  ];
}

// Of STAGEs: what is now, and the figures of a window.
export function StageTable({ stages, window, caption, kind }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class="figures-of">
      <caption class="unseen">${caption}</caption>
      <thead><tr><th scope="col">Stage</th>${["Values", "Current", "Mean", "Min", "Max", "p50", "p95", "p99"].map((name) => html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
      <tbody>${[...stages].sort(byStageOrder).map((stage) => {
        const figures = (window === "recent" ? stage.recent : stage) ?? {};
        const none = !stage.count;
        const budget = stageBudget(stage.stage, kind);
        const verdict = none ? "within" : judge(figures.p95, budget);
        return html`<tr key=${stage.stage} class=${budget ? "total" : ""}>
          <th scope="row" title=${STAGE_EXPLANATIONS[stage.stage]}>${stageName(stage.stage)}</th>
          <td>${count(figures.count ?? stage.count)}</td>
          ${[stage.current, figures.mean, figures.min, figures.max, figures.p50].map((ms, index) => html`<td key=${index}>${latency(none ? null : ms)}</td>`)}
          <td class=${verdict === "within" ? "" : verdict} title=${verdict === "within" ? null : `the target is ${latency(budget.target)}`}>${latency(none ? null : figures.p95)}${verdict !== "within" && html`<span class="unseen"> (over the target)</span>`}</td>
          <td>${latency(none ? null : figures.p99)}</td>
        </tr>`;
      })}</tbody>
    </table>
  </div>`;
}

// `line`: that is shown at first.
export function LatencyView({ store, line: asked = "" }) {
  const all = useStore(store, (state) => state.latency);
  const history = watchLatency(store);
  const now = useNow(1000);
  const [window, setWindow] = useState("recent");
  const [wanted, setWanted] = useState(asked);
  const lines = [...all.keys()];
  // The one with the most turns says the most, until somebody chooses.
  const values = (line) => Math.max(0, ...(all.get(line) ?? []).map((stage) => stage.count));
  const line = lines.includes(wanted) ? wanted : lines.reduce((best, other) => (best === null || values(other) > values(best) ? other : best), null);
  const stages = line === null ? [] : [...all.get(line)].sort(byStageOrder);
  const kind = useStore(store, (state) => state.lines).find(({ name }) => name === line)?.kind;
  const charts = stages.map((stage) => history.chart(line, stage.stage, window, now));
  // A page that was just opened shows what it has seen as large as may be.
  const first = Math.min(now / 1000 - LEAST_SPAN, ...charts.flatMap(([times]) => times.slice(0, 1)));
  const range = [Math.max(first, (now - HISTORY_MS) / 1000), now / 1000];

  return html`<div class="head"><h1>Latency</h1>
      ${lines.length > 1 && html`<label class="pick push"><span>Line</span> <select value=${line} onChange=${(event) => setWanted(event.target.value)}>
        ${lines.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select></label>`}
      <${Choice} name="Values" value=${window} options=${WINDOWS} onChange=${setWindow} />
    </div>
    ${stages.length === 0
      ? html`<${Empty} title="No turns so far"><p>As soon as an agent has answered a caller, its times stand here: how long each stage took, from the end of the caller's speech to the first sound of the answer.</p><//>`
      : html`<section class="card" aria-label="Figures"><h2>${line}</h2>
          <${StageTable} stages=${stages} window=${window} kind=${kind} caption=${`Latency of ${line}, ${window === "recent" ? "the last 1000 values" : "since the start"}`} />
        </section>
        <section class="card" aria-label="Charts">
          <div class="card-head"><h2>Over time</h2><${Legend} items=${SERIES.map(({ name, colour, dash }) => ({ name, colour, dash }))} /></div>
          <div class="charts">${stages.map((stage, index) => {
            const figures = (window === "recent" ? stage.recent : stage) ?? {};
            return html`<${Chart} key=${`${line} ${stage.stage} ${window}`} title=${stageName(stage.stage)} series=${SERIES} data=${charts[index]}
              range=${range} lines=${budgetLines(stage.stage, kind)} format=${latency} short=${axisMs}>
              <span>${PERCENTILES.map((name) => html`<span key=${name}>${name} <b>${latency(stage.count ? figures[name] : null)}</b></span>`)}</span>
            <//>`;
          })}</div>
        </section>`}`;
}

// The same table for one call.
export function StagesView({ session, store }) {
  const { stages } = useDetail(store, session.id, ["stages"]);
  const [window, setWindow] = useState("start");
  if (stages.length === 0) return html`<section class="card" aria-label="Latency"><${Empty} title="No turns so far"><p>The agent has not answered in this call yet.</p><//></section>`;
  return html`<section class="card" aria-label="Latency">
    <div class="card-head"><h2>Latency by stage</h2><${Choice} name="Values" value=${window} options=${WINDOWS} onChange=${setWindow} /></div>
    <${StageTable} stages=${stages} window=${window} kind=${session.kind} caption="Latency of this call by stage" />
  </section>`;
}

export function axisMs(ms) {
  return ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`;
}
