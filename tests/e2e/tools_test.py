#!/usr/bin/env python3
"""A call in which the agent looks something up: the real jackfield, called by `jackfield simulate`, the
strict fake of OpenAI's API, and a real MCP server for files that may read one folder. Prints TAP.
Arguments: the jackfield binary, the source directory, node, the server's node_modules.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from tool_call import KEY, ToolCall, asks, call, hears, says  # noqa: E402


def main():
    binary, source, node, modules = sys.argv[1:5]
    with tempfile.TemporaryDirectory(prefix="jackfield-tools-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch).resolve()
        folder = scratch / "desk"
        folder.mkdir()
        (folder / "hours.txt").write_text("Open from nine to five.")
        (scratch / "private.txt").write_text("not for callers")
        server = f"{modules}/@modelcontextprotocol/server-filesystem/dist/index.js"
        (scratch / "tools.json").write_text(json.dumps({"mcpServers": {"files": {
            "command": node, "args": [server, str(folder)], "allow": ["read_text_file"]}}}))  # fmt: skip
        read = "read_text_file"
        done = ToolCall(binary, source, scratch, service, scratch / "tools.json", 2, [
            hears("When are you open?"),
            # Three at once: what was asked for, what lies elsewhere, and what makes no sense.
            asks(call(read, path=str(folder / "hours.txt")), call(read, path=str(scratch / "private.txt")),
                 call(read, file="hours.txt")),
            says("We are open from nine to five."),
            hears("Write that down."),
            # Not on the list of what is allowed.
            asks(call("write_file", path=str(folder / "new.txt"), content="x")),
            says("I am sorry, I cannot write."),
        ])  # fmt: skip
        asked = done.asked
        written = (folder / "new.txt").exists()
        log = scratch / "recordings" / "tools.jsonl"
        audit = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        mode = log.stat().st_mode & 0o7777 if log.exists() else 0

    calls, results = done.calls, done.results
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
    lines = [[line["event"], line["tool"], line.get("outcome")] for line in audit]
    check("the audit log has each call, and its end", sorted(map(str, lines)) == sorted(map(str, [
        ["begin", read, None], ["end", read, "ok"], ["begin", read, None], ["end", read, "error"], ["refused", read, "refused"],
        ["refused", "write_file", "unknown"]])), audit)  # fmt: skip
    check("a call is in it before its end", all(line["event"] != "end" or any(
        b["event"] == "begin" and b["call"] == line["call"] for b in audit[:i]) for i, line in enumerate(audit)), audit)  # fmt: skip
    session = done.record["session"]
    check("and whose it was", audit and all(line["session"] == session and line["line"] for line in audit), audit)
    check("only its owner may read it", mode == 0o600, oct(mode))
    check("nothing private is in the record", "not for callers" not in done.everything, "it is")
    check("the transcript tells of tools", read in done.transcript, done.transcript)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
