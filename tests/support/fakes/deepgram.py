#!/usr/bin/env python3
"""A fake of Deepgram's /v1/listen (Nova) and /v2/listen (Flux) that refuses what the service refuses.

It cannot recognize speech. What it "hears" is in the script's `utterances`, a list of texts: one for
each stretch of sound. Sound is audio louder than -40 dB of full scale; silence of `endpointing` ends a
stretch. So it must really receive the audio, at the right format, or nothing is heard.

Further keys of the script, with their defaults: `idle_timeout` (10 s without audio or KeepAlive closes
with NET-0001), `finalize_is_silent` (no from_finalize results), `finalize_delay` (s, before them; 0),
`error_after_bytes` (an Error message), `each` (a text for all stretches that `utterances` has none for;
{connection} and {number} in it are those of the connection, from 1, and of the stretch in it).
"""
import asyncio
import time

import service
from ear import Ear
from service import Violation

V1 = {
    "model", "version", "language", "encoding", "sample_rate", "channels", "multichannel", "interim_results",
    "endpointing", "utterance_end_ms", "vad_events", "punctuate", "smart_format", "numerals", "diarize", "keyterm",
    "keywords", "redact", "replace", "search", "profanity_filter", "dictation", "detect_entities", "tag", "extra",
    "callback", "callback_method", "mip_opt_out", "filler_words",
}  # fmt: skip
V2 = {"model", "encoding", "sample_rate", "eot_threshold", "eager_eot_threshold", "eot_timeout_ms", "keyterm",
      "language_hint", "numerals", "profanity_filter", "redact", "tag", "mip_opt_out"}  # fmt: skip
REPEATED = {"keyterm", "keywords", "tag", "redact", "replace", "search", "language_hint", "extra"}


