"""Everything that can be wrong before there is a media stream. A function takes the Desk (hostile_test.py)
and raises AssertionError when jackfield does anything else than it should."""
import os
import select
import time

import media_socket
from media_socket import MediaSocket, Refused

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GIVEN_UP = 0  # the connection ended without an answer


def status_of(desk, request, timeout=30):
    """Sends raw bytes; the status of the answer, or GIVEN_UP."""
    sock = media_socket.connect(desk.server.port)
    with sock:
        sock.settimeout(timeout)
        data = b""
        try:
            sock.sendall(request)
            while b"\r\n" not in data:
                more = sock.recv(65536)
                if not more:
                    break
                data += more
        except ConnectionError:
            pass
    parts = data.split(b" ", 2)
    return int(parts[1]) if data.startswith(b"HTTP/") and len(parts) > 1 else GIVEN_UP


def expect(desk, request, *allowed):
    got = status_of(desk, request)
    assert got in allowed, f"{request[:80]!r}: {got}, expected one of {allowed}"


def rubbish(desk):
    for request in (
        b"\r\n\r\n", b"\0" * 1000 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"hello there\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: -1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n: no name\r\n\r\n", os.urandom(4000) + b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):  # fmt: skip
        sock = media_socket.connect(desk.server.port)
        with sock:
            sock.sendall(request)
            sock.shutdown(1)  # nothing more comes; whatever it says, it must end
            sock.settimeout(30)
            try:
                answer = sock.recv(65536)
            except ConnectionError:
                answer = b""
        assert not answer.startswith(b"HTTP/1.1 2"), (request[:60], answer[:60])


def huge_headers(desk):
    before = desk.memory_kib()
    head = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
    line = b"X-Filler: " + b"x" * 8000 + b"\r\n"
    for request in (head + line * 3000 + b"\r\n", head + b"X: " + b"x" * 24_000_000, b"GET /" + b"a" * 24_000_000):
        got = status_of(desk, request)
        assert got in (GIVEN_UP, 400, 413, 414, 431), got
    grown = desk.memory_kib() - before
    assert grown < 16 * 1024, f"headers of 24 MB took {grown} KiB"


def methods_and_paths(desk):
    for method in (b"PUT", b"DELETE", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"BREW"):
        expect(desk, method + b" /twilio/voice HTTP/1.1\r\nHost: a\r\n\r\n", 405, 400, 501, GIVEN_UP)
    for path in (
        b"/../../../../etc/passwd", b"/twilio/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%2f..%2fetc/passwd",
        b"//etc/passwd", b"/twilio/voice/../../etc/passwd", b"/twilio/voice%00", b"/twilio/voice/", b"/recordings/", b"/" + b"a" * 8000,
    ):  # fmt: skip
        expect(desk, b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n", 404, 400, 414, GIVEN_UP)


def wrong_upgrades(desk):
    good = {
        "Host": "a", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }  # fmt: skip
    for change in (
        {"Upgrade": None}, {"Upgrade": "h2c"}, {"Connection": None}, {"Connection": "close"}, {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Version": "8"}, {"Sec-WebSocket-Version": None}, {"Sec-WebSocket-Version": "13, 8"},
    ):  # fmt: skip
        head = "".join(f"{k}: {v}\r\n" for k, v in {**good, **change}.items() if v is not None)
        expect(desk, f"GET /twilio/media HTTP/1.1\r\n{head}\r\n".encode(), 400, 426, GIVEN_UP)
    head = "".join(f"{k}: {v}\r\n" for k, v in good.items())
    expect(desk, f"POST /twilio/media HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n".encode(), 400, 405)
    expect(desk, f"GET /twilio/voice HTTP/1.1\r\n{head}\r\n".encode(), 200)  # the webhook is no WebSocket


def form_rubbish(desk):
    for body in (b"", b"&" * 60000, b"=" * 60000, b"%", b"%zz%00=%", b"From=%ff%fe&To=%00", b"\0\xff" * 1000,
                 b"From=" + b"1" * 60000, b"From=%22%3E%3CHangup%2F%3E", b"From" + b"&From=%2B15550001111" * 2000):  # fmt: skip
        head = b"POST /twilio/voice HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        expect(desk, head + b"Content-Length: %d\r\n\r\n" % len(body) + body, 200)


def huge_bodies(desk, size=200_000_000):
    """Refused without being kept."""
    head = b"POST /twilio/voice HTTP/1.1\r\nHost: a\r\n"
    expect(desk, head + b"Content-Length: 100000\r\n\r\n" + b"x" * 100000, 413, GIVEN_UP)
    expect(desk, head + b"Content-Length: 99999999999999999999\r\n\r\n", 413, 400, GIVEN_UP)
    expect(desk, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 411, 400, GIVEN_UP)
    before = desk.memory_kib()
    length = b"Content-Length: %d\r\n\r\n" % size
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for request in (
        head + length + b"x" * size, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (size // len(chunk)),
        b"GET /twilio/media HTTP/1.1\r\nHost: a\r\n" + length + b"x" * size,
        b"PUT /nothing HTTP/1.1\r\nHost: a\r\n" + length + b"x" * size,
    ):  # fmt: skip
        expect(desk, request, 400, 404, 405, 411, 413, GIVEN_UP)
    grown = desk.memory_kib() - before
    assert grown < 16 * 1024, f"bodies of {size // 10**6} MB took {grown} KiB"


def wait_until_closed(sockets, timeout):
    """How many the server has not closed in that time."""
    left = set(sockets)
    deadline = time.monotonic() + timeout
    while left and time.monotonic() < deadline:
        ready, _, _ = select.select(list(left), [], [], 0.5)
        for sock in ready:
            try:
                if sock.recv(65536):
                    continue
            except ConnectionError:
                pass
            left.discard(sock)
    return len(left)


def unfinished_requests(desk, count=500):
    """Sockets that never finish a request, say it a byte at a time, or never send a body that they announced."""
    sockets = [media_socket.connect(desk.server.port) for _ in range(count)]
    try:
        for index, sock in enumerate(sockets):
            sock.settimeout(0)
            sock.send((
                b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: a\r\n",
                b"POST /twilio/voice HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nFrom=",
            )[index % 4])  # fmt: skip
        slow = sockets[1::50]
        deadline = time.monotonic() + 25  # the limit is 15 s
        while time.monotonic() < deadline and wait_until_closed(sockets, 0.5):
            for sock in slow:
                try:
                    sock.send(b"x")
                except OSError:
                    pass
            desk.healthy()
        left = wait_until_closed(sockets, 1)
        assert left == 0, f"{left} of {count} are still open"
    finally:
        for sock in sockets:
            sock.close()


def never_start(desk, count=500):
    """Media streams that never begin a call: as many as there is room for are kept, and not for long."""
    streams, refused = [], 0
    for _ in range(count):
        try:
            streams.append(MediaSocket(desk.server.port))
        except Refused as answer:
            assert answer.status in (429, 503), answer.status
            refused += 1
    assert len(streams) + refused == count
    assert 0 < len(streams) <= desk.max_calls, len(streams)
    left = wait_until_closed([s.sock for s in streams], 30)
    for stream in streams:
        stream.close()
    assert left == 0, f"{left} of {len(streams)} are still open"
    with desk.call() as call:  # there is room again
        desk.echoes(call)
        call.stop()
    desk.ended(call, "stop", 1000)
