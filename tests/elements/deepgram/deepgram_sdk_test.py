#!/usr/bin/env python3
"""Deepgram's own client, npm's @deepgram/sdk, gets from the fake what deepgramstt gets: so the fake is
more than our own opinion. Prints TAP. Arguments: source directory, node_modules of the SDK.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from fake_speech import SpeechService  # noqa: E402

HEARD = "Hello from the fake."


def talk(source, modules, api, scratch):
    """(messages that the client got, violations that the fake saw)"""
    with SpeechService("deepgram", {"utterances": [HEARD]}, scratch, api) as fake:
        client = subprocess.run(
            ["node", str(source / "tests/support/sdk/deepgram.cjs"), fake.url, api],
            env=dict(os.environ, NODE_PATH=str(modules)), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    messages = [json.loads(line) for line in client.stdout.splitlines() if line.startswith("{")]
    return messages, fake.entries("violation", "refused"), client.stderr


def main():
    source, modules = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not (modules / "@deepgram/sdk").exists() or not shutil.which("node"):
        print("1..0 # SKIP no @deepgram/sdk: ./dev test fetches it")
        return
    print("1..4")
    with tempfile.TemporaryDirectory(prefix="jackfield-sdk-") as scratch:
        nova, wrong, errors = talk(source, modules, "nova", pathlib.Path(scratch))
        finals = [m["channel"]["alternatives"][0]["transcript"] for m in nova if m.get("is_final")]
        good = " ".join(t for t in finals if t) == HEARD and {"closed": 1000} in nova
        print(f"{'ok' if good else 'not ok'} 1 - Nova: the client gets the transcript\n# {nova or errors}")
        print(f"{'not ok' if wrong else 'ok'} 2 - Nova: the fake takes all that the client sends\n# {wrong}")
        flux, wrong, errors = talk(source, modules, "flux", pathlib.Path(scratch))
        events = [m["event"] for m in flux if m.get("type") == "TurnInfo"]
        good = [e for e in events if e != "Update"] == ["StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]
        print(f"{'ok' if good else 'not ok'} 3 - Flux: the client gets the turn\n# {flux or errors}")
        print(f"{'not ok' if wrong else 'ok'} 4 - Flux: the fake takes all that the client sends\n# {wrong}")


main()
