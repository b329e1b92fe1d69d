#!/usr/bin/env python3
"""A call in which the agent starts a task, talks on, and tells its result when it is there: the real jackfield,
called by `jackfield simulate`, with the strict fake of OpenAI's API as the model of both. Prints TAP.
Arguments: the jackfield binary, the source directory.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import control_api  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from jackfield_server import Server, start_simulation  # noqa: E402
from tool_call import ASK, GREETING, KEY, STAGES, asks, call, hears, says  # noqa: E402

GOAL = "When does the museum open on Sunday?"
RESULT = "The museum opens at ten on Sunday."
SCRIPT = {
    "intents": {"museum": ["* museum *"]}, "start": "desk", "states": {"desk": {"rules": []}}, "greeting": "Hello.",
    "always": [{"intent": "museum", "say": RESULT}],
    "not_understood": {"say": ["No idea."], "limit": 100, "then": {"say": "No."}},
}  # fmt: skip


def write_files(scratch, source):
    pipelines = pathlib.Path(source) / "pipelines"
    # On a busy machine a filler would be said, and taken for the answer by the caller.
    text = (pipelines / "phone-agent.gst").read_text().replace("! agentbrain", '! agentbrain think-timeout=70000000000 tool-filler=""')
    (scratch / "agent.gst").write_text(text.replace("${HERE}", str(pipelines)))
    (scratch / "script.json").write_text(json.dumps(SCRIPT))
    (scratch / "task.gst").write_text('agentloop llm="scriptedllm script=${HERE}/script.json delay=3000000000" ! fakesink async=false\n')
    (scratch / "jackfield.conf").write_text(f"""
[task research]
pipeline=task.gst
description=Looks something up
[task secret]
pipeline=task.gst
goal=nobody starts this
[line desk]
pipeline=agent.gst
tasks=research
{chr(10).join(STAGES)}
""")


def simulate(server, scratch):
    script = {"name": "task", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
              "steps": [{"wait-reply": {"timeout": 70000}}, {"say": "hello-world.wav"}, {"wait-reply": {"timeout": 60000}},
                        # Nobody says anything: this is told by itself.
                        {"wait-reply": {"timeout": 60000}}, {"say": "hello-world.wav"}, {"wait-reply": {"timeout": 60000}}]}  # fmt: skip
    (scratch / "script-of-caller.json").write_text(json.dumps(script))
    caller = start_simulation(server, scratch / "script-of-caller.json", scratch, "call")
    output, _ = caller.communicate(timeout=240)
    report = scratch / "call-report.json"
    return json.loads(report.read_text())["calls"][0] if report.exists() else {"ok": False, "failures": [output[-1500:]]}


def main():
    binary, source = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="jackfield-task-call-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch).resolve()
        write_files(scratch, source)
        service.script([
            says(GREETING),
            hears("When does the museum open on Sunday?"),
            # One that may be started, and one that the line has not.
            asks(call("start_task", task="research", goal=GOAL), call("start_task", task="secret")),
            says("I am looking it up."),
            says(RESULT),
            hears("Is there anything else?"),
            asks(call("task_status")),
            says("That was all."),
        ])  # fmt: skip
        environment = {"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY}
        with Server(binary, scratch / "jackfield.conf", scratch, environment=environment) as server:
            report = simulate(server, scratch)
            api = control_api.ControlApi(server.port)
            api.read_description()
            runs = api.wait(lambda: (found := api.get("/task-runs").json["runs"]) and all(r["state"] == "ended" for r in found) and found, "the run")
            asked = service.requests(ASK)
            calls = api.wait(lambda: [s for s in api.get("/sessions?state=ended&line=desk").json["sessions"] if s["call"]], "the record")
            said = [e["text"] for e in api.get(f"/sessions/{calls[0]['id']}/transcript").json["entries"] if e["who"] == "agent"]
            api.description = None
            server.stop()
        log = server.log.read_text()

    tools = {tool["name"]: tool for tool in asked[1]["body"].get("tools", [])}
    results = [item["output"] for request in asked for item in request["body"]["input"]
               if isinstance(item, dict) and item.get("type") == "function_call_output"]  # fmt: skip
    check = Checks()
    check("the caller had a whole call", report["ok"], report["failures"])
    check("the service refused nothing", not [r for r in asked if "refused" in r], asked)
    check("the agent was offered both functions", set(tools) >= {"start_task", "task_status"}, tools)
    offered = tools["start_task"]["parameters"]["properties"]["task"]
    check("with the line's tasks only", offered["enum"] == ["research"] and "Looks something up" in tools["start_task"]["description"], tools)
    check("it has started one", len(runs) == 1 and (runs[0]["task"], runs[0]["goal"]) == ("research", GOAL), runs)
    check("for this call", runs[0]["started-by"] == "agent" and runs[0]["caller"] == calls[0]["id"], runs)
    check("that was done", (runs[0]["outcome"], runs[0]["text"]) == ("done", RESULT), runs)
    check("the model was told at once", "has been started" in results[0] and results[1].startswith("error:"), results)
    notes = [json.dumps(r["body"]["input"]) for r in asked if "has ended: done" in json.dumps(r["body"]["input"])]
    check("and of the result, without being asked", notes and RESULT in notes[0], asked)
    check("the agent said it", said[1:3] == ["I am looking it up.", RESULT], said)
    check("and how it went when it was asked", any("has ended: done" in text for text in results[2:]), results)
    check("jackfield ended cleanly", server.exit_code == 0, log[-2000:])
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
