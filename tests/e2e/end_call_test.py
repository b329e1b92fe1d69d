#!/usr/bin/env python3
"""A call that the language model ends: the real jackfield, called by `jackfield simulate`, and the strict
fake of OpenAI's API. The caller hears the whole goodbye, then the call is over. Prints TAP. Arguments: the
jackfield binary, the source directory.
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
GOODBYE = "It was a pleasure to talk to you. Have a nice day, and goodbye."


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    hear, ask, speak = "/audio/transcriptions", "/responses", "/audio/speech"
    stages = [
        "STT=openaistt model=gpt-4o-transcribe check-model=false",
        "LLM=openaillm model=gpt-5.2 api=responses check-model=false end-call=true",
        "TTS=openaitts model=gpt-4o-mini-tts check-model=false",
    ]
    script = {
        "name": "goodbye", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 60000,
        "steps": [
            {"wait-reply": {"timeout": 20000}},
            {"say": "hello-world.wav"},
            # Fails if the stream is closed while audio or marks are still to be played.
            {"expect-hang-up": {"timeout": 30000, "complete": True}},
        ],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jackfield-end-call-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch)
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY})
        service.script([
            {"path": ask, "text": "Hello, this is the test desk."},
            {"path": hear, "transcript": "Thank you, that is all."},
            {"path": ask, "text": GOODBYE, "gap_ms": 5, "tool_calls": [{"name": "end_call", "arguments": {}}]},
        ])  # fmt: skip
        call = jackfield_server.OneCall(binary, source / "pipelines/phone-agent.gst", scratch, script, *stages)
        asked, spoken = service.requests(ask), service.requests(speak)

    replies = call.fields("agentbrain/reply")
    check = Checks()
    check("the caller heard the agent out, and the call was ended", call.report["ok"], call.report["failures"])
    check("the service refused nothing", not [r for r in asked + spoken if "refused" in r], asked)
    check("the model was offered the tool", all(r["body"]["tools"][-1]["name"] == "end_call" for r in asked), asked)
    check("the model was asked for the greeting and one answer", len(asked) == 2, len(asked))
    last = replies[-1] if replies else {}
    check("the goodbye was heard whole", last.get("text") == GOODBYE and not last.get("interrupted"), replies)
    check("it was the reply that ends the call", last.get("hang-up") and not replies[0]["hang-up"], replies)
    # The fake's voice takes 20 ms a character.
    check("it took its time", last and last["end"] - last["start"] > 1_000_000_000, last)
    check("the record says who ended the call", call.record.get("end-reason") in ("hang-up", "end of stream"), call.record)
    check("jackfield ended cleanly", call.exit_code == 0, call.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
