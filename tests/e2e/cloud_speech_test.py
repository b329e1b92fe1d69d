#!/usr/bin/env python3
"""A whole call with deepgramstt and elevenlabstts: the real jackfield, called by `jackfield simulate`,
and fakes of both services, which take only what the services take.

The fake of Deepgram says what its script has for each stretch of sound, so the audio must have reached
it; the answers must have reached the fake of ElevenLabs, and their audio the caller.
Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402

class Fake:
    def __init__(self, source, name, script, scratch):
        self.log = scratch / f"{name}.jsonl"
        script_file = scratch / f"{name}.json"
        script_file.write_text(json.dumps(script))
        self.process = subprocess.Popen(
            [sys.executable, str(source / f"tests/support/fakes/{name}.py"), "--script", str(script_file), "--log", str(self.log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = f"ws://127.0.0.1:{int(self.process.stdout.readline().split()[1])}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def entries(self, kind):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["kind"] == kind]


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    clip = next(c["path"] for c in clips["clips"] if c["in_grammar"])
    results = []
    with tempfile.TemporaryDirectory(prefix="jackfield-e2e-") as scratch:
        scratch = pathlib.Path(scratch)
        script = {
            "name": "cloud speech", "sounds": clips["sounds"], "timeout": 120000,
            "steps": [
                {"wait-reply": {"timeout": 15000}}, {"say": clip}, {"wait-reply": {"timeout": 15000}},
                {"say": clip}, {"expect-hang-up": {"timeout": 30000}},
            ],
        }  # fmt: skip
        script_file = scratch / "caller.json"
        script_file.write_text(json.dumps(script))
        heard = {"utterances": ["opening hours", "Goodbye."], "key": "dg-secret-7"}
        environment = dict(DEEPGRAM_API_KEY="dg-secret-7", ELEVENLABS_API_KEY="el-secret-7")
        os.environ.update(environment)
        with Fake(source, "deepgram", heard, scratch) as deepgram, Fake(
            source, "elevenlabs", {"key": "el-secret-7"}, scratch
        ) as elevenlabs, jackfield_server.Server(
            binary, source / "pipelines/phone-agent.gst", scratch,
            f"STT=deepgramstt base-url={deepgram.url}",
            f"TTS=elevenlabstts voice=test-voice output-format=pcm_8000 base-url={elevenlabs.url}",
        ) as server:  # fmt: skip
            caller = jackfield_server.start_simulation(server, script_file, scratch, "call")
            output, _ = caller.communicate(timeout=150)
            server.stop(signal.SIGTERM)
            report = json.loads((scratch / "call-report.json").read_text())["calls"][0]
            folder = server.call_folders()[0]
            transcript = (folder / "transcript.txt").read_text()
            everything = server.log.read_text() + "".join(
                p.read_text(errors="replace") for p in folder.iterdir() if p.suffix in (".txt", ".json", ".jsonl")
            )
        said = " ".join(json.loads(e["data"]).get("text", "") for e in elevenlabs.entries("text"))
        results = [
            ("the caller's steps passed", report["ok"], "; ".join(report["failures"]) or output[-500:]),
            ("what Deepgram heard is in the transcript", all(t in transcript for t in heard["utterances"]), transcript),
            ("ElevenLabs got the answer", "from nine to five" in said, said),
            ("both services were spoken to as they want it", not deepgram.entries("violation") and not elevenlabs.entries("violation"),
             str(deepgram.entries("violation") + elevenlabs.entries("violation"))),
            # None of the trial that jackfield makes before it listens.
            ("the call made one connection to each", len(deepgram.entries("request")) == 1 and len(elevenlabs.entries("request")) == 1,
             f"{len(deepgram.entries('request'))}, {len(elevenlabs.entries('request'))}"),
            ("Deepgram got the caller's audio in time", sum(e["size"] for e in deepgram.entries("binary")) > 8000, ""),
            ("no key is written anywhere", "secret-7" not in everything, ""),
            ("jackfield ended cleanly", server.exit_code == 0, f"exit code {server.exit_code}"),
        ]  # fmt: skip
    print(f"1..{len(results)}")
    for number, (name, good, detail) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            for line in detail.splitlines():
                print(f"# {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
