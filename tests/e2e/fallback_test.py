#!/usr/bin/env python3
"""Second providers, and what becomes of a call without them: the real jackfield, called by `jackfield
simulate`, and strict fakes of two providers. One call in which each stage fails once and the other provider
takes over within the turn, with the history; one in which the language model fails until the call ends; one
whose only voice is dead. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402

KEY = "sk-test-end-to-end-0123"
HEAR, ASK, SPEAK = "/audio/transcriptions", "/responses", "/audio/speech"
DOWN = {"status": 503, "error": "upstream connect error"}
REFUSED = {"status": 401, "error": {"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error",
                                              "code": "invalid_api_key", "param": None}}}  # fmt: skip
STAGES = {
    "STT": "openaistt model=gpt-4o-transcribe check-model=false max-retries=0",
    "LLM": "openaillm model=gpt-5.2 api=responses check-model=false max-retries=0",
    "TTS": "openaitts model=gpt-4o-mini-tts check-model=false max-retries=0",
}
WAIT, SAY = {"wait-reply": {"timeout": 20000}}, {"say": "hello-world.wav"}
HANG_UP = {"expect-hang-up": {"timeout": 40000}}
PIPELINE = """
twiliosrc ! tee name=caller
caller. ! mulawdec ! agentbrain hang-over=400000000 fallback-for=1 %s ! mulawenc ! tee name=voice
voice. ! twiliosink
callrecorder name=recorder location=${RECORDING}
caller. ! recorder.caller
voice. ! recorder.agent
"""


def talk_of(binary, folder, properties, steps, service):
    folder.mkdir()
    (folder / "agent.gst").write_text(PIPELINE % properties)
    script = {"name": "fallback", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 120000, "steps": steps}
    environment = {"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY}
    return jackfield_server.OneCall(binary, folder / "agent.gst", folder, script, environment=environment)


def description(second=None):
    parts = [f'{name.lower()}="{text}"' for name, text in STAGES.items()]
    if second:
        parts += [f'{name.lower()}-fallback="{text} base-url={second.address}/v1"' for name, text in STAGES.items()]
    return " ".join(parts)


def said_to(request):
    return [(i["role"], i["content"]) for i in request["body"]["input"] if i.get("role") in ("user", "assistant")]


def each_stage_once(binary, scratch, check):
    with Service(KEY) as first, Service(KEY) as second:
        first.script([
            {"path": ASK, "text": "Welcome."},
            {"path": HEAR, "transcript": "Question one."}, {"path": ASK, "text": "Answer one."},
            # The language model fails.
            {"path": HEAR, "transcript": "Question two."}, {"path": ASK, **DOWN},
            # It is well again, and knows what the other one said.
            {"path": HEAR, "transcript": "Question three."}, {"path": ASK, "text": "Answer three."},
            # The ear fails.
            {"path": HEAR, **DOWN}, {"path": ASK, "text": "Answer four."},
        ])  # fmt: skip
        second.script([{"path": ASK, "text": "Answer two."}, {"path": HEAR, "transcript": "Question four."}])
        talk = talk_of(binary, scratch / "once", description(second), [WAIT, *[SAY, WAIT] * 4], first)
        asked, helped = first.requests(ASK), second.requests(ASK)
        ears = second.requests(HEAR)
    check("the caller was answered each time", talk.report["ok"], talk.report["failures"])
    replies = ["Welcome.", *[f"Answer {n}." for n in ("one", "two", "three", "four")]]
    check("one answer a turn, and no apology", talk.replies() == replies, talk.replies())
    history = [("assistant", "Welcome."), ("user", "Question one."), ("assistant", "Answer one."), ("user", "Question two.")]
    check("the second model was told the call so far", [said_to(r) for r in helped] == [history], [said_to(r) for r in helped])
    history += [("assistant", "Answer two."), ("user", "Question three.")]
    check("the first one was told what the second had said", len(asked) > 3 and said_to(asked[3]) == history, [said_to(r) for r in asked])
    check("the second ear got the sound of the turn", len(ears) == 1 and ears[0]["body"]["file"]["frames"] > 4000, ears)
    who = [(f["stage"], f["provider"]) for f in talk.fields("agentbrain/fallback")]
    check("it was told who takes over", who[:2] == [("llm", "fallback"), ("llm", "first")] and ("stt", "fallback") in who, who)
    check("no turn failed", not talk.fields("agentbrain/error"), talk.fields("agentbrain/error"))
    check("jackfield ended cleanly", talk.exit_code == 0, talk.exit_code)


def another_voice(binary, scratch, check):
    with Service(KEY) as first, Service(KEY) as second:
        first.script([
            {"path": ASK, "text": "Welcome."}, {"path": HEAR, "transcript": "Question one."},
            {"path": ASK, "text": "Answer one."}, *[{"path": SPEAK, **REFUSED}] * 9,
        ])  # fmt: skip
        talk = talk_of(binary, scratch / "voice", description(second), [WAIT, SAY, WAIT], first)
        spoken = [r["body"]["input"] for r in second.requests(SPEAK)]
    check("a refused voice: the caller heard another one", talk.report["ok"], talk.report["failures"])
    check("it said everything", spoken == ["Welcome.", "Answer one."], spoken)


def no_model(binary, scratch, check):
    with Service(KEY) as service:
        service.script([{"path": ASK, "text": "Welcome."}, *[{"path": ASK, **DOWN}] * 9,
                        *[{"path": HEAR, "transcript": "Hello?"}] * 9])  # fmt: skip
        properties = description().replace("api=responses", r'api=responses apology=\"\"')
        properties += ' error-reply="Something is wrong." error-goodbye="I must hang up now."'
        talk = talk_of(binary, scratch / "model", properties, [WAIT, *[SAY, WAIT] * 2, SAY, HANG_UP], service)
    check("a dead model: the caller heard sentences, then the end", talk.report["ok"], talk.report["failures"])
    said = ["Welcome.", "Something is wrong.", "Something is wrong.", "I must hang up now."]
    check("each failed turn was excused, the third with goodbye", talk.replies() == said, talk.replies())
    errors = talk.fields("agentbrain/error")
    check("the operator reads it once a turn, and that the call ends", [e["stage"] for e in errors] == ["llm"] * 3 + ["call"], errors)
    text = errors[0]["text"] if errors else ""
    check("stage, element, cause and what to do", all(w in text for w in ("openaillm", "server", "503", "fallback")), text)
    check("it is in the transcript, without the key", "openaillm" in talk.transcript and KEY not in talk.transcript + talk.log, talk.transcript)
    check("the call ended as with a hang-up", not talk.record["failed"], talk.record)
    check("jackfield ended cleanly, too", talk.exit_code == 0, talk.exit_code)


def no_voice(binary, scratch, check):
    with Service(KEY) as service:
        service.script([{"path": ASK, "text": "Welcome."}, *[{"path": SPEAK, **REFUSED}] * 9])
        properties = description() + ' error-reply="Something is wrong."'
        talk = talk_of(binary, scratch / "dead", properties, [HANG_UP], service)
        spoken = len(service.requests(SPEAK))
    check("a dead voice: the call ends by itself", talk.report["ok"], talk.report["failures"])
    check("after as many attempts as turns may fail", spoken == 3, spoken)
    errors = talk.fields("agentbrain/error")
    check("the operator reads why", bool(errors) and errors[0]["stage"] == "tts" and "401" in errors[0]["text"]
          and errors[-1]["stage"] == "call", errors)  # fmt: skip


def main():
    binary = sys.argv[1]
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-fallback-") as scratch:
        for part in (each_stage_once, another_voice, no_model, no_voice):
            part(binary, pathlib.Path(scratch), check)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
