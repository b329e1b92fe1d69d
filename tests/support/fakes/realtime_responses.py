"""What a session of the fake of OpenAI's Realtime API answers: speech, and calls of functions."""
import asyncio
import base64
import json

from realtime_rules import Refusal, check_response


INPUT_MS_PER_TOKEN = 100
OUTPUT_MS_PER_TOKEN = 50


def usage(text_in, audio_in_ms, text_out, audio_out_ms):
    """What a response cost, by the characters and the milliseconds of its context and output."""
    heard, spoken = audio_in_ms // INPUT_MS_PER_TOKEN, audio_out_ms // OUTPUT_MS_PER_TOKEN
    read, written = text_in // 4, text_out // 4
    return {
        "total_tokens": heard + read + spoken + written, "input_tokens": heard + read, "output_tokens": spoken + written,
        "input_token_details": {"text_tokens": read, "audio_tokens": heard, "image_tokens": 0, "cached_tokens": 0,
                                "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}},
        "output_token_details": {"text_tokens": written, "audio_tokens": spoken},
    }  # fmt: skip


class Response:
    """One that is being made. `aside`: beside the conversation, which gets nothing of it."""

    def __init__(self, name, aside, metadata):
        self.name, self.aside, self.metadata = name, aside, metadata
        self.reason = None  # why it was cancelled
        self.output = []  # items
        self.output_bytes = 0


class Responses:
    async def on_response_create(self, event):
        options = event.get("response", {})
        check_response(options)
        if options.get("conversation") == "none":
            self.respond_aside(options)
            return
        if self.response:
            raise Refusal(f"Conversation already has an active response in progress: {self.response.name}.",
                          "conversation_already_has_active_response")  # fmt: skip
        self.respond(options)

    async def on_response_cancel(self, event):
        name = event.get("response_id")
        found = self.response if name is None else next((r for r in [self.response, *self.asides] if r and r.name == name), None)
        if not found:
            raise Refusal("Cancellation failed: no active response found", "response_cancel_not_active")
        found.reason = "client_cancelled"

    def respond(self, options=None):
        options = options or {}
        self.response = Response(self.name("resp"), False, options.get("metadata"))
        greeting = None if self.greeted else self.fake.script.get("greeting")
        self.greeted = True
        reply = greeting or self.then or self.fake.next_reply()
        self.then = reply.get("then")
        if options.get("tool_choice") == "none" and not reply.get("disobeys"):
            reply = {key: value for key, value in reply.items() if key not in ("tool", "tools", "silent")}
        self.later(self.speak(self.response, reply))

    def respond_aside(self, options):
        response = Response(self.name("resp"), True, options.get("metadata"))
        self.asides.append(response)
        self.later(self.speak(response, self.fake.script.get("aside", {"text": options.get("instructions", "").split(": ")[-1], "ms": 800})))

    async def speak(self, response, reply):
        if reply.get("hang"):
            await asyncio.sleep(3600)
        while not {tool["name"] for tool in self.settings["tools"]} >= set(reply.get("await_tools", [])):
            await asyncio.sleep(0.05)
        await asyncio.sleep(reply.get("delay_ms", 50) / 1000)
        about = {"id": response.name, "object": "realtime.response", "status": "in_progress", "status_details": None, "output": [],
                 "usage": None, "metadata": response.metadata, "conversation_id": None if response.aside else f"conv_{self.number}"}  # fmt: skip
        await self.send("response.created", response=about)
        about = {**about, "output": response.output}
        if "fail" in reply:
            given = reply["fail"] if isinstance(reply["fail"], dict) else {"code": "server_error", "message": reply["fail"]}
            about.update(status="failed", status_details={"type": "failed", "error": {"type": "server_error", **given}})
        else:
            if not reply.get("silent"):
                await self.say(response, reply)
            for tool in reply.get("tools", [reply["tool"]] if "tool" in reply else []):
                await self.call(response, tool)
            about["status"] = "completed"
            if response.reason:
                about.update(status="cancelled", status_details={"type": "cancelled", "reason": response.reason})
            spoken_ms = response.output_bytes // self.per_ms("output")
            context = len(self.settings["instructions"]) + len(json.dumps(self.settings["tools"]))
            about["usage"] = usage(context, len(self.received) // self.per_ms("input"), len(reply.get("text", "")), spoken_ms)
        if response.aside:
            self.asides.remove(response)
        else:
            self.response = None
        await self.send("response.done", response=about)

    async def begin_item(self, response, entry):
        where = {"response_id": response.name, "output_index": len(response.output)}
        if not response.aside:
            self.conversation[entry["id"]] = entry
        await self.send("response.output_item.added", item=entry, **where)
        if not response.aside:
            await self.send("conversation.item.added", item=entry, previous_item_id=None)
        return {**where, "item_id": entry["id"]}

    async def end_item(self, response, entry):
        """It is incomplete when the response was cancelled."""
        entry = {**entry, "status": "incomplete" if response.reason else "completed"}
        where = {"response_id": response.name, "output_index": len(response.output)}
        response.output.append(entry)
        await self.send("response.output_item.done", item=entry, **where)
        if not response.aside:
            # What was deleted meanwhile does not come back.
            if entry["id"] in self.conversation:
                self.conversation[entry["id"]] = entry
            await self.send("conversation.item.done", item=entry, previous_item_id=None)

    async def say(self, response, reply):
        per_ms = self.per_ms("output")
        audio = self.fake.audio(reply, self.settings["audio"]["output"]["format"]["type"])
        item = self.name("item")
        if not response.aside:
            self.items[item] = 0
        self.spoke = True
        entry = {"id": item, "object": "realtime.item", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        where = {**await self.begin_item(response, entry), "content_index": 0}
        await self.send("response.content_part.added", part={"type": "audio", "transcript": ""}, **where)
        words = (reply.get("text") or "Good morning.").split(" ")
        for i, word in enumerate(words):
            await self.send("response.output_audio_transcript.delta", delta=(" " if i else "") + word, **where)
        step, last = 100 * per_ms, False
        for at in range(0, len(audio), step):
            # One more goes out behind a cancellation: it was under way.
            if last:
                break
            last = response.reason is not None
            await asyncio.sleep(reply.get("gap_ms", 5) / 1000)
            if self.deltas >= self.how.get("cut_after_deltas", 1 << 60):
                self.socket._writer.transport.abort()
                return
            self.deltas += 1
            piece = audio[at : at + step]
            if not response.aside:
                self.items[item] += len(piece)
            response.output_bytes += len(piece)
            self.fake.keep(f"output-{item}.raw", piece)
            await self.send("response.output_audio.delta", delta=base64.b64encode(piece).decode(), **where)
        await self.send("response.output_audio.done", **where)
        await self.send("response.output_audio_transcript.done", transcript=" ".join(words), **where)
        await self.end_item(response, entry)

    async def call(self, response, tool):
        call, item = self.name("call"), self.name("item")
        # Wrong JSON is what a model may write, too.
        arguments = tool["raw"] if "raw" in tool else json.dumps(tool.get("arguments", {}))
        entry = {"id": item, "object": "realtime.item", "type": "function_call", "status": "in_progress", "call_id": call,
                 "name": tool["name"], "arguments": ""}  # fmt: skip
        where = {**await self.begin_item(response, entry), "call_id": call}
        await asyncio.sleep(tool.get("delay_ms", 0) / 1000)
        if response.reason:
            arguments = arguments[: len(arguments) // 2]
        await self.send("response.function_call_arguments.delta", delta=arguments, **where)
        # The real one sends it when the response was cancelled, too.
        await self.send("response.function_call_arguments.done", arguments=arguments, name=tool["name"], **where)
        self.calls.add(call)
        await self.end_item(response, {**entry, "arguments": arguments})
