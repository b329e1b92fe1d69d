#!/usr/bin/env python3
"""The sample agent core with a language model behind it: the strict fake of OpenAI's API, and those of other
servers of Chat Completions. The test speaks to the core as agentcorellm does. Prints TAP.
"""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from sample_core import Call, Core  # noqa: E402

KEY = "sk-test-end-to-end-0123"
PATH = "/chat/completions"
SCHEMA = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'
WEATHER = {"name": "weather", "arguments": {"city": "Bonn"}}
LONG = " ".join(f"This is sentence number {n} of a long story." for n in range(1, 30))


def soon(condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def core_for(service, model="gpt-5.2", key=KEY):
    return Core("--backend", service.address + "/v1", "--model", model, environment={"OPENAI_API_KEY": key})


def bodies(service):
    return [request["body"] for request in service.requests(PATH)]


def contents(body, role):
    return [m["content"] for m in body["messages"] if m["role"] == role]


def tool_of(call):
    return call.pb.Tool(name="weather", description="The weather in a city.", parameters=SCHEMA)


def talks(check):
    with Service(KEY) as service, core_for(service) as core:
        service.script([
            {"path": PATH, "text": "Good morning, this is Anna."},
            {"path": PATH, "text": "Five in the afternoon.", "usage": {"input": 40, "cached": 30, "output": 6, "reasoning": 2}},
            {"path": PATH, "text": "Pardon?"},
            {"path": PATH, "tool_calls": [WEATHER, {"name": "weather", "arguments": {"city": "Ulm"}}]}, {"path": PATH, "text": "Rain, and sun."},
            {"path": PATH, "text": "You had asked about Bonn."},
            {"path": PATH, "tool_calls": [{"name": "end_call", "arguments": {}}]},
        ])  # fmt: skip
        with Call(core.address, instructions="You are Anna.") as call:
            text, _ = call.answer(call.ask(0))
            check("the model greets", text == "Good morning, this is Anna.", text)
            request = call.ask(1, "When do you close?")
            text, end = call.answer(request)
            check("it answers, piece by piece", text == "Five in the afternoon." and len(call.texts(request)) > 2, call.texts(request))
            used = call.wait(lambda m: m.HasField("usage") and m.usage.request_id == request).usage
            counts = (used.input_tokens, used.cached_tokens, used.output_tokens, used.reasoning_tokens)
            check("its tokens are told", counts == (40, 30, 6, 2) and used.model.startswith("gpt-5.2"), used)
            call.answer(call.ask(2, not_understood=True))
            call.send(tool_offer=call.pb.ToolOffer(tools=[tool_of(call)]))
            request = call.ask(3, "The weather in Bonn and Ulm?")
            calls = [call.wait(lambda m, city=city: m.HasField("tool_call") and city in m.tool_call.arguments).tool_call for city in ("Bonn", "Ulm")]
            for asked, result in reversed(list(zip(calls, ("rain", "sun")))):
                call.send(tool_result=call.pb.ToolResult(request_id=request, call_id=asked.call_id, output=result))
            text, _ = call.answer(request)
            check("it calls functions, and answers with what they found", text == "Rain, and sun.", text)
            # What was offered and said is the session's: a new stream goes on with it.
            history = [
                {"turn_id": 3, "kind": call.pb.Said.CALLER, "text": "The weather in Bonn?"},
                {"turn_id": 3, "kind": call.pb.Said.AGENT, "text": "Rain."},
                {"turn_id": 3, "kind": call.pb.Said.TOOL, "text": "rain", "tool": {"call_id": "x", "name": "weather", "arguments": '{"city":"Bonn"}'}},
                {"turn_id": 4, "kind": call.pb.Said.OVERHEARD, "text": "Lunch?"},
            ]  # fmt: skip
        with Call(core.address, resumed=True, history=history) as call:
            text, end = call.answer(call.ask(5, "What did I ask?"))
            check("a call that is resumed goes on", text == "You had asked about Bonn.", text)
            text, end = call.answer(call.ask(6, "Bye."))
            check("the model ends the call", end.hang_up and text == "Goodbye.", (text, end))
        asked = service.requests(PATH)

    sent = [request["body"] for request in asked]
    check("the service refused nothing", not [r for r in asked if "refused" in r], [r.get("refused") for r in asked])
    check("it was given the instructions", contents(sent[0], "system") == ["You are Anna."], sent[0])
    check("what was said comes in order", contents(sent[1], "assistant") == ["Good morning, this is Anna."] and contents(sent[1], "user") == ["When do you close?"], sent[1])
    check("speech without words is told", "could not be understood" in contents(sent[2], "user")[-1], sent[2])
    check("results go to their calls", contents(sent[4], "tool") == ["rain", "sun"], sent[4])
    check("functions of the past are in the history", contents(sent[5], "tool") == ["rain"], sent[5])
    check("what was overheard is marked", "(Overheard, not said to you: Lunch?)" in contents(sent[5], "user"), sent[5])


def interruptions(check):
    with Service(KEY) as service, core_for(service) as core, Call(core.address) as call:
        service.script([{"path": PATH, "text": LONG, "gap_ms": 30}, {"path": PATH, "delay_ms": 60000}, {"path": PATH, "text": "Here."}])
        request = call.ask(1, "Tell me a story.")
        call.wait(lambda m: m.HasField("text"))
        call.send(cancel=call.pb.Cancel(request_id=request))
        call.send(heard=call.pb.Heard(turn_id=1, text="This is"))
        request = call.ask(2, "And now?")
        soon(lambda: len(service.requests(PATH)) == 2)
        call.send(ping=call.pb.Ping(number=7))
        pong = call.wait(lambda m: m.HasField("pong"), 20).pong
        check("a model that hangs keeps nothing else waiting", pong.number == 7, pong)
        call.send(cancel=call.pb.Cancel(request_id=request))
        call.send(heard=call.pb.Heard(turn_id=2, text=""))
        text, _ = call.answer(call.ask(3, "Hello?"))
        check("the next question is answered", text == "Here.", text)
        said = bodies(service)[-1]["messages"]
        check("the model knows what was heard", [m["content"] for m in said[1:]] == ["Tell me a story.", "This is", "Hello?"], said)
        given_up = soon(lambda: all(r.get("cancelled") for r in service.requests(PATH)[:2]))
        check("requests for nothing are given up", given_up, service.requests(PATH)[:2])


def failures(check):
    cases = [
        ({"status": 500, "error": "oops"}, True, "HTTP 500"),
        ({"status": 429, "error": "slower"}, True, "HTTP 429"),
        ({"status": 404, "error": "no such model"}, False, "HTTP 404"),
        ({"text": "Half of", "error_after": 1}, True, "with an error"),
        ({"text": "Half of it.", "no_done": True}, True, "broke off"),
        ({"text": "Half of it.", "cut_after": 2}, True, ""),
    ]
    with Service(KEY) as service, core_for(service) as core, Call(core.address) as call:
        service.script([{"path": PATH, **step} for step, _, _ in cases] + [{"path": PATH, "text": "Fine."}])
        for turn, (step, retryable, words) in enumerate(cases, 1):
            _, end = call.answer(call.ask(turn, "Well?"))
            told = end.text if isinstance(end, call.pb.Error) else "no error"
            check(f"a failure is told ({words or 'a cut'})", words in told and told != "no error" and end.retryable == retryable, end)
        text, _ = call.answer(call.ask(20, "And now?"))
        check("the call goes on", text == "Fine.", text)
    with Service(KEY) as service, core_for(service, key="sk-test-wrong-key-999") as core, Call(core.address) as call:
        _, end = call.answer(call.ask(1, "Well?"))
        check("a wrong key is told, without the key", "401" in end.text and "999" not in end.text and not end.retryable, end)


def endless_tools(check):
    with Service(KEY) as service, core_for(service) as core, Call(core.address) as call:
        call.send(tool_offer=call.pb.ToolOffer(tools=[tool_of(call)]))
        service.script([{"path": PATH, "tool_calls": [WEATHER]}] * 7 + [{"path": PATH, "text": "Enough."}])
        request = call.ask(1, "Weather?")
        for number in range(7):
            asked = call.wait(lambda m, n=number: m.HasField("tool_call") and m.tool_call.call_id.startswith(f"{n}-")).tool_call
            call.send(tool_result=call.pb.ToolResult(request_id=request, call_id=asked.call_id, output="rain"))
        text, _ = call.answer(request)
        check("a model that calls functions for ever has to answer", text == "Enough." and bodies(service)[-1]["tool_choice"] == "none", text)


def others(check):
    for dialect in ("llama.cpp", "ollama"):
        with Service(KEY, "--dialect", dialect) as service, core_for(service, model="qwen3:4b") as core, Call(core.address) as call:
            call.send(tool_offer=call.pb.ToolOffer(tools=[tool_of(call)]))
            service.script([{"path": PATH, "tool_calls": [WEATHER]}, {"path": PATH, "text": "It rains."}])
            request = call.ask(1, "Weather in Bonn?")
            asked = call.wait(lambda m: m.HasField("tool_call")).tool_call
            call.send(tool_result=call.pb.ToolResult(request_id=request, call_id=asked.call_id, output="rain"))
            text, end = call.answer(request)
            check(f"{dialect}: functions and text", text == "It rains." and not hasattr(end, "retryable"), (text, end))


def one_port(check):
    with Core() as first:
        second = subprocess.run([*first.command, first.address], capture_output=True, text=True, timeout=60)
    check("a port that is taken is told", second.returncode == 1 and "cannot listen on 127.0.0.1" in second.stderr and "Traceback" not in second.stderr, second)


def main():
    check = Checks()
    for part in (talks, interruptions, failures, endless_tools, others, one_port):
        part(check)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
