"""Live recognition as the fake of ElevenLabs has it (/v1/speech-to-text/realtime).

It cannot recognize speech: it says the script's `utterances`, one for each commit with sound in its
audio. So the audio must really arrive, in the right format, or nothing is heard.

Keys of the script: `idle_timeout` (default 15 s without audio closes the connection), `commit_is_silent`
(commits are not answered), `auto_commit` (default 36 s of audio are committed unasked), `auth_in_band` (a
wrong key is told by a message), `always_timestamps`, `timestamps_first` (the two texts of a commit in the
other order). Of a connection: `error` (a message type) with `error_after_bytes` of audio.
"""
import asyncio
import base64
import binascii
import time

import service
from ear import Ear
from service import Violation

PATH = "/v1/speech-to-text/realtime"
QUERY = {
    "model_id", "audio_format", "commit_strategy", "vad_silence_threshold_secs", "vad_threshold", "min_speech_duration_ms",
    "min_silence_duration_ms", "language_code", "secondary_languages", "include_timestamps", "include_language_detection",
    "keyterms", "no_verbatim", "entity_detection", "transcript_edit", "filter_background_audio", "enable_logging", "token",
}  # fmt: skip
REPEATED = {"secondary_languages", "keyterms", "entity_detection"}
FORMATS = {"pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"}
RANGES = {"vad_silence_threshold_secs": (0.3, 3.0), "vad_threshold": (0.1, 0.9), "min_speech_duration_ms": (50, 2000),
          "min_silence_duration_ms": (50, 2000)}  # fmt: skip
SHORTEST_COMMIT_S = 0.3
LONGEST_CHUNK_S = 1.0


def check(fake, request):
    query = request.query
    key = request.headers.get("xi-api-key", "") or query.get("token", "")
    if key != fake.key and not fake.script.get("auth_in_band"):
        return 401, "invalid_api_key"
    for name in set(query):
        if name not in QUERY or (len(query.getall(name)) > 1 and name not in REPEATED):
            return 400, f"parameter {name}"
    if query.get("model_id") != "scribe_v2_realtime":
        return 400, "model_id"
    if query.get("audio_format", "pcm_16000") not in FORMATS:
        return 400, "audio_format"
    if query.get("commit_strategy", "manual") not in ("manual", "vad"):
        return 400, "commit_strategy"
    for name, (least, most) in RANGES.items():
        if name in query and not least <= float(query[name]) <= most:
            return 400, name
    terms = query.getall("keyterms", [])
    if len(terms) > 50 or any(len(term) > 20 for term in terms):
        return 400, "keyterms"
    return None