class Deepgram(service.Fake):
    error_header = "dg-error"

    def __init__(self):
        super().__init__([("GET", "/v1/listen"), ("GET", "/v2/listen")])
        self.heard = 0  # utterances told

    def check(self, request):
        authorization = request.headers.get("Authorization", "")
        protocols = [p.strip() for p in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if authorization not in (f"Token {self.key}", f"Bearer {self.key}") and protocols != ["token", self.key]:
            return 401, "Invalid credentials."
        query = request.query
        known = V1 if request.path == "/v1/listen" else V2
        for name in set(query):
            if name not in known:
                return 400, f"unknown parameter {name}"
            if len(query.getall(name)) > 1 and name not in REPEATED:
                return 400, f"repeated parameter {name}"
        if request.path == "/v2/listen" and query.get("model") not in ("flux-general-en", "flux-general-multi"):
            return 400, "no such model"
        if query.get("encoding") not in ("linear16", "mulaw"):
            return 400, "this fake hears linear16 and mulaw"
        if not query.get("sample_rate", "").isdigit() or not 8000 <= int(query["sample_rate"]) <= 48000:
            return 400, "sample_rate is required with raw encodings"
        if "utterance_end_ms" in query and query.get("interim_results") != "true":
            return 400, "utterance_end_ms needs interim_results"
        if query.get("language_hint") and query["model"] != "flux-general-multi":
            return 400, "language_hint needs flux-general-multi"
        if "keyterm" in query and request.path == "/v1/listen" and not query.get("model", "").startswith("nova-3"):
            return 400, "keyterm needs nova-3"
        return None

    def utterance(self):
        """What is heard next; {connection} and {number} are filled in by the stream."""
        texts = self.script.get("utterances", [])
        return texts[self.heard] if self.heard < len(texts) else self.script.get("each", "")

    async def serve(self, request, connection):
        if request.path == "/v1/listen":
            await Nova(self, connection, request.query).run()
        else:
            await Flux(self, connection, request.query).run()


class Stream:
    def __init__(self, fake, connection, query, endpointing):
        self.fake, self.connection = fake, connection
        self.ear = Ear(query["encoding"], int(query["sample_rate"]), endpointing)
        self.width = 1 if query["encoding"] == "mulaw" else 2
        self.told = 0.0  # audio that was settled
        self.number = 1  # of the stretch that is heard now or next
        self.alive = time.monotonic()

    async def receive(self):
        limit = self.fake.script.get("idle_timeout", 10)
        left = self.alive + limit - time.monotonic()
        try:
            return await self.connection.receive(max(0.01, left))
        except TimeoutError:
            raise Violation(1011, "NET-0001: no audio or KeepAlive came in time") from None

    def utterance(self):
        text = self.fake.utterance()
        return text.replace("{connection}", str(self.connection.number)).replace("{number}", str(self.number))

    def count_utterance(self):
        self.fake.heard += 1
        self.number += 1

    def take_audio(self, data):
        if not data:
            raise Violation(1008, "zero-length audio ends the stream")
        if len(data) % self.width:
            raise Violation(1008, "DATA-0000: half a sample")
        self.alive = time.monotonic()
        self.connection.count_audio(len(data))


class Nova(Stream):
    def __init__(self, fake, connection, query):
        endpointing = query.get("endpointing", "10")
        super().__init__(fake, connection, query, 3600 if endpointing == "false" else int(endpointing) / 1000)
        self.interim = query.get("interim_results") == "true"
        self.vad_events = query.get("vad_events") == "true"
        self.started = False
        self.last_interim = 0.0

    async def results(self, text, final, speech_final=False, from_finalize=False, until=None):
        until = self.ear.seconds if until is None else until
        words = [
            {"word": w.lower(), "start": self.told, "end": self.ear.seconds, "confidence": 0.99, "punctuated_word": w}
            for w in text.split()
        ]
        await self.connection.send({
            "type": "Results", "channel_index": [0, 1], "start": round(self.told, 3),
            "duration": round(until - self.told, 3), "is_final": final, "speech_final": speech_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [{"transcript": text, "confidence": 0.99 if text else 0.0, "words": words}]},
            "metadata": {"request_id": "00000000-0000-0000-0000-000000000001", "model_uuid": "0",
                         "model_info": {"name": "fake", "version": "1", "arch": "fake"}},
        })  # fmt: skip
        if final:
            self.told = until
            self.started = self.started and not speech_final and not from_finalize

    async def settle(self, speech_final=False, from_finalize=False):
        """Tells the running utterance in two final parts, as the service may."""
        text = self.utterance() if self.started else ""
        words = text.split()
        if self.started:
            self.count_utterance()
        if len(words) >= 4:
            await self.results(" ".join(words[:2]), True, until=self.told + (self.ear.seconds - self.told) * 0.4)
            words = words[2:]
        await self.results(" ".join(words), True, speech_final, from_finalize)
        self.started = False

    async def run(self):
        while (message := await self.receive()) is not None:
            binary, data = message
            if binary:
                self.take_audio(data)
                if self.connection.audio >= self.fake.script.get("error_after_bytes", 1 << 62):
                    await self.connection.send({"type": "Error", "description": "out of order", "message": "x", "variant": "INTERNAL"})
                    raise Violation(1011, "out of order")
                for event in self.ear.feed(data):
                    await self.on_ear(event)
                if self.started and self.interim and self.ear.seconds - self.last_interim >= 0.25:
                    self.last_interim = self.ear.seconds
                    words = self.utterance().split()
                    said = min(len(words), 1 + int((self.ear.seconds - self.told) * 3))
                    await self.results(" ".join(words[:said]), False)
                continue
            control = service.read_object(data, {"type"}, "control message")
            kind = control.get("type")
            if kind == "KeepAlive":
                self.alive = time.monotonic()
            elif kind == "Finalize":
                await asyncio.sleep(self.fake.script.get("finalize_delay", 0))
                if not self.fake.script.get("finalize_is_silent"):
                    await self.settle(from_finalize=True)
            elif kind == "CloseStream":
                await self.settle()
                await self.connection.send({"type": "Metadata", "request_id": "0", "duration": self.ear.seconds, "channels": 1,
                                            "transaction_key": "deprecated", "sha256": "0", "created": "2026-01-01T00:00:00Z"})
                await self.connection.socket.close()
                return
            else:
                raise Violation(1008, f"unknown control message {kind}")

    async def on_ear(self, event):
        if event == "start":
            self.started = True
            if self.vad_events:
                await self.connection.send({"type": "SpeechStarted", "channel": [0, 1], "timestamp": self.ear.last_loud})
            return
        await self.settle(speech_final=True)
        await self.connection.send({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": self.ear.last_loud})


class Flux(Stream):
    def __init__(self, fake, connection, query):
        super().__init__(fake, connection, query, 0.4)
        self.eager = "eager_eot_threshold" in query
        self.turn = 0
        self.sequence = 0
        self.last_update = 0.0

    async def tell(self, event, text, confidence):
        self.sequence += 1
        await self.connection.send({
            "type": "TurnInfo", "request_id": "0", "sequence_id": self.sequence, "event": event, "turn_index": self.turn,
            "audio_window_start": self.told, "audio_window_end": self.ear.seconds, "transcript": text,
            "words": [{"word": w, "confidence": 0.9} for w in text.split()], "end_of_turn_confidence": confidence,
        })  # fmt: skip

    async def run(self):
        await self.connection.send({"type": "Connected", "request_id": "0", "sequence_id": 0})
        while (message := await self.receive()) is not None:
            binary, data = message
            if not binary:
                control = service.read_object(data, {"type", "thresholds", "keyterms", "language_hints"}, "control message")
                if control.get("type") == "CloseStream":
                    await self.connection.socket.close()
                    return
                if control.get("type") != "Configure":
                    raise Violation(1008, f"unknown control message {control.get('type')}")
                await self.connection.send({"type": "ConfigureSuccess", "request_id": "0", "sequence_id": self.sequence})
                continue
            self.take_audio(data)
            for event in self.ear.feed(data):
                text = self.utterance()
                if event == "start":
                    await self.tell("StartOfTurn", text.split(" ")[0], 0.1)
                    continue
                if self.eager:
                    await self.tell("EagerEndOfTurn", text, 0.5)
                await self.tell("EndOfTurn", text, 0.9)
                self.count_utterance()
                self.turn += 1
                self.told = self.ear.seconds
            if self.ear.seconds - self.last_update >= 0.25:
                self.last_update = self.ear.seconds
                words = self.utterance().split() if self.ear.sounding else []
                said = min(len(words), 1 + int((self.ear.seconds - self.told) * 3))
                await self.tell("Update", " ".join(words[:said]), 0.1)


if __name__ == "__main__":
    Deepgram().run()
