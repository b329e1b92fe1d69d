#!/usr/bin/env python3
"""A call whose agent thinks in a program of its own: the real jackfield, called by `jackfield simulate`, with
the sample core in Python as it is installed. The caller interrupts, has a tool used, and the core is
killed and started anew in the middle of the call. It knows who calls from Twilio's signature. What the caller says is told by the fake of OpenAI's
recognizer. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
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
from sample_core import SAMPLE, TOKEN, Core  # noqa: E402

KEY = "sk-test-end-to-end-0123"
HEAR = "/audio/transcriptions"
# A server of tools with one that the core finds by its name in the question.
WEATHER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    results = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "w", "version": "1"}},
        "tools/list": {"tools": [{"name": "weather", "description": "The weather in a city.", "inputSchema": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]},
        "tools/call": {"content": [{"type": "text", "text": "It rains in " + message.get("params", {}).get("arguments", {}).get("city", "") + "."}]},
    }
    answer = {"result": results[message["method"]]} if message["method"] in results else {"error": {"code": -32601, "message": "unknown"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)
"""
AUTH_TOKEN, ANNA = "0123456789abcdef0123456789abcdef", "+15550001111"
# A core that knows its callers.
CORE = f"""
import sys
sys.path.insert(0, {str(SAMPLE.parent)!r})
import agent_core

class Desk(agent_core.Rules):
    async def answer(self, reply):
        if reply.session.caller == "{ANNA}":
            reply.session.notes["name"] = "Anna"
        await super().answer(reply)

agent_core.Rules = Desk
agent_core.main()
"""
HOURS = "We are open from Monday to Friday"


def desk(scratch):
    program = pathlib.Path(scratch) / "desk.py"
    program.write_text(CORE)
    return program


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    wait = {"wait-reply": {"timeout": 40000, "silence": 900}}
    script = {
        "name": "agent core", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
        "steps": [
            wait,
            {"say": "hello-world.wav"},
            {"barge-in": {"after": 2500, "say": "hello-world.wav", "timeout": 40000}},
            wait, {"say": "hello-world.wav"}, wait, {"say": "hello-world.wav"}, wait, {"say": "hello-world.wav"},
            # More than its answer.
            {"wait-reply": {"timeout": 40000, "silence": 900, "min": 1200}}, {"say": "hello-world.wav"},
            {"expect-hang-up": {"timeout": 40000}},
        ],
    }  # fmt: skip
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-core-") as scratch, Service(KEY) as service, Core(program=desk(scratch)) as core:
        scratch = pathlib.Path(scratch).resolve()
        (scratch / "weather.py").write_text(WEATHER)
        (scratch / "tools.json").write_text(json.dumps({"mcpServers": {"weather": {"command": "/usr/bin/python3", "args": [str(scratch / "weather.py")]}}}))
        text = (source / "pipelines/phone-agent.gst").read_text()
        pipeline = scratch / "core.gst"
        pipeline.write_text(text.replace("! agentbrain", '! agentbrain think-timeout=70000000000 tool-filler=""'))
        stages = [
            f"TOOLS={scratch}/tools.json",
            "STT=openaistt model=gpt-4o-transcribe check-model=false",
            f"LLM=agentcorellm address={core.address} connect-timeout=30000000000 first-text-timeout=60000000000",
        ]
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY, "AGENT_CORE_TOKEN": TOKEN, "TWILIO_AUTH_TOKEN": AUTH_TOKEN})
        said = ["When are you open?", "Go on, please.", "What is the weather in Bonn", "What did I say before that?", "Remind me in one second.", "Goodbye."]
        service.script([{"path": HEAR, "transcript": words} for words in said])

        def restart(record):
            """Kills the core when the weather was told, and starts it while the caller asks again."""
            if not record.wait(lambda m, f: m == "agentbrain/reply" and "rains" in f["text"]):
                return
            core.stop(signal.SIGKILL)
            if record.wait(lambda m, f: m == "agentcorellm/connection" and not f["connected"]):
                record.wait(lambda m, f: m == "agentbrain/transcript" and f["final"] and "before" in f["text"])
                core.start()

        with RunningRecord(scratch / "recordings", restart):
            done = jackfield_server.OneCall(binary, pipeline, scratch, script, *stages, arguments=("--from", ANNA))
        ended = core.stop(signal.SIGTERM)

    replies = done.fields("agentbrain/reply")
    texts = [r["text"] for r in replies]
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    check("the core greeted whom it knows", texts[:1] == ["Hello, Anna. This is the front desk. What can I do for you?"], texts)
    cut = replies[1] if len(replies) > 1 else {"interrupted": None, "text": "", "full-text": ""}
    check("the long answer was interrupted", cut["interrupted"] and cut["text"].startswith(HOURS), cut)
    rest = cut["full-text"][len(cut["text"]):].strip()
    check("the core goes on where it was interrupted", len(texts) > 2 and rest and rest.split()[0] == texts[2].split()[0], texts)
    calls, results = done.fields("agentbrain/tool-call"), done.fields("agentbrain/tool-result")
    servers = done.fields("agentbrain/tool-server")
    check("the server of tools was there", servers and servers[0]["ready"], servers)
    check("the core used the tool", [c["name"] for c in calls] == ["weather"] and "bonn" in calls[0]["arguments"], calls)
    check("and got its result", [r["outcome"] for r in results] == ["ok"], results)
    check("which the caller heard", len(texts) > 3 and texts[3].endswith("It rains in bonn."), texts)
    seen = [(c["connected"], c["resumed"]) for c in done.fields("agentcorellm/connection")]
    check("the core died and came back", (True, False) in seen[:1] and (False, False) in seen and seen[-1] == (True, True), seen)
    check("a core that was started anew knows the call", texts[4:5] == ["You said: What is the weather in Bonn"], texts)
    check("what it has to tell unasked, the caller hears", texts[5:7] == ["I will.", "You wanted to be reminded."], texts)
    check("and ends it", replies[-1]["hang-up"] and "Goodbye" in texts[-1], replies[-1])
    check("nothing failed for the caller", not done.fields("agentcorellm/error") and not done.fields("agentbrain/error"), done.fields("agentcorellm/error"))
    check("the token is in no record and log", TOKEN not in done.everything, "it is")
    check("the core ended cleanly", ended == 0, ended)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
