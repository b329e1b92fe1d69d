#!/usr/bin/env python3
"""Calls in which the agent has to think: the real jackfield, called by `jackfield simulate`, with the
profile "openai" and the strict fake of OpenAI's API. The quick model asks for a thought: a filler is heard
meanwhile, and then the answer; the caller interrupts one thought, another takes longer than it may. The
same speech to speech. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import pathlib
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402
from realtime_agent import pipeline_with_tools  # noqa: E402
from tool_call import KEY, call, hears  # noqa: E402

ASK, SPEAK = "/chat/completions", "/audio/speech"
REALTIME_KEY = "test-key"  # that the fake of the Realtime API takes
QUICK, THINKS = "gpt-6-luna", "gpt-5.2"  # that the fake knows; the profile's own thinker is newer
FILLER = "One moment, please."
QUESTION, THOUGHT = "How many weeks are 100 days, and how many days are left?", "Fourteen weeks and two days."
FOREVER = 60000
VOICE = "en_US_f_Allison/"


def says(text, **step):
    return {"path": ASK, "text": text, **step}


def thinks(question):
    return {"path": ASK, "tool_calls": [call("think", question=question)]}


def brain_with(text, properties):
    assert text.count("! agentbrain ") == 1
    return text.replace("! agentbrain ", f"! agentbrain {properties} ")


def telephone_call(jackfield, source, scratch, service):
    scratch.mkdir()
    text = (source / "pipelines/phone-agent.gst").read_text().replace("${HERE}", str(source / "pipelines"))
    # What is said behind the limit of a thought is heard, however busy the machine is.
    (scratch / "agent.gst").write_text(brain_with(text, "think-limit=5000000000 think-timeout=70000000000"))
    service.script([
        says("Hello, this is the test desk."),
        hears("How long is that?"), thinks(QUESTION), says(THOUGHT, delay_ms=2000), says("That is fourteen weeks."),
        hears("And in months?"), thinks("In months?"), says("never", delay_ms=FOREVER),
        hears("Never mind."), says("As you like."),
        hears("And in hours?"), thinks("In hours?"), says("never", delay_ms=FOREVER), says("I cannot say that now."),
    ])  # fmt: skip
    caller = {
        "name": "thinking", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 120000,
        "steps": [
            {"wait-reply": {"timeout": 70000}},
            {"say": "hello-world.wav"}, {"wait-reply": {"silence": 4000, "timeout": 30000}},
            # Nothing but the filler is heard of this one, until the caller has enough of it.
            {"say": "hello-world.wav"}, {"wait-reply": {"silence": 700, "timeout": 30000}},
            {"say": "vm-goodbye.wav"}, {"wait-reply": {"silence": 2000, "timeout": 30000}},
            {"say": "hello-world.wav"}, {"wait-reply": {"silence": 7000, "timeout": 30000}},
        ],
    }  # fmt: skip
    variables = ["--profile", str(source / "pipelines/profiles/openai.conf"), f"THINKER_MODEL={THINKS}"]
    environment = {"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY}
    return jackfield_server.OneCall(jackfield, scratch / "agent.gst", scratch, caller, *variables, environment=environment)


def realtime_call(jackfield, scratch, service):
    scratch.mkdir()
    (scratch / "phone.gst").write_text(pipeline_with_tools(" "))
    service.script([says(THOUGHT, delay_ms=2000)])
    script = {
        "replies": [
            {"text": "Good morning.", "ms": 1500, "await_tools": ["think"]},
            {"silent": True, "tool": call("think", question=QUESTION)},
            {"text": "That is fourteen weeks.", "ms": 1500},
        ],
        "aside": {"text": FILLER, "ms": 800},
        "heard": ["How long is that?"],
    }
    caller = {
        "name": "thinking", "timeout": 90000,
        "steps": [
            {"wait-reply": {"silence": 700, "timeout": 60000}},
            {"say": VOICE + "hours.wav", "text": "hours"}, {"wait-reply": {"silence": 4000, "timeout": 30000}},
        ],
    }  # fmt: skip
    thinker = f"THINKER=openaillm base-url={service.address}/v1 model={THINKS} reasoning-effort=high"
    with FakeRealtime(script, scratch) as fake:
        environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": REALTIME_KEY}
        done = jackfield_server.OneCall(jackfield, scratch / "phone.gst", scratch, caller, thinker, environment=environment)
        done.refused = fake.events("sent", "error")
        done.items = [e["item"] for e in fake.events("received", "conversation.item.create")]
        done.asides = [e["response"] for e in fake.events("received", "response.create") if "conversation" in e.get("response", {})]
    return done


def sounds_between(done):
    """Whether the agent spoke between each call of a tool and its result."""
    found, waiting = [], False
    for line in done.lines:
        if line["message"] == "agentbrain/tool-call":
            found.append(False)
            waiting = True
        elif line["message"] == "agentbrain/tool-result":
            waiting = False
        elif waiting and line["message"] == "agentbrain/state" and line["fields"]["state"] == "speaking":
            found[-1] = True
    return found


def main():
    jackfield, source = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="jackfield-think-") as scratch:
        scratch = pathlib.Path(scratch).resolve()
        with Service(KEY) as service, Service(REALTIME_KEY) as beside:
            calls = {}
            other = threading.Thread(target=lambda: calls.update(realtime=realtime_call(jackfield, scratch / "realtime", beside)))
            other.start()
            try:
                phone = telephone_call(jackfield, source, scratch / "phone", service)
            finally:
                other.join()
            asked, spoken, thought_beside = service.requests(ASK), service.requests(SPEAK), beside.requests(ASK)
    realtime = calls["realtime"]

    check = Checks()
    check("the caller had a whole call", phone.report["ok"], [phone.report["failures"], phone.log[-3000:]])
    check("the service refused nothing", not [r for r in asked if "refused" in r], asked)
    quick = [r["body"] for r in asked if r["body"]["model"] == QUICK]
    thoughts = [r for r in asked if r["body"]["model"] == THINKS]
    check("the quick model does not think", quick and all(b["reasoning_effort"] == "none" for b in quick), quick)
    check("and is offered to have thought", all("think" in [t["function"]["name"] for t in b["tools"]] for b in quick), quick)
    check("who thinks does it hard", [r["body"]["reasoning_effort"] for r in thoughts] == ["high"] * 3, thoughts)
    first = thoughts[0]["body"]["messages"][-1]["content"] if thoughts else ""
    check("the question is thought about", QUESTION in first, first)
    check("with what was said last", "Agent: Hello, this is the test desk." in first and "Caller: How long is that?" in first, first)
    check("it has no tools of the agent's", thoughts and not any(r["body"].get("tools") for r in thoughts), thoughts)
    results = phone.fields("agentbrain/tool-result")
    outcomes = [(r["name"], r["outcome"]) for r in results]
    check("the record has what became of each thought", outcomes == [("think", "ok"), ("think", "cancelled"), ("think", "time-out")], results)
    check("a thought took its time", results and results[0]["duration"] >= 2 * 10**9 and results[0]["text"] == THOUGHT, results)
    check("something was heard during each thought", sounds_between(phone) == [True] * 3, phone.lines)
    inputs = [r["body"]["input"] for r in spoken]
    check("it was the filler", inputs.count(FILLER) == 3, inputs)
    check("thoughts that nobody waits for are ended", ["cancelled" in r for r in thoughts] == [False, True, True], thoughts)
    told = [m["content"] for b in quick for m in b["messages"][-1:] if m["role"] == "tool"]
    check("the model was told the thought, and that there was none", len(told) == 2 and told[0] == THOUGHT and told[1].startswith("error: "), told)
    replies = phone.replies()
    said = ["That is fourteen weeks.", "As you like.", "I cannot say that now."]
    check("the agent said all that", [r for r in replies if r in said] == said, replies)
    check("no turn failed", not phone.fields("agentbrain/error"), phone.fields("agentbrain/error"))
    usage = phone.record.get("usage", {})
    check("the record says what thinking cost", usage.get(THINKS, {}).get("requests") == 1, usage)
    check("jackfield ended cleanly", phone.exit_code == 0, phone.exit_code)

    check("speech to speech: a whole call", realtime.report["ok"], [realtime.report["failures"], realtime.log[-3000:]])
    check("the service refused nothing", not realtime.refused and not [r for r in thought_beside if "refused" in r], realtime.refused)
    check("it thought hard", [r["body"]["reasoning_effort"] for r in thought_beside] == ["high"], thought_beside)
    first = thought_beside[0]["body"]["messages"][-1]["content"] if thought_beside else ""
    check("with the question, and what was said last", QUESTION in first and "Agent: Good morning." in first, first)
    check("the filler was said meanwhile", len(realtime.asides) == 1 and FILLER in realtime.asides[0]["instructions"], realtime.asides)
    check("and heard", sounds_between(realtime) == [True], realtime.lines)
    outputs = [i["output"] for i in realtime.items if i["type"] == "function_call_output"]
    check("the model was told the thought", outputs == [THOUGHT], realtime.items)
    check("and the agent said it", realtime.replies() == ["Good morning.", "That is fourteen weeks."], realtime.replies())
    check("jackfield ended cleanly", realtime.exit_code == 0, realtime.exit_code)
    check("no key is in a record", KEY not in phone.everything and REALTIME_KEY not in realtime.everything, "it is")
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
