"""What a session of the fake of OpenAI's Realtime API answers: speech, and calls of functions."""
import asyncio
import base64
import json

from realtime_rules import Refusal, only


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


class Responses:
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
        self.output_bytes = 0
        self.response_id = self.name("resp")
        greeting = None if self.greeted else self.fake.script.get("greeting")
        self.greeted = True
        self.response = self.later(self.speak(self.response_id, greeting or self.fake.next_reply()))

    async def speak(self, response, reply):
        if reply.get("hang"):
            await asyncio.sleep(3600)
        await asyncio.sleep(reply.get("delay_ms", 50) / 1000)
        about = {"id": response, "object": "realtime.response", "status": "in_progress", "status_details": None, "output": [],
                 "usage": None}  # fmt: skip
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
            spoken_ms = self.output_bytes // self.per_ms("output")
            context = len(self.settings["instructions"]) + len(json.dumps(self.settings["tools"]))
            about["usage"] = usage(context, len(self.received) // self.per_ms("input"), len(reply.get("text", "")), spoken_ms)
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
            self.output_bytes += len(piece)
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
