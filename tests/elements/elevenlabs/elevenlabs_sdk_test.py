#!/usr/bin/env python3
"""ElevenLabs' own client, npm's @elevenlabs/elevenlabs-js, gets from the fake what our elements get; and what
those send, and what the fake answers, fits the client's types: so the fake is more than our own opinion.
Prints TAP. Arguments: source directory, node_modules of the client.
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


def wrong(fake):
    return [e for e in fake.entries("violation", "refused") if e["kind"] == "violation" or e["reason"] != "voice_not_found"]


class Test:
    def __init__(self, source, modules, scratch):
        self.source, self.scratch = source, pathlib.Path(scratch)
        self.environment = dict(os.environ, NODE_PATH=str(modules))
        self.results = []

    def case(self, name, good, detail):
        self.results.append((name, good, detail))

    def node(self, script, *arguments):
        done = subprocess.run(["node", str(self.source / "tests/support/sdk" / script), *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")], done.stderr

    def types(self, name, line, wanted):
        """What `line`, a pipeline with an element of ours, and the fake say to each other."""
        with SpeechService("elevenlabs", {"utterances": [HEARD]}, self.scratch, name) as fake:
            spoken = subprocess.run(["gst-launch-1.0", "-q", *line.format(url=fake.url).split()], capture_output=True, text=True, timeout=60)
        entries, errors = self.node("elevenlabs_types.cjs", str(fake.log))
        for kind, types in wanted.items():
            of_kind = [e for e in entries if e["kind"] == kind]
            seen = {fit for e in of_kind for fit in e["fits"]}
            strangers = [e["data"] for e in of_kind if not e["fits"]]
            self.case(f"{name}, {kind}: every message fits a type", bool(of_kind) and not strangers, strangers or spoken.stderr + errors)
            self.case(f"{name}, {kind}: the types that belong to it", types <= seen, sorted(seen))

    def client(self):
        with SpeechService("elevenlabs", {"utterances": [HEARD]}, self.scratch, "recognition") as fake:
            got, errors = self.node("elevenlabs.cjs", fake.url, "recognition")
        kinds = [m.get("message_type") for m in got]
        texts = [m.get("text") for m in got if "committed" in m.get("message_type", "")]
        self.case("the client gets the transcript", texts == [HEARD, HEARD] and kinds[0] == "session_started" and "partial_transcript" in kinds,
                  got or errors)  # fmt: skip
        self.case("the fake takes what the client sends for recognition", not wrong(fake), wrong(fake))
        with SpeechService("elevenlabs", {"utterances": [HEARD]}, self.scratch, "voice") as fake:
            got, errors = self.node("elevenlabs.cjs", fake.url, "voice")
        size = len(HEARD) * 60 * 16
        good = sum(m.get("size", 0) for m in got) == size and "".join(m.get("said", "") for m in got) == HEARD
        self.case("the client gets the voice with times", good, got or errors)
        self.case("the client gets the voice alone", {"raw": size} in got, got or errors)
        self.case("the client understands the fake's error", {"status": 404, "code": "voice_not_found"} in got, got or errors)
        self.case("the fake takes what the client asks for", not wrong(fake), wrong(fake))


def main():
    source, modules = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not (modules / "@elevenlabs/elevenlabs-js").exists() or not shutil.which("node"):
        print("1..0 # SKIP no @elevenlabs/elevenlabs-js: ./dev test fetches it")
        return
    with tempfile.TemporaryDirectory(prefix="jackfield-sdk-") as scratch:
        test = Test(source, modules, scratch)
        text = pathlib.Path(scratch) / "text"
        text.write_text("Hello, this is the reception desk.")
        tts = f"filesrc location={text} ! text/x-raw,format=utf8 ! elevenlabstts stability=0.5 api-key=test-key voice=test-voice "
        test.types("websocket", tts + "auto-mode=false base-url={url} ! fakesink", {
            "text": {"InitializeConnectionMulti", "SendTextMulti", "CloseContext"}, "sent": {"AudioOutputMulti", "FinalOutputMulti"},
        })  # fmt: skip
        test.types("http", tts + "speed=1.1 language=en transport=http base-url={url} ! fakesink",
                   {"body": {"StreamTextToSpeechWithTimestampsRequest"}})  # fmt: skip
        stt = "audiotestsrc num-buffers=40 ! audio/x-raw,rate=16000,channels=1 ! elevenlabsstt segmentation=service timestamps=true "
        test.types("recognition by pauses", stt + "api-key=test-key base-url={url} ! fakesink", {
            "text": {"InputAudioChunkPayload"},
            "sent": {"SessionStartedPayload", "PartialTranscriptPayload", "CommittedTranscriptPayload",
                     "CommittedTranscriptWithTimestampsPayload"},
        })  # fmt: skip
        test.client()
    print(f"1..{len(test.results)}")
    for number, (name, good, detail) in enumerate(test.results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}" + ("" if good else f"\n# {detail}"))


main()
