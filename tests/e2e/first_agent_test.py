#!/usr/bin/env python3
"""`jackfield init`, and a call to what it wrote with the caller it wrote. Prints TAP.

Arguments: the jackfield binary.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402

COMPANY = "Blue Door Bakery"
# What the caller says, and a word of the answer to it.
TURNS = [("hours", "nine"), ("tuesday", "Tuesday"), ("location", "Main Street"), ("thank you", "welcome"), ("no", COMPANY)]


def main():
    jackfield = sys.argv[1]
    checks = []

    def check(what, good, details=""):
        checks.append(good)
        print(f"{'ok' if good else 'not ok'} {len(checks)} - {what}")
        if not good and details:
            print("\n".join("# " + line for line in str(details).splitlines()[-60:]))

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "agent"
        made = subprocess.run(
            [jackfield, "init", str(folder), "--company", COMPANY], capture_output=True, text=True, timeout=60
        )
        check("init writes an agent", made.returncode == 0, made.stderr)
        with jackfield_server.Server(jackfield, folder / "agent.gst", scratch, "--calls", "1") as server:
            call = jackfield_server.start_simulation(server, folder / "caller.json", scratch, "call")
            output, _ = call.communicate(timeout=180)
            check("the caller does all steps, within the protocol", call.returncode == 0, output)
            server.exit_code = server.process.wait(timeout=60)
            check("the server ends well", server.exit_code == 0, server.log.read_text())
            transcript = [
                json.loads(line)
                for line in (server.call_folders()[0] / "transcript.jsonl").read_text().splitlines()
            ]
    caller = [
        m["fields"]["text"]
        for m in transcript
        if m["message"] == "agentbrain/transcript" and m["fields"]["final"]
    ]
    # An interrupted reply too is looked at as a whole.
    replies = [
        m["fields"].get("full-text") or m["fields"]["text"] for m in transcript if m["message"] == "agentbrain/reply"
    ]
    check("every word is understood", caller == [words for words, _ in TURNS], caller)
    check("the greeting names the company", replies and COMPANY in replies[0], replies)
    check(
        "every answer fits",
        len(replies) == len(TURNS) + 1 and all(word in reply for (_, word), reply in zip(TURNS, replies[1:])),
        replies,
    )
    print(f"1..{len(checks)}")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
