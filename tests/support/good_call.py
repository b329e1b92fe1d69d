"""A well-behaved call in a process of its own: it sends random audio in real time to an echo and checks
that the same bytes come back in order, while other connections misbehave.

When this process or the server is held up (a busy machine), silence is made in between, and twiliosink
makes up for the delay by leaving out samples of live audio, one in 20 ms, or buffers that sound like a
pause, as steady noise does. Both are counted apart; on an idle machine there is neither."""
import base64
import json
import multiprocessing
import os
import select
import time

import media_socket

FRAME_S = 0.02
FRAME = 160
RESYNC = 12  # bytes that are surely the same place
MOST_LEFT_OUT = 20 * FRAME  # at once


class GoodCall:
    """Shared with the process: frames sent and heard, and what went wrong (None: nothing)."""

    def __init__(self, server):
        self.sent = multiprocessing.Value("L", 0)
        self.heard = multiprocessing.Value("L", 0)
        self.left_out = multiprocessing.Value("L", 0)
        self.over = multiprocessing.Event()
        self.call_sid = "CA" + os.urandom(16).hex()
        self.words, child = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=self.run, args=(server, child), daemon=True)
        self.process.start()

    def run(self, server, words):
        try:
            self.talk(media_socket.MediaSocket(server.port), media_socket.token_of(server))
        except Exception as error:  # the parent tells it
            words.send(f"{type(error).__name__}: {error}")

    def talk(self, call, token):
        call.call_sid = self.call_sid
        call.start(token)
        expected = b""
        self.bytes, self.unchecked = 0, b""
        due = time.monotonic()
        end = None
        while end is None or (time.monotonic() < end and expected):
            if self.over.is_set() and end is None:
                end = time.monotonic() + 20  # the last frames come back
            now = time.monotonic()
            if end is None and now >= due:
                audio = os.urandom(FRAME).replace(b"\xff", b"\x01")
                call.send_media(audio)
                expected += audio
                self.sent.value += 1
                due = max(due + FRAME_S, now - 5)
            ready, _, _ = select.select([call.sock], [], [], max(0, min(due - now, 0.02)))
            while ready:
                text = call.receive(0)
                if text is None:
                    break
                expected = self.hear(call, text, expected)
            if call.close_code is not None:
                raise RuntimeError(f"the server ended the call (close code {call.close_code})")
        if expected:
            raise RuntimeError(f"{len(expected)} bytes did not come back")
        call.stop()
        call.wait_closed(20)

    def hear(self, call, text, expected):
        message = json.loads(text)
        if message["event"] == "mark":
            call.send_json(event="mark", streamSid=call.sid, mark=message["mark"])
        if message["event"] != "media":
            return expected
        # Silence (0xFF) is made when this process itself was held up.
        audio = base64.b64decode(message["media"]["payload"]).replace(b"\xff", b"")
        self.bytes += len(audio)
        self.heard.value = self.bytes // FRAME
        self.unchecked += audio
        while len(self.unchecked) >= 2 * RESYNC or (self.unchecked and self.over.is_set()):
            if expected.startswith(self.unchecked):
                expected, self.unchecked = expected[len(self.unchecked) :], b""
                break
            expected = self.skip(expected)
        return expected

    def skip(self, expected):
        """Goes on behind what was left out."""
        same = len(os.path.commonprefix([expected, self.unchecked]))
        audio = self.unchecked[same:]
        for more in range(RESYNC):  # another sample may be missing close by
            piece = audio[more : more + RESYNC]
            at = expected.find(piece, same + more, same + MOST_LEFT_OUT)
            if at >= 0 and len(piece) == min(RESYNC, len(audio) - more):
                self.left_out.value += at - same - more
                self.unchecked = audio[more:]
                if self.left_out.value * 10 > self.bytes:
                    raise RuntimeError(f"{self.left_out.value} of {self.bytes} bytes were left out")
                return expected[at:]
        raise RuntimeError(f"after {self.heard.value} frames other audio came back than was sent")

    def said(self):
        """What the process had to say before it ended."""
        try:
            return self.words.recv() if self.words.poll() else None
        except EOFError:
            return None

    def wrong(self):
        return self.said() or (None if self.process.is_alive() else "the call is over")

    def goes_on(self, frames=10, timeout=20):
        """None when so many more frames come back, else why not."""
        until = self.heard.value + frames
        deadline = time.monotonic() + timeout
        while self.heard.value < until:
            if wrong := self.wrong():
                return wrong
            if time.monotonic() > deadline:
                return f"the echo stands still at frame {self.heard.value} of {self.sent.value}"
            time.sleep(0.01)
        return None

    def finish(self):
        """Ends it; None, or what went wrong."""
        self.over.set()
        self.process.join(60)
        return self.said() or (None if self.process.exitcode == 0 else f"exit code {self.process.exitcode}")
