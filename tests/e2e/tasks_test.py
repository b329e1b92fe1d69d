#!/usr/bin/env python3
"""Tasks by API, command line and schedule: the real jackfield with an agentloop whose model is a script. With
limits, cancelling, a stop in the middle, and a kill -9 after which nothing is done again. Prints TAP.
Arguments: the jackfield binary, the source directory.
"""
import datetime
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import event_reader  # noqa: E402
from task_server import Tasks  # noqa: E402

LONG = "DELAY=60000000000"
CONF = f"""[server]
max-tasks=3
max-waiting-tasks=1
drain=1

[task quick]
pipeline=task.gst
goal=How is the weather
description=Says how the weather is

[task slow]
pipeline=task.gst
{LONG}

[task short]
pipeline=task.gst
goal=weather
timeout=1
{LONG}

[task broken]
pipeline=broken.gst
goal=weather
"""
SCHEDULES = """
[schedule often]
task=quick
every=1s

[schedule once]
task=slow
goal=weather
at={at}

[schedule late]
task=quick
at={late}

[schedule missed]
task=quick
at={missed}
"""


def check_by_api(check, tasks):
    started = tasks.start("quick")
    run = started.json["run"]
    check("a task is started", started.status == 201 and run["session"] and run["started-by"] == "api", started.body)
    ended = tasks.ended(run["id"])
    check("and has a result", (ended["outcome"], ended["text"], ended["steps"]) == ("done", "It rains.", 1), ended)
    session = tasks.api.get(f"/sessions/{run['session']}").json
    check("its session is one like others", session["kind"] == "task" and session["line"] == "task quick"
          and session["last-said"]["text"] == "It rains.", session)  # fmt: skip
    check("which knows of the task", session["task-run"] == ended, session)
    record, transcript = tasks.record(run["session"])
    check("the record has all of it", record["task"]["goal"] == "How is the weather" and record["task"]["outcome"] == "done"
          and record["task"]["text"] == "It rains." and "agent: It rains." in transcript, record)  # fmt: skip
    other = tasks.ended(tasks.start("quick", "say something ${HERE} ! nothing").json["run"]["id"])
    check("another goal is data", other["text"] == "I do not know." and "${HERE} !" in other["goal"], other)
    for task, goal, code in (("quack", None, "no-such-task"), ("slow", None, "no-goal"), ("quick", "x" * 8193, "bad-goal")):
        answer = tasks.start(task, goal)
        check(f"refused: {code}", answer.code == code, answer.body)
    variable = tasks.api.post("/tasks", {"task": "quick", "DELAY": "1"})
    check("no variable comes over the network", variable.code == "bad-member", variable.body)
    failed = tasks.ended(tasks.start("broken").json["run"]["id"])
    check("a pipeline that fails says why", failed["outcome"] == "failed" and "nothing.json" in failed["text"], failed)
    late = tasks.ended(tasks.start("short").json["run"]["id"])
    check("one that takes too long is ended", late["outcome"] == "timeout", late)
    listed = {task["name"]: task for task in tasks.api.get("/tasks").json["tasks"]}
    check("the list tells of the last", listed["quick"]["last-run"] == other and listed["short"]["last-run"] == late, listed)
    page = tasks.api.get("/task-runs?task=quick&limit=1").json
    rest = tasks.api.get(f"/task-runs?task=quick&before={page['next']}").json["runs"]
    check("runs come in pages", [r["id"] for r in page["runs"] + rest] == [other["id"], run["id"]], [page, rest])


def check_commands(check, tasks):
    done = tasks.command("task", "quick", "--wait")
    check("the command waits and prints", (done.returncode, done.stdout) == (0, "It rains.\n"), done)
    failed = tasks.command("task", "broken", "--wait")
    check("and its exit code tells", failed.returncode == 1 and "nothing.json" in failed.stderr, failed)
    check("an unknown one is refused", "no task of this name" in tasks.command("task", "quack").stderr)
    listed = tasks.command("tasks").stdout
    check("tasks are listed", "quick" in listed and "Says how the weather is" in listed, listed)


def check_limits(check, tasks):
    with event_reader.Listener(tasks.server.origin, sessions="all", events=["task-waiting", "task-started", "task-ended"]) as listener:
        first, second = check_bounds(check, tasks)

        def told(run):
            return [m["event"] for m in list(listener.messages) if m["type"] == "event" and m["data"]["id"] == run["id"]]

        tasks.api.wait(lambda: len(told(first)) >= 2, "events")
        check("events tell of what runs", told(first) == ["task-started", "task-ended"], told(first))
        check("and of what waits", told(second) == ["task-waiting", "task-ended"], told(second))


