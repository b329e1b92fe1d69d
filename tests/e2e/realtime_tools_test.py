#!/usr/bin/env python3
"""A call in which a speech-to-speech agent looks something up and is interrupted while it works: the real
jackfield, called by `jackfield simulate`, the strict fake of the Realtime API, a real MCP server for
files that may read one folder, and one that hangs. Prints TAP. Arguments: the jackfield binary, the
source directory, node, the server's node_modules.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402
from realtime_agent import pipeline_with_tools  # noqa: E402

VOICE = "en_US_f_Allison/"
READ, WORK = "read_text_file", "work"
FILLER = "Let me see."
CALLER = {
    "name": "realtime tools",
    "timeout": 120000,
    "steps": [
        {"wait-reply": {"silence": 700, "timeout": 90000}},
        {"say": VOICE + "hours.wav", "text": "hours"},
        {"wait-reply": {"silence": 900, "timeout": 30000}},
        {"say": VOICE + "telephone-number.wav", "text": "telephone number"},
        # The tool hangs, and the agent says so.
        {"barge-in": {"after": 800, "say": VOICE + "auth-thankyou.wav", "text": "thank you", "timeout": 30000}},
        {"wait-reply": {"silence": 900, "timeout": 30000}},
    ],
}


def main():
    jackfield, source, node, modules = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    with tempfile.TemporaryDirectory(prefix="jackfield-realtime-tools-") as scratch:
        scratch = pathlib.Path(scratch).resolve()
        folder = scratch / "desk"
        folder.mkdir()
        (folder / "hours.txt").write_text("Open from nine to five.")
        (scratch / "private.txt").write_text("not for callers")
        reader = f"{modules}/@modelcontextprotocol/server-filesystem/dist/index.js"
        (scratch / "tools.json").write_text(json.dumps({"mcpServers": {
            "files": {"command": node, "args": [reader, str(folder)], "allow": [READ], "filler": ""},
            "rude": {"command": "/usr/bin/python3", "args": [str(source / "tests/support/mcp/rude_server.py"), "hang"], "filler": FILLER},
        }}))  # fmt: skip
        calls = [
            {"name": READ, "arguments": {"path": str(folder / "hours.txt")}},
            {"name": READ, "arguments": {"path": str(scratch / "private.txt")}},
            {"name": "write_file", "arguments": {"path": str(folder / "new.txt"), "content": "x"}},
        ]
        script = {
            "replies": [
                {"text": "Good morning.", "ms": 1500, "await_tools": [READ, WORK]},
                {"silent": True, "tools": calls},
                {"text": "We are open from nine to five.", "ms": 2000},
                {"silent": True, "tool": {"name": WORK}},
                {"text": "As you like.", "ms": 1500},
            ],
            "aside": {"text": FILLER, "ms": 4000},
            "heard": ["hours", "telephone number", "thank you"],
        }
        (scratch / "phone.gst").write_text(pipeline_with_tools(scratch / "tools.json", "tool-filler-after=500000000"))
        with FakeRealtime(script, scratch) as fake:
            environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "test-key"}
            done = jackfield_server.OneCall(jackfield, scratch / "phone.gst", scratch, CALLER, environment=environment)
            refused = fake.events("sent", "error")
            updates = fake.events("received", "session.update")
            items = [e["item"] for e in fake.events("received", "conversation.item.create")]
            asides = [e["response"] for e in fake.events("received", "response.create") if "conversation" in e.get("response", {})]
        written = (folder / "new.txt").exists()

    check = Checks()
    check("the caller had a whole call", done.report["ok"], [done.report["failures"], done.log[-3000:]])
    check("the service refused nothing", not refused, refused)
    offered = [sorted(t["name"] for t in u["session"].get("tools", [])) for u in updates]
    check("the model was offered what is allowed", offered[-1:] == [["end_call", READ, WORK]], offered)
    calls, results = done.fields("agentbrain/tool-call"), done.fields("agentbrain/tool-result")
    check("the calls are in the record", [c["name"] for c in calls] == [READ, READ, WORK], calls)
    check("with what became of them", sorted(r["outcome"] for r in results) == ["cancelled", "error", "ok"], results)
    outputs = [i["output"] for i in items if i["type"] == "function_call_output"]
    check("every call got one output", len(outputs) == 4 == len({i["call_id"] for i in items if "call_id" in i}), items)
    check("the model was told the file", any("Open from nine to five." in o for o in outputs), outputs)
    check("no file outside the folder", any(o.startswith("error: Access denied") for o in outputs), outputs)
    check("no tool that is not allowed", "error: there is no tool of that name" in outputs and not written, outputs)
    check("of the one that was interrupted it was told so", outputs[-1:] == ["error: the caller interrupted before the tool had answered"], outputs)
    check("the filler was said in the model's voice, once", len(asides) == 1 and FILLER in asides[0]["instructions"], asides)
    replies = done.replies()
    check("the agent said what it found, and went on", replies == ["Good morning.", "We are open from nine to five.", "As you like."], replies)
    check("people read of the tools", READ in done.transcript and WORK in done.transcript, done.transcript)
    usage = done.record.get("usage", {})
    models = {"gpt-realtime-2.1", "gpt-live-transcribe"}
    check("the record says what the models cost", set(usage) == models and usage["gpt-realtime-2.1"]["requests"] == 6, usage)
    check("and counts its tokens", usage.get("gpt-realtime-2.1", {}).get("output-audio-tokens", 0) > 100, usage)
    check("nothing private is in the record", "not for callers" not in done.everything and "test-key" not in done.everything, "it is")
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
