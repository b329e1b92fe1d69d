// What a call's jitter buffer does with the network: delay, concealment and losses over time.
import { Empty, Figure, html, useDetail, useMemo } from "../ui.js";
import { count, latency, percent } from "../format.js";
import { Chart, Legend } from "./chart.js";
import { jitterCharts, ratingWords } from "./jitter_charts.js";
import { axisMs } from "./latency.js";

const SPAN = 10 * 60; // s
const DELAYS = [{ name: "held", colour: "--series-2", width: 2 }, { name: "aimed at", colour: "--series-4", dash: [5, 3], kind: "stepped" }];
const CONCEALED = [{ name: "made up", colour: "--series-3", kind: "bars" }];
const LOSSES = [{ name: "lost", colour: "--danger", kind: "bars" }, { name: "too late", colour: "--series-4", width: 2 }];

function Why() {
  return html`<details class="why"><summary>What this means</summary>
    <p>The network brings packets of sound when it likes: some early, some late, some never. The buffer holds each for a while, so that there is always a next one to play. Holding long makes people talk into each other, holding short leaves gaps, so it aims at the delay at which both together disturb a conversation least, and follows the network as that changes.</p>
    <dl>
      <dt>Held</dt><dd>how much longer than on the fastest way the sound is held now.</dd>
      <dt>Aimed at</dt><dd>the delay that fits the last minutes of this network.</dd>
      <dt>Made up</dt><dd>share of the sound that was not there in time and was made to resemble what was before it. Below 1 % hardly anybody hears it.</dd>
      <dt>Lost, too late</dt><dd>packets that never came, and packets that came when they could not be played any more.</dd>
      <dt>Rating</dt><dd>what people would say of delay and gaps together, by the E-model of the ITU (G.107), which goes up to 93.</dd>
    </dl>
  </details>`;
}

export function JitterView({ session, store }) {
  const { jitter } = useDetail(store, session.id, ["jitter"]);
  const charts = useMemo(() => jitterCharts(jitter), [jitter]);
  const { latest } = charts;
  if (!latest) return html`<section class="card" aria-label="Jitter buffer"><h2>Jitter buffer</h2><${NoBuffer} session=${session} /><${Why} /></section>`;
  const [times] = charts.delays;
  const to = Math.max(times.at(-1), times[0] + 60);
  const range = [Math.max(times[0], to - SPAN), to];
  const perSecond = (value) => (value === null || value === undefined ? "–" : count(value));
  return html`<section class="card" aria-label="Jitter buffer">
    <h2>Jitter buffer</h2>
    <dl class="figures">
      <${Figure} name="Held now" value=${latency(latest["delay-ms"])} />
      <${Figure} name="Aimed at" value=${latency(latest["target-ms"])} />
      <${Figure} name="Mean" value=${latency(latest["mean-ms"])} />
      <${Figure} name="p95" value=${latency(latest["p95-ms"])} hint="held no longer in 95 % of the time" />
      <${Figure} name="Made up in all" value=${percent(latest["concealed-total-percent"], 2)} />
      <${Figure} name="Packets" value=${count(latest.received)} />
      <${Figure} name="Lost / too late" value=${`${count(latest.lost)} / ${count(latest.late)}`} />
      <${Figure} name="Restored" value=${count(latest.restored)} hint="lost packets that the next one brought once more" />
      <${Figure} name="Rating" value=${Number.isFinite(latest.rating) ? html`${latest.rating.toFixed(0)} <small>${ratingWords(latest.rating)}</small>` : null} hint="R of the E-model" />
    </dl>
    <div class="charts">
      <${Chart} title="Delay" data=${charts.delays} series=${DELAYS} range=${range} format=${latency} short=${axisMs} least=${40}><${Legend} items=${DELAYS} /><//>
      <${Chart} title="Sound made up" data=${charts.concealed} series=${CONCEALED} range=${range} format=${(value) => percent(value, 1)} short=${(value) => `${value} %`} least=${2} />
      <${Chart} title="Packets each second" data=${charts.losses} series=${LOSSES} range=${range} format=${perSecond} short=${String} least=${4}><${Legend} items=${LOSSES} /><//>
    </div>
    <${Why} />
  </section>`;
}

function NoBuffer({ session }) {
  if (session.state === "ended") return html`<${Empty} title="Nothing to show of a call that is over"><p>What the buffer does is seen while the call runs; its figures at the end are in the call's record.</p><//>`;
  if (session.kind === "phone") return html`<${Empty} title="No jitter buffer in this call"><p>A telephone's sound comes over a connection that loses nothing and keeps the order, and the telephone company has smoothed it already.</p><//>`;
  return html`<${Empty} title="No jitter buffer so far"><p>Nothing was heard of one. Pipelines that take sound from the network in packets have it when their file names <code>adaptivejitter</code>.</p><//>`;
}
