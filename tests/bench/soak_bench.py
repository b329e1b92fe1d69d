#!/usr/bin/env python3
"""A long soak: thousands of calls in rounds, and what the server holds after each.

Prints a table over time: memory in all and without files, threads and descriptors, with no call on.
With --json the rows go to a file as well. Nothing is asserted but that the calls are served.
"""
import argparse
import contextlib
import json
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402
import many_calls  # noqa: E402

KINDS = {
    "echo": ("echo.gst", many_calls.ECHO, 5000, 40, 200),
    "agent": ("phone-agent.gst", many_calls.AGENT, 1000, 20, 20),
    # Twenty come and go in a room that somebody never leaves.
    "conference": ("conference.gst", many_calls.CONFERENCE, 2500, 20, 10),
}


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(server, started):
    """Start-up time, and what the server costs before any call."""
    took = time.monotonic() - started
    pid = server.process.pid
    time.sleep(1)
    before = processor_seconds(pid)
    time.sleep(5)
    return {"start-seconds": took, "idle-processor-percent": (processor_seconds(pid) - before) / 5 * 100, **many_calls.usage(pid)}


def soak(kind, options, scratch):
    pipeline, script, calls, at_a_time, rate = KINDS[kind]
    calls = options.calls or calls
    at_a_time = options.at_a_time or at_a_time
    folder = pathlib.Path(scratch, kind)
    folder.mkdir()
    rows = []
    started = time.monotonic()
    with jackfield_server.Server(options.build / "launcher/jackfield", SOURCE / "pipelines" / pipeline, folder, "--quiet", "--max-calls", str(at_a_time + 50)) as server:
        first = idle(server, started)
        print(f"{kind}: up after {first['start-seconds']:.2f} s; idle {first['rss'] / 1024:.1f} MB, {first['idle-processor-percent']:.2f} % of a processor, {first['threads']} threads")
        print(f"{'calls':>8} {'failed':>7} {'minutes':>8} {'RSS MB':>8} {'no files':>9} {'threads':>8} {'descriptors':>12}")
        keeper = stay(server, folder) if kind == "conference" else contextlib.nullcontext()
        with keeper:
            serve(server, script, calls, at_a_time, rate, options.round, started, rows)
        server.stop()
    return {"kind": kind, "idle": first, "rows": rows}


@contextlib.contextmanager
def stay(server, folder):
    """A caller who is there all the time."""
    (folder / "keeper.json").write_text(json.dumps(many_calls.KEEPER))
    keeper = jackfield_server.start_simulation(server, folder / "keeper.json", folder, "keeper")
    try:
        yield
        if keeper.poll() is not None:
            print("the one who stays is gone", file=sys.stderr)
    finally:
        keeper.terminate()
        keeper.wait()


def serve(server, script, calls, at_a_time, rate, a_round, started, rows):
    done = failed = 0
    while done < calls:
        batch = min(a_round or max(calls // 20, 1), calls - done)
        bad, said = many_calls.place(server, script, batch, at_a_time, rate, seed=done + 1)
        done, failed = done + batch, failed + bad
        now = many_calls.settled_usage(server.process.pid)
        row = {"calls": done, "failed": failed, "minutes": (time.monotonic() - started) / 60, **now}
        rows.append(row)
        print(f"{done:>8} {failed:>7} {row['minutes']:>8.1f} {now['rss'] / 1024:>8.1f} {now['anonymous'] / 1024:>9.1f} {now['threads']:>8} {now['descriptors']:>12}", flush=True)
        if bad:
            print(said, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build", help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--calls", type=int, help="of each kind (default: 5000 echo, 1000 agent, 2500 conference)")
    parser.add_argument("--round", type=int, help="calls between two rows (default: a twentieth)")
    parser.add_argument("--at-a-time", type=int, help="calls at a time (default: 40 echo, 20 agent, 20 conference)")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jackfield-soak-") as scratch:
        report = [soak(kind, options, scratch) for kind in KINDS if options.kind in (kind, "all")]
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if any(run["rows"][-1]["failed"] for run in report) else 0


if __name__ == "__main__":
    sys.exit(main())
