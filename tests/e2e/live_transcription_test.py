#!/usr/bin/env python3
"""A whole call with openaistt over the Realtime socket: the real jackfield, called by `jackfield simulate`,
and the fake of OpenAI's transcription sessions, which takes only what the service takes.

The connection dies in the middle of the caller's first turn. The fake has words only for the sound that
it got on one connection, so the whole turn must have reached it again.
Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402

KEY = "test-key"
HEARD = ["opening hours", "Goodbye."]


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    clip = next(c["path"] for c in clips["clips"] if c["in_grammar"])
    with tempfile.TemporaryDirectory(prefix="jackfield-e2e-") as scratch:
        scratch = pathlib.Path(scratch)
        script = {
            "name": "live transcription", "sounds": clips["sounds"], "timeout": 120000,
            "steps": [
                {"wait-reply": {"timeout": 15000}}, {"say": clip}, {"wait-reply": {"timeout": 15000}},
                {"say": clip}, {"expect-hang-up": {"timeout": 30000}},
            ],
        }  # fmt: skip
        os.environ.update(OPENAI_API_KEY=KEY)
        with FakeRealtime({"heard": HEARD, "connections": [{"cut_after_ms": 600}, {}]}, scratch) as fake:
            stage = f"STT=openaistt model=gpt-live-transcribe language=en check-model=false base-url={fake.url}"
            call = jackfield_server.OneCall(binary, source / "pipelines/phone-agent.gst", scratch, script, stage)
            first, second = fake.input(0), fake.input(1)
            opened = fake.events("connected")
            updates = fake.events("received", "session.update")
            commits = fake.events("received", "input_audio_buffer.commit")
            deltas = fake.events("sent", "conversation.item.input_audio_transcription.delta")
            refused = fake.events("sent", "error")
    results = [
        ("the caller's steps passed", call.report["ok"], "; ".join(call.report["failures"]) or call.output[-500:]),
        ("what the service heard is in the transcript", all(t in call.transcript for t in HEARD), call.transcript),
        ("and it was answered", "from nine to five" in call.transcript, call.transcript),
        # None of the trial that jackfield makes before it listens.
        ("the connection that died was made again, once", len(opened) == 2, str(len(opened))),
        ("each is a session for transcription of telephone audio",
         [u["session"]["audio"]["input"]["format"]["type"] for u in updates] == ["audio/pcmu"] * 2, str(updates)),
        ("each turn was committed once", len(commits) == 2, str(len(commits))),
        ("the new connection got the turn from its beginning", len(first) >= 600 * 8 and second.startswith(first),
         f"{len(first)}, {len(second)} bytes"),
        ("words came", len(deltas) >= 2, str(deltas)),
        ("the service refused nothing", not refused, str(refused)),
        ("the operator can read of the failure", "openaistt" in call.everything and "cut" in call.everything, call.everything[-2000:]),
        ("no key is written anywhere", KEY not in call.everything, ""),
        ("jackfield ended cleanly", call.exit_code == 0, f"exit code {call.exit_code}"),
    ]  # fmt: skip
    check = Checks()
    for result in results:
        check(*result)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
