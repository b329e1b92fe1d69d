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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402

KEY = "sk-test-end-to-end-0123"
# The fake's voice takes 20 ms a character: the server is there by then.
GREETING = "Hello, this is the test desk. I can look up our opening hours for you, and much more, if you just ask me. " \
    "So tell me, please, what may I do for you on this beautiful day?"  # fmt: skip


def call(name, **arguments):
    return {"name": name, "arguments": arguments}


def main():
    binary, source, node, modules = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    hear, ask = "/audio/transcriptions", "/responses"
    script = {
        "name": "lookup", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 90000,
        "steps": [
            {"wait-reply": {"timeout": 30000}},
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
            "LLM=openaillm model=gpt-5.2 api=responses check-model=false",
            "TTS=openaitts model=gpt-4o-mini-tts check-model=false",
        ]
        pipeline = scratch / "lookup.gst"
        text = (source / "pipelines/phone-agent.gst").read_text()
        pipeline.write_text(text.replace("! agentbrain", f'! agentbrain tools="{scratch}/tools.json"'))
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY})
        read = "read_text_file"
        service.script([
            {"path": ask, "text": GREETING},
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
        done = jackfield_server.OneCall(binary, pipeline, scratch, script, *stages)
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
    check("the call goes on without it", replies[2:3] == ["I am sorry, I cannot write."], replies)
    check("nothing private is in the record", "not for callers" not in done.everything, "it is")
    check("the transcript tells of tools", read in done.transcript, done.transcript)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
