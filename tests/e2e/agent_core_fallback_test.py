#!/usr/bin/env python3
"""A call whose agent core is away, comes, and dies again, with a language model that stands in for it: the
real jackfield, called by `jackfield simulate`, the sample core, and the strict fake of OpenAI's API.
Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import os
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from running_record import RunningRecord  # noqa: E402
from sample_core import TOKEN, Core  # noqa: E402

KEY = "sk-test-end-to-end-0123"
HEAR, ASK = "/audio/transcriptions", "/responses"
STAND_IN = "openaillm model=gpt-5.2 api=responses max-retries=0 check-model=false"
WAIT, SAY = {"wait-reply": {"timeout": 40000, "silence": 900}}, {"say": "hello-world.wav"}


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    script = {"name": "core away", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
              "steps": [WAIT, SAY, WAIT, SAY, WAIT, SAY, WAIT]}  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jackfield-core-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch).resolve()
        there, gone = scratch / "there", scratch / "gone"
        core = Core(address=f"127.0.0.1:{jackfield_server.free_port()}")
        text = (source / "pipelines/phone-agent.gst").read_text()
        (scratch / "core.gst").write_text(text.replace("! agentbrain", "! agentbrain think-timeout=70000000000 fallback-for=1"))
        stages = [
            "STT=openaistt model=gpt-4o-transcribe check-model=false answer-timeout=60000000000",
            f"LLM=agentcorellm address={core.address} connect-timeout=1000000000",
            f"LLM_FALLBACK={STAND_IN}",
        ]
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY, "AGENT_CORE_TOKEN": TOKEN})
        service.script([
            {"path": ASK, "text": "Welcome, I stand in."},
            {"path": HEAR, "transcript": "Who are you?"}, {"path": ASK, "text": "The one who stands in."},
            # The caller's words are known when the core is there, and when it is dead.
            {"path": HEAR, "transcript": "What did I say before?", "await_file": str(there)},
            {"path": HEAR, "transcript": "And what else?", "await_file": str(gone)}, {"path": ASK, "text": "Nothing else."},
        ])  # fmt: skip

        def come_and_die(record):
            said = lambda words: record.wait(lambda m, f: m == "agentbrain/reply" and words in f["text"])  # noqa: E731
            if not said("The one who"):
                return
            core.start()
            record.wait(lambda m, f: m == "agentcorellm/connection" and f["connected"])
            there.touch()
            if said("You said"):
                core.stop(signal.SIGKILL)
                record.wait(lambda m, f: m == "agentcorellm/connection" and not f["connected"] and "cannot be reached" not in f["text"])
            gone.touch()

        try:
            with RunningRecord(scratch / "recordings", come_and_die):
                done = jackfield_server.OneCall(binary, scratch / "core.gst", scratch, script, *stages)
        finally:
            if core.process:
                core.__exit__()
        asked = service.requests(ASK)

    replies, changes = done.replies(), [f["provider"] for f in done.fields("agentbrain/fallback") if f["stage"] == "llm"]
    check = Checks()
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    check("the service refused nothing", not [r for r in asked if "refused" in r], asked)
    check("the model stands in for a core that is away", replies[:2] == ["Welcome, I stand in.", "The one who stands in."], replies)
    check("the core answers when it is there, and knows what it missed", replies[2:3] == ["You said: Who are you?"], replies)
    check("the model stands in for one that died", replies[3:4] == ["Nothing else."], replies)
    check("each was tried when it was due", changes[0] == "fallback" and "first" in changes and changes[-1] == "fallback", changes)
    last = [(i.get("role"), i.get("content")) for i in asked[-1]["body"]["input"]] if asked else []
    check("the model knows what the core said", ("assistant", "You said: Who are you?") in last, last)
    check("no caller heard an apology", not any("sorry" in text for text in replies), replies)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
