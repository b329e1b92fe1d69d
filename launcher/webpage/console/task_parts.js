// Parts of runs of tasks that more than one page shows.
import { clock, count } from "./format.js";
import { AskedButton, Lasting } from "./session_parts.js";
import { Badge, Cut, html } from "./ui.js";
import { taskOutcome } from "./words.js";

export function OutcomeBadge({ run }) {
  if (run.state === "running") return html`<${Badge} tone="live">Running<//>`;
  if (run.state === "waiting") return html`<${Badge}>Waiting<//>`;
  const [words, tone] = taskOutcome(run.outcome);
  return html`<${Badge} tone=${tone}>${words}<//>`;
}

// How long the work took or takes; of what never began there is nothing.
export function RunLasting({ run }) {
  if (!run["started-at"]) return html`–`;
  return html`<${Lasting} session=${{ ...run, "duration-ms": Date.parse(run["ended-at"]) - Date.parse(run["started-at"]) }} />`;
}

export function StartedBy({ run }) {
  if (run["started-by"] === "schedule") return html`Schedule ${run.schedule}`;
  if (run["started-by"] === "agent") return html`Agent in <a href=${`#/call/${encodeURIComponent(run.caller)}`}>a call</a>`;
  return run.schedule ? html`API, ${run.schedule}` : "API";
}

// In the currency of the price list, which the server does not tell.
export const costOf = (run) => (run.cost === undefined ? "–" : run.cost.toFixed(run.cost >= 1 ? 2 : 4));

export function CancelButton({ run, api, small = false }) {
  return html`<${AskedButton} words="Cancel" busyWords="Cancelling …" question=${`Cancel run ${run.id}?`} no="Let it go on" kind=${small ? "small" : "danger"} name=${small ? `Cancel run ${run.id}` : null}
    action=${() => api.post(["task-runs", run.id, "cancel"], { reason: "console" })}>
    <p><b>${run.task}</b> is ${run.state === "waiting" ? "taken out of the queue" : "ended at once, without a result"}.</p>
  <//>`;
}

export function RunTable({ runs, api }) {
  return html`<div class="table-scroll"><table class="folds fixed">
    <thead><tr><th scope="col" class="wide">Task and goal</th><th scope="col" class="line">State</th><th scope="col">Result</th><th scope="col" class="line">Started by</th><th scope="col" class="narrow">Wanted</th>
      <th scope="col" class="number few">Steps</th><th scope="col" class="number few">Cost</th><th scope="col" class="number few">Lasted</th><th scope="col" class="narrow"><span class="unseen">Actions</span></th></tr></thead>
    <tbody>${runs.map((run) => html`<tr key=${run.id} class="to">
      <td><a class="whole" href=${`#/tasks/${run.id}`}>${run.task}<span class="unseen">, run ${run.id}</span></a> <span class="quiet small"><${Cut}>${run.goal}<//></span></td>
      <td class="end"><${OutcomeBadge} run=${run} /></td>
      <td class="full quiet"><${Cut}>${run.text ?? ""}<//></td>
      <td class="above"><${StartedBy} run=${run} /></td>
      <td class="quiet end">${clock(run["wanted-at"])}</td>
      <td class="number rare">${count(run.steps)}</td>
      <td class="number rare">${costOf(run)}</td>
      <td class=${`number ${run["started-at"] ? "" : "rare"}`}><${RunLasting} run=${run} /></td>
      <td class="act">${run.state !== "ended" && html`<${CancelButton} run=${run} api=${api} small />`}</td>
    </tr>`)}</tbody>
  </table></div>`;
}
