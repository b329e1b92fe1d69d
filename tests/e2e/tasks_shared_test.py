#!/usr/bin/env python3
"""Two servers on one state file: each time of a schedule is done once, what one was killed in the other marks, and
another program that holds the file neither stops a server nor loses a result. Prints TAP.
Arguments: the jackfield binary, the source directory.
"""
import datetime
import pathlib
import signal
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
from task_server import Tasks  # noqa: E402

CONF = """[server]
state={state}
drain=1

[task quick]
pipeline=task.gst
goal=How is the weather

[task later]
pipeline=task.gst
goal=weather
DELAY=2000000000

[task slow]
pipeline=task.gst
goal=weather
DELAY=60000000000

[schedule often]
task=quick
every=1s

[schedule once]
task=slow
at={at}
"""


def servers(binary, scratch):
    at = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=8)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in ("one", "other"):
        folder = pathlib.Path(scratch) / name
        folder.mkdir()
        yield Tasks(binary, folder, CONF.format(state=pathlib.Path(scratch) / "state.sqlite", at=at))


def check_times(check, one, other):
    """The server that works on the schedule's one moment, and the one that does not."""
    def done():
        return [run for run in one.schedule_runs("often") if run.get("outcome") == "done"]

    one.api.wait(lambda: len(done()) >= 6, "runs of a schedule")
    dues = [run["due"] for run in one.schedule_runs("often") if run["due"]]
    check("each time of a schedule is dealt with once", len(dues) == len(set(dues)) >= 6, dues)
    sessions = [session["id"] for tasks in (one, other) for session in tasks.api.get("/sessions?state=ended&limit=200").json["sessions"]]
    check("by one server each", len(sessions) == len(set(sessions)) >= 6, sessions)
    run = one.api.wait(lambda: [run for run in one.schedule_runs("once") if run["state"] == "running"], "the moment")[0]
    check("both know of it", other.run(run["id"]) == one.run(run["id"]) and len(other.schedule_runs("once")) == 1)
    works = [tasks for tasks in (one, other) if [s for s in tasks.api.running() if s["line"] == "task slow"]]
    check("one works on it", len(works) == 1 and works[0].api.running()[0]["id"], works)
    idle = other if works[0] is one else one
    cancel = idle.api.post(f"/task-runs/{run['id']}/cancel", {})
    check("only that one can end it", cancel.code == "has-ended" and "another server" in cancel.body.decode(), cancel.body)
    return works[0], idle, run


def check_kill(check, works, idle, run):
    works.server.stop(signal.SIGKILL)
    ended = idle.ended(run["id"])
    check("what a killed server worked on is marked by the other", ended["outcome"] == "interrupted", ended)
    check("and not begun again", len(idle.schedule_runs("once")) == 1 and not [s for s in idle.api.running() if s["line"] == "task slow"])
    before = idle.schedule_runs("often")[0]["id"]
    idle.api.wait(lambda: (runs := idle.schedule_runs("often"))[0]["id"] != before and runs[0].get("outcome") == "done", "more runs")


def check_held_file(check, tasks, state):
    started = tasks.start("later").json["run"]
    # The driver opens no transaction of its own.
    holder = sqlite3.connect(state, isolation_level=None, timeout=30)
    holder.execute("BEGIN IMMEDIATE")
    longest = 0
    deadline = time.monotonic() + 60
    ended = started
    while ended["state"] != "ended" and time.monotonic() < deadline:
        since = time.monotonic()
        ended = tasks.run(started["id"])
        longest = max(longest, time.monotonic() - since)
        time.sleep(0.05)
    check("a file that somebody holds loses no result", (ended["state"], ended.get("text")) == ("ended", "It rains."), ended)
    row = holder.execute("SELECT outcome FROM task_runs WHERE id = ?", (started["id"],)).fetchone()
    check("though it is not written", row == ("",), row)
    refused = tasks.start("later")
    check("what cannot be written down is not begun", (refused.status, refused.code) == (500, "no-state"), refused.body)
    print(f"# an answer took at most {longest:.2f} s while the file was held")
    holder.execute("ROLLBACK")
    tasks.api.wait(lambda: holder.execute("SELECT outcome, text FROM task_runs WHERE id = ?", (started["id"],)).fetchone() == ("done", "It rains."),
                   "the result in the file")  # fmt: skip
    holder.close()
    again = tasks.ended(tasks.start("quick").json["run"]["id"])
    check("and all goes on", again["outcome"] == "done", again)


def main():
    binary = sys.argv[1]
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-tasks-") as scratch:
        first, second = servers(binary, scratch)
        with first as one, second as other:
            works, idle, run = check_times(check, one, other)
            check_kill(check, works, idle, run)
            check_held_file(check, idle, pathlib.Path(scratch) / "state.sqlite")
            idle.api.description = None
            idle.server.stop(signal.SIGTERM)
        check("it ends cleanly", idle.server.exit_code == 0, idle.server.log.read_text()[-2000:])
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
