#!/usr/bin/env python3
"""The turn benchmark itself, on two calls of a turn each, and of an interruption each: it measures, and
every turn is found in the logs of all three services. No figure of time is judged. Prints TAP.
The comparison with @openai/agents is skipped where that package is not installed.
Arguments: the source directory, the build directory, the node_modules that hold it.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def check(number, right, what, skip=""):
    print(f"{'ok' if right or skip else 'not ok'} {number} - {what}" + (f" # SKIP {skip}" if skip else ""), flush=True)
    return right or bool(skip)


def main():
    source, build, agents = sys.argv[1:4]
    peer = os.path.isdir(agents)
    bench = [sys.executable, os.path.join(source, "tests/bench/turn_bench.py"), "--build", build, "--node-modules", agents]
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--only", "fast,realtime" if peer else "fast", "--calls", "2", "--turns", "1", "--interruptions", "1", "--json", str(report_file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=150,
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"results": [], "failures": ["no report"]}
    sys.stderr.write(run.stdout)
    fine = check(1, not report["failures"] and run.returncode == 0, "everything could be measured")
    results = {run["kind"]: run for run in report["results"] if run["part"] == "fast"}
    turns = results.get("turns", {"turns": 0})
    fine &= check(2, turns["turns"] == 2, "the turn of each call was found in the logs of all services")
    # What the services took is never less than they were told to take, and part of the whole.
    whole = turns["turns"] and 309 <= turns["services-ms"]["p50"] < turns["first-audio-ms"]["max"]
    fine &= check(3, whole, "the services took their time, and it is part of the whole")
    fine &= check(4, results.get("barge-in", {}).get("clear-ms", {}).get("count") == 2, "each call was interrupted")
    lines = [line["text"] for line in report.get("verdicts", [])]
    fine &= check(5, len(lines) == 3 and all(f"  {line}" in run.stdout for line in lines), "each budget has its line")
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    fine &= check(6, unknown.returncode == 2 and "--only" in unknown.stderr, "an unknown part is refused")
    systems = {run["system"]: run for run in report["results"] if run["kind"] == "realtime"}
    right = sorted(systems) == ["agents", "jackfield"] and all(
        run["turns"] == run["interruptions"] == 2 and not run["refused"] for run in systems.values()
    )
    fine &= check(7, right, "speech to speech: both systems answered, were interrupted, and nothing was refused",
                  "" if peer else "@openai/agents is not installed")  # fmt: skip
    print("1..7")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
