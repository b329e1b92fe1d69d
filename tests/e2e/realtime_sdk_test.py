#!/usr/bin/env python3
"""npm's `openai` beside our fake of the Realtime API; the checks are in realtime_sdk_test.cjs. TAP.

Arguments: node, the folders node_modules of `openai` and of `ws`.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from fake_realtime import FakeRealtime  # noqa: E402


HEARD = ["one two three four five six", {"fail": {"code": "overloaded", "message": "too much"}}]
SCRIPT = {"replies": [{"gap_ms": 20}], "heard": HEARD}


def main():
    node, *modules = sys.argv[1:]
    script = pathlib.Path(__file__).resolve().with_suffix(".cjs")
    with tempfile.TemporaryDirectory() as scratch, FakeRealtime(SCRIPT, scratch) as fake:
        return subprocess.run(
            [node, str(script), fake.url, "test-key", str(pathlib.Path(modules[0]) / "openai")],
            env={**os.environ, "NODE_PATH": os.pathsep.join(modules)}, timeout=100,
        ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
