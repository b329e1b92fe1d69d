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
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_speech import SpeechService  # noqa: E402

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
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(SpeechService(name, script, scratch)) for name, script in fakes.items()}
        variables = [text.format(**{name: service.url for name, service in services.items()}) for text in stages]
        done = jackfield_server.OneCall(binary, source / "pipelines/phone-agent.gst", scratch, script, *variables)
    elevenlabs = services["elevenlabs"]
    said = " ".join(json.loads(e["data"]).get("text", "") for kind in ("text", "body") for e in elevenlabs.entries(kind))
    violations = [v for service in services.values() for v in service.entries("violation")]
    return services, [
        ("the caller's steps passed", done.report["ok"], "; ".join(done.report["failures"]) or done.output[-500:]),
        ("what the service heard is in the transcript", all(t in done.transcript for t in HEARD), done.transcript),
        ("ElevenLabs got the answer", "from nine to five" in said, said),
        ("the services were spoken to as they want it", not violations, str(violations)),
        ("no key is written anywhere", "secret-7" not in done.everything, ""),
        ("jackfield ended cleanly", done.exit_code == 0, f"exit code {done.exit_code}"),
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
    check = Checks()
    for result in results:
        check(*result)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
