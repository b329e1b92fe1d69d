#!/usr/bin/env python3
"""The phone agent with OpenAI's stages end to end: the real jackfield, called by `jackfield simulate`, and
the strict fake of the API. One call: the greeting, a question with its answer, an answer that is
interrupted, a failing service. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402

KEY = "sk-test-end-to-end-0123"
SOUNDS = "/usr/share/asterisk/sounds/en"
LONG = " ".join(f"This is sentence number {n} of a very long story." for n in range(1, 9))


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    hear, ask = "/audio/transcriptions", "/responses"
    stages = [
        "STT=openaistt model=gpt-4o-transcribe check-model=false",
        "LLM=openaillm model=gpt-5.2 api=responses max-retries=0 check-model=false",
        "TTS=openaitts model=gpt-4o-mini-tts check-model=false",
    ]
    script = {
        "name": "OpenAI's stages", "sounds": SOUNDS, "timeout": 120000,
        "steps": [
            {"wait-reply": {"timeout": 20000}},
            {"say": "hello-world.wav"},
            {"wait-reply": {"timeout": 20000}},
            {"say": "vm-intro.wav"},
            {"barge-in": {"after": 2000, "say": "hello-world.wav", "timeout": 20000}},
            {"wait-reply": {"timeout": 20000}},
            {"say": "hello-world.wav"},
            {"wait-reply": {"timeout": 20000}},
        ],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jackfield-openai-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch)
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY})
        service.script([
            {"path": ask, "text": "Hello, this is the test desk."},
            {"path": hear, "transcript": "Hello world."}, {"path": ask, "text": "Hello to you, too.", "gap_ms": 10},
            {"path": hear, "transcript": "Tell me a story."}, {"path": ask, "text": LONG},
            {"path": hear, "transcript": "Stop it, please."}, {"path": ask, "text": "I stop at once."},
            {"path": hear, "transcript": "Are you there?"}, {"path": ask, "status": 500, "error": "oops"},
        ])  # fmt: skip
        call = jackfield_server.OneCall(binary, source / "pipelines/phone-agent.gst", scratch, script, *stages)
        asked, heard, spoken = (service.requests(p) for p in (ask, hear, "/audio/speech"))

    check = Checks()
    check("the caller's own steps passed", call.report["ok"], call.report["failures"])
    refused = [r for r in asked + heard + spoken if "refused" in r]
    check("the service refused nothing", not refused, [r.get("refused") for r in refused])
    words = [f["text"] for f in call.fields("agentbrain/transcript") if f["final"]]
    wanted = ["Hello world.", "Tell me a story.", "Stop it, please.", "Are you there?"]
    check("the turns were heard as the service understood them", words == wanted, words)
    check("the audio of the turns was sent", all(r["body"]["file"]["frames"] > 4000 for r in heard), heard)
    said = " ".join(r["body"]["input"] for r in spoken)
    check("the answers were spoken", all(t in said for t in ("this is the test desk.", "Hello to you,", "I stop at once.")), said)
    replies = call.fields("agentbrain/reply")
    cut = [r for r in replies if r["interrupted"]]
    check("the story was interrupted", len(cut) == 1 and cut[0]["full-text"].startswith("This is sentence number 1"), replies)
    history = [item for item in asked[3]["body"]["input"]] if len(asked) > 3 else []
    told = next((i["content"] for i in history if i["role"] == "assistant" and "sentence number 1" in i["content"]), "")
    check("the model was told just what was heard of it", bool(cut) and told == cut[0]["text"] and len(told) < len(LONG), told)
    errors = call.fields("openaillm/error")
    check("the failure was told with its cause", [e["cause"] for e in errors] == ["server"], errors)
    transcript = call.transcript.lower()
    check("people read it in the transcript", "openaillm" in transcript and "server: http 500" in transcript, transcript)
    check("the caller heard an apology", bool(replies) and "I am sorry" in replies[-1]["text"], replies[-1:])
    check("the key is in no file", KEY not in call.everything)
    latency = [t["total"] for t in call.fields("agentbrain/turn") if t["turn-id"] > 0]
    check("answers came within seconds", bool(latency) and max(latency) < 5_000_000_000, latency)
    check("jackfield ended cleanly", call.exit_code == 0, call.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
