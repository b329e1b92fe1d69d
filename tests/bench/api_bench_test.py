#!/usr/bin/env python3
"""The benchmark of the control API itself, on five calls of two seconds: it measures, and nothing is lost.

No figure of time is judged. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import checks  # noqa: E402


def main():
    source, build = sys.argv[1:3]
    bench = [sys.executable, os.path.join(source, "tests/bench/api_bench.py"), "--build", build]
    check = checks.Checks()
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--calls", "5", "--seconds", "2", "--settle", "0.5", "--readers", "1,3", "--attempts", "1", "--json", str(report_file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=150,
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"runs": [], "answers": [], "failures": ["no report"]}
    check("everything could be measured", not report["failures"], run.stdout)
    runs = report["runs"]
    check("there is a result for each run", len(runs) == 5, run.stdout)
    void = any(run["void"] for run in runs)
    check("no frame of a call was lost", void or all(run["frames-lost"] == 0 and run["server"]["cpu-percent"] > 0 for run in runs), run.stdout)
    answers = {answer["answer"]: answer for answer in report["answers"]}
    asked = all(answer["ms"]["count"] >= 5 and answer["ms"]["p50"] > 0 and answer["bytes"] > 10 for answer in answers.values())
    check("answers were measured", len(answers) == 7 and asked, report["answers"])
    read = {run["readers"]: run["read"] for run in runs if run["readers"]}
    told = sorted(read) == [1, 3] and all(r["events-per-second"] > 1 and r["lost"] == 0 and r["closed"] == 0 for r in read.values())
    check("readers were told everything", told, read)
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    check("an unknown part is refused", unknown.returncode == 2 and "--only" in unknown.stderr, unknown.stderr)
    check.print()


if __name__ == "__main__":
    main()
