#!/usr/bin/env python3
"""What elevenlabstts sends, and what the fake answers, fits the types of ElevenLabs' own client, npm's
@elevenlabs/elevenlabs-js. Prints TAP. Arguments: source directory, node_modules of the client.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    source, modules = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not (modules / "@elevenlabs/elevenlabs-js").exists() or not shutil.which("node"):
        print("1..0 # SKIP no @elevenlabs/elevenlabs-js: ./dev test fetches it")
        return
    with tempfile.TemporaryDirectory(prefix="jackfield-sdk-") as scratch:
        log, text = pathlib.Path(scratch) / "log.jsonl", pathlib.Path(scratch) / "text"
        text.write_text("Hello, this is the reception desk.")
        fake = subprocess.Popen(
            [sys.executable, str(source / "tests/support/fakes/elevenlabs.py"), "--log", str(log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            url = f"ws://127.0.0.1:{int(fake.stdout.readline().split()[1])}"
            line = f"filesrc location={text} ! text/x-raw,format=utf8 ! elevenlabstts auto-mode=false stability=0.5 "
            line += f"api-key=test-key voice=test-voice base-url={url} ! fakesink"
            spoken = subprocess.run(["gst-launch-1.0", "-q", *line.split()], capture_output=True, text=True, timeout=60)
        finally:
            fake.stdin.close()
            fake.wait(timeout=20)
        typed = subprocess.run(
            ["node", str(source / "tests/support/sdk/elevenlabs_types.cjs"), str(log)],
            env=dict(os.environ, NODE_PATH=str(modules)), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    entries = [json.loads(line) for line in typed.stdout.splitlines()]
    results = []
    for kind, wanted in (
        ("text", {"InitializeConnectionMulti", "SendTextMulti", "CloseContext"}),
        ("sent", {"AudioOutputMulti", "FinalOutputMulti"}),
    ):
        of_kind = [e for e in entries if e["kind"] == kind]
        seen = {name for e in of_kind for name in e["fits"]}
        strangers = [e["data"] for e in of_kind if not e["fits"]]
        results.append((f"{kind}: every message fits a type", bool(of_kind) and not strangers, strangers or spoken.stderr + typed.stderr))
        results.append((f"{kind}: the types that belong to a reply", wanted <= seen, sorted(seen)))
    print(f"1..{len(results)}")
    for number, (name, good, detail) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}" + ("" if good else f"\n# {detail}"))


main()
