#!/usr/bin/env python3
"""Servers of tools do not outlive the program that started them, however it ends. Prints TAP.
Arguments: the source directory.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402


def wait(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def is_there(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def start(scratch, source, what):
    """An agent that waits for its first goal, and the processes of its server."""
    pids = scratch / f"{what}.pids"
    tools = scratch / f"{what}.json"
    server = [str(source / "tests/support/mcp/rude_server.py"), what, str(pids)]
    tools.write_text(json.dumps({"mcpServers": {"rude": {"command": "/usr/bin/python3", "args": server}}}))
    agent = subprocess.Popen(
        ["gst-launch-1.0", "-q", "fdsrc", "!", "text/x-raw,format=utf8", "!", "agentloop", f"tools={tools}",
         "llm=openaillm model=gpt-5.2 check-model=false api-key=none base-url=http://127.0.0.1:9/v1", "!", "fakesink"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    if not wait(lambda: pids.exists() or agent.poll() is not None, 60) or not pids.exists():
        agent.kill()
        raise RuntimeError(f"the server was not started: {agent.stderr.read()}")
    return agent, [int(pid) for pid in pids.read_text().split()]


def main():
    source = pathlib.Path(sys.argv[1])
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-tool-servers-") as scratch:
        scratch = pathlib.Path(scratch)
        cases = [
            ("stubborn", "a server and its child that heed nothing", lambda agent: agent.stdin.close()),
            ("stays", "a server that goes on without its input", lambda agent: agent.stdin.close()),
            ("stays", "such a server of a program that is killed", lambda agent: agent.send_signal(signal.SIGKILL)),
        ]
        for what, name, end in cases:
            (scratch / f"{what}.pids").unlink(missing_ok=True)
            agent, pids = start(scratch, source, what)
            check(f"there is {name}", all(map(is_there, pids)), pids)
            end(agent)
            code = agent.wait(timeout=60)
            check("the program ends as it should", code in (0, -signal.SIGKILL), agent.stderr.read())
            wait(lambda: not any(map(is_there, pids)), 20)
            left = [pid for pid in pids if is_there(pid)]
            check("and nothing of it is left", not left, left)
            for pid in left:
                os.kill(pid, signal.SIGKILL)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
