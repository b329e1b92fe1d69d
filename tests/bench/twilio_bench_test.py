#!/usr/bin/env python3
"""The Twilio benchmark itself, on five calls of two seconds and two conversations of a turn: it
measures, and nothing is lost.

Fewer descriptors are allowed than the server needs, unless it raises the limit itself. No figure of
time is judged. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

PARTS = ("echo", "detector", "jitter", "agent")
ECHOES = PARTS[:2]


def check(number, right, what, skip=""):
    print(f"{'ok' if right or skip else 'not ok'} {number} - {what}" + (f" # SKIP {skip}" if skip else ""), flush=True)
    return right or bool(skip)


def main():
    source, build = sys.argv[1:3]
    bench = [sys.executable, os.path.join(source, "tests/bench/twilio_bench.py"), "--build", build]
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--only", ",".join(PARTS), "--calls", "5", "--seconds", "2", "--settle", "0.5",
             "--agent-calls", "2", "--turns", "2", "--json", str(report_file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"results": [], "failures": ["no report"]}
    sys.stderr.write(run.stdout)
    fine = check(1, not report["failures"], "everything could be measured")
    results = {run["part"]: run for run in report["results"]}
    fine &= check(2, sorted(results) == sorted(PARTS), "there is a result for each part")
    for number, part in enumerate(ECHOES, 3):
        result = results.get(part, {"void": False})
        late = "the callers were late themselves" if result["void"] else ""
        sent = result.get("frames-sent", 0)
        whole = 450 <= sent <= 550 and result.get("frames-returned") == sent
        clean = result.get("frames-lost") == 0 and result.get("foreign-bytes") == 0 and result["server"]["cpu-percent"] > 0
        fine &= check(number, whole and clean, f"{part}: every frame came back as it was sent", late)
    jitter = results.get("jitter", {})
    # How much of it unchanged depends on how busy the machine is: what is late is played longer.
    fine &= check(5, jitter.get("messages-received", 0) >= 450 and jitter["server"]["cpu-percent"] > 0, "jitter: audio came back")
    added = results.get("agent", {}).get("added-ms", {})
    fine &= check(6, added.get("count") == 2 and added["p50"] > 0, "agent: the turn of each call was answered")
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    fine &= check(7, unknown.returncode == 2 and "--only" in unknown.stderr, "an unknown part is refused")
    print("1..7")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
