// Tasks: what agents do without a caller, when it is done, and what came of it.
import { clock, fullTime, several, span } from "../format.js";
import { go } from "../router.js";
import { OutcomeBadge, RunTable } from "../task_parts.js";
import { TaskBoard } from "../task_runs.js";
import { Badge, Dialog, Empty, Failure, Spinner, html, useAction, useEffect, useMemo, useNow, useState, useStore } from "../ui.js";
import { RunPage } from "./task_run.js";

export function TasksPage({ address, api }) {
  const [, id] = address.path;
  return id ? html`<${RunPage} id=${id} api=${api} />` : html`<${Board} address=${address} api=${api} />`;
}

function Board({ address, api }) {
  const { task = "", schedule = "" } = address.query;
  const board = useMemo(() => new TaskBoard(api, { task, schedule }), [api]);
  useEffect(() => () => board.close(), [board]);
  useEffect(() => board.show({ task, schedule }), [task, schedule]);
  const { tasks: answer, schedules, error } = useStore(board, (state) => state);
  if (!answer) return html`<h1>Tasks</h1>${error ? html`<${Failure} error=${error} again=${() => board.reload()} />` : html`<${Spinner} />`}`;
  const { tasks, running, waiting } = answer;
  return html`<div class="head"><h1>Tasks</h1>
      <p class="quiet">${running} of ${answer["max-running"]} running, ${waiting} of ${answer["max-waiting"]} waiting</p></div>
    <${Failure} error=${error} again=${() => board.reload()} />
    ${tasks.length === 0
      ? html`<section class="card"><${Empty} title="This server has no tasks"><p>A task is work that an agent does without a caller. A section <code>[task NAME]</code> in <code>jackfield.conf</code> makes one.</p><//></section>`
      : html`<div class="columns">${tasks.map((one) => html`<${TaskCard} key=${one.name} task=${one} api=${api} />`)}</div>`}
    ${schedules.length > 0 && html`<${Schedules} schedules=${schedules} api=${api} />`}
    <${Runs} board=${board} tasks=${tasks} schedules=${schedules} task=${task} schedule=${schedule} api=${api} />`;
}

const toRun = ({ run }) => go(["tasks", run.id]);
const runsOf = (query) => `#/tasks?${new URLSearchParams(query)}`;

