import { clock, count, latency, percent, several, span } from "../format.js";
import { Command, HangUpButton, callCount, Lasting, StateBadge, lastAnswer, lastSaid, medianAnswer, partyOf } from "../session_parts.js";
import { Badge, Cut, Empty, Failure, Figure, Spinner, html, useAnswer, useStore } from "../ui.js";
import { endReason, kindOf } from "../words.js";

const MOST_RUNNING = 6;
const MOST_ENDED = 5;

export function OverviewPage({ store, api }) {
  const [server, lines, connection] = useStore(store, (state) => [state.server, state.lines, state.connection]);
  if (!server) return html`<h1>Overview</h1>${connection === "lost" ? html`<${Unreachable} />` : html`<${Spinner}>Asking the server …<//>`}`;
  return html`<div class="head"><h1>Overview</h1></div>
    <${ServerFigures} store=${store} server=${server} lines=${lines} />
    <${RunningCalls} store=${store} api=${api} lines=${lines} />
    <section class="stack" aria-labelledby="overview-lines">
      <h2 id="overview-lines">Lines</h2>
      <div class="columns">${lines.map((line) => html`<${LineCard} key=${line.name} line=${line} store=${store} />`)}</div>
    </section>
    <${EndedCalls} store=${store} api=${api} />`;
}

function Unreachable() {
  return html`<section class="card"><${Empty} title="The server does not answer">
    <p>This page is there, but nothing behind it. Is jackfield still running? The page goes on trying, and shows the calls as soon as it answers.</p>
  <//></section>`;
}

function ServerFigures({ store, server, lines }) {
  const running = useStore(store, (state) => callCount(state.sessions));
  const sum = (member) => lines.reduce((total, line) => total + (line[member] ?? 0), 0);
  const refused = Object.values(server.refused ?? {}).reduce((total, value) => total + value, 0);
  const why = Object.entries(server.refused ?? {}).filter(([, value]) => value > 0).map(([reason, value]) => `${reason}: ${count(value)}`).join(", ");
  const failed = sum("failed-total");
  return html`<section class="card" aria-label="Server">
    <dl class="figures">
      <${Figure} name="Running calls" value=${html`${count(running)} <small>of ${count(server["max-sessions"])}</small>`} hint="of the calls that may be at a time" />
      <${Figure} name="Calls so far" value=${count(sum("calls-total") + running)} hint="since the server was started, those that run too" />
      <${Figure} name="Failed" value=${count(failed)} tone=${failed > 0 ? "bad" : ""} hint="calls that ended with an error" />
      <${Figure} name="Refused" value=${count(refused)} hint=${why || "requests and calls that were turned away"} />
      <${Figure} name="Processor" value=${percent(server["cpu-percent"])} hint="of one core" />
      <${Figure} name="Memory" value=${server["memory-mb"] === undefined ? null : html`${count(Math.round(server["memory-mb"]))} <small>MB</small>`} />
      <${Figure} name="Up for" value=${span(server["uptime-ms"])} hint=${`since ${clock(server["started-at"])}`} />
    </dl>
  </section>`;
}

