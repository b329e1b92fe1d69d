// The part of a ControlStandIn that is about tasks. Written from docs/control-api.md.
class TaskStandIn {
  // `tell`: called with the name of an event, its session, RUN and its line.
  constructor(tell) {
    Object.assign(this, { tell, tasks: [], schedules: [], runs: [], maxRunning: 4, maxWaiting: 16 });
  }

  task(name, members = {}) {
    this.tasks.push({ name, description: "", goal: null, scenario: "task.gst", "timeout-ms": 600000, "max-running": 1, ...members });
  }

  schedule(name, task, members = {}) {
    this.schedules.push({ name, task, goal: null, rule: "every=15m", "time-zone": null, "catch-up-ms": 3600000, upcoming: [], ...members });
  }

  // A run that nobody is told of.
  add(task, members = {}) {
    const run = {
      id: String(this.runs.length + 1), task, goal: this.tasks.find(({ name }) => name === task)?.goal, state: "waiting", "started-by": "api", schedule: null, due: null, caller: null, session: null,
      "wanted-at": new Date().toISOString(), ...members,
    };
    this.runs.unshift(run);
    return run;
  }

  change(id, members) {
    this.runs = this.runs.map((run) => (run.id === id ? { ...run, ...members } : run));
    return this.find(id);
  }

  find(id) {
    return this.runs.find((run) => run.id === id);
  }

  wait(task, members) {
    return this.#told("task-waiting", this.add(task, members));
  }

  begin(id, members = {}) {
    return this.#told("task-started", this.change(id, { state: "running", session: `task-${id}`, "started-at": new Date().toISOString(), ...members }));
  }

  end(id, members = {}) {
    return this.#told("task-ended", this.change(id, { state: "ended", "ended-at": new Date().toISOString(), outcome: "done", text: "", ...members }));
  }

  #told(event, run) {
    this.tell(event, run.session ?? "", run, `task ${run.task}`);
    return run;
  }

  // What the API answers; null: this is none of its paths.
  answer(method, name, query, given, fault) {
    const [place, id, action] = name.split("/").map(decodeURIComponent);
    if (!["tasks", "task-runs", "schedules"].includes(place)) return null;
    if (place === "tasks" && method === "POST") return this.#start(given.task, given.goal, {}, fault);
    if (place === "tasks") return [200, this.#list()];
    if (place === "task-runs") return this.#ofRun(method, id, query, fault);
    const schedule = this.schedules.find((one) => one.name === id);
    if (!id) return [200, { schedules: this.schedules.map((one) => ({ ...one, "last-run": this.runs.find((run) => run.schedule === one.name) ?? null })) }];
    if (!schedule || action !== "run") return fault(404, "no-such-schedule", "there is no schedule of this name");
    return this.#start(schedule.task, schedule.goal, { schedule: id }, fault);
  }

  #list() {
    const count = (state, task) => this.runs.filter((run) => run.state === state && (!task || run.task === task)).length;
    const tasks = this.tasks.map((task) => ({ ...task, running: count("running", task.name), waiting: count("waiting", task.name), "last-run": this.runs.find((run) => run.task === task.name) ?? null }));
    return { tasks, running: count("running"), "max-running": this.maxRunning, waiting: count("waiting"), "max-waiting": this.maxWaiting };
  }

  #start(name, goal, members, fault) {
    const task = this.tasks.find((one) => one.name === name);
    if (!task) return fault(404, "no-such-task", "there is no task of this name");
    const run = this.add(name, { goal: goal || task.goal, ...members });
    return [201, { run: this.begin(run.id) }];
  }

  #ofRun(method, id, query, fault) {
    if (!id) {
      const wanted = (run) => ["task", "schedule"].every((member) => !query.get(member) || run[member] === query.get(member));
      const runs = this.runs.filter((run) => wanted(run) && (!query.get("before") || Number(run.id) < Number(query.get("before"))));
      const limit = Number(query.get("limit") ?? 50);
      return [200, { runs: runs.slice(0, limit), next: runs.length > limit ? runs[limit - 1].id : null }];
    }
    const run = this.find(id);
    if (!run) return fault(404, "no-such-run", "there is no run of this id");
    if (method === "GET") return [200, run];
    if (run.state === "ended") return fault(409, "has-ended", "this run has ended");
    this.end(id, { outcome: "cancelled", text: "console" });
    return [202, {}];
  }
}

module.exports = { TaskStandIn };
