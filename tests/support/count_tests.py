#!/usr/bin/env python3
"""Adds up the test cases of meson's reports; the last line is "N passed, N failed".

Arguments: build directories in which `meson test` ran, and perhaps, with --logbase second, ran once
more what failed. Exits with 1 when a case failed, or no test of a directory ran. A test program that
crashed or hung names no failed case, so it counts as one failure itself.

With --again DIRECTORY it prints the names of the programs that may be run again, alone: on a busy
machine a test that waits for the real time may come too late. Not what a sanitizer complained of,
and nothing when more than a few failed.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:")
MOST_AGAIN = 6


def programs(directory, logbase):
    """Each test program's name and what meson knows of it."""
    log = pathlib.Path(directory) / "meson-logs" / f"{logbase}.json"
    lines = log.read_text().splitlines() if log.exists() else []
    return {test["name"]: test for test in map(json.loads, lines)}


def cases(directory, logbase):
    """Each test case: its program, its own name, its element."""
    report = pathlib.Path(directory) / "meson-logs" / f"{logbase}.junit.xml"
    if not report.exists():
        return
    for suite in ElementTree.parse(report).iter("testsuite"):
        # "jackfield.PROGRAM.CLASS" with GoogleTest, else the cases are programs.
        parts = suite.get("name", "").split(".")
        for case in suite.iter("testcase"):
            own = case.get("name", "")
            yield (parts[1] if len(parts) > 1 else own), ".".join(parts[2:] + [own]), case


def may_run_again(directory):
    failed = [test for test in programs(directory, "testlog").values() if test["result"] not in GOOD]
    if len(failed) > MOST_AGAIN:
        return []
    return [
        test["name"].split(" / ")[-1]
        for test in failed
        if not any(mark in test.get("stdout", "") + test.get("stderr", "") for mark in SANITIZERS)
    ]


def main(directories):
    passed, skipped, failures, unstable = 0, 0, [], []
    for directory in directories:
        first, second = programs(directory, "testlog"), programs(directory, "second")
        replaced = {name for name in second if first.get(name, {}).get("result") not in GOOD}
        unstable += [f"{directory}: {name}" for name in replaced if second[name]["result"] in GOOD]
        if not first:
            failures.append(f"{directory}: no test ran")
        failed_programs = set()
        for logbase in ("testlog", "second"):
            for program, own, case in cases(directory, logbase):
                if (program in replaced) != (logbase == "second"):
                    continue
                if case.find("failure") is not None or case.find("error") is not None:
                    failures.append(f"{directory}: {program} {own}")
                    failed_programs.add(program)
                elif case.find("skipped") is not None:
                    skipped += 1
                else:
                    passed += 1
        for name, test in {**first, **{name: second[name] for name in replaced}}.items():
            if test["result"] not in GOOD and name not in failed_programs:
                failures.append(f"{directory}: {name} ended with {test['result']}")
    for name in unstable:
        print(f"unstable: {name} failed at first, and passed when it ran alone")
    for name in failures:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failures)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failures else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--again"]:
        print("\n".join(may_run_again(sys.argv[2])))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