function LineCard({ line, store }) {
  const [stages, running] = useStore(store, (state) => [state.latency.get(line.name), callCount(state.sessions, line.name)]);
  const total = stages?.find(({ stage }) => stage === "total");
  const most = line["max-sessions"];
  return html`<article class="card line-card" aria-label=${`Line ${line.name}`}>
    <div class="row">
      <h3>${line.name}</h3><${Badge}>${kindOf(line.kind)}<//>
      ${running > 0 && html`<${Badge} tone="live">${several(running, "call")}<//>`}
    </div>
    ${most > 0 && html`<div class="capacity" title=${`${count(running)} of ${count(most)} calls at a time`}><i style=${{ transform: `scaleX(${Math.min(1, running / most)})` }}></i></div>`}
    <dl class="figures tight">
      <${Figure} name="Answer p50" value=${latency(total?.recent?.p50 ?? total?.p50)} hint="half of the last 1000 answers began within this time after the caller's last word" />
      <${Figure} name="Answer p95" value=${latency(total?.recent?.p95 ?? total?.p95)} hint="95 of 100 answers began within this time after the caller's last word" />
      <${Figure} name="Calls" value=${count(line["calls-total"] + running)} />
      <${Figure} name="Failed" value=${count(line["failed-total"])} tone=${line["failed-total"] > 0 ? "bad" : ""} />
    </dl>
    <dl class="details">
      <dt>Scenario</dt><dd>${line.scenario}</dd>
      ${line.numbers?.length > 0 && html`<dt>Numbers</dt><dd>${line.numbers.join(", ")}</dd>`}
      ${(line.page || line.url) && html`<dt>Reached at</dt><dd><code>${line.page || line.url}</code></dd>`}
    </dl>
    <div class="row">
      ${line.kind === "browser" && html`<a class="button small" href=${`#/talk/${encodeURIComponent(line.name)}`}>Talk to it</a>`}
      ${line.kind === "conference" && html`<a class="button small" href="#/rooms">Its rooms</a>`}
      <a class="button small" href=${`#/calls?line=${encodeURIComponent(line.name)}`}>Its calls</a>
      <a class="button small" href=${`#/latency?line=${encodeURIComponent(line.name)}`}>Its latency</a>
    </div>
  </article>`;
}

function RunningCalls({ store, api, lines }) {
  const sessions = useStore(store, (state) => state.sessions);
  const newest = [...sessions.values()].sort((one, other) => (one["started-at"] < other["started-at"] ? 1 : -1));
  return html`<section class="card flush" aria-labelledby="overview-running">
    <div class="card-head"><h2 id="overview-running">Running now</h2>${newest.length > MOST_RUNNING && html`<a class="push" href="#/calls">All ${count(newest.length)}</a>`}</div>
    ${newest.length === 0
      ? html`<${NoCalls} lines=${lines} />`
      : html`<div class="table-scroll"><table class="folds fixed">
          <thead><tr><th scope="col" class="wide">Call</th><th scope="col" class="line">Line</th><th scope="col">Last said</th><th scope="col" class="number narrow">Last answer</th><th scope="col" class="number narrow">Lasts</th><th scope="col" class="narrow"><span class="unseen">Actions</span></th></tr></thead>
          <tbody>${newest.slice(0, MOST_RUNNING).map((session) => html`<tr key=${session.id} class="to">
            <td><a class="whole" href=${`#/call/${encodeURIComponent(session.id)}`}>${partyOf(session)}</a></td>
            <td>${session.line}</td>
            <td class="full quiet"><${Cut}>${lastSaid(session)}<//></td>
            <td class="number rare">${lastAnswer(session)}</td>
            <td class="number"><${Lasting} session=${session} /></td>
            <td class="act"><${HangUpButton} session=${session} api=${api} small /></td>
          </tr>`)}</tbody>
        </table></div>`}
  </section>`;
}

// How to get a first call, for those who see this for the first time.
export function NoCalls({ lines }) {
  const phone = lines.find(({ kind }) => kind === "phone");
  const browser = lines.find(({ kind }) => kind === "browser");
  return html`<${Empty} title="No call is running">
    <p>Calls appear here by themselves, as soon as somebody calls one of the lines.</p>
    ${browser && html`<p>Talk to <b>${browser.name}</b> from this page, by voice or by text:</p><a class="button main" href=${`#/talk/${encodeURIComponent(browser.name)}`}>Talk to the agent</a>`}
    ${phone && html`<p>${browser ? "Or let" : "Let"} a simulated caller ring <b>${phone.name}</b>, from a terminal on this machine:</p><${Command} text=${`jackfield simulate ${phone.url ?? ""}`.trim()} />`}
    ${!phone && !browser && html`<p>Start a scenario that runs by itself:</p><a class="button" href="#/scenarios">Scenarios</a>`}
  <//>`;
}

function EndedCalls({ store, api }) {
  const ended = useStore(store, (state) => state.ended);
  const { data, error, again } = useAnswer((signal) => api.get("sessions", { state: "ended", limit: MOST_ENDED }, { signal }), [ended]);
  if (error) return html`<${Failure} error=${error} again=${again} quiet />`;
  if (!data || data.sessions.length === 0) return null;
  return html`<section class="card flush" aria-labelledby="overview-ended">
    <div class="card-head"><h2 id="overview-ended">Last ended</h2><a class="push" href="#/calls?state=ended">All that ended</a></div>
    <div class="table-scroll"><table class="folds fixed">
      <thead><tr><th scope="col" class="wide">Call</th><th scope="col" class="line">Line</th><th scope="col">End</th><th scope="col" class="narrow">Began</th><th scope="col" class="number narrow">Answer p50</th><th scope="col" class="number narrow">Lasted</th></tr></thead>
      <tbody>${data.sessions.map((session) => html`<tr key=${session.id} class="to">
        <td><a class="whole" href=${`#/call/${encodeURIComponent(session.id)}`}>${partyOf(session)}</a></td>
        <td>${session.line}</td>
        <td class="full quiet">${session.failed ? html`<${StateBadge} session=${session} /> ` : ""}${endReason(session["end-reason"])}</td>
        <td class="quiet">${clock(session["started-at"])}</td>
        <td class="number rare">${medianAnswer(session)}</td>
        <td class="number"><${Lasting} session=${session} /></td>
      </tr>`)}</tbody>
    </table></div>
  </section>`;
}
