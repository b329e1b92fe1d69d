import { clock, count, several } from "../format.js";
import { go } from "../router.js";
import { HangUpButton, Lasting, StateBadge, lastAnswer, lastSaid, medianAnswer, partyOf } from "../session_parts.js";
import { Choice, Component, Cut, Empty, Failure, Spinner, html, useEffect, useState, useStore } from "../ui.js";
import { endReason, kindOf } from "../words.js";
import { NoCalls } from "./overview.js";

const PAGE = 50; // ended calls read at a time
const ROWS_A_FRAME = 25;
const FIRST_ROWS = 250; // running ones drawn at once

export function CallsPage({ address, store, api }) {
  const lines = useStore(store, (state) => state.lines);
  const { state = "running", line = "", search = "" } = address.query;
  const change = (members) => go(["calls"], { ...address.query, ...members }, { replace: true });
  return html`<div class="head"><h1>Calls</h1></div>
    <section class="card flush" aria-label="Calls">
      <div class="card-head" role="search">
        <${Choice} name="Which calls" value=${state} options=${[["running", "Running"], ["ended", "Ended"]]} onChange=${(chosen) => change({ state: chosen })} />
        <label><span class="unseen">Line</span><select value=${line} onChange=${(event) => change({ line: event.target.value })}>
          <option value="">All lines</option>
          ${lines.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select></label>
        <label class="push"><span class="unseen">Search</span><input type="search" placeholder="Number, name or word" value=${search} onInput=${(event) => change({ search: event.target.value })} /></label>
      </div>
      ${state === "ended"
        ? html`<${EndedList} key=${line} store=${store} api=${api} line=${line} search=${search} />`
        : html`<${RunningList} store=${store} api=${api} lines=${lines} line=${line} search=${search} />`}
    </section>`;
}

// Whether all words stand somewhere in what is shown of the call.
export function matches(session, search) {
  const text = [session.id, session.line, session.scenario, session.from, session.to, session["last-said"]?.text, endReason(session["end-reason"])].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function RunningList({ store, api, lines, line, search }) {
  const sessions = useStore(store, (state) => state.sessions);
  const connection = useStore(store, (state) => state.connection);
  const [most, setMost] = useState(FIRST_ROWS);
  if (connection === "connecting") return html`<${Spinner} />`;
  const shown = [...sessions.values()].filter((session) => (!line || session.line === line) && matches(session, search));
  shown.sort((one, other) => (one["started-at"] < other["started-at"] ? 1 : -1));
  if (sessions.size === 0) return html`<${NoCalls} lines=${lines} />`;
  if (shown.length === 0) return html`<${NothingFound} />`;
  return html`<${Rows} sessions=${shown.slice(0, most)} api=${api} running />
    <p class="card-head quiet small">${several(shown.length, "running call")}${shown.length > most && html` <button type="button" class="small" onClick=${() => setMost(most + FIRST_ROWS)}>Show more</button>`}</p>`;
}

function EndedList({ store, api, line, search }) {
  const ended = useStore(store, (state) => state.ended);
  const [known, setKnown] = useState({ sessions: [], next: null, error: null, loading: true });
  // Anew from the newest on when another call has ended, as far as was read.
  useEffect(() => {
    const controller = new AbortController();
    read(api, { line, limit: Math.min(200, Math.max(PAGE, known.sessions.length)) }, controller.signal, (answer) => setKnown({ ...answer, loading: false }), (error) => setKnown((before) => ({ ...before, error, loading: false })));
    return () => controller.abort();
  }, [ended]);
  const more = () => {
    setKnown((before) => ({ ...before, loading: true, error: null }));
    read(api, { line, limit: PAGE, before: known.next }, undefined,
      (answer) => setKnown((before) => ({ ...answer, sessions: [...before.sessions, ...answer.sessions], loading: false })),
      (error) => setKnown((before) => ({ ...before, error, loading: false })));
  };
  const shown = known.sessions.filter((session) => matches(session, search));
  return html`
    ${shown.length > 0 && html`<${Rows} sessions=${shown} api=${api} />`}
    ${!known.loading && !known.error && known.sessions.length === 0 && html`<${Empty} title="No call has ended yet"><p>What is recorded of calls stays here, also when the server is started anew.</p><//>`}
    ${!known.loading && known.sessions.length > 0 && shown.length === 0 && html`<${NothingFound} />`}
    <${Failure} error=${known.error} again=${more} />
    ${known.loading && html`<${Spinner} />`}
    ${known.sessions.length > 0 && html`<p class="card-head quiet small">${several(known.sessions.length, "call")} read${search ? `, ${count(shown.length)} found` : ""} ${known.next && !known.loading && html`<button type="button" class="small" onClick=${more}>Read older ones</button>`}</p>`}`;
}

function read(api, query, signal, then, failed) {
  api.get("sessions", { state: "ended", ...query }, { signal }).then(
    ({ sessions, next }) => then({ sessions, next, error: null }),
    (error) => error.name !== "AbortError" && failed(error),
  );
}

function NothingFound() {
  return html`<${Empty} title="Nothing fits"><p>No call has all of these words, or is on this line.</p><//>`;
}

function Rows({ sessions, api, running = false }) {
  // Some at a time: a page that draws hundreds at once does not answer meanwhile.
  const [drawn, setDrawn] = useState(ROWS_A_FRAME);
  useEffect(() => {
    if (drawn < sessions.length) requestAnimationFrame(() => setDrawn(drawn + ROWS_A_FRAME));
  }, [drawn, sessions.length]);
  return html`<div class="table-scroll"><table class="folds fixed">
    <thead><tr>
      <th scope="col" class="wide">Call</th><th scope="col" class="line">Line</th><th scope="col" class="narrow">State</th><th scope="col">${running ? "Last said" : "End"}</th><th scope="col" class="narrow">Began</th>
      <th scope="col" class="number narrow">Turns</th><th scope="col" class="number narrow">${running ? "Last answer" : "Answer p50"}</th><th scope="col" class="number narrow">${running ? "Lasts" : "Lasted"}</th>
      ${running && html`<th scope="col" class="narrow"><span class="unseen">Actions</span></th>`}
    </tr></thead>
    <tbody>${sessions.slice(0, drawn).map((session) => html`<${Row} key=${session.id} session=${session} api=${api} running=${running} />`)}</tbody>
  </table></div>`;
}

// Drawn again only when its own call has changed: there may be hundreds of them.
class Row extends Component {
  shouldComponentUpdate({ session }) {
    return session !== this.props.session;
  }

  render({ session, api, running }) {
    return html`<tr class="to">
      <td><a class="whole" href=${`#/call/${encodeURIComponent(session.id)}`}>${partyOf(session)}</a></td>
      <td>${session.line} <span class="quiet small">${kindOf(session.kind)}</span></td>
      <td class=${session.state === "running" || (!running && !session.failed) ? "rare" : ""}><${StateBadge} session=${session} /></td>
      <td class="full quiet"><${Cut}>${running ? lastSaid(session) : endReason(session["end-reason"])}<//></td>
      <td class="quiet">${clock(session["started-at"])}</td>
      <td class="number rare">${count(session.turns)}</td>
      <td class="number rare">${(running ? lastAnswer : medianAnswer)(session)}</td>
      <td class="number"><${Lasting} session=${session} /></td>
      ${running && html`<td class="act"><${HangUpButton} session=${session} api=${api} small /></td>`}
    </tr>`;
  }
}
