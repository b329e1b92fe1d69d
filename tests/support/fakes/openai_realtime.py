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
    tool           {"name", "arguments"}: a function call follows ("raw" in place of "arguments": text that is
                   perhaps no JSON; "delay_ms" between its beginning and its end); silent: true: no audio
    tools          a list of such
    then           the reply that follows in this session, in place of the next of the list
    disobeys       it calls functions although it was told not to (tool_choice)
    fail           the response fails with this message, or with {"code", "message"}
    await_tools    names of functions that the session must have before its first event
    hang           nothing of the response ever comes
  aside          the same, for responses beside the conversation (default: what their instructions say
                 behind ": ", 800 ms)
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
import json
import pathlib
import sys
import time
import wave

from aiohttp import web
from openai_transcription import TranscriptionSession
from realtime_session import Cut, Session, audioop


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
    asyncio.run(Fake().run())
