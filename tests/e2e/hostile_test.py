#!/usr/bin/env python3
"""Strangers at the door: the real jackfield serves a well-behaved call while other connections do
everything wrong that they can. After each of them the good call must have gone on without a lost byte,
and at the end the process must be as small as before. Prints TAP.

Arguments: the jackfield binary, the source directory, and optionally names of items to run alone.
"""
import contextlib
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import traceback
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE)]
import good_call  # noqa: E402
import hostile_http  # noqa: E402
import hostile_streams  # noqa: E402
import jackfield_server  # noqa: E402
import media_socket  # noqa: E402

# Short time-outs, so that what is given up is given up soon.
PIPELINE = "twiliosrc dead-timeout=10000000000 ! twiliosink write-timeout=2000000000\n"
KINDS = (
    "bad-json", "unknown-event", "missing-field", "wrong-stream", "out-of-order", "binary-frame", "too-long",
    "bad-base64", "unexpected-mark",
)  # fmt: skip


class Desk:
    """What an attack needs to know about the server under attack."""

    max_calls = 200

    def __init__(self, server):
        self.server = server
        self.events_path = server.scratch / "events"
        self.seen = 0
        self.sessions = {}  # session: {event: the last one of it}
        self.opened = []
        self.random = random.Random(1)

    def token(self):
        return media_socket.token_of(self.server)

    def read_events(self):
        with open(self.events_path, encoding="utf-8") as file:
            lines = file.read().split("\n")[:-1]
        for line in lines[self.seen :]:
            event = json.loads(line)
            if "session" in event:
                session = self.sessions.setdefault(event["session"], {})
                session[event["event"]] = event
                if event["event"] == "session-opened":
                    self.opened.append(event["session"])
        self.seen = len(lines)

    def wait(self, condition, what, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            self.read_events()
            if found := condition():
                return found
            assert time.monotonic() < deadline, f"{what} did not come within {timeout} s"
            time.sleep(0.02)

    def open_stream(self, **how):
        self.read_events()
        before = len(self.opened)
        call = media_socket.MediaSocket(self.server.port, **how)
        self.wait(lambda: len(self.opened) > before, "a session for the stream")
        call.session = self.opened[before]
        return call

    def open_call(self, **how):
        call = self.open_stream(**how)
        call.start(self.token())
        return call

    @contextlib.contextmanager
    def stream(self, **how):
        call = self.open_stream(**how)
        try:
            yield call
        finally:
            if sys.exc_info()[0]:
                call.close()

    @contextlib.contextmanager
    def call(self, **how):
        with self.stream(**how) as call:
            call.start(self.token())
            yield call

    def echoes(self, call, frames=3):
        """The call still does what it is for."""
        audio = self.random.randbytes(160 * frames).replace(b"\xff", b"\x01")
        for at in range(0, len(audio), 160):
            call.send_media(audio[at : at + 160])
        # What the attack itself had sent may come first.
        heard, deadline = b"", time.monotonic() + 20
        while audio not in heard and time.monotonic() < deadline and call.close_code is None:
            heard += call.receive_audio(1, 1)
        self.read_events()
        end = self.sessions[call.session].get("twilio/call-ended", {}).get("fields")
        assert audio in heard, f"the call does not go on: {len(heard)} bytes, close code {call.close_code}, {end}"

    def closed(self, call, reason):
        """The session of the call ended for this reason."""
        session = self.sessions[call.session]
        got = self.wait(lambda: session.get("session-closed"), "the end of the session")["reason"]
        assert got == reason, f"the session ended with {got!r}, expected {reason!r}"
        return session

    def ended(self, call, reason, close_code, **counts):
        """... and the peer was told so, and these errors were counted and no others. Returns the statistics."""
        code = call.wait_closed(30)
        assert code == close_code, f"close code {code}, expected {close_code}"
        session = self.closed(call, reason)
        call.close()
        fields = session["twilio/call-ended"]["fields"]
        assert fields["reason"] == reason, fields["reason"]
        got = {kind: fields["stats"][kind] for kind in KINDS if fields["stats"][kind]}
        assert got == counts, f"counted {got}, expected {counts}"
        assert fields["stats"]["errors"] == sum(counts.values()), fields["stats"]["errors"]
        return fields["stats"]

    def healthy(self):
        url = f"http://127.0.0.1:{self.server.port}/healthz"
        with urllib.request.urlopen(url, timeout=20) as reply:
            assert reply.status == 200

    def proc(self, name):
        return pathlib.Path("/proc") / str(self.server.process.pid) / name

    def status_field(self, name):
        return int(next(line.split()[1] for line in self.proc("status").read_text().splitlines() if line.startswith(name)))

    def memory_kib(self):
        return self.status_field("VmRSS:")

    def size(self):
        return {"descriptors": len(os.listdir(self.proc("fd"))), "threads": self.status_field("Threads:")}


STREAM_ITEMS = (
    "not_json wrong_shapes deep_nesting repeated_keys nul invalid_utf8 lone_surrogates unknown_events wrong_stream "
    "bad_base64 unexpected_marks too_many_errors binary_frames fragments too_long too_long_fragments impossible_length "
    "fragmented_ping long_ping unmasked nothing_to_continue two_messages_at_once reserved_bits_and_opcodes close_codes "
    "pong_flood before_start two_connected two_starts without_token timestamps sequence_gaps payload_sizes other_formats vanishes"
).split()
SLOW_STREAM_ITEMS = "endless_length falls_silent writes_a_byte_at_a_time reads_nothing reads_a_byte_a_second".split()
HTTP_ITEMS = "rubbish huge_headers methods_and_paths wrong_upgrades form_rubbish huge_bodies unfinished_requests never_start".split()


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = False

    def tell(self, good, name, detail=None):
        self.number += 1
        self.failed = self.failed or not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)
        for line in (detail or "").splitlines():
            print(f"# {line}", flush=True)


