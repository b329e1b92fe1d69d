#!/usr/bin/env python3
"""An MCP server over standard input and output for the benchmark of tools, with one tool whose name is the
argument: quick (answers at once), slow (after 2 s), hang (never), flood (with notifications without end),
large (with 10 MiB, about as much as is taken).
"""
import json
import sys
import time

KIND = sys.argv[1]
LARGE = 10 * 1024 * 1024 - 1024


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


for line in sys.stdin:
    message = json.loads(line)
    method, number = message.get("method"), message.get("id")
    if method == "initialize":
        send({"id": number, "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                                       "serverInfo": {"name": KIND, "version": "1"}}})  # fmt: skip
    elif method == "tools/list":
        send({"id": number, "result": {"tools": [{"name": KIND, "inputSchema": {"type": "object"}}]}})
    elif method == "tools/call" and KIND != "hang":
        while KIND == "flood":
            send({"method": "notifications/message", "params": {"level": "info", "data": "x" * 100}})
        if KIND == "slow":
            time.sleep(2)
        text = "x" * LARGE if KIND == "large" else "done"
        send({"id": number, "result": {"content": [{"type": "text", "text": text}]}})
