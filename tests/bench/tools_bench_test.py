#!/usr/bin/env python3
"""The benchmark of tools itself, on a few calls: it measures, and notices frames that are missing. No figure
of time is judged. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

SOURCE, BUILD = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SOURCE / "tests/support"))
sys.path.insert(0, str(SOURCE / "tests/bench"))
from checks import Checks  # noqa: E402
from tools_bench import frames_missing  # noqa: E402


def main():
    bench = [sys.executable, str(SOURCE / "tests/bench/tools_bench.py"), "--build", BUILD]
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--only", "gaps,fillers,realtime,think", "--kinds", "slow", "--calls", "2", "--turns", "1", "--rounds", "1", "--json", str(report_file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=150, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"results": [], "failures": ["no report"]}
    sys.stderr.write(run.stdout)
    check = Checks()
    check("everything could be measured", not report["failures"] and run.returncode == 0, report["failures"])
    gaps = next((r for r in report["results"] if r["kind"] == "gaps"), {"tools": [], "caller-frames": 0, "agent-sounds": 0})
    check("the tool took its time", [t["tool"] for t in gaps["tools"]] == ["slow"] and gaps["tools"][0]["took-ms"] > 1900, gaps)
    check("seconds of the caller were compared", gaps["caller-frames"] > 200 and gaps["caller-frames-lost"] == 0, gaps)
    check("greeting, filler and reply were", gaps["agent-sounds"] == 3 and gaps["agent-sounds-broken"] == 0, gaps)
    fillers = {r["system"]: r for r in report["results"] if r["kind"] == "fillers"}
    check("fillers of both kinds of agents and of a thinker were heard", len(fillers) == 3 and all(r["onset-ms"]["p50"] >= 600 for r in fillers.values()), fillers)
    trips = [r["round-trip-ms"]["count"] for r in report["results"] if r["kind"] == "realtime"]
    check("each call's tool made its round trip", trips == [2], trips)
    thinkers = [(r["thinker"], r["turns"]) for r in report["results"] if r["kind"] == "think"]
    check("turns without a thinker and beside an idle one were measured", thinkers == [("none", 2), ("idle", 2)], thinkers)
    lines = [line["text"] for line in report.get("verdicts", [])]
    check("each budget has its line", len(lines) == 4 and all(f"  {line}" in run.stdout for line in lines), lines)
    whole = numpy.arange(1600)
    part = numpy.concatenate([whole[:320], whole[640:1120], whole[1280:]])
    check("frames that are missing are counted", frames_missing(whole, whole) == 0 and frames_missing(whole, part) == 3)
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    check("an unknown part is refused", unknown.returncode == 2 and "--only" in unknown.stderr, unknown.stderr)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
