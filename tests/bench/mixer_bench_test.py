#!/usr/bin/env python3
"""The benchmark of the mixer itself, with few rounds: it measures, and what no machine's speed changes is right.

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
    bench = [sys.executable, os.path.join(source, "tests/bench/mixer_bench.py"), "--build", build]
    check = checks.Checks()
    with tempfile.TemporaryDirectory() as scratch:
        report_file = pathlib.Path(scratch, "report.json")
        run = subprocess.run(
            [*bench, "--inputs", "2,6", "--rounds", "2", "--seats", "3:2", "--settle", "1", "--seconds", "6", "--attempts", "1",
             "--json", str(report_file)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=150,
        )  # fmt: skip
        report = json.loads(report_file.read_text()) if report_file.exists() else {"failures": ["no report"]}
    check("everything could be measured", run.returncode == 0 and not report["failures"], run.stdout)
    core = {(row["kernels"], row["inputs"], row["outputs"]): row for row in report.get("core", [])}
    kernels = {key[0] for key in core}
    check("the core with each instruction set", "plain" in kernels and len(core) == 6 * len(kernels), run.stdout)
    mixes = {key[1:]: row["distinct"] for key, row in core.items()}
    right = {(2, "one mix"): 1, (6, "one mix"): 1, (2, "mix-minus"): 2, (6, "mix-minus"): 6, (2, "three speak"): 2, (6, "three speak"): 4}
    check("as many mixes as there are different ones", mixes == right, mixes)
    element = {(row["system"], row["inputs"], row["outputs"]): row for row in report.get("element", [])}
    check("both elements, one mix and mix-minus", len(element) == 8 and all(row["us"] > 0 for row in element.values()), run.stdout)
    check("ours is compared with the other", all("times-less" in row for key, row in element.items() if key[0] == "duckingmixer"), element)
    encoders = {row["speakers"]: row["encoder-runs"] for row in report.get("encoders", [])}
    check("an encoder for all who listen, and one for each who speaks", encoders == {0: 1, 1: 2, 3: 4, 5: 6}, encoders)
    check("and the budget says so", any(one["what"].startswith("encoder runs") and one["kept"] for one in report.get("budgets", [])), report.get("budgets"))
    meeting = report.get("conference") or [{"calls": 0}]
    check("and three callers hear one another", meeting[0]["calls"] == 3 and meeting[0]["found"] > 0 and meeting[0]["paths"] == 4, run.stdout)
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    check("an unknown part is refused", unknown.returncode == 2 and "--only" in unknown.stderr, unknown.stderr)
    check.print()


if __name__ == "__main__":
    main()
