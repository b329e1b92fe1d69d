#!/usr/bin/env python3
"""Services that fail, end to end: wrong keys, unknown models, dead and silent networks, no credit, too many
requests, broken servers, from the start and in the middle of a call. Each is a whole call to the real
jackfield, with a fake service that refuses what the real one refuses. Always: the caller hears a sentence,
the operator reads which service failed and why, no key is written anywhere, the call's files are complete,
and jackfield ends cleanly on Ctrl+C.

Prints TAP. Arguments: the jackfield binary, the source directory, a group of cases.
"""
import concurrent.futures
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import failing_cases  # noqa: E402
from failing_services import Call, Voice  # noqa: E402

AT_ONCE = 4  # calls; each waits most of the time


def place(binary, source, voice, case, scratch):
    folder = scratch / case.name.replace(" ", "-")
    folder.mkdir()
    return Call(binary, source, case, folder).run().problems(voice)


def main():
    binary, source, group = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    cases = failing_cases.GROUPS[group]
    print(f"1..{len(cases)}")
    with tempfile.TemporaryDirectory(prefix="jackfield-failing-") as scratch:
        scratch = pathlib.Path(scratch)
        voice = Voice(binary, scratch)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            calls = [pool.submit(place, binary, source, voice, case, scratch) for case in cases]
            for number, (case, call) in enumerate(zip(cases, calls), 1):
                try:
                    problems = call.result()
                except Exception as error:  # one case alone
                    problems = [f"{type(error).__name__}: {error}"]
                print(f"{'not ok' if problems else 'ok'} {number} - {case.name}", flush=True)
                for problem in problems:
                    print("\n".join(f"# {line}" for line in str(problem).splitlines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
