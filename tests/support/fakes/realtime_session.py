"""A session of the fake of OpenAI's Realtime API (openai_realtime.py): the caller's audio and the
conversation. What it answers is in realtime_responses.py.
"""
import asyncio
import base64
import json
import warnings

import captured
from aiohttp import WSMsgType
from realtime_responses import Responses
from realtime_rules import FIELDS, Refusal, check_item, check_session, number, only, text

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it goes with Python 3.13
    import audioop

FRAME_MS = 20
LOUD = 500  # RMS of 16-bit samples
ONSET_MS = 60


class Cut(Exception):
    pass


class Session(Responses):
    def __init__(self, fake, number_, socket, model, how):
        self.fake, self.number, self.socket, self.how = fake, number_, socket, how
        self.settings = {"type": "realtime", "object": "realtime.session", "id": f"sess_{number_}", "model": model,
                         "output_modalities": ["audio"], "instructions": "", "tools": [],
                         "audio": {"input": {"format": {"type": "audio/pcm", "rate": 24000}, "transcription": None,
                                             "turn_detection": {"type": "server_vad", "silence_duration_ms": 500,
                                                                "prefix_padding_ms": 300}},
                                   "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy"}}}  # fmt: skip
        self.serial = 0
        self.received = bytearray()  # all of the input
        self.uncommitted = 0
        self.heard_ms = 0  # looked at by the detector
        self.loud_ms = self.quiet_ms = 0
        self.speaking = None  # item of the running turn
        self.items = {}  # assistant's audio items: bytes sent
        self.conversation = {}  # items by name
        self.calls = set()
        self.response = None  # the running one
        self.asides = []  # those beside the conversation
        self.then = None  # the reply that is to follow
        self.deltas = 0
        self.spoke = self.greeted = False
        self.background = set()

    # --- wire
    async def send(self, kind, **fields):
        self.serial += 1
        event = {"type": kind, "event_id": f"event_{self.number}_{self.serial}", **fields}
        text_ = json.dumps(event)
        if "delta" in fields and kind == "response.output_audio.delta":
            event["delta"] = f"{len(fields['delta'])} characters"
        self.fake.log(self.number, "sent", event)
        await self.socket.send_str(text_)
        captured.keep("RealtimeServerEvent", event)

    async def error(self, message, code, param=None, event_id=None):
        await self.send("error", error={"type": "invalid_request_error", "code": code, "message": message, "param": param,
                                        "event_id": event_id})  # fmt: skip

    def name(self, prefix):
        self.serial += 1
        return f"{prefix}_{self.number}_{self.serial}"

    def later(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.background.add(task)
        task.add_done_callback(self.background.discard)
        return task

    def per_ms(self, side):
        return 48 if self.settings["audio"][side]["format"]["type"] == "audio/pcm" else 8

    async def serve(self):
        if self.how.get("mute"):
            async for _ in self.socket:
                pass
            return
        for broken in self.how.get("malformed", []):
            await self.socket.send_str(broken)
        await self.send("session.created", session=self.settings)
        async for message in self.socket:
            if message.type != WSMsgType.TEXT:
                await self.error("Only text frames are taken.", "invalid_event")
                continue
            event_id = None
            try:
                try:
                    event = json.loads(message.data)
                except ValueError:
                    raise Refusal("Could not parse the JSON.", "invalid_json") from None
                event_id = event.get("event_id") if isinstance(event, dict) else None
                shown = {**event, "audio": f"{len(event['audio'])} characters"} if "audio" in event else event
                self.fake.log(self.number, "received", shown)
                await self.take(event)
                captured.keep("RealtimeClientEvent", shown)
            except Refusal as refusal:
                await self.error(str(refusal), refusal.code, refusal.param, event_id)

    async def take(self, event):
        kind = event.get("type")
        if kind not in FIELDS:
            raise Refusal(f"Invalid value: '{kind}'.", "invalid_value", "type")
        allowed, required = FIELDS[kind]
        only({k: v for k, v in event.items() if k not in ("type", "event_id")}, allowed, kind, required)
        await getattr(self, "on_" + kind.replace(".", "_"))(event)

    # --- session
    async def on_session_update(self, event):
        session = event["session"]
        check_session(session, self.settings["model"])
        voice = session.get("audio", {}).get("output", {}).get("voice")
        if voice and self.spoke and voice != self.settings["audio"]["output"]["voice"]:
            raise Refusal("Cannot update a conversation's voice if assistant audio is present.", "cannot_update_voice")
        for key, value in session.items():
            if key == "audio":
                for side in value:
                    self.settings["audio"][side].update(value[side])
            else:
                self.settings[key] = value
        await self.send("session.updated", session=self.settings)

    # --- the caller
    async def on_input_audio_buffer_append(self, event):
        text(event["audio"], "audio")
        try:
            audio = base64.b64decode(event["audio"], validate=True)
        except ValueError:
            raise Refusal("Invalid 'audio'. Expected base64-encoded audio bytes.") from None
        if not audio:
            raise Refusal("Invalid 'audio'. Expected audio bytes, got none.")
        per_ms = self.per_ms("input")
        if per_ms == 48 and len(audio) % 2:
            raise Refusal("Audio is not a whole number of 16-bit samples.")
        self.received += audio
        self.uncommitted += len(audio)
        self.fake.keep(f"input-{self.number}.raw", audio)
        if "cut_after_ms" in self.how and len(self.received) >= self.how["cut_after_ms"] * per_ms:
            raise Cut
        if "expire_after_ms" in self.how and len(self.received) >= self.how["expire_after_ms"] * per_ms:
            await self.error("Your session hit the maximum duration of 60 minutes.", "session_expired")
            await self.socket.close(code=1001)
            return
        if self.settings["audio"]["input"]["turn_detection"]:
            while len(self.received) >= (self.heard_ms + FRAME_MS) * per_ms:
                frame = bytes(self.received[self.heard_ms * per_ms : (self.heard_ms + FRAME_MS) * per_ms])
                self.heard_ms += FRAME_MS
                await self.hear(frame)

    def samples(self, frame):
        kind = self.settings["audio"]["input"]["format"]["type"]
        return {"audio/pcmu": audioop.ulaw2lin, "audio/pcma": audioop.alaw2lin}.get(kind, lambda f, _: f)(frame, 2)

    async def hear(self, frame):
        detection = self.settings["audio"]["input"]["turn_detection"]
        if audioop.rms(self.samples(frame), 2) >= LOUD:
            self.loud_ms += FRAME_MS
            self.quiet_ms = 0
        else:
            self.quiet_ms += FRAME_MS
            self.loud_ms = 0
        if not self.speaking and self.loud_ms >= ONSET_MS:
            self.speaking = self.name("item")
            start = max(0, self.heard_ms - ONSET_MS - detection.get("prefix_padding_ms", 300))
            await self.send("input_audio_buffer.speech_started", audio_start_ms=start, item_id=self.speaking)
            if "interim_ms" in self.fake.script and self.settings["audio"]["input"].get("transcription"):
                self.later(self.interim(self.speaking))
            if self.response and detection.get("interrupt_response", True):
                self.response.reason = "turn_detected"
        elif self.speaking and self.quiet_ms >= detection.get("silence_duration_ms", 500):
            item, self.speaking = self.speaking, None
            await self.send("input_audio_buffer.speech_stopped", audio_end_ms=self.heard_ms - self.quiet_ms, item_id=item)
            await self.commit(item)
            if detection.get("create_response", True) and not self.response:
                self.respond()

    async def interim(self, item):
        await asyncio.sleep(self.fake.script["interim_ms"] / 1000)
        words = self.fake.pick("heard", self.fake.turns, "hello").split(" ")[0]
        if words:
            await self.send("conversation.item.input_audio_transcription.delta", item_id=item, content_index=0, delta=words)

    async def commit(self, item):
        self.uncommitted = 0
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
        entry = {"id": item, "type": "message", "role": "user", "status": "completed",
                 "content": [{"type": "input_audio", "transcript": None}]}  # fmt: skip
        self.conversation[item] = entry
        await self.send("conversation.item.added", item=entry, previous_item_id=None)
        await self.send("conversation.item.done", item=entry, previous_item_id=None)
        if self.settings["audio"]["input"].get("transcription"):
            self.later(self.transcribe(item))

    async def transcribe(self, item):
        words = self.fake.next_heard()
        await asyncio.sleep(self.fake.script.get("transcript_delay_ms", 300) / 1000)
        kind = "conversation.item.input_audio_transcription."
        if words and "interim_ms" not in self.fake.script:
            await self.send(kind + "delta", item_id=item, content_index=0, delta=words)
        await self.send(kind + "completed", item_id=item, content_index=0, transcript=words,
                        usage={"type": "duration", "seconds": 1})  # fmt: skip

    async def on_input_audio_buffer_commit(self, _):
        if self.uncommitted < 100 * self.per_ms("input"):
            raise Refusal("Error committing input audio buffer: buffer too small. Expected at least 100ms of audio.",
                          "input_audio_buffer_commit_empty")  # fmt: skip
        await self.commit(self.name("item"))

    async def on_input_audio_buffer_clear(self, _):
        self.uncommitted = 0
        await self.send("input_audio_buffer.cleared")

    # --- the conversation
    async def on_conversation_item_create(self, event):
        item = dict(event["item"])
        check_item(item)
        if item["type"] == "function_call_output":
            if item["call_id"] not in self.calls:
                raise Refusal(f"Tool call ID '{item['call_id']}' not found in conversation.", "invalid_tool_call_id")
            self.calls.discard(item["call_id"])
        item.setdefault("id", self.name("item"))
        self.conversation[item["id"]] = item
        await self.send("conversation.item.added", item=item, previous_item_id=None)
        await self.send("conversation.item.done", item=item, previous_item_id=None)

    async def on_conversation_item_truncate(self, event):
        number(event["audio_end_ms"], 0, 10**9, "audio_end_ms")
        if event["item_id"] not in self.items:
            raise Refusal(f"Item '{event['item_id']}' does not exist or has no audio.", "item_truncate_invalid_item_id")
        length = self.items[event["item_id"]] // self.per_ms("output")
        if event["audio_end_ms"] > length or event["content_index"] != 0:
            raise Refusal(f"Audio content of {length}ms is already shorter than {event['audio_end_ms']}ms",
                          "invalid_value", "audio_end_ms")  # fmt: skip
        await self.send("conversation.item.truncated", item_id=event["item_id"], content_index=0,
                        audio_end_ms=event["audio_end_ms"])  # fmt: skip

    async def on_conversation_item_delete(self, event):
        if event["item_id"] not in self.conversation:
            raise Refusal(f"Error deleting item: the item with id '{event['item_id']}' does not exist.", "item_delete_invalid_item_id")
        del self.conversation[event["item_id"]]
        self.items.pop(event["item_id"], None)
        await self.send("conversation.item.deleted", item_id=event["item_id"])

    async def on_conversation_item_retrieve(self, event):
        if event["item_id"] not in self.conversation:
            raise Refusal(f"Item '{event['item_id']}' does not exist.")
        # The real one gives the audio of a caller's item, too.
        await self.send("conversation.item.retrieved", item=self.conversation[event["item_id"]])
