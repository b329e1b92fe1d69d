"""Readers of the event socket, in a process of their own: take what comes, count it, and judge only
whether something was lost. Prints a line of JSON when its standard input is closed.

Arguments: port, number of readers.
"""
import json
import os
import selectors
import socket
import sys

MESSAGE = b'{"type":"subscribe"}'


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    sock.sendall(
        f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: jackfield.events.v1\r\n\r\n".encode()
    )  # fmt: skip
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(4096)
        if not piece:
            raise RuntimeError(f"no WebSocket: {head[:200]!r}")
        head += piece
    if not head.startswith(b"HTTP/1.1 101"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    sock.sendall(bytes([0x81, 0x80 | len(MESSAGE), 0, 0, 0, 0]) + MESSAGE)
    sock.setblocking(False)
    return sock


def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    selector = selectors.DefaultSelector()
    for _ in range(count):
        selector.register(connect(port), selectors.EVENT_READ)
    os.set_blocking(sys.stdin.fileno(), False)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("reading", flush=True)
    counted = {"bytes": 0, "events": 0, "lost": 0, "closed": 0}
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                data = sys.stdin.readline()
                if data == "begin\n":  # what comes from now on is measured
                    counted = dict.fromkeys(counted, 0)
                    continue
                print(json.dumps(counted), flush=True)
                return
            try:
                data = key.fileobj.recv(1 << 18)
            except BlockingIOError:
                continue
            if not data:
                counted["closed"] += 1
                selector.unregister(key.fileobj)
                continue
            counted["bytes"] += len(data)
            counted["events"] += data.count(b'{"type":"event"')
            counted["lost"] += data.count(b'{"type":"lost"')


if __name__ == "__main__":
    main()
