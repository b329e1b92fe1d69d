#!/usr/bin/env python3
"""A call in which the agent looks something up: the real jackfield, called by `jackfield simulate`, the
strict fake of OpenAI's API, and a real MCP server for files that may read one folder. Prints TAP.
Arguments: the jackfield binary, the source directory, node, the server's node_modules.
"""
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402

KEY = "sk-test-end-to-end-0123"
GREETING = "Hello, this is the test desk."


def call(name, **arguments):
    return {"name": name, "arguments": arguments}


def tell_when_ready(recordings, file):
    """Makes `file` when the record of a call says that the server of tools is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        records = recordings.glob("*/transcript.jsonl") if recordings.exists() else []
        if any("agentbrain/tool-server" in record.read_text() for record in records):
            break
        time.sleep(0.05)
    file.touch()


def main():
    binary, source, node, modules = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    hear, ask = "/audio/transcriptions", "/responses"
    script = {
        "name": "lookup", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
        "steps": [
            {"wait-reply": {"timeout": 70000}},
            {"say": "hello-world.wav"},
            {"wait-reply": {"timeout": 30000}},
            {"say": "hello-world.wav"},
            {"wait-reply": {"timeout": 30000}},
        ],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jackfield-tools-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch).resolve()
        folder = scratch / "desk"
        folder.mkdir()
        (folder / "hours.txt").write_text("Open from nine to five.")
        (scratch / "private.txt").write_text("not for callers")
        server = f"{modules}/@modelcontextprotocol/server-filesystem/dist/index.js"
        (scratch / "tools.json").write_text(json.dumps({"mcpServers": {"files": {
            "command": node, "args": [server, str(folder)], "allow": ["read_text_file"]}}}))  # fmt: skip
        stages = [
            "STT=openaistt model=gpt-4o-transcribe check-model=false",
            "LLM=openaillm model=gpt-5.2 api=responses check-model=false first-token-timeout=70000000000",
            "TTS=openaitts model=gpt-4o-mini-tts check-model=false",
        ]
        pipeline = scratch / "lookup.gst"
        text = (source / "pipelines/phone-agent.gst").read_text()
        # On a busy machine a filler would be said, and taken for the answer by the caller.
        pipeline.write_text(text.replace("! agentbrain", f'! agentbrain think-timeout=70000000000 tool-filler="" tools="{scratch}/tools.json"'))
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY})
        read = "read_text_file"
        service.script([
            {"path": ask, "text": GREETING, "await_file": str(scratch / "ready")},
            {"path": hear, "transcript": "When are you open?"},
            # Three at once: what was asked for, what lies elsewhere, and what makes no sense.
            {"path": ask, "tool_calls": [call(read, path=str(folder / "hours.txt")), call(read, path=str(scratch / "private.txt")),
                                         call(read, file="hours.txt")]},
            {"path": ask, "text": "We are open from nine to five."},
            {"path": hear, "transcript": "Write that down."},
            # Not on the list of what is allowed.
            {"path": ask, "tool_calls": [call("write_file", path=str(folder / "new.txt"), content="x")]},
            {"path": ask, "text": "I am sorry, I cannot write."},
        ])  # fmt: skip
        watching = threading.Thread(target=tell_when_ready, args=(scratch / "recordings", scratch / "ready"))
        watching.start()
        done = jackfield_server.OneCall(binary, pipeline, scratch, script, *stages)
        watching.join()
        asked = service.requests(ask)
        written = (folder / "new.txt").exists()

    calls, results = done.fields("agentbrain/tool-call"), done.fields("agentbrain/tool-result")
    told = [i["output"] for r in asked[2:3] for i in r["body"]["input"] if i.get("type") == "function_call_output"]
    check = Checks()
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    check("the service refused nothing", not [r for r in asked if "refused" in r], asked)
    servers = done.fields("agentbrain/tool-server")
    check("the server was there", servers and servers[0]["ready"] and servers[0]["tools"] > 5, servers)
    offered = [[t["name"] for t in r["body"].get("tools", [])] for r in asked]
    check("the model was offered what is allowed", offered[1:] and all(o == [read] for o in offered[1:]), offered)
    check("its three calls are in the record", [c["name"] for c in calls] == [read] * 3, calls)
    check("the model was told the file", len(told) == 3 and "Open from nine to five." in told[0], told)
    check("no file outside the folder", len(told) == 3 and told[1].startswith("error: Access denied"), told)
    check("no call outside the schema", len(told) == 3 and told[2].startswith("error: the arguments do not fit"), told)
    check("how each call ended is in the record", sorted(r["outcome"] for r in results) == ["error", "ok", "refused"], results)
    check("and how long it took", all(r["duration"] > 0 for r in results if r["outcome"] != "refused"), results)
    check("a tool that is not allowed does nothing", not written, "new.txt was written")
    replies = done.replies()
    check("the agent said what it found", replies[1:2] == ["We are open from nine to five."], replies)
    refused = "error: there is no tool of that name"
    check("and the model is told so", any(refused in json.dumps(r["body"]["input"]) for r in asked[3:]), asked[3:])
    # A request that had to be repeated has used up the scripted answer; then the fake says what it was told.
    check("the call goes on without it", len(replies) == 3 and replies[2] in ("I am sorry, I cannot write.", f"You said: {refused}"), replies)
    check("nothing private is in the record", "not for callers" not in done.everything, "it is")
    check("the transcript tells of tools", read in done.transcript, done.transcript)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
