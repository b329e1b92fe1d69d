#!/usr/bin/env python3
"""Adds up the test cases of meson's reports; the last line is "N passed, N failed".

Arguments: build directories in which `meson test` ran. Exits with 1 when a case failed or none ran.
A test program that crashed or hung names no failed case, so it counts as one failure itself.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


def main(directories):
    passed, skipped, failures = 0, 0, []
    for directory in directories:
        logs = pathlib.Path(directory) / "meson-logs"
        failed_programs = set()
        for suite in ElementTree.parse(logs / "testlog.junit.xml").iter("testsuite"):
            for case in suite.iter("testcase"):
                name = f"{directory}: {suite.get('name', '')} {case.get('name', '')}"
                if case.find("failure") is not None or case.find("error") is not None:
                    failures.append(name)
                    failed_programs.add(suite.get("name", "").split(".")[1:2][0] if "." in suite.get("name", "") else "")
                elif case.find("skipped") is not None:
                    skipped += 1
                else:
                    passed += 1
        for line in (logs / "testlog.json").read_text().splitlines():
            test = json.loads(line)
            program = test["name"].split(" / ")[-1].split(":")[-1].strip()
            if test["result"] not in GOOD and program not in failed_programs:
                failures.append(f"{directory}: {program} ended with {test['result']}")
    for name in failures:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failures)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
