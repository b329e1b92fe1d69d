"""Transcription sessions of the fake of OpenAI's Realtime API (openai_realtime.py, which see).

The text of a turn is there only if sound reached the fake: a word for each 200 ms of it. Models that
transcribe while they hear send it as the sound comes, the others behind the commit.

Script, beside what openai_realtime.py knows of "connections":
  heard          texts of the turns, in turn, or objects:
    text           as above
    delay_ms       from the commit to the end of the text (default: transcript_delay_ms, or 100)
    fail           {"code", "message"}: the transcription fails in its place
  connections:
    cut_on_commit  cuts the connection when a turn is committed
    errors         error objects that are sent behind session.updated
    noise          texts that are sent before each delta
    trickle_ms     between the deltas
"""
import asyncio

from realtime_rules import Refusal, check_format, one_of, only, text
from realtime_session import Cut, FRAME_MS, LOUD, Session, audioop

LIVE = {"gpt-live-transcribe", "gpt-realtime-whisper"}
LISTS = {"gpt-live-transcribe", "gpt-transcribe"}
MODELS = LIVE | LISTS | {"whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"}
TAKEN = {"session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear"}
WORD_MS = 200  # of sound
KIND = "conversation.item.input_audio_transcription."


def check_transcription(value, where):
    only(value, {"model", "language", "prompt", "languages", "keywords", "delay"}, where)
    for key in ("model", "language", "prompt", "delay"):
        text(value.get(key, ""), f"{where}.{key}")
    model = value.get("model")
    if model is None:
        raise Refusal(f"Missing required parameter: '{where}.model'.", "missing_required_parameter", f"{where}.model")
    if model not in MODELS:
        raise Refusal(f"The model '{model}' does not exist or you do not have access to it.", "model_not_found", f"{where}.model")
    refused = set() if model in LISTS else {"languages", "keywords"}
    if model in LIVE & LISTS:
        refused.add("language")
    if model == "gpt-realtime-whisper":
        refused.add("prompt")
    else:
        refused.add("delay")
    for key in refused & set(value):
        raise Refusal(f"'{key}' is not supported for this transcription model.", "invalid_value", f"{where}.{key}")
    one_of(value.get("delay", "low"), {"minimal", "low", "medium", "high", "xhigh"}, f"{where}.delay")
    for key in ("languages", "keywords"):
        for entry in value.get(key, []):
            text(entry, f"{where}.{key}")


class Item:
    def __init__(self, name, words, entry):
        self.name, self.words, self.entry = name, words, entry
        self.loud_ms = self.told = 0


