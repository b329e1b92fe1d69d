#!/usr/bin/env python3
"""The turn benchmark itself, on two calls of a turn each, and of an interruption each: it measures, and
every turn is found in the logs of all three services. No figure of time is judged. Prints TAP.
Arguments: the source directory, the build directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def check(number, right, what):
    print(f"{'ok' if right else 'not ok'} {number} - {what}", flush=True)
    return right


def main():
    source, build = sys.argv[1:3]
    bench = [sys.executable, os.path.join(source, "tests/bench/turn_bench.py"), "--build", build]
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--only", "fast", "--calls", "2", "--turns", "1", "--interruptions", "1", "--json", str(report_file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"results": [], "failures": ["no report"]}
    sys.stderr.write(run.stdout)
    fine = check(1, not report["failures"] and run.returncode == 0, "everything could be measured")
    results = {run["kind"]: run for run in report["results"]}
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
    print("1..6")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
