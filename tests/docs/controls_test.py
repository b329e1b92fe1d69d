#!/usr/bin/env python3
"""The checks of our pages can fail: each is given a copy of the pages with one false statement in it, and
must find it. Arguments: source directory, the jackfield binary, names of the plugins that were built."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap

HERE = pathlib.Path(__file__).resolve().parent
# test, page, what stands there, what it is replaced by, what the test must say
MUTATIONS = [
    ("elements", "docs/elements/turndetector.md", "| `hang-over` | uint64, ns | 500 ms |", "| `hang-over` | uint64, ns | 400 ms |", "`hang-over`: the page says default"),
    ("elements", "docs/elements/turndetector.md", "| 500 ms | 0–60 s |", "| 500 ms | 0–61 s |", "`hang-over`: the page says range"),
    ("elements", "docs/elements/turndetector.md", "| `threshold` | float | 0.5 | 0–1 | any time |", "| `threshold` | float | 0.5 | 0–1 | NULL, READY |", "`threshold`: the page says changeable"),
    ("elements", "docs/elements/turndetector.md", "| `threshold` | float |", "| `treshold` | float |", "`threshold` is not on the page"),
    ("elements", "docs/elements/turndetector.md", "`uint turn_id`, `uint64 speech_end`", "`uint turn_id`, `uint speech_end`", "signal `speech-end`"),
    ("elements", "docs/elements/turndetector.md", "| `stalls` | uint64 |", "| `stall-count` | uint64 |", "`stats` has `stalls`"),
    ("elements", "docs/elements/twiliosrc.md", "rate=8000", "rate=16000", "pad `src`"),
    ("elements", "docs/elements/flitetts.md", "`awb` (man, Scottish), ", "", "`voice`: the page says range"),
    ("elements", "docs/elements/flitetts.md", None, None, "docs/elements/flitetts.md is missing"),
    ("messages", "docs/events-and-messages.md", "| | `onset-to-flush` | uint64 |", "| | `onset-to-flush` | uint |", "`agentbrain/interrupted` has"),
    ("messages", "docs/events-and-messages.md", "| `callrecorder/finished` |", "| `callrecorder/done` |", "`callrecorder/finished` is not on the page"),
    ("messages", "docs/running.md", "## Exit codes", "`agentbrain/finished` ends it.\n\n## Exit codes", "`agentbrain/finished` is not in"),
    ("links", "README.md", "docs/running.md", "docs/walking.md", "there is no docs/walking.md"),
    ("links", "docs/running.md", "(events-and-messages.md)", "(events-and-messages.md#nowhere)", "no heading #nowhere"),
    ("commands", "README.md", "`./dev run --serve`", "`./dev run --server`", "'./dev run' has no option --server"),
    ("commands", "docs/simulate.md", "--calls 200 --spread", "--calls 200 --spreads", "'jackfield simulate' has no option --spreads"),
    ("commands", "docs/simulate.md", "--hang-up-on-violation", "--hang-up-on-breach", "--hang-up-on-violation is on none of"),
]  # fmt: skip


def copy_of(source, scratch):
    root = pathlib.Path(scratch) / "copy"
    root.mkdir()
    for entry in source.iterdir():
        if entry.name in ("docs", "pipelines"):
            shutil.copytree(entry, root / entry.name)
        elif entry.is_file() and (entry.suffix == ".md" or entry.name in ("dev", "LICENSE")):
            shutil.copy(entry, root / entry.name)
        elif entry.name in ("plugins", "launcher", "tests"):
            (root / entry.name).symlink_to(entry)
    return root


def run(test, root, binary, plugins):
    arguments = {"elements": plugins, "commands": [binary]}.get(test, [])
    done = subprocess.run(
        [sys.executable, str(HERE / f"{test}_test.py"), str(root), *arguments],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def main():
    source, binary, plugins = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3:]
    report = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-docs-") as scratch:
        root = copy_of(source, scratch)
        for test in sorted({mutation[0] for mutation in MUTATIONS}):
            status, output = run(test, root, binary, plugins)
            report.case(f"{test}: a true copy passes", [] if status == 0 else [output[-1500:]])
        for test, page, true, false, said in MUTATIONS:
            path = root / page
            text = path.read_text()
            problems = []
            if true is None:
                path.unlink()
            elif true not in text:
                problems.append(f"{page} no longer says {true!r}: mend this test")
            else:
                path.write_text(text.replace(true, false))
            if not problems:
                status, output = run(test, root, binary, plugins)
                if status == 0 or said not in output:
                    problems.append(f"{test} ended with {status} and did not say {said!r}")
            path.write_text(text)
            report.case(f"{test}: {page}, {'removed' if true is None else repr(false[:60])} is found", problems)
    report.end()


if __name__ == "__main__":
    main()
