#!/usr/bin/env python3
"""One jackfield with two telephone lines, an agent and an echo, called at the same time by their numbers.

Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import jackfield_server  # noqa: E402

AGENT, ECHO, NOBODY = "+15550000001", "+15550000002", "+15550000003"
CONF = """
[server]
events = events.jsonl
drain = 5
[line agent]
pipeline = {pipelines}/phone-agent.gst
numbers = +1 (555) 000-0001
[line echo]
pipeline = {pipelines}/echo.gst
numbers = {echo}
max-calls = 1
"""
QUESTION = {
    "name": "one question",
    "timeout": 60000,
    "line-noise": -65,
    "steps": [
        {"wait-reply": {"silence": 900, "timeout": 20000}},
        {"say": "en_US_f_Allison/hours.wav", "text": "hours"},
        {"wait-reply": {"silence": 900, "timeout": 20000}},
        {"hang-up": True},
    ],
}


def records(server):
    """{line: (call.json, who said what)}"""
    opened = [
        json.loads(line)
        for line in (server.scratch / "events.jsonl").read_text().splitlines()
        if '"session-opened"' in line
    ]
    return {
        event["line"]: (
            json.loads((pathlib.Path(event["folder"]) / "call.json").read_text()),
            (pathlib.Path(event["folder"]) / "transcript.txt").read_text(),
        )
        for event in opened
    }


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    pipelines = source / "pipelines"
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-lines-") as folder:
        scratch = pathlib.Path(folder)
        (scratch / "question.json").write_text(json.dumps(QUESTION))
        conf = scratch / "jackfield.conf"
        conf.write_text(CONF.format(pipelines=pipelines, echo=ECHO))
        with jackfield_server.Server(binary, conf, scratch) as server:
            calls = {
                name: jackfield_server.start_simulation(server, script, scratch, name, "--to", to)
                for name, script, to in (
                    ("agent", scratch / "question.json", AGENT),
                    ("echo", pipelines / "callers" / "echo-call.json", ECHO),
                    ("nobody", scratch / "question.json", NOBODY),
                )
            }
            said = {name: call.communicate(timeout=180)[0] for name, call in calls.items()}
            server.stop()
            log = server.log.read_text()
        check("the agent answers its number", calls["agent"].returncode == 0, said["agent"])
        check("the echo answers its own", calls["echo"].returncode == 0, said["echo"])
        check("another number is rejected", calls["nobody"].returncode == 1 and "reject" in said["nobody"].lower(), said["nobody"])
        check("and the operator is told", f"a call to {NOBODY}, which stands in no line's numbers" in log, log)
        check("the server ends by itself", server.exit_code == 0, log)
        found = records(server)
        check("each call was one of its line", sorted(found) == ["agent", "echo"], found)
        check("and its record says so", all(record["line"] == line for line, (record, _) in found.items()), found)
        check("the agent understood and answered", "hours" in found["agent"][1] and "nine" in found["agent"][1], found["agent"][1])
        check("each ran its own scenario", [found[line][0]["scenario"].split("/")[-1] for line in ("agent", "echo")] == ["phone-agent.gst", "echo.gst"], found)
        check("the terminal names the lines", all(f"  {line}  " in log for line in ("agent", "echo")), log)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
