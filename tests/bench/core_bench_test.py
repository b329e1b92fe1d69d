#!/usr/bin/env python3
"""The benchmark of agent cores itself, with few turns and calls: it measures, and each answer of the model is
found in its log. No figure is judged. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402


def main():
    source, build = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [sys.executable, f"{source}/tests/bench/core_bench.py", "--build", build, "--turns", "5", "--calls", "5", "--seconds", "1", "--json", str(file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
        )  # fmt: skip
        report = json.loads(file.read_text()) if file.exists() else {"results": [], "failures": ["no report"]}
    check = Checks()
    check("everything could be measured", run.returncode == 0 and not report["failures"], run.stdout)
    turns = {r["stage"]: r["ms"] for r in report["results"] if r["kind"] == "first-text"}
    check("each stage answered each turn", len(turns) == 3 and all(ms["count"] == 5 for ms in turns.values()), turns)
    check("and took time for it", turns and all(ms["p50"] > 0 for ms in turns.values()), turns)
    check("idle calls were watched", any(r["kind"] == "idle" and r["calls"] == 5 for r in report["results"]), report)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
