"""Everything a media stream can do wrong, one function each. A function takes the Desk (hostile_test.py)
and raises AssertionError when jackfield does anything else than it should."""
import socket
import time

from media_socket import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame

MIB = 1024 * 1024


def recovers(attack, **counts):
    """A call in which `attack(call)` happens goes on afterwards; exactly these errors were counted."""

    def run(desk):
        with desk.call() as call:
            attack(call)
            desk.echoes(call)
            call.stop()
        desk.ended(call, "stop", 1000, **counts)

    return run


def texts(*messages):
    """Sends text messages; SID stands for the call's own streamSid."""

    def attack(call):
        for message in messages:
            raw = message if isinstance(message, bytes) else message.encode()
            call.send_text(raw.replace(b"SID", call.sid.encode()))

    return attack


def ends(attack, reason, close_code, **counts):
    """`attack(call)` ends the call for this reason."""

    def run(desk):
        with desk.call() as call:
            attack(call)
            desk.ended(call, reason, close_code, **counts)

    return run


def sends(raw):
    return lambda call: call.sock.sendall(raw)


def media(call, **how):
    call.send_media(b"\x55" * 160, **how)


# Text that is not what it should be.

not_json = recovers(
    texts("hello", "", "{", "nul", '{"event":"media"', "{'event':'stop'}", '{"event":"stop"}}', "[1,", "01"),
    **{"bad-json": 9})  # fmt: skip
wrong_shapes = recovers(
    texts(
        "[]", "{}", "7", '"stop"', "null", '{"event":5}', '{"event":["stop"]}', '{"event":"media","streamSid":5}',
        '{"event":"media","streamSid":"SID","media":"x"}', '{"event":"media","streamSid":"SID","media":[1]}',
        '{"event":"media","streamSid":"SID","media":{"payload":5,"timestamp":"0"}}',
        '{"event":"mark","streamSid":"SID","mark":{"name":{}}}', '{"event":"dtmf","streamSid":"SID","dtmf":{"digit":"55"}}',
        '{"event":"media","streamSid":"SID","sequenceNumber":"many","media":{"payload":"AA==","timestamp":"0"}}',
    ),
    **{"missing-field": 14})  # fmt: skip
deep_nesting = recovers(
    texts("[" * 60000, '{"a":' * 5000 + "1" + "}" * 5000, '{"event":"stop","x":' + "[" * 40 + "]" * 40 + "}"),
    **{"bad-json": 3})  # fmt: skip
repeated_keys = recovers(
    texts('{"event":"media","event":"stop","streamSid":"SID"}', '{"event":"stop","streamSid":"x","streamSid":"SID"}'),
    **{"missing-field": 2})  # fmt: skip
nul = recovers(
    texts(b'{"event":"mark\0"}', b"\0", r'{"event":"mark","streamSid":"SID","mark":{"name":"a\u0000b"}}'),
    **{"bad-json": 2, "missing-field": 1})  # fmt: skip
invalid_utf8 = recovers(
    texts(b'{"event":"\xc0\xaf"}', b'{"event":"mark","x":"\xed\xa0\x80"}', b'\xff{"event":"stop"}', b'{"x":"\xf5\x80\x80\x80"}'),
    **{"bad-json": 4})  # fmt: skip
lone_surrogates = recovers(
    texts(r'{"event":"mark","streamSid":"SID","mark":{"name":"\ud800"}}', r'{"event":"\udc00\ud800"}'),
    **{"missing-field": 2})  # fmt: skip
unknown_events = recovers(
    texts('{"event":"dance"}', '{"event":"Media","streamSid":"SID"}', '{"event":""}', '{"event":"' + "x" * 60000 + '"}'),
    **{"unknown-event": 4})  # fmt: skip
wrong_stream = recovers(
    texts(
        '{"event":"stop","streamSid":"MZ"}', '{"event":"stop","streamSid":"SID0"}', '{"event":"stop"}',
        '{"event":"media","streamSid":"","media":{"payload":"AA==","timestamp":"0"}}',
        '{"event":"media","streamSid":"MZ","media":{"payload":"AA==","timestamp":"0"}}',
    ),
    **{"wrong-stream": 3, "missing-field": 2})  # fmt: skip
