#!/usr/bin/env python3
"""The benchmark of browser calls itself, on one short call of each system: sound is heard at both ends.

No figure of time is judged. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PARTS = ("chromium", "webrtcbin", "jackfield", "jackfield-10", "room")


def main():
    source, build = sys.argv[1:3]
    modules = pathlib.Path(source, ".deps/playwright-core-1.64.1/node_modules")
    if not modules.exists() or not shutil.which("node") or not shutil.which("chromium"):
        print("1..0 # SKIP no Chromium or no playwright-core")
        return 0
    bench = [sys.executable, os.path.join(source, "tests/bench/webrtc_bench.py"), "--build", build]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch, "report.json")
        run = subprocess.run([*bench, "--only", ",".join(PARTS), "--calls", "1", "--seconds", "6", "--json", str(file)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=110)  # fmt: skip
        report = json.loads(file.read_text()) if file.exists() else {"results": [], "failures": [run.stdout]}
    sys.stderr.write(run.stdout)
    results = {one["part"]: one for one in report["results"]}
    checks = [(not report["failures"], "everything could be measured")]
    for part in PARTS:
        one = results.get(part)
        right = one and all(one[way]["count"] >= 2 and one[way]["p50"] > 5 for way in ("to-server", "to-browser"))
        checks.append((right, f"{part}: bursts are heard at both ends, some time after they were sent"))
    for part in ("jackfield", "jackfield-10"):
        told = results.get(part, {}).get("told", {})
        sums = [abs(one["told-ms"] - sum(part["ms"] for part in one["parts"].values())) < 1 for one in told.values()]
        checks.append((len(sums) == 2 and all(sums), f"{part}: what it tells of both ways is the sum of its parts"))
    # Capture takes 10 ms of each packet; the rest of it waits to be encoded, which looks 6.5 ms ahead.
    waits = {part: results.get(part, {}).get("told", {}).get("to-server", {}).get("parts", {}).get("encode", {}).get("ms") for part in ("jackfield", "jackfield-10")}
    checks.append((waits == {"jackfield": 16.5, "jackfield-10": 6.5}, f"the browser sends packets of the length that is asked for: {waits}"))
    unknown = subprocess.run([*bench, "--only", "cheese"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    checks.append((unknown.returncode == 2 and "--only" in unknown.stderr, "an unknown part is refused"))
    for number, (right, what) in enumerate(checks, 1):
        print(f"{'ok' if right else 'not ok'} {number} - {what}")
    print(f"1..{len(checks)}")
    return 0 if all(right for right, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