def attack(desk, function):
    """None, or what went wrong."""
    try:
        function(desk)
    except Exception as error:  # whatever it is, the next item is tried
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at line {place.lineno} of {pathlib.Path(place.filename).name}: {error}"
    return None


def settled(desk, before):
    """Nothing is left of all those connections; None, or what is."""
    deadline = time.monotonic() + 30
    while True:
        now = desk.size()
        # GLib and GStreamer keep some threads of their pools for a while.
        if now["descriptors"] <= before["descriptors"] + 2 and now["threads"] <= before["threads"] + 4:
            return None
        if time.monotonic() > deadline:
            return f"before {before}, after {now}"
        time.sleep(0.2)


def attack_the_echo(binary, scratch, chosen, tap):
    (scratch / "echo.gst").write_text(PIPELINE)
    items = [(name, getattr(hostile_streams, name)) for name in STREAM_ITEMS + SLOW_STREAM_ITEMS]
    items += [(name, getattr(hostile_http, name)) for name in HTTP_ITEMS]
    if chosen:
        items = [item for item in items if item[0] in chosen]
    server = jackfield_server.Server(binary, scratch / "echo.gst", scratch, "--events", str(scratch / "events"))
    with server:
        desk = Desk(server)
        good = good_call.GoodCall(server)
        tap.tell(good.goes_on() is None, "the well-behaved call is echoed")
        hostile_streams.vanishes(desk)  # so that what is made once has been made
        before, memory = desk.size(), desk.memory_kib()
        for name, function in items:
            begin = time.monotonic()
            wrong = attack(desk, function)
            disturbed = good.goes_on()
            if disturbed:
                wrong = f"{wrong or ''}\nthe well-behaved call: {disturbed}"
            tap.tell(not wrong, name.replace("_", " "), wrong or f"{time.monotonic() - begin:.1f} s")
            if disturbed:
                break
        wrong = settled(desk, before)
        tap.tell(wrong is None, "neither descriptors nor threads are left behind", wrong or str(before))
        grown = desk.memory_kib() - memory
        tap.tell(grown < 48 * 1024, "memory is bounded", f"grown by {grown} KiB from {memory} KiB")
        wrong = good.finish()
        tap.tell(wrong is None, "the well-behaved call was never disturbed", wrong or f"{good.heard.value} frames, {good.left_out.value} samples left out")
        sessions = [s for s in desk.sessions.values() if s.get("twilio/call-started", {}).get("fields", {}).get("call-sid") == good.call_sid]
        stats = desk.wait(lambda: sessions[0].get("twilio/call-ended"), "the end of the good call")["fields"]["stats"]
        lost = {k: stats[k] for k in ("errors", "missing-time", "late-time", "sequence-gaps", "buffers-dropped") if stats[k]}
        tap.tell(not lost, "and jackfield lost nothing of it", str(lost or f"{stats['audio-bytes']} bytes"))
        server.stop(signal.SIGTERM)
    log = server.log.read_text(errors="replace")
    bad = [line for line in log.splitlines() if "CRITICAL" in line or "WARNING **" in line or "Sanitizer" in line]
    tap.tell(server.exit_code == 0 and not bad, "jackfield ended in order", f"exit code {server.exit_code}\n" + "\n".join(bad[:5]))


