#!/usr/bin/python3
"""A strict fake of OpenAI's Realtime API (GA, WebSocket) on 127.0.0.1. It refuses what the real one
refuses, hears the caller by the energy of the audio that it is sent, and speaks faster than real time.
Its transcription sessions (intent=transcription) are in openai_transcription.py.

Prints "port N" and serves until its standard input ends. Options:
  --script FILE   JSON, see below
  --key KEY       the only one that is taken (default "test-key")
  --log FOLDER    events.jsonl: what came and went, audio left out ("at": the monotonic clock (s), of what
                  is sent just before it goes); input-<n>.raw: the audio that
                  connection n received; output-<item>.raw: the audio that was sent of an item

Script (all optional):
  log            a list of the types of events that are logged (default: all)
  keep_audio     false: no raw files
  replies        a list of objects, for each response in turn (the last one for all further ones):
    text           transcript (default "Good morning.")
    ms             how long it sounds (default 2000); clip: a WAV file (8 kHz, 16 bit) in its place
    delay_ms       before its first event; gap_ms: before each delta of 100 ms (default 5)
    tool           {"name", "arguments"}: a function call follows; silent: true: no audio
    fail           the response fails with this message, or with {"code", "message"}
    hang           nothing of the response ever comes
  greeting       the same, for the first response of each connection in place of those
  heard          transcripts of the caller's turns, in turn; "" for sound without words
  interim_ms     their first words come so long after the beginning of a turn (default: with its end)
  transcript_delay_ms  after the end of a turn (default 300: behind the response's first events)
  connections    a list of objects, for each connection in turn (the last one for all further ones):
    refuse         HTTP status in place of a connection
    mute           the connection is made, and nothing comes
    malformed      texts that are sent before session.created
    cut_after_ms   cuts the connection, without a close frame, after so much of the caller's audio
    cut_after_deltas   the same, after so many deltas of audio
    expire_after_ms    of the caller's audio: error session_expired, and close 1001
"""
import argparse
import asyncio
import base64
import json
import pathlib
import sys
import time
import warnings
import wave

import captured
from aiohttp import WSMsgType, web

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it goes with Python 3.13
    import audioop

FRAME_MS = 20
LOUD = 500  # RMS of 16-bit samples
ONSET_MS = 60
VOICES = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"}


class Refusal(Exception):
    def __init__(self, message, code="invalid_value", param=None):
        super().__init__(message)
        self.code, self.param = code, param


def only(value, allowed, where, required=()):
    if not isinstance(value, dict):
        raise Refusal(f"Invalid type for '{where}': expected an object", "invalid_type", where)
    for key in value:
        if key not in allowed:
            raise Refusal(f"Unknown parameter: '{where}.{key}'.", "unknown_parameter", f"{where}.{key}")
    for key in required:
        if key not in value:
            raise Refusal(f"Missing required parameter: '{where}.{key}'.", "missing_required_parameter", f"{where}.{key}")


def one_of(value, allowed, where):
    if value not in allowed:
        raise Refusal(f"Invalid value: {value!r} for '{where}'. Supported values are: {sorted(map(str, allowed))}.", param=where)