def check_bounds(check, tasks):
    first = tasks.start("slow", "weather").json["run"]
    second = tasks.start("slow", "weather").json["run"]
    third = tasks.start("slow", "weather")
    check("one of a kind runs, another waits", (first["state"], second["state"]) == ("running", "waiting"), [first, second])
    check("and what is too much is refused", (third.status, third.code) == (503, "busy"), third.body)
    other = tasks.ended(tasks.start("quick").json["run"]["id"])
    check("other tasks do not wait for it", other["outcome"] == "done", other)
    cancel = tasks.api.post(f"/task-runs/{second['id']}/cancel", {"reason": "not needed"})
    waiting = tasks.ended(second["id"])
    check("what waits can be cancelled", cancel.status == 202 and (waiting["outcome"], waiting["text"]) == ("cancelled", "not needed")
          and waiting["session"] is None, waiting)  # fmt: skip
    listed = tasks.command("ps").stdout
    check("what runs is in the list of calls", "task slow" in listed, listed)
    hangup = tasks.command("hangup", first["session"])
    running = tasks.ended(first["id"])
    check("what runs can be hung up", hangup.returncode == 0 and running["outcome"] == "cancelled", running)
    again = tasks.api.post(f"/task-runs/{first['id']}/cancel", {})
    check("what has ended cannot be cancelled", again.code == "has-ended", again.body)
    figures = tasks.api.request("GET", "/metrics").body.decode()
    check("the metrics count", 'jackfield_task_runs_total{task="slow",outcome="cancelled"} 2' in figures
          or "no-metrics" in figures, [line for line in figures.splitlines() if "task" in line])  # fmt: skip
    return first, second


def check_drain(check, binary):
    with tempfile.TemporaryDirectory(prefix="jackfield-tasks-") as scratch:
        with Tasks(binary, scratch, CONF) as tasks:
            check_by_api(check, tasks)
            check_commands(check, tasks)
            check_limits(check, tasks)
            tasks.api.description = None
            running, waiting = (tasks.start("slow", "weather").json["run"] for _ in range(2))
            tasks.server.stop(signal.SIGTERM)
            check("a stop waits no longer than it may", tasks.server.exit_code == 0, tasks.server.log.read_text()[-2000:])
            record, _ = tasks.record(running["session"])
            check("what ran is cancelled in its record", record["task"]["outcome"] == "cancelled" and record["end-reason"] == "drained", record)
        with Tasks(binary, scratch, CONF) as tasks:
            ends = [tasks.run(one["id"])["outcome"] for one in (running, waiting)]
            check("and after a restart both are known", ends == ["cancelled", "cancelled"], ends)


def check_schedules(check, binary):
    def moment(seconds):
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    # The last two have passed: one is late, the other too late.
    conf = CONF + SCHEDULES.format(at=moment(6), late=moment(-600), missed=moment(-7200))
    with tempfile.TemporaryDirectory(prefix="jackfield-tasks-") as scratch:
        with Tasks(binary, scratch, conf) as tasks:
            done = lambda: [run for run in tasks.schedule_runs("often") if run.get("outcome") == "done"]  # noqa: E731
            tasks.api.wait(lambda: len(done()) >= 3, "three runs of a schedule")
            ends = [[run["outcome"] for run in tasks.schedule_runs(name)] for name in ("late", "missed")]
            check("what was missed is caught up, if it is not too old", ends == [["done"], ["missed"]], ends)
            by_hand = tasks.command("schedule", "run", "often", "--wait")
            check("a schedule runs now", "It rains." in by_hand.stdout or "has not ended" in by_hand.stderr, by_hand)
            posted = tasks.api.wait(lambda: (answer := tasks.api.post("/schedules/often/run")).status == 201 and answer, "a run between two times")
            check("and over the API", posted.json["run"]["schedule"] == "often" and posted.json["run"]["due"] is None, posted.body)
            listed = tasks.command("schedule").stdout + tasks.command("schedule", "next").stdout
            check("schedules are listed", "every=1s" in listed and "once" in listed, listed)
            tasks.api.wait(lambda: any(run["state"] == "running" for run in tasks.schedule_runs("once")), "the run at a time")
            quick = tasks.start("quick").json["run"]
            tasks.server.stop(signal.SIGKILL)
        time.sleep(1)
        with Tasks(binary, scratch, conf) as tasks:
            once = tasks.api.wait(lambda: [run for run in tasks.schedule_runs("once") if run["state"] == "ended"], "what was killed")
            check("what a kill ended is marked", [run["outcome"] for run in once] == ["interrupted"], once)
            check("and not begun again", len(tasks.schedule_runs("once")) == 1 and not [s for s in tasks.api.running() if s["line"] == "task slow"], tasks.schedule_runs("once"))
            ends = [[run["outcome"] for run in tasks.schedule_runs(name)] for name in ("late", "missed")]
            check("what was caught up or missed stays so", ends == [["done"], ["missed"]], ends)
            check("a moment that has passed is over", not next(s for s in tasks.api.get("/schedules").json["schedules"] if s["name"] == "once")["upcoming"])
            last = tasks.ended(quick["id"])
            check("what the API started is known as well", last["outcome"] in ("done", "interrupted"), last)
            newest = tasks.schedule_runs("often")[0]["id"]
            tasks.api.wait(lambda: (runs := tasks.schedule_runs("often"))[0]["id"] != newest and runs[0].get("outcome") == "done", "more runs")
            dues = [run["due"] for run in tasks.schedule_runs("often") if run["due"]]
            check("the others go on, each time once", len(dues) == len(set(dues)), dues)
            check("in the order of their times", dues == sorted(dues, reverse=True), dues)
            tasks.api.description = None
            tasks.server.stop(signal.SIGTERM)
        check("and it ends cleanly", tasks.server.exit_code == 0, tasks.server.log.read_text()[-2000:])


def main():
    binary = sys.argv[1]
    check = tap.Checks()
    check_drain(check, binary)
    check_schedules(check, binary)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
