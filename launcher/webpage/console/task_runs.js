// Runs of tasks as the server tells of them, for the pages that show them.
import { Announcer } from "./announcer.js";
import { EventSocket } from "./socket.js";

const EVENTS = ["task-waiting", "task-started", "task-ended", "server"]; // the last one for the socket's watch alone
const PAGE = 50; // runs read at a time
const MOST = 200; // in one answer
const ASK_PAUSE = 1000; // ms between two looks at what no event tells

// `onRun`: RUN, as it is now; `onSubscribed`: what was known before may be old. Has `close`.
export function watchRuns(api, onSubscribed, onRun) {
  return new EventSocket({
    url: api.eventsUrl,
    token: () => api.token,
    subscription: { sessions: "all", events: EVENTS },
    onSubscribed,
    onEvent: ({ event, data }) => event !== "server" && onRun(data),
  });
}

// What came last of the two, whichever way: a run never goes back.
const STATES = ["waiting", "running", "ended"];
export const newerRun = (one, other) => (one && STATES.indexOf(one.state) > STATES.indexOf(other.state) ? one : other);

// The tasks, the schedules, and those runs that are asked for, newest first. Members of `state` are null until the
// first answer came.
export class TaskBoard extends Announcer {
  state = { tasks: null, schedules: [], runs: null, next: null, error: null, runsError: null, busy: true };
  #api;
  #socket;
  #filter;
  #generation = 0;
  #asking = null; // a timer

  constructor(api, filter) {
    super();
    this.#api = api;
    this.#filter = filter;
    this.#socket = watchRuns(api, () => this.reload(), (run) => this.#take(run));
  }

  close() {
    this.#generation += 1;
    this.#socket.close();
    clearTimeout(this.#asking);
  }

  // `filter`: { task, schedule }, "": all of them.
  show(filter) {
    if (filter.task === this.#filter.task && filter.schedule === this.#filter.schedule) return;
    this.#filter = filter;
    this.#set({ runs: null, next: null });
    this.#readRuns();
  }

  reload() {
    this.#readRuns();
    return this.#readTasks();
  }

  async #readTasks() {
    try {
      const [tasks, { schedules }] = await Promise.all([this.#api.get("tasks"), this.#api.get("schedules")]);
      this.#set({ tasks, schedules, error: null });
    } catch (error) {
      this.#set({ error });
    }
  }

  // Anew from the newest one on, as far as was read.
  async #readRuns() {
    const known = new Map((this.state.runs ?? []).map((run) => [run.id, run]));
    await this.#read({ limit: Math.min(MOST, Math.max(PAGE, known.size)) }, (runs) => runs.map((run) => newerRun(known.get(run.id), run)));
  }

  older() {
    return this.#read({ limit: PAGE, before: this.state.next }, (runs) => [...this.state.runs, ...runs]);
  }

  async #read(query, put) {
    const mine = ++this.#generation;
    this.#set({ busy: true, runsError: null });
    try {
      const { runs, next } = await this.#api.get("task-runs", { ...this.#filter, ...query });
      if (mine === this.#generation) this.#set({ runs: put(runs), next, busy: false });
    } catch (runsError) {
      if (mine === this.#generation) this.#set({ runsError, busy: false });
    }
  }

  #take(run) {
    // Running, waiting, upcoming times: no event has them.
    this.#asking ??= setTimeout(() => {
      this.#asking = null;
      this.#readTasks();
    }, ASK_PAUSE);
    const { runs, next } = this.state;
    const { task, schedule } = this.#filter;
    // What is older than the last one here comes with its own page.
    if (!runs || (next && Number(run.id) < Number(next)) || (task && run.task !== task) || (schedule && run.schedule !== schedule)) return;
    const known = runs.find(({ id }) => id === run.id);
    this.#set({ runs: known ? runs.map((one) => (one === known ? newerRun(one, run) : one)) : [run, ...runs].sort((one, other) => other.id - one.id) });
  }

  #set(change) {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}