def number(value, least, most, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise Refusal(f"Invalid value for '{where}': expected {least} to {most}", param=where)


def text(value, where):
    if not isinstance(value, str):
        raise Refusal(f"Invalid type for '{where}': expected a string", "invalid_type", where)


def check_format(value, where):
    only(value, {"type", "rate"}, where, ["type"])
    one_of(value["type"], {"audio/pcm", "audio/pcmu", "audio/pcma"}, f"{where}.type")
    if value["type"] == "audio/pcm":
        one_of(value.get("rate"), {24000}, f"{where}.rate")
    elif "rate" in value:
        raise Refusal(f"Unknown parameter: '{where}.rate'.", "unknown_parameter", f"{where}.rate")


def check_turn_detection(value, where):
    if value is None:
        return
    common = {"type", "create_response", "interrupt_response"}
    one_of(value.get("type") if isinstance(value, dict) else value, {"server_vad", "semantic_vad"}, f"{where}.type")
    if value["type"] == "server_vad":
        only(value, common | {"threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms"}, where)
        number(value.get("threshold", 0.5), 0, 1, f"{where}.threshold")
        number(value.get("prefix_padding_ms", 0), 0, 10000, f"{where}.prefix_padding_ms")
        number(value.get("silence_duration_ms", 500), 0, 10000, f"{where}.silence_duration_ms")
    else:
        only(value, common | {"eagerness"}, where)
        one_of(value.get("eagerness", "auto"), {"low", "medium", "high", "auto"}, f"{where}.eagerness")


def check_tools(tools, where):
    for i, tool in enumerate(tools):
        only(tool, {"type", "name", "description", "parameters"}, f"{where}[{i}]", ["type", "name"])
        one_of(tool["type"], {"function"}, f"{where}[{i}].type")


def check_session(session, model):
    only(session, {"type", "model", "output_modalities", "instructions", "max_output_tokens", "tools", "tool_choice",
                   "audio", "include", "prompt", "reasoning", "parallel_tool_calls", "tracing", "truncation"},
         "session", ["type"])  # fmt: skip
    one_of(session["type"], {"realtime"}, "session.type")
    # OpenAI's own agents name it again in each update.
    if session.get("model", model) != model:
        raise Refusal("The model of a session cannot be changed.", "invalid_value", "session.model")
    if session.get("output_modalities", ["audio"]) not in (["audio"], ["text"]):
        raise Refusal("Invalid modalities: use ['text'] or ['audio'], not both.", param="session.output_modalities")
    text(session.get("instructions", ""), "session.instructions")
    check_tools(session.get("tools", []), "session.tools")
    if "reasoning" in session:
        only(session["reasoning"], {"effort"}, "session.reasoning")
        one_of(session["reasoning"].get("effort"), {"minimal", "low", "medium", "high", "xhigh"}, "session.reasoning.effort")
    audio = session.get("audio", {})
    only(audio, {"input", "output"}, "session.audio")
    given = audio.get("input", {})
    only(given, {"format", "turn_detection", "transcription", "noise_reduction"}, "session.audio.input")
    if "format" in given:
        check_format(given["format"], "session.audio.input.format")
    check_turn_detection(given.get("turn_detection"), "session.audio.input.turn_detection")
    if given.get("transcription") is not None:
        only(given["transcription"], {"model", "language", "prompt", "languages", "keywords", "delay"},
             "session.audio.input.transcription")  # fmt: skip
    if given.get("noise_reduction") is not None:
        only(given["noise_reduction"], {"type", "strength"}, "session.audio.input.noise_reduction")
        one_of(given["noise_reduction"].get("type"), {"near_field", "far_field"}, "session.audio.input.noise_reduction.type")
    given = audio.get("output", {})
    only(given, {"format", "voice", "speed"}, "session.audio.output")
    if "format" in given:
        check_format(given["format"], "session.audio.output.format")
    if isinstance(given.get("voice", "alloy"), str):
        one_of(given.get("voice", "alloy"), VOICES, "session.audio.output.voice")
    number(given.get("speed", 1), 0.25, 1.5, "session.audio.output.speed")


def check_item(item):
    only(item, {"id", "type", "status", "object", "role", "content", "call_id", "name", "arguments", "output"}, "item", ["type"])
    one_of(item["type"], {"message", "function_call", "function_call_output"}, "item.type")
    if item["type"] == "function_call_output":
        only(item, {"id", "type", "status", "object", "call_id", "output"}, "item", ["call_id", "output"])
        text(item["output"], "item.output")
    if item["type"] == "message":
        only(item, {"id", "type", "status", "object", "role", "content"}, "item", ["role", "content"])
        one_of(item["role"], {"system", "user", "assistant"}, "item.role")
        kinds = {"system": {"input_text"}, "user": {"input_text", "input_audio", "input_image"},
                 "assistant": {"output_text", "output_audio"}}[item["role"]]  # fmt: skip
        for part in item["content"]:
            one_of(part.get("type"), kinds, "item.content.type")


FIELDS = {
    "session.update": ({"session"}, ["session"]),
    "input_audio_buffer.append": ({"audio"}, ["audio"]),
    "input_audio_buffer.commit": (set(), []),
    "input_audio_buffer.clear": (set(), []),
    "conversation.item.create": ({"item", "previous_item_id"}, ["item"]),
    "conversation.item.truncate": ({"item_id", "content_index", "audio_end_ms"}, ["item_id", "content_index", "audio_end_ms"]),
    "conversation.item.delete": ({"item_id"}, ["item_id"]),
    "conversation.item.retrieve": ({"item_id"}, ["item_id"]),
    "response.create": ({"response"}, []),
    "response.cancel": ({"response_id"}, []),
}


class Cut(Exception):
    pass


class Session:
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
        self.response = None  # the task of the running one
        self.response_id = None
        self.reason = None
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
                self.cancel("turn_detected")
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

    async def on_response_create(self, event):
        if self.response:
            raise Refusal(f"Conversation already has an active response in progress: {self.response_id}.",
                          "conversation_already_has_active_response")  # fmt: skip
        options = event.get("response", {})
        only(options, {"instructions", "tools", "tool_choice", "output_modalities", "audio", "conversation", "input",
                       "metadata", "max_output_tokens"}, "response")  # fmt: skip
        self.respond()

    async def on_response_cancel(self, event):
        if not self.response or event.get("response_id", self.response_id) != self.response_id:
            raise Refusal("Cancellation failed: no active response found", "response_cancel_not_active")
        self.cancel("client_cancelled")

    def cancel(self, reason):
        self.reason = reason

    def respond(self):
        self.reason = None
        self.response_id = self.name("resp")
        greeting = None if self.greeted else self.fake.script.get("greeting")
        self.greeted = True
        self.response = self.later(self.speak(self.response_id, greeting or self.fake.next_reply()))

    async def speak(self, response, reply):
        if reply.get("hang"):
            await asyncio.sleep(3600)
        await asyncio.sleep(reply.get("delay_ms", 50) / 1000)
        about = {"id": response, "object": "realtime.response", "status": "in_progress", "status_details": None, "output": []}
        await self.send("response.created", response=about)
        if "fail" in reply:
            given = reply["fail"] if isinstance(reply["fail"], dict) else {"code": "server_error", "message": reply["fail"]}
            about.update(status="failed", status_details={"type": "failed", "error": {"type": "server_error", **given}})
        else:
            if not reply.get("silent"):
                await self.say(response, reply)
            if "tool" in reply and not self.reason:
                await self.call(response, reply["tool"])
            about["status"] = "completed"
            if self.reason:
                about.update(status="cancelled", status_details={"type": "cancelled", "reason": self.reason})
        self.response = self.response_id = None
        await self.send("response.done", response=about)

    async def say(self, response, reply):
        per_ms = self.per_ms("output")
        audio = self.fake.audio(reply, self.settings["audio"]["output"]["format"]["type"])
        item = self.name("item")
        self.items[item] = 0
        self.spoke = True
        where = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        entry = {"id": item, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        self.conversation[item] = entry
        await self.send("response.output_item.added", response_id=response, output_index=0, item=entry)
        await self.send("conversation.item.added", item=entry, previous_item_id=None)
        await self.send("response.content_part.added", part={"type": "audio", "transcript": ""}, **where)
        words = (reply.get("text") or "Good morning.").split(" ")
        for i, word in enumerate(words):
            await self.send("response.output_audio_transcript.delta", delta=(" " if i else "") + word, **where)
        step, last = 100 * per_ms, False
        for at in range(0, len(audio), step):
            # One more goes out behind a cancellation: it was under way.
            if last:
                break
            last = self.reason is not None
            await asyncio.sleep(reply.get("gap_ms", 5) / 1000)
            if self.deltas >= self.how.get("cut_after_deltas", 1 << 60):
                self.socket._writer.transport.abort()
                return
            self.deltas += 1
            piece = audio[at : at + step]
            self.items[item] += len(piece)
            self.fake.keep(f"output-{item}.raw", piece)
            await self.send("response.output_audio.delta", delta=base64.b64encode(piece).decode(), **where)
        await self.send("response.output_audio.done", **where)
        await self.send("response.output_audio_transcript.done", transcript=" ".join(words), **where)
        entry = {**entry, "status": "incomplete" if self.reason else "completed"}
        self.conversation[item] = entry
        await self.send("response.output_item.done", response_id=response, output_index=0, item=entry)

    async def call(self, response, tool):
        call, item = self.name("call"), self.name("item")
        self.calls.add(call)
        arguments = json.dumps(tool.get("arguments", {}))
        where = {"response_id": response, "item_id": item, "output_index": 1, "call_id": call}
        await self.send("response.function_call_arguments.delta", delta=arguments, **where)
        await self.send("response.function_call_arguments.done", arguments=arguments, name=tool["name"], **where)


class Fake:
    def __init__(self):
        parser = argparse.ArgumentParser()
        parser.add_argument("--script")
        parser.add_argument("--log")
        parser.add_argument("--key", default="test-key")
        arguments = parser.parse_args()
        self.script = json.loads(pathlib.Path(arguments.script).read_text()) if arguments.script else {}
        self.key = arguments.key
        self.folder = pathlib.Path(arguments.log) if arguments.log else None
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
        self.sounds = {}  # of clips, by clip and format
        self.connections = self.replies = self.turns = 0

    def logs(self, event):
        wanted = self.script.get("log")
        return self.folder and (wanted is None or not isinstance(event, dict) or event.get("type") in wanted)

    def log(self, connection, direction, event):
        if self.logs(event):
            with open(self.folder / "events.jsonl", "a", encoding="utf-8") as file:
                at = round(time.monotonic(), 6)
                file.write(json.dumps({"at": at, "connection": connection, "direction": direction, "event": event}) + "\n")

    def keep(self, name, audio):
        if self.folder and self.script.get("keep_audio", True):
            with open(self.folder / name, "ab") as file:
                file.write(audio)

    def pick(self, key, index, default):
        given = self.script.get(key) or [default]
        return given[min(index, len(given) - 1)]

    def next_reply(self):
        self.replies += 1
        return self.pick("replies", self.replies - 1, {})

    def next_heard(self):
        self.turns += 1
        return self.pick("heard", self.turns - 1, "hello")

    def audio(self, reply, kind):
        rate = 24000 if kind == "audio/pcm" else 8000
        if (reply.get("clip"), kind) in self.sounds:
            return self.sounds[reply["clip"], kind]
        if "clip" in reply:
            with wave.open(reply["clip"]) as file:
                samples = file.readframes(file.getnframes())
            if rate != 8000:
                samples = audioop.ratecv(samples, 2, 1, 8000, rate, None)[0]
        else:
            # Ever changing, so that a piece in the wrong place is noticed.
            count, value, out = rate * reply.get("ms", 2000) // 1000, 12345 + self.replies, bytearray()
            for _ in range(count):
                value = (value * 1103515245 + 12345) & 0x7FFFFFFF
                out += ((value >> 8) % 16000 - 8000).to_bytes(2, "little", signed=True)
            samples = bytes(out)
        audio = {"audio/pcmu": audioop.lin2ulaw, "audio/pcma": audioop.lin2alaw}.get(kind, lambda s, _: s)(samples, 2)
        if "clip" in reply:
            self.sounds[reply["clip"], kind] = audio
        return audio

    async def handle(self, request):
        number_ = self.connections
        how = self.pick("connections", number_, {})
        self.connections += 1
        self.log(number_, "connected", {"query": request.query_string})

        def refuse(status, message, code):
            return web.json_response({"error": {"message": message, "type": "invalid_request_error", "code": code,
                                                "param": None}}, status=status)  # fmt: skip

        if "refuse" in how:
            return refuse(how["refuse"], "as scripted", "scripted")
        key = self.key
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        if request.headers.get("Authorization") != f"Bearer {key}" and f"openai-insecure-api-key.{key}" not in offered:
            return refuse(401, "Incorrect API key provided.", "invalid_api_key")
        if "OpenAI-Beta" in request.headers:
            return refuse(400, "The beta interface is gone.", "beta_api_shape_disabled")
        given = [name for name in ("model", "call_id", "intent") if name in request.query]
        if given != ["model"] and (given != ["intent"] or request.query["intent"] != "transcription"):
            return refuse(400, "Exactly one of model, call_id and intent is needed.", "invalid_request")
        socket = web.WebSocketResponse(max_msg_size=15 << 20, protocols=("realtime",), timeout=1.0)
        await socket.prepare(request)
        if given == ["intent"]:
            from openai_transcription import TranscriptionSession

            session = TranscriptionSession(self, number_, socket, how)
        else:
            session = Session(self, number_, socket, request.query["model"], how)
        try:
            if given == ["model"] and not request.query["model"].startswith("gpt-realtime"):
                await session.error("The model does not exist or you do not have access to it.", "model_not_found")
                await socket.close(code=4004, message=b"model_not_found")
                return socket
            await session.serve()
        except Cut:
            request.transport.abort()
        except ConnectionError:
            pass
        finally:
            for task in list(session.background):
                task.cancel()
            self.log(number_, "closed", {"code": socket.close_code})
        return socket

    async def run(self):
        app = web.Application()
        app.add_routes([web.get("/v1/realtime", self.handle)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print("port", site._server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    # One module, also for those that import it.
    import openai_realtime

    asyncio.run(openai_realtime.Fake().run())