class TranscriptionSession(Session):
    def __init__(self, fake, number, socket, how):
        super().__init__(fake, number, socket, None, how)
        self.settings = {"type": "transcription", "object": "realtime.transcription_session", "id": f"sess_{number}",
                         "audio": {"input": {"format": {"type": "audio/pcm", "rate": 24000}, "turn_detection": None}}}  # fmt: skip
        self.pending = bytearray()  # of a frame that is not complete
        self.item = None  # that is being heard
        self.open = []  # committed, without their texts
        self.last = None

    @property
    def transcription(self):
        return self.settings["audio"]["input"].get("transcription") or {}

    async def take(self, event):
        if event.get("type") not in TAKEN:
            raise Refusal(f"'{event.get('type')}' is not supported in transcription sessions.", "invalid_value", "type")
        await super().take(event)

    async def on_session_update(self, event):
        session = event["session"]
        only(session, {"type", "audio", "include"}, "session", ["type"])
        if session["type"] != "transcription":
            raise Refusal("Passing a realtime session update event to a transcription session is not allowed.",
                          "invalid_session_type", "session.type")  # fmt: skip
        only(session.get("audio", {}), {"input"}, "session.audio")
        given = session.get("audio", {}).get("input", {})
        only(given, {"format", "turn_detection", "transcription", "noise_reduction"}, "session.audio.input")
        if "format" in given:
            check_format(given["format"], "session.audio.input.format")
        if given.get("transcription"):
            check_transcription(given["transcription"], "session.audio.input.transcription")
        model = given.get("transcription", self.transcription).get("model")
        if given.get("turn_detection") is not None:
            if model in LIVE:
                raise Refusal("Turn detection is not supported for this transcription model.", "invalid_value",
                              "session.audio.input.turn_detection")  # fmt: skip
            raise Refusal("This fake finds no turns.", "invalid_value", "session.audio.input.turn_detection")
        if self.received and "format" in given and given["format"] != self.settings["audio"]["input"]["format"]:
            raise Refusal("The format cannot be changed once there is audio.", "invalid_value", "session.audio.input.format")
        self.settings["audio"]["input"].update(given)
        await self.send("session.updated", session=self.settings)
        for error in self.how.get("errors", []):
            await self.send("error", error={"type": "server_error", "param": None, "event_id": None, **error})

    async def on_input_audio_buffer_append(self, event):
        before = len(self.received)
        await super().on_input_audio_buffer_append(event)
        if self.item is None:
            script = self.fake.pick("heard", self.fake.turns + len(self.open), "hello")
            entry = script if isinstance(script, dict) else {"text": script}
            self.item = Item(self.name("item"), entry.get("text", "").split(), entry)
        self.pending += self.received[before:]
        size = FRAME_MS * self.per_ms("input")
        while len(self.pending) >= size:
            if audioop.rms(self.samples(bytes(self.pending[:size])), 2) >= LOUD:
                self.item.loud_ms += FRAME_MS
            del self.pending[:size]
        if self.transcription.get("model") in LIVE:
            await self.tell(self.item, min(len(self.item.words), self.item.loud_ms // WORD_MS))

    async def tell(self, item, count):
        while item.told < count:
            for broken in self.how.get("noise", []):
                await self.socket.send_str(broken)
            await asyncio.sleep(self.how.get("trickle_ms", 0) / 1000)
            space = " " if item.told else ""
            item.told += 1
            await self.send(KIND + "delta", item_id=item.name, content_index=0, delta=space + item.words[item.told - 1])

    async def on_input_audio_buffer_commit(self, event):
        if self.uncommitted < 100 * self.per_ms("input"):
            raise Refusal("Error committing input audio buffer: buffer too small. Expected at least 100ms of audio.",
                          "input_audio_buffer_commit_empty")  # fmt: skip
        if self.how.get("cut_on_commit"):
            raise Cut
        item, self.item = self.item, None
        self.pending.clear()
        self.uncommitted = 0
        self.open.append(item)
        previous, self.last = self.last, item.name
        await self.send("input_audio_buffer.committed", item_id=item.name, previous_item_id=previous)
        entry = {"id": item.name, "type": "message", "role": "user", "status": "completed",
                 "content": [{"type": "input_audio", "transcript": None}]}  # fmt: skip
        await self.send("conversation.item.added", item=entry, previous_item_id=previous)
        await self.send("conversation.item.done", item=entry, previous_item_id=previous)
        if self.transcription:
            self.later(self.complete(item))

    async def complete(self, item):
        delay = item.entry.get("delay_ms", self.fake.script.get("transcript_delay_ms", 100))
        await asyncio.sleep(delay / 1000)
        self.open.remove(item)
        self.fake.turns += 1
        if "fail" in item.entry:
            await self.send(KIND + "failed", item_id=item.name, content_index=0,
                            error={"type": "server_error", "param": None, **item.entry["fail"]})  # fmt: skip
            return
        words = item.words if item.loud_ms >= WORD_MS else []
        await self.tell(item, len(words))
        await self.send(KIND + "completed", item_id=item.name, content_index=0, transcript=" ".join(words),
                        usage={"type": "duration", "seconds": 1})  # fmt: skip

    async def on_input_audio_buffer_clear(self, event):
        self.item = None
        self.pending.clear()
        await super().on_input_audio_buffer_clear(event)
