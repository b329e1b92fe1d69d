#!/usr/bin/env python3
"""A fake of ElevenLabs: its text-to-speech (stream-input and multi-stream-input, and over HTTP, which
elevenlabs_http.py has), and its live recognition (elevenlabs_scribe.py). It refuses what the service
refuses.

It does not speak: each character is a tone of 60 ms, a space 60 ms of silence, with the alignment that
tells so. Audio comes in messages of `chunk_characters` (default 7, so words are cut), each with
alignment; every second message spells the durations as the SDK does, the others as the schema does.

Further keys of the script: `voices` (known ids, default ["test-voice"]), `no_alignment` (true, or the
numbers of the messages of a context without it), `odd_bytes` (messages end within a sample), `pace`
(seconds between messages of audio), `first_audio_delay` (s, before the first message of a context),
`quota_after_characters`
(an error message, then close 1008), `idle_timeout` in place of the query's, `no_websocket` (the status
that refuses every WebSocket of text-to-speech, as a proxy does that knows none).
"""
import asyncio
import base64
import json
import math
import struct

import elevenlabs_http
import elevenlabs_scribe as scribe
import service
from aiohttp import web
from service import Violation

QUERY = {"model_id", "output_format", "language_code", "enable_logging", "enable_ssml_parsing", "inactivity_timeout",
         "sync_alignment", "auto_mode", "apply_text_normalization", "seed", "authorization"}  # fmt: skip