bad_base64 = recovers(
    texts(*(f'{{"event":"media","streamSid":"SID","media":{{"payload":"{p}","timestamp":"0"}}}}'
            for p in ("@@@@", "AAA", "A===", "AB==", "A=AA", "AAAA\\n", "-_-_", "=" * 4000))),
    **{"bad-base64": 8})  # fmt: skip
unexpected_marks = recovers(
    texts(*['{"event":"mark","streamSid":"SID","mark":{"name":"never sent"}}'] * 5), **{"unexpected-mark": 5})


def too_many_errors(desk):
    with desk.call() as call:
        for _ in range(101):
            call.send_text("{")
        desk.ended(call, "protocol-error", 1008, **{"bad-json": 101})


# Frames.

binary_frames = recovers(
    lambda call: [call.send(BINARY, data) for data in (b"", b"\0" * 160, b"\xff" * MIB)], **{"binary-frame": 3})
too_long = recovers(lambda call: call.send(TEXT, b" " * (10 * MIB)), **{"too-long": 1})


def fragments(desk):
    """Legal: one media message in pieces with a ping between them."""
    with desk.call() as call:
        text = call.media_text(b"\x33" * 160).encode()
        call.send(TEXT, text[:1], fin=False)
        for at in range(1, len(text) - 1):
            call.send(CONTINUATION, text[at : at + 1], fin=False)
        call.send(PING, b"between")
        call.send(CONTINUATION, text[-1:])
        assert call.receive_audio(160, 20) == b"\x33" * 160, "the fragmented message did not come back"
        assert call.pongs == [b"between"], call.pongs
        desk.echoes(call)
        call.stop()
    desk.ended(call, "stop", 1000)


def too_long_in_fragments(call):
    call.send(TEXT, b"x" * 1000, fin=False)
    for _ in range(10):
        call.send(CONTINUATION, b"x" * MIB, fin=False)
    call.send(CONTINUATION, b"", fin=True)


too_long_fragments = recovers(too_long_in_fragments, **{"too-long": 1})
endless_length = ends(sends(frame(TEXT, b"x" * 100000, claim=2**63 - 1)), "inactive", 1000, **{"too-long": 1})
impossible_length = ends(sends(frame(TEXT, b"x", claim=2**63)), "protocol-error", 1002)
fragmented_ping = ends(sends(frame(PING, b"x", fin=False)), "protocol-error", 1002)
long_ping = ends(sends(frame(PING, b"x" * 126)), "protocol-error", 1002)
unmasked = ends(sends(frame(TEXT, b"{}", masked=False)), "protocol-error", 1002)
nothing_to_continue = ends(sends(frame(CONTINUATION, b"x")), "protocol-error", 1002)
two_messages_at_once = ends(sends(frame(TEXT, b"{", fin=False) + frame(TEXT, b"}")), "protocol-error", 1002)


def reserved_bits_and_opcodes(desk):
    for bits in (1, 2, 4, 7):
        ends(sends(frame(TEXT, b"{}", reserved=bits)), "protocol-error", 1002)(desk)
    for opcode in (3, 7, 11, 15):
        ends(sends(frame(opcode, b"x")), "protocol-error", 1002)(desk)


def close_codes(desk):
    for code in (1000, 1001, 4999):
        ends(sends(frame(CLOSE, code.to_bytes(2, "big"))), "closed", 1000)(desk)
    for body in (b"x", b"\0\0", (999).to_bytes(2, "big"), (1005).to_bytes(2, "big"), b"\xff\xff"):
        ends(sends(frame(CLOSE, body)), "protocol-error", 1002)(desk)


def pong_flood(desk):
    """Pings are answered; unasked pongs and empty fragments cost nothing."""
    recovers(lambda call: call.sock.sendall(frame(10, b"x" * 100) * 2000 + frame(PING, b"") * 200))(desk)


# Order and time.


def before_start(desk):
    with desk.stream() as call:
        media(call)
        call.stop()
        call.send_json(event="dtmf", streamSid=call.sid, dtmf={"digit": "1"})
        call.start(desk.token())
        desk.echoes(call)
        call.stop()
    desk.ended(call, "stop", 1000, **{"out-of-order": 3})


def connected_twice(call):
    for _ in range(3):
        call.send_json(event="connected", protocol="Call", version="1.0.0")