def attack_the_agent(binary, source, scratch, tap):
    """The same strangers while the phone agent talks with a caller."""
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    path = {c["expected"]: c["path"] for c in clips["clips"] if c["in_grammar"]}
    steps = [{"wait-reply": {"timeout": 15000}}]
    for phrase in ("telephone number", "hold time", "call forwarding"):
        steps += [{"say": path[phrase]}, {"wait-reply": {"timeout": 15000}}]
    steps += [{"say": path["goodbye"]}, {"expect-hang-up": {"timeout": 30000}}]
    script = scratch / "caller.json"
    script.write_text(json.dumps({"name": "hostile", "sounds": clips["sounds"], "timeout": 200000, "steps": steps}))
    # These attack a call of the agent itself: the agent does not echo, so only what ends is of use.
    names = "unmasked impossible_length fragmented_ping reserved_bits_and_opcodes close_codes too_many_errors without_token".split()
    rounds, wrong = 0, None
    server = jackfield_server.Server(binary, source / "pipelines/phone-agent.gst", scratch, "--events", str(scratch / "events"))
    with server:
        desk = Desk(server)
        simulation = jackfield_server.start_simulation(server, script, scratch, "agent")
        while simulation.poll() is None and not wrong:
            for name in names:
                wrong = wrong or attack(desk, getattr(hostile_streams, name))
            rounds += 1
        simulation.communicate(timeout=300)
        report = json.loads((scratch / "agent-report.json").read_text())["calls"][0]
        server.stop(signal.SIGTERM)
    tap.tell(wrong is None and rounds > 0, "strangers are turned away by the agent", wrong or f"{rounds} rounds")
    tap.tell(report["ok"] and not report["violation-count"], "the agent's caller was served", "; ".join(report["failures"]))
    session = next(s for s in desk.sessions.values() if s.get("twilio/call-started", {}).get("fields", {}).get("call-sid") == report["call-sid"])
    stats = session["twilio/call-ended"]["fields"]["stats"]
    lost = {k: stats[k] for k in ("errors", "missing-time", "sequence-gaps", "buffers-dropped") if stats[k]}
    tap.tell(not lost, "without a lost frame", str(lost or stats["audio-bytes"]))


def main():
    binary, source, chosen = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-hostile-") as scratch:
        for part in ("echo", "agent"):
            (pathlib.Path(scratch) / part).mkdir()
        attack_the_echo(binary, pathlib.Path(scratch) / "echo", chosen, tap)
        if not chosen:
            attack_the_agent(binary, source, pathlib.Path(scratch) / "agent", tap)
    print(f"1..{tap.number}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
