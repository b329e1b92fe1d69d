"""The caller's end of a media stream for tests that misbehave: frames are built by hand, so that they can
be wrong in any way. Blocking, one thread."""
import base64
import json
import os
import select
import socket
import struct
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def connect(port, receive_buffer=None):
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", port))
    return sock


def mask(data, key):
    if not data:
        return b""
    size = len(data)
    pattern = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(data, "big") ^ pattern).to_bytes(size, "big")


def frame(opcode, payload=b"", fin=True, reserved=0, masked=True, claim=None):
    """One frame; `claim` is the length that its header says instead of the real one."""
    size = len(payload) if claim is None else claim
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{fields}\r\n"
)


def token_of(server):
    """Calls the voice webhook; the token that a stream needs."""
    body = urllib.parse.urlencode({"From": "+15550001111", "To": "+15552223333"}).encode()
    with urllib.request.urlopen(server.url, data=body, timeout=30) as reply:
        twiml = xml.etree.ElementTree.fromstring(reply.read())
    return {p.get("name"): p.get("value") for p in twiml.iter("Parameter")}["token"]


class Refused(Exception):
    """The handshake was answered otherwise; `status` is the HTTP status."""

    def __init__(self, status):
        super().__init__(f"HTTP status {status}")
        self.status = status


class MediaSocket:
    def __init__(self, port, path="/twilio/media", receive_buffer=None, signature=None):
        self.sock = connect(port, receive_buffer)
        key = base64.b64encode(os.urandom(16)).decode()
        fields = f"X-Twilio-Signature: {signature}\r\n" if signature else ""
        self.sock.sendall(UPGRADE.format(path=path, key=key, fields=fields).encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise Refused(0)
            self.buffer += data
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            self.sock.close()
            raise Refused(status)
        self.sid = "MZ" + os.urandom(16).hex()
        self.call_sid = "CA" + os.urandom(16).hex()
        self.sequence = 0
        self.time_ms = 0
        self.close_code = None
        self.pongs = []

    def send(self, opcode, payload=b"", **how):
        self.sock.sendall(frame(opcode, payload, **how))

    def send_text(self, text):
        self.send(TEXT, text if isinstance(text, bytes) else text.encode())

    def send_json(self, **fields):
        self.send_text(json.dumps(fields))

    def start(self, token="", media_format=None, parameters=None):
        self.send_json(event="connected", protocol="Call", version="1.0.0")
        self.send_start(token, media_format, parameters)

    def send_start(self, token="", media_format=None, parameters=None):
        self.sequence += 1
        self.send_json(
            event="start", sequenceNumber=str(self.sequence), streamSid=self.sid,
            start={
                "streamSid": self.sid, "accountSid": "AC" + "0" * 32, "callSid": self.call_sid, "tracks": ["inbound"],
                "customParameters": {"token": token, **(parameters or {})},
                "mediaFormat": media_format or {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        )  # fmt: skip

    def media_text(self, mulaw, timestamp=None, sequence=None):
        """One media message; without a timestamp the next one in order."""
        if timestamp is None:
            timestamp = self.time_ms
            self.time_ms += len(mulaw) // 8
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return json.dumps({
            "event": "media", "sequenceNumber": str(sequence), "streamSid": self.sid,
            "media": {"track": "inbound", "timestamp": str(timestamp), "payload": base64.b64encode(mulaw).decode()},
        })  # fmt: skip

    def send_media(self, mulaw, **how):
        self.send_text(self.media_text(mulaw, **how))

    def stop(self):
        self.send_json(event="stop", streamSid=self.sid, stop={"callSid": self.call_sid})

    def receive(self, timeout):
        """The next text message, or None when none came in time or the connection ended."""
        deadline = time.monotonic() + timeout
        while self.close_code is None:
            taken = self.take_frame()
            if taken:
                opcode, payload = taken
                if opcode == TEXT:
                    return payload.decode()
                if opcode == PONG:
                    self.pongs.append(payload)
                elif opcode == CLOSE:
                    self.close_code = int.from_bytes(payload[:2], "big")
                continue
            ready, _, _ = select.select([self.sock], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                self.close_code = 1006  # none came
            self.buffer += data
        return None

    def take_frame(self):
        """A frame of the server, which are never masked."""
        data = self.buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size >= 126:
            more = 2 if size == 126 else 8
            if len(data) < 2 + more:
                return None
            size, at = int.from_bytes(data[2 : 2 + more], "big"), 2 + more
        if len(data) < at + size:
            return None
        self.buffer = data[at + size :]
        return data[0] & 15, data[at : at + size]

    def receive_audio(self, size, timeout):
        """At least `size` bytes of audio, silence left out; less when the time is over."""
        audio = b""
        deadline = time.monotonic() + timeout
        while len(audio) < size and time.monotonic() < deadline:
            text = self.receive(deadline - time.monotonic())
            if text is None:
                break
            audio += audio_of(text)
        return audio

    def wait_closed(self, timeout):
        """The code of the server's close frame; 1006 when there was none; None when it stays open."""
        deadline = time.monotonic() + timeout
        while self.close_code is None and time.monotonic() < deadline:
            self.receive(max(0.01, deadline - time.monotonic()))
        return self.close_code

    def reset(self):
        """Ends the connection with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


def audio_of(text):
    """The audio of a server's message without silence (0xFF); b"" for other messages."""
    message = json.loads(text)
    if message["event"] != "media":
        return b""
    return base64.b64decode(message["media"]["payload"], validate=True).replace(b"\xff", b"")