two_connected = recovers(connected_twice)
two_starts = recovers(lambda call: [call.send_start("x") for _ in range(2)], **{"out-of-order": 2})
no_token = ends(lambda call: None, "refused", None)


def without_token(desk):
    for token in ("", "x", desk.token() + "0"):
        with desk.stream() as call:
            call.start(token)
            desk.closed(call, "refused")


def timestamps(desk):
    """Time that goes backwards or leaps is not followed: nothing is filled, and the call goes on."""
    with desk.call() as call:
        desk.echoes(call)
        for stamp in (0, 5, call.time_ms + 365 * 86400 * 1000, 0, 2**48, 2**63, 2**64 - 1, 1):
            media(call, timestamp=stamp)
        call.time_ms = 200
        desk.echoes(call)
        for stamp in (-1, -(2**63), 2**64, "1e3", "0x10", "", " 5", "NaN"):
            media(call, timestamp=stamp)
        desk.echoes(call)
        call.stop()
    stats = desk.ended(call, "stop", 1000, **{"missing-field": 8})
    assert stats["missing-time"] < 2_000_000_000, stats


def sequence_gaps(desk):
    with desk.call() as call:
        for number in (10, 20, 5, 2**64 - 1, 1, 7):
            media(call, sequence=number)
        call.sequence = 7
        desk.echoes(call)
        call.stop()
    stats = desk.ended(call, "stop", 1000)
    assert stats["sequence-gaps"] > 0, stats


def payload_sizes(desk):
    with desk.call() as call:
        for size in (0, 1, 159, 161, 0, 7):
            call.send_media(b"\x11" * size)
            time.sleep(0.02)
        call.send_media(b"\x22" * 48000)  # six seconds at once; there is room for one
        call.send_media(b"\x33" * 65536)
        call.time_ms = 100
        audio = call.receive_audio(10**6, 3)
        assert audio.count(b"\x11") == 328, audio.count(b"\x11")
        assert 0 < audio.count(b"\x22") <= 48000 and b"\x33" not in audio
        call.stop()
    desk.ended(call, "stop", 1000, **{"too-long": 1})


def other_formats(desk):
    for encoding, rate, channels in (("audio/x-l16", 8000, 1), ("audio/x-mulaw", 16000, 1), ("audio/x-mulaw", 8000, 2)):
        with desk.stream() as call:
            call.start(desk.token(), {"encoding": encoding, "sampleRate": rate, "channels": channels})
            desk.ended(call, "protocol-error", 1003)


# Peers that do not read, do not write, or vanish.


def flood(call, step, seconds=30):
    """Pings without end; `step()` after every piece. True when the server gave up."""
    pings = frame(PING, b"x" * 125) * 500
    deadline = time.monotonic() + seconds
    call.sock.settimeout(1)
    while time.monotonic() < deadline:
        try:
            call.sock.sendall(pings)
            step()
        except socket.timeout:
            continue
        except OSError:
            return True
    return False


def reads_nothing(desk):
    with desk.call(receive_buffer=4096) as call:
        assert flood(call, lambda: None), "the server kept a peer that reads nothing"
        desk.closed(call, "stalled")


def reads_a_byte_a_second(desk):
    with desk.call(receive_buffer=4096) as call:
        last = [time.monotonic()]

        def sip():
            if time.monotonic() > last[0] + 1:
                last[0] = time.monotonic()
                call.sock.recv(1)

        assert flood(call, sip), "the server kept a peer that reads a byte a second"
        desk.closed(call, "stalled")


def writes_a_byte_at_a_time(desk):
    with desk.call() as call:
        text = frame(TEXT, call.media_text(b"\x55" * 160).encode())
        for byte in text:
            try:
                call.sock.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.06)
        desk.closed(call, "inactive")


def falls_silent(desk):
    with desk.call() as call:
        desk.ended(call, "inactive", 1000)


def vanishes(desk):
    half = frame(TEXT, b"x" * 1000)[:300]
    for leave in (
        lambda call: call.reset(),
        lambda call: call.close(),
        lambda call: call.sock.shutdown(socket.SHUT_WR),
        lambda call: (call.sock.sendall(half), call.close()),
        lambda call: (call.sock.sendall(half), call.reset()),
    ):
        call = desk.open_call()
        desk.echoes(call)
        leave(call)
        desk.closed(call, "closed")
        call.close()