FORMATS = {"pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "ulaw_8000", "alaw_8000"}
VOICE = {"stability": (0, 1), "similarity_boost": (0, 1), "style": (0, 1), "speed": (0.7, 1.2), "use_speaker_boost": None}
CHARACTER_MS = 60


class Context:
    def __init__(self, name):
        self.name = name
        self.pending = ""  # text that is not spoken yet
        self.spoken = 0  # messages
        self.rest = b""  # of a sample


class ElevenLabs(service.Fake):
    error_header = "x-detail"

    def __init__(self):
        super().__init__([
            ("GET", "/v1/text-to-speech/{voice}/stream-input"), ("GET", "/v1/text-to-speech/{voice}/multi-stream-input"),
            ("GET", scribe.PATH), *(("POST", path) for path in elevenlabs_http.PATHS),
        ])  # fmt: skip
        self.characters = 0
        self.heard = 0  # utterances told
        self.sounds = {}  # of a character, by format

    def check(self, request):
        if request.path == scribe.PATH:
            return scribe.check(self, request)
        if request.method == "GET" and "no_websocket" in self.script:
            return self.script["no_websocket"], "upgrade"
        if request.headers.get("xi-api-key", "") != self.key:
            return 401, "invalid_api_key"
        if request.match_info["voice"] not in self.script.get("voices", ["test-voice"]):
            return 404, "voice_not_found"
        if request.method == "POST":
            return elevenlabs_http.check(request)
        for name in set(request.query):
            if name not in QUERY or len(request.query.getall(name)) > 1:
                return 422, f"parameter {name}"
        if request.query.get("model_id", "").startswith(("eleven_v3", "eleven_v4")):
            return 400, "this model needs text-to-dialogue"
        if request.query.get("output_format", "mp3") not in FORMATS:
            return 400, "this fake speaks pcm and ulaw"
        if not 1 <= int(request.query.get("inactivity_timeout", "20")) <= 180:
            return 422, "inactivity_timeout"
        return None

    def refusal(self, status, reason):
        body = {"detail": {"status": reason, "message": f"The fake says {reason}."}}
        return web.json_response(body, status=status, headers={self.error_header: reason})

    async def answer(self, request, answer):
        return await elevenlabs_http.speak(self, request, answer)

    def audio(self, audio_format, text):
        if audio_format not in self.sounds:
            self.sounds[audio_format] = {silent: self.sound(audio_format, silent) for silent in (True, False)}
        sounds = self.sounds[audio_format]
        return b"".join(sounds[character == " "] for character in text)

    def sound(self, audio_format, silent):
        rate = int(audio_format.split("_")[1])
        out = bytearray()
        for i in range(rate * CHARACTER_MS // 1000):
            sample = 0 if silent else int(8000 * math.sin(2 * math.pi * 400 * i / rate))
            if audio_format == "ulaw_8000":
                out.append(0xFF if sample == 0 else 0xA0 if sample > 0 else 0x20)
            else:
                out += struct.pack("<h", sample)
        return bytes(out)

    async def serve(self, request, connection):
        if request.path == scribe.PATH:
            return await scribe.Scribe(self, connection, request.query).run()
        await Speech(self, connection, request).run()


class Speech:
    def __init__(self, fake, connection, request):
        self.fake, self.connection, self.how = fake, connection, connection.how
        self.multi = request.path.endswith("multi-stream-input")
        self.format = request.query["output_format"]
        self.rate = int(self.format.split("_")[1])
        self.auto = request.query.get("auto_mode") == "true"
        self.idle = fake.script.get("idle_timeout", int(request.query.get("inactivity_timeout", "20")))
        self.contexts = {}
        self.closed = set()

    async def run(self):
        while True:
            try:
                message = await self.connection.receive(self.idle)
            except TimeoutError:
                raise Violation(1008, "input_timeout_exceeded") from None
            if message is None:
                return
            binary, data = message
            if binary:
                raise Violation(1008, "binary message")
            if await self.take(data):
                return

    async def take(self, data):
        """True at the end."""
        keys = {"text", "voice_settings", "generation_config", "try_trigger_generation", "flush", "xi_api_key", "xi-api-key"}
        if self.multi:
            keys |= {"context_id", "close_context", "close_socket"}
        else:
            keys |= {"generator_config"}
        message = service.read_object(data, keys, "message")
        if message.get("close_socket"):
            for context in list(self.contexts.values()):
                await self.finish(context)
            await self.connection.socket.close()
            return True
        name = message.get("context_id", "")
        if self.multi and not isinstance(name, str):
            raise Violation(1008, "context_id must be a string")
        context = self.contexts.get(name)
        if message.get("close_context"):
            if not context:
                raise Violation(1008, f"close of context {name!r}, which is not open")
            await self.finish(context)
            return False
        text = message.get("text")
        if text is None and not message.get("flush"):
            raise Violation(1008, "neither text nor flush")
        if context is None:
            if name in self.closed:
                raise Violation(1008, f"context {name!r} was closed")
            if text != " ":
                raise Violation(1008, "the first text must be one space")
            self.check_voice(message.get("voice_settings", {}))
            if len(self.contexts) >= 5:
                raise Violation(1008, "max_contexts_exceeded")
            self.contexts[name] = Context(name)
            return False
        if "voice_settings" in message or "generation_config" in message:
            raise Violation(1008, "settings belong into the first message")
        if text == "" and not message.get("flush"):
            if self.multi:
                return False  # keep-alive
            await self.finish(context)
            await self.connection.socket.close()
            return True
        if text is not None and text not in ("", " "):
            if not isinstance(text, str) or not text.endswith(" "):
                raise Violation(1008, "text must end in a space")
            context.pending += text
            self.fake.characters += len(text)
            if self.fake.characters > self.fake.script.get("quota_after_characters", 1 << 62):
                await self.connection.send({"message": "You have no credit left.", "error": "quota_exceeded", "code": 1008})
                raise Violation(1008, "quota_exceeded")
        if self.auto or message.get("flush") or len(context.pending) >= 120:
            await self.speak(context)
        return False

    def check_voice(self, settings):
        for key, value in settings.items():
            if key not in VOICE:
                raise Violation(1008, f"voice_settings has no {key}")
            if VOICE[key] and not VOICE[key][0] <= value <= VOICE[key][1]:
                raise Violation(1008, f"{key} is out of range")

    async def speak(self, context):
        step = self.how.get("chunk_characters", 7)
        if context.pending and context.spoken == 0:
            await asyncio.sleep(self.fake.script.get("first_audio_delay", 0))
        while context.pending:
            text, context.pending = context.pending[:step], context.pending[step:]
            data = context.rest + self.fake.audio(self.format, text)
            cut = len(data) - 1 if self.fake.script.get("odd_bytes") and context.spoken % 2 == 0 else len(data)
            data, context.rest = data[:cut], data[cut:]
            alignment = None
            missing = self.fake.script.get("no_alignment", False)
            if missing is not True and context.spoken not in (missing or []):
                alignment = {
                    "chars": list(text), "charStartTimesMs": [i * CHARACTER_MS for i in range(len(text))],
                    "charDurationsMs" if context.spoken % 2 else "charsDurationsMs": [CHARACTER_MS] * len(text),
                }  # fmt: skip
            message = {"audio": base64.b64encode(data).decode(), "isFinal": None, "alignment": alignment, "normalizedAlignment": alignment}
            if self.multi:
                message["contextId" if context.spoken % 2 else "context_id"] = context.name
            context.spoken += 1
            self.connection.count_audio(len(data))
            await self.connection.send(json.dumps(message))
            await asyncio.sleep(self.how.get("pace", 0))

    async def finish(self, context):
        await self.speak(context)
        self.contexts.pop(context.name, None)
        self.closed.add(context.name)
        message = {"audio": None, "isFinal": True}
        if self.multi:
            message["contextId"] = context.name
        await self.connection.send(message)


if __name__ == "__main__":
    ElevenLabs().run()
