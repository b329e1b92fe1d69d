#!/usr/bin/env python3
"""An MCP server over standard input and output that does what none should. Arguments: what (see below), and
a file to which it writes its process id and that of a child of its own.

  hang         tells its tools, answers no call
  mute         says nothing at all
  stubborn     as hang, and does not end when it is asked to; its child neither
  stays        as hang, and does not end with its input; it has no child
  flood        tells its tools, and answers a call with notifications without end
  rubbish      tells its tools, and answers a call with nonsense without end
  huge         tells its tools, and answers a call with 11 MiB
  deaf         reads nothing
  dead         ends at once, with words on its standard error
"""
import json
import os
import signal
import subprocess
import sys
import time

WHAT = sys.argv[1]
if len(sys.argv) > 2:
    child = None if WHAT == "stays" else subprocess.Popen(
        ["/usr/bin/python3", "-c", "import signal,time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(120)"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with open(sys.argv[2] + ".new", "w") as file:
        file.write(f"{os.getpid()} {child.pid if child else ''}")
    os.rename(sys.argv[2] + ".new", sys.argv[2])


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


if WHAT == "dead":
    sys.exit("no such database")
if WHAT == "deaf":
    time.sleep(120)
if WHAT == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in sys.stdin:
    message = json.loads(line)
    method, number = message.get("method"), message.get("id")
    if WHAT == "mute":
        continue
    if method == "initialize":
        send({"id": number, "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                                       "serverInfo": {"name": "rude", "version": "1"}}})  # fmt: skip
    elif method == "tools/list":
        send({"id": number, "result": {"tools": [{"name": "work", "inputSchema": {"type": "object"}}]}})
    elif method == "tools/call":
        while WHAT == "flood":
            send({"method": "notifications/message", "params": {"level": "info", "data": "x" * 100}})
        while WHAT == "rubbish":
            print("segmentation fault {", flush=True)
        if WHAT == "huge":
            send({"id": number, "result": {"content": [{"type": "text", "text": "x" * (11 * 1024 * 1024)}]}})
while WHAT in ("stubborn", "stays"):
    time.sleep(1)
