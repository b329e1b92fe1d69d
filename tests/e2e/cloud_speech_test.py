#!/usr/bin/env python3
"""Whole calls with deepgramstt and elevenlabstts, and with elevenlabsstt and elevenlabstts over HTTP: the
real jackfield, called by `jackfield simulate`, and fakes of the services, which take only what the services
take.

The fake of a recognizer says what its script has for each stretch of sound, so the audio must have reached
it; the answers must have reached the fake of ElevenLabs, and their audio the caller.
Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import concurrent.futures
import contextlib
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


HEARD = ["opening hours", "Goodbye."]
KEYS = {"DEEPGRAM_API_KEY": "dg-secret-7", "ELEVENLABS_API_KEY": "el-secret-7"}


def call(binary, source, scratch, clips, fakes, stages):
    """A call with `stages` (variables of the pipeline); `fakes`: scripts of services by name."""
    scratch.mkdir()
    clip = next(c["path"] for c in clips["clips"] if c["in_grammar"])
    script = {
        "name": "cloud speech", "sounds": clips["sounds"], "timeout": 120000,
        "steps": [
            {"wait-reply": {"timeout": 15000}}, {"say": clip}, {"wait-reply": {"timeout": 15000}},
            {"say": clip}, {"expect-hang-up": {"timeout": 30000}},
        ],
    }  # fmt: skip
    script_file = scratch / "caller.json"
    script_file.write_text(json.dumps(script))
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(Fake(source, name, script, scratch)) for name, script in fakes.items()}
        variables = [text.format(**{name: service.url for name, service in services.items()}) for text in stages]
        server = stack.enter_context(jackfield_server.Server(binary, source / "pipelines/phone-agent.gst", scratch, *variables))
        caller = jackfield_server.start_simulation(server, script_file, scratch, "call")
        output, _ = caller.communicate(timeout=150)
        server.stop(signal.SIGTERM)
        report = json.loads((scratch / "call-report.json").read_text())["calls"][0]
        folder = server.call_folders()[0]
        transcript = (folder / "transcript.txt").read_text()
        everything = server.log.read_text() + "".join(
            p.read_text(errors="replace") for p in folder.iterdir() if p.suffix in (".txt", ".json", ".jsonl")
        )
    elevenlabs = services["elevenlabs"]
    said = " ".join(json.loads(e["data"]).get("text", "") for kind in ("text", "body") for e in elevenlabs.entries(kind))
    violations = [v for service in services.values() for v in service.entries("violation")]
    return services, [
        ("the caller's steps passed", report["ok"], "; ".join(report["failures"]) or output[-500:]),
        ("what the service heard is in the transcript", all(t in transcript for t in HEARD), transcript),
        ("ElevenLabs got the answer", "from nine to five" in said, said),
        ("the services were spoken to as they want it", not violations, str(violations)),
        ("no key is written anywhere", "secret-7" not in everything, ""),
        ("jackfield ended cleanly", server.exit_code == 0, f"exit code {server.exit_code}"),
    ]  # fmt: skip


def deepgram_and_websocket(binary, source, scratch, clips):
    fakes = {"deepgram": {"utterances": HEARD, "key": "dg-secret-7"}, "elevenlabs": {"key": "el-secret-7"}}
    services, results = call(binary, source, scratch, clips, fakes, [
        "STT=deepgramstt base-url={deepgram}",
        "TTS=elevenlabstts voice=test-voice output-format=pcm_8000 base-url={elevenlabs}",
    ])  # fmt: skip
    deepgram, elevenlabs = services["deepgram"], services["elevenlabs"]
    counts = len(deepgram.entries("request")), len(elevenlabs.entries("request"))
    return results + [
        ("one connection for the call sufficed", counts <= (2, 2), str(counts)),
        ("Deepgram got the caller's audio in time", sum(e["size"] for e in deepgram.entries("binary")) > 8000, ""),
    ]


def elevenlabs_over_http(binary, source, scratch, clips):
    """With a recognizer that is cut off in mid-turn, and a voice that comes in crumbs."""
    fakes = {"elevenlabs": {
        "key": "el-secret-7", "utterances": HEARD, "odd_bytes": True, "always_timestamps": True,
        # The recognizer's are WebSockets, the voice's requests; the first of each comes first.
        "connections_of": {
            "GET": [{"cut_after_bytes": 6000}, {"malformed": ["{", "[]"]}],
            "POST": [{"malformed": ["{", "[]", "{}"], "trickle": 1500}, {"trickle": 7000, "pace": 0.002}],
        },
    }}  # fmt: skip
    services, results = call(binary, source, scratch, clips, fakes, [
        "STT=elevenlabsstt base-url={elevenlabs}",
        "TTS=elevenlabstts voice=test-voice output-format=pcm_8000 transport=http base-url={elevenlabs}",
    ])  # fmt: skip
    requests = services["elevenlabs"].entries("request")
    paths = [r["path"] for r in requests]
    return results + [
        ("the recognizer was connected to twice", paths.count("/v1/speech-to-text/realtime") == 2, str(paths)),
        ("the voice came over HTTP alone", sum("/stream/with-timestamps" in p for p in paths) >= 2 and not any("input" in p for p in paths),
         str(paths)),
    ]


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    os.environ.update(KEYS)
    results = []
    with tempfile.TemporaryDirectory(prefix="jackfield-e2e-") as scratch, concurrent.futures.ThreadPoolExecutor() as pool:
        places = [
            (place.__name__.replace("_", " "), pool.submit(place, binary, source, pathlib.Path(scratch) / place.__name__, clips))
            for place in (deepgram_and_websocket, elevenlabs_over_http)
        ]
        for name, place in places:
            results += [(f"{name}: {what}", good, detail) for what, good, detail in place.result()]
    print(f"1..{len(results)}")
    for number, (name, good, detail) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            for line in detail.splitlines():
                print(f"# {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