class Scribe:
    def __init__(self, fake, connection, query):
        self.fake, self.connection, self.how, self.query = fake, connection, connection.how, query
        audio_format = query.get("audio_format", "pcm_16000")
        self.rate = int(audio_format.split("_")[1])
        self.width = 1 if audio_format == "ulaw_8000" else 2
        self.vad = query.get("commit_strategy") == "vad"
        pause = float(query.get("vad_silence_threshold_secs", "1.5")) if self.vad else 3600
        self.ear = Ear("mulaw" if self.width == 1 else "linear16", self.rate, pause)
        self.uncommitted = 0.0  # seconds
        self.sound = False  # in what is not committed
        self.sound_began = self.last_partial = 0.0
        self.first_chunk = True
        self.idle = fake.script.get("idle_timeout", 15)
        self.alive = time.monotonic()

    async def run(self):
        if self.fake.script.get("auth_in_band") and self.connection.request.headers.get("xi-api-key") != self.fake.key:
            await self.fail("auth_error", "You must be authenticated to use this endpoint.")
        await self.connection.send({
            "message_type": "session_started", "session_id": "session-1",
            "config": {"sample_rate": self.rate, "model_id": self.query["model_id"], "language_code": self.query.get("language_code")},
        })  # fmt: skip
        while True:
            try:
                message = await self.connection.receive(max(0.01, self.alive + self.idle - time.monotonic()))
            except TimeoutError:
                await self.connection.socket.close(code=1000)
                return
            if message is None:
                return
            binary, data = message
            if binary:
                await self.fail("input_error", "binary message")
            await self.take(data)

    async def fail(self, kind, words):
        await self.connection.send({"message_type": kind, "error": words})
        raise Violation(1008, kind)

    async def take(self, data):
        try:
            message = service.read_object(
                data, {"message_type", "audio_base_64", "commit", "sample_rate", "previous_text"}, "message")
            if message.get("message_type") != "input_audio_chunk":
                raise Violation(1008, "message_type")
            if not isinstance(message.get("commit"), bool) or message.get("sample_rate") != self.rate:
                raise Violation(1008, "commit or sample_rate")
            audio = base64.b64decode(message["audio_base_64"], validate=True)
        except (Violation, KeyError, TypeError, binascii.Error) as error:
            await self.fail("input_error", str(error))
        if "previous_text" in message and not self.first_chunk:
            await self.fail("input_error", "previous_text belongs into the first chunk")
        self.first_chunk = False
        if len(audio) % self.width:
            await self.fail("input_error", "half a sample")
        if len(audio) > LONGEST_CHUNK_S * self.rate * self.width:
            await self.fail("chunk_size_exceeded", f"{len(audio)} bytes")
        if audio:
            await self.hear(audio)
        if message["commit"]:
            await self.commit()

    async def hear(self, audio):
        self.alive = time.monotonic()
        self.fake.log("binary", connection=self.connection.number, size=len(audio))
        self.connection.count_audio(len(audio))
        self.uncommitted += len(audio) / self.width / self.rate
        if "error" in self.how and self.connection.audio >= self.how.get("error_after_bytes", 0):
            await self.connection.send({"message_type": self.how["error"], "error": "as the script has it"})
            await asyncio.sleep(0.05)
            await self.connection.socket.close(code=1008)
            return
        for event in self.ear.feed(audio):
            if event == "start":
                self.sound = True
                self.sound_began = self.last_partial = self.ear.seconds
            elif self.vad:
                await self.tell_committed()
        if self.sound and self.ear.seconds - self.last_partial >= 0.25:
            self.last_partial = self.ear.seconds
            words = self.utterance().split()
            said = min(len(words), 1 + int((self.ear.seconds - self.sound_began) * 3))
            await self.connection.send({"message_type": "partial_transcript", "text": " ".join(words[:said])})
        if self.uncommitted >= self.fake.script.get("auto_commit", 36):
            await self.tell_committed()

    def utterance(self):
        texts = self.fake.script.get("utterances", [])
        return texts[self.fake.heard] if self.fake.heard < len(texts) else ""

    async def commit(self):
        if self.uncommitted < SHORTEST_COMMIT_S - 1e-6:
            await self.connection.send({"message_type": "commit_throttled",
                                        "error": f"only {self.uncommitted:.2f}s of uncommitted audio"})
            return
        if self.fake.script.get("commit_is_silent"):
            self.uncommitted = 0.0
            return
        await self.tell_committed()

    async def tell_committed(self):
        text = self.utterance() if self.sound else ""
        if self.sound:
            self.fake.heard += 1
        messages = [{"message_type": "committed_transcript", "text": text}]
        if self.query.get("include_timestamps") == "true" or self.fake.script.get("always_timestamps"):
            words, at = [], self.sound_began
            for word in text.split():
                if words:
                    words.append({"text": " ", "start": at, "end": at, "type": "spacing"})
                words.append({"text": word, "start": round(at, 3), "end": round(at + 0.2, 3), "type": "word", "logprob": -0.1})
                at += 0.25
            messages.append({"message_type": "committed_transcript_with_timestamps", "text": text, "language_code": "en",
                             "words": words})
        if self.fake.script.get("timestamps_first"):
            messages.reverse()
        self.uncommitted = 0.0
        self.sound = self.ear.sounding = False
        for message in messages:
            await self.connection.send(message)