function TaskCard({ task, api }) {
  const [asked, setAsked] = useState(false);
  const last = task["last-run"];
  return html`<article class="card stack" aria-label=${`Task ${task.name}`}>
    <div class="row"><h2>${task.name}</h2>
      ${task.running > 0 && html`<${Badge} tone="live">${task.running} running<//>`}
      ${task.waiting > 0 && html`<${Badge}>${task.waiting} waiting<//>`}</div>
    ${task.description && html`<p>${task.description}</p>`}
    <dl class="details">
      <dt>Goal</dt><dd>${task.goal ?? html`<span class="quiet">brought by each run</span>`}</dd>
      <dt>Scenario</dt><dd>${task.scenario}</dd>
      <dt>At most</dt><dd>${span(task["timeout-ms"])}, ${several(task["max-running"], "run")} at a time</dd>
      <dt>Last run</dt><dd>${last ? html`<a href=${`#/tasks/${last.id}`}>${clock(last["wanted-at"])}</a> <${OutcomeBadge} run=${last} />` : html`<span class="quiet">none yet</span>`}</dd>
    </dl>
    <div class="row">
      <button type="button" class="main" onClick=${() => setAsked(true)}>Start<span class="unseen"> ${task.name}</span></button>
      <a class="button" href=${runsOf({ task: task.name })}>Its runs<span class="unseen"> (${task.name})</span></a>
    </div>
    ${asked && html`<${StartDialog} task=${task} api=${api} onClose=${() => setAsked(false)} />`}
  </article>`;
}

function StartDialog({ task, api, onClose }) {
  const [goal, setGoal] = useState("");
  const start = useAction(async () => toRun(await api.post("tasks", { task: task.name, ...(goal.trim() && { goal }) })));
  const missing = !task.goal && !goal.trim();
  // Enter is a new line; with ctrl it starts.
  const press = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!missing && !start.busy) start.run();
  };
  return html`<${Dialog} title=${`Start ${task.name}`} onClose=${onClose} actions=${[
    html`<button type="button" key="no" onClick=${onClose}>Not now</button>`,
    html`<button type="button" key="yes" class="main" disabled=${missing || start.busy} onClick=${start.run}>${start.busy ? "Starting …" : "Start"}</button>`,
  ]}>
    <label class="field">What is to be done
      <textarea rows="5" autofocus placeholder=${task.goal ?? ""} value=${goal} onInput=${(event) => setGoal(event.target.value)} onKeyDown=${press}></textarea>
      <small>${task.goal ? "Empty: the task's own goal." : "This task has no goal of its own."} Ctrl and Enter starts it.</small>
    </label>
    <${Failure} error=${start.error} />
  <//>`;
}

function Schedules({ schedules, api }) {
  return html`<section class="card flush" aria-labelledby="tasks-schedules">
    <div class="card-head"><h2 id="tasks-schedules">Schedules</h2></div>
    <div class="table-scroll"><table class="folds">
      <thead><tr><th scope="col">Schedule</th><th scope="col">Task</th><th scope="col">Rule</th><th scope="col">Next</th><th scope="col">Last run</th><th scope="col"><span class="unseen">Actions</span></th></tr></thead>
      <tbody>${schedules.map((schedule) => html`<${Schedule} key=${schedule.name} schedule=${schedule} api=${api} />`)}</tbody>
    </table></div>
  </section>`;
}

function Schedule({ schedule, api }) {
  const { name, task, goal, rule, upcoming, "last-run": last } = schedule;
  const run = useAction(async () => toRun(await api.post(["schedules", name, "run"])));
  return html`<tr>
    <td><a href=${runsOf({ schedule: name })}>${name}</a></td>
    <td class="end" title=${goal}>${task}</td>
    <td class="full"><code>${rule}</code> <span class="quiet small">${schedule["time-zone"]}</span></td>
    <td data-name="Next" title=${upcoming.map(fullTime).join("\n")}>${upcoming.length > 0 ? html`${clock(upcoming[0])} <span class="quiet small"><${Until} time=${upcoming[0]} /></span>` : html`<span class="quiet">never again</span>`}</td>
    <td class="full" data-name="Last run">${last ? html`<a href=${`#/tasks/${last.id}`}>${clock(last["wanted-at"])}</a> <${OutcomeBadge} run=${last} />` : html`<span class="quiet">none yet</span>`}</td>
    <td class="act"><button type="button" class="small" disabled=${run.busy} onClick=${run.run}>Run now<span class="unseen"> (${name})</span></button><${Failure} error=${run.error} /></td>
  </tr>`;
}

function Until({ time }) {
  const left = Date.parse(time) - useNow(1000);
  return html`${left > 0 ? `in ${span(left)}` : "now"}`;
}

function Runs({ board, tasks, schedules, task, schedule, api }) {
  const { runs, next, runsError, busy } = useStore(board, (state) => state);
  const choose = (members) => go(["tasks"], { task, schedule, ...members }, { replace: true });
  const choice = (name, value, all, list) => html`<label><span class="unseen">${name}</span><select value=${value} onChange=${(event) => choose({ [name.toLowerCase()]: event.target.value })}>
    <option value="">${all}</option>
    ${[...new Set([...list.map((one) => one.name), value])].filter(Boolean).map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
  </select></label>`;
  return html`<section class="card flush" aria-labelledby="tasks-runs">
    <div class="card-head"><h2 id="tasks-runs">Runs</h2><span class="row push">
      ${choice("Task", task, "All tasks", tasks)}
      ${(schedules.length > 0 || schedule) && choice("Schedule", schedule, "However started", schedules)}</span></div>
    ${runs?.length > 0 && html`<${RunTable} runs=${runs} api=${api} />`}
    ${runs?.length === 0 && html`<${Empty} title=${task || schedule ? "Nothing fits" : "No task was started yet"}><p>${task || schedule ? "No run is of this task and this schedule." : "Runs appear here by themselves, and stay when the server is started anew."}</p><//>`}
    <${Failure} error=${runsError} again=${() => board.reload()} />
    ${busy && !runs && html`<${Spinner} />`}
    ${runs?.length > 0 && html`<p class="card-head quiet small">${several(runs.length, "run")} read ${next && html`<button type="button" class="small" disabled=${busy} onClick=${() => board.older()}>Read older ones</button>`}</p>`}
  </section>`;
}
