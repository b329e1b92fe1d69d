// One run of a task: what was to be done, and what came of it.
import { clock, count, fullTime } from "../format.js";
import { CancelButton, OutcomeBadge, RunLasting, StartedBy, costOf } from "../task_parts.js";
import { newerRun, watchRuns } from "../task_runs.js";
import { Failure, Figure, Spinner, html, useEffect, useRef, useState } from "../ui.js";

function useRun(api, id) {
  const [known, setKnown] = useState({ run: null, error: null });
  const reading = useRef(null);
  const put = (run) => setKnown((before) => ({ run: newerRun(before.run, run), error: null }));
  const read = () => {
    reading.current?.abort();
    const controller = (reading.current = new AbortController());
    return api.get(["task-runs", id], {}, { signal: controller.signal }).then(put, (error) => controller.signal.aborted || setKnown((before) => ({ ...before, error })));
  };
  useEffect(() => {
    const socket = watchRuns(api, read, (run) => run.id === id && put(run));
    return () => (socket.close(), reading.current?.abort());
  }, [api, id]);
  return { ...known, read };
}

export function RunPage({ id, api }) {
  const { run, error, read } = useRun(api, id);
  useEffect(() => {
    document.title = `${run ? `${run.task}, run ${id}` : "Run of a task"} – Jackfield`;
  }, [run?.task]);
  const back = html`<a class="button small plain" href="#/tasks" aria-label="Back to all tasks">←</a>`;
  if (!run) return html`<div class="head">${back}<h1>Run ${id}</h1></div>${error ? html`<${Failure} error=${error} again=${read} />` : html`<${Spinner} />`}`;
  const ended = run.state === "ended";
  return html`<div class="head">${back}<h1>${run.task}, run ${run.id}</h1><${OutcomeBadge} run=${run} />
      ${!ended && html`<span class="push"><${CancelButton} run=${run} api=${api} /></span>`}</div>
    <${Failure} error=${error} again=${read} />
    <section class="card" aria-label="Figures of this run"><dl class="figures tight">
      <${Figure} name="Started by" value=${html`<${StartedBy} run=${run} />`} />
      ${run.due && html`<${Figure} name="Due" value=${clock(run.due)} hint=${fullTime(run.due)} />`}
      <${Figure} name="Wanted" value=${clock(run["wanted-at"])} hint=${fullTime(run["wanted-at"])} />
      <${Figure} name="Began" value=${clock(run["started-at"])} hint=${fullTime(run["started-at"])} />
      <${Figure} name=${ended ? "Lasted" : "Lasts"} value=${html`<${RunLasting} run=${run} />`} />
      <${Figure} name="Steps" value=${count(run.steps)} hint="requests to the model" />
      <${Figure} name="Cost" value=${costOf(run)} hint="in the currency of the price list" />
    </dl></section>
    <section class="card stack" aria-labelledby="run-goal"><h2 id="run-goal">Goal</h2><p class="told">${run.goal}</p></section>
    <section class="card stack" aria-labelledby="run-result"><h2 id="run-result">${run.outcome === "done" || !ended ? "Result" : "What came of it"}</h2>
      <div role="status">${ended ? (run.text ? html`<p class="told">${run.text}</p>` : html`<p class="quiet">It left no text.</p>`) : html`<p class="quiet">${run.state === "waiting" ? "It waits for its turn." : "It is being worked on."}</p>`}</div>
      ${run.session && html`<div class="row"><a class="button" href=${`#/call/${encodeURIComponent(run.session)}`}>${ended ? "Its record" : "Watch it work"}</a></div>`}
    </section>`;
}
