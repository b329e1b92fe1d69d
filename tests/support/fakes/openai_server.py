#!/usr/bin/env python3
"""A strict OpenAI API on 127.0.0.1: it refuses what the real one refuses (openai_rules.py). Prints
"port N", and ends when its standard input is closed. How to script it: http_fake.py; further for a reply:

  text             what is said (default: "You said: " and the caller's last words); {asked} in it: those
  piece            characters of a delta (default 4); "token": a word with the space before it, or a mark
  tool_calls       [{"name", "arguments": {...}}]; in fragments, as the real one
  after_tools      the text in place of "tool_calls" when their results have just been told
  disobeys         calls, although it was told not to (tool_choice)
  find             {"name": regular expression}: looked for in what the tools gave last; {name} in text and
                   tool_calls is then its first group. What is not there is refused: nothing can be answered
                   that the tools did not give
  reasoning        thinks first (hidden)
  finish_reason    stop, length, content_filter
  usage            {"input", "cached", "output", "reasoning"}: tokens in place of estimated ones
  malformed        that many events that make no sense, in front
  error_after      an error in the stream, behind so many pieces
  no_done          the connection is closed, but without [DONE]
  transcript       what was understood (default: "hello"); delta events with stream=true
  with --dialect   see openai_dialects.py
  audio            "tone" (default), "odd" (pieces of odd length), {"ms": 300}
"""
import email.parser
import email.policy
import hashlib
import io
import json
import math
import re
import struct
import sys
import wave

import captured
import openai_rules as rules
from openai_dialects import DIALECTS
from http_fake import Fake, Refusal, arguments, main


def text_of(content):
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or [])


def with_findings(step, results):
    """The step with {name} filled in from `results`, the texts that the tools gave last."""
    found = {}
    for name, pattern in step.get("find", {}).items():
        match = next(filter(None, (re.search(pattern, text) for text in reversed(results))), None)
        if not match:
            raise Refusal(400, f"nothing in {results} fits {pattern}")
        found["{" + name + "}"] = match[1]

    def fill(value):
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [fill(one) for one in value]
        if isinstance(value, str):
            for name, text in found.items():
                value = value.replace(name, text)
        return value

    return {**step, **{key: fill(step[key]) for key in ("text", "tool_calls") if key in step}} if found else step


def last_results(items, is_result, is_asked, text):
    """The results of tools behind the last words of the caller, oldest first."""
    results = []
    for item in items:
        if is_asked(item):
            results = []
        elif is_result(item):
            results.append(text(item))
    return results


def pieces_of(text, length):
    if length == "token":
        return re.findall(r"\s*(?:\w+|[^\w\s])", text)
    return [text[i : i + length] for i in range(0, len(text), length)]


def tone(ms, rate=24000, hertz=440):
    count = rate * ms // 1000
    return struct.pack(f"<{count}h", *(int(8000 * math.sin(2 * math.pi * hertz * i / rate)) for i in range(count)))


def read_multipart(request):
    """{name: (file name or None, content type, bytes)}; a name that comes twice is refused."""
    if request.content_type() != "multipart/form-data":
        raise Refusal(415, f"Unsupported content type {request.content_type()!r}; expected multipart/form-data")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
    )
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if name is None or (name in parts and not name.endswith("[]")):
            rules.refuse(f"Invalid multipart form: part {name!r}.")
        parts[name] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return parts


class OpenAi(Fake):
    def __init__(self, options):
        super().__init__(options.log)
        self.key, self.compatible = options.key, options.compatible
        self.dialect = DIALECTS[options.dialect](options.key) if options.dialect else None
        self.count = 0

    def capture(self, request):
        if request.content_type() != "multipart/form-data":
            return super().capture(request)
        parts = {}
        for name, (filename, kind, data) in read_multipart(request).items():
            parts[name] = {"filename": filename, "type": kind, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} \
                if filename else data.decode()  # fmt: skip
            if filename and data[:4] == b"RIFF":
                with wave.open(io.BytesIO(data)) as file:
                    parts[name]["frames"], parts[name]["rate"] = file.getnframes(), file.getframerate()
        return {"method": request.method, "path": request.path, "headers": request.headers, "body": parts}

    def authorize(self, request):
        if self.dialect:
            self.dialect.authorize(request)
        if self.compatible or self.dialect:
            return
        value = request.headers.get("authorization", "")
        if not value.startswith("Bearer "):
            raise Refusal(401, "Missing bearer authentication in header", code=None)
        if value[7:] != self.key:
            masked = value[7:11] + "*" * max(0, len(value) - 15) + value[-4:]
            raise Refusal(401, f"Incorrect API key provided: {masked}. You can find your API key at the dashboard.",
                          code="invalid_api_key")  # fmt: skip

    async def handle(self, request, step, reply):
        self.authorize(request)
        self.count += 1
        handlers = {
            ("POST", "/v1/chat/completions"): self.chat, ("POST", "/v1/responses"): self.responses,
            ("POST", "/v1/audio/speech"): self.speech, ("POST", "/v1/audio/transcriptions"): self.transcription,
            ("GET", "/v1/models"): self.models,
        }  # fmt: skip
        handler = handlers.get((request.method, request.path))
        if not handler:
            raise Refusal(404, f"Invalid URL ({request.method} {request.path})")
        await handler(request, step, reply)
        kind = self.capture_types.get(request.path)
        if kind and not (self.compatible or self.dialect):
            captured.keep(kind, self.capture(request)["body"])

    capture_types = {
        "/v1/chat/completions": "ChatCompletionCreateParams", "/v1/responses": "ResponseCreateParams",
        "/v1/audio/speech": "SpeechCreateParams", "/v1/audio/transcriptions": "TranscriptionCreateParams",
    }  # fmt: skip

    async def models(self, _request, _step, reply):
        names = [*rules.MODELS, *rules.SPEECH_MODELS, *rules.TRANSCRIPTION_MODELS]
        models = [{"id": n, "object": "model", "created": 1, "owned_by": "fake", "shutdown_date": rules.SHUTDOWN.get(n)} for n in names]
        await reply.send(200, {"object": "list", "data": models})

    @staticmethod
    def obedient(body, step):
        last = body.get("messages", body.get("input"))[-1]
        answered = isinstance(last, dict) and (last.get("role") == "tool" or last.get("type") == "function_call_output")
        if "after_tools" in step and answered:
            step = {**step, "text": step["after_tools"], "disobeys": False}
        elif body.get("tool_choice") != "none" or step.get("disobeys"):
            return step
        return {key: value for key, value in step.items() if key != "tool_calls"}

    @staticmethod
    def counted(request, step, text):
        return {"input": len(request.body) // 4, "cached": 0, "output": len(text) // 4 + 1, "reasoning": 0, **step.get("usage", {})}

    # ---- Chat Completions ----

    async def chat(self, request, step, reply):
        body = rules.json_body(request)
        if self.dialect:
            await self.dialect.chat(request, body, step, reply, self.count)
            return
        rules.check_chat(body, self.compatible)
        step = self.obedient(body, step)
        asked = next((text_of(m["content"]) for m in reversed(body["messages"]) if m["role"] in ("user", "tool")), "")
        step = with_findings(step, last_results(body["messages"], lambda m: m["role"] == "tool", lambda m: m["role"] == "user",
                                                lambda m: text_of(m["content"])))  # fmt: skip
        text = step.get("text", "" if "tool_calls" in step else "You said: {asked}").replace("{asked}", asked)
        finish = step.get("finish_reason", "tool_calls" if "tool_calls" in step else "stop")
        calls = [
            {"id": f"call_{self.count}_{i}", "type": "function", "function": {"name": c["name"], "arguments": json.dumps(c["arguments"])}}
            for i, c in enumerate(step.get("tool_calls", []))
        ]
        counted = self.counted(request, step, text)
        usage = {"prompt_tokens": counted["input"], "completion_tokens": counted["output"],
                 "total_tokens": counted["input"] + counted["output"],
                 "prompt_tokens_details": {"cached_tokens": counted["cached"], "audio_tokens": 0},
                 "completion_tokens_details": {"reasoning_tokens": counted["reasoning"], "audio_tokens": 0,
                                               "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}  # fmt: skip
        base = {"id": f"chatcmpl-{self.count}", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            message = {"role": "assistant", "content": text or None, "refusal": None, **({"tool_calls": calls} if calls else {})}
            choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
            whole = {**base, "object": "chat.completion", "choices": [choice], "usage": usage}
            captured.keep("ChatCompletion", whole)
            await reply.send(200, whole)
            return

        include_usage = body.get("stream_options", {}).get("include_usage")

        def chunk(delta, reason=None):
            event = {**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}
            if include_usage:
                event["usage"] = None
            return event

        events = [chunk({"role": "assistant", "content": "", "refusal": None})]
        if step.get("reasoning"):
            events += [chunk({"reasoning_content": "I think"}), chunk({"reasoning": "so."})]
        events += [chunk({"content": piece}) for piece in pieces_of(text, step.get("piece", 4))]
        for index, call in enumerate(calls):
            head = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
            events.append(chunk({"tool_calls": [head]}))
            events += [chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
                       for part in pieces_of(call["function"]["arguments"], 3)]  # fmt: skip
        events.append(chunk({}, finish))
        if include_usage:
            events.append({**base, "choices": [], "usage": usage})
        error = {"error": {"message": "The server had an error while processing your request.", "type": "server_error", "code": None}}
        # Hidden thoughts in a delta are how other servers of the API do it.
        types = None if step.get("reasoning") or self.compatible else "ChatCompletionChunk"
        await self.stream(reply, step, [(None, e) for e in events], (None, error), types, done=True)

    async def stream(self, reply, step, events, error, types, done=False):
        await reply.begin_stream("text/event-stream")
        for index in range(step.get("malformed", 0)):
            await reply.piece("data: " + ["{", "[]", "\"x\"", "{'a':1}"][index % 4] + "\n\n")
        for index, (kind, event) in enumerate(events):
            captured.keep(types, event)
            if index == step.get("error_after"):
                await reply.piece((f"event: {error[0]}\n" if error[0] else "") + f"data: {json.dumps(error[1])}\n\n")
                break
            await reply.piece((f"event: {kind}\n" if kind else "") + f"data: {json.dumps(event)}\n\n")
        else:
            if done and not step.get("no_done"):
                await reply.piece("data: [DONE]\n\n")
        await reply.end_stream()

    # ---- Responses ----

    async def responses(self, request, step, reply):
        body = rules.json_body(request)
        rules.check_responses(body, self.compatible)
        step = self.obedient(body, step)
        given = body["input"] if isinstance(body["input"], list) else [{"role": "user", "content": body["input"]}]
        asked = next((text_of(i.get("content", i.get("output"))) for i in reversed(given)
                      if i.get("role") == "user" or i.get("type") == "function_call_output"), "")  # fmt: skip
        step = with_findings(step, last_results(given, lambda i: i.get("type") == "function_call_output",
                                                lambda i: i.get("role") == "user", lambda i: text_of(i["output"])))  # fmt: skip
        text = step.get("text", "" if "tool_calls" in step else "You said: {asked}").replace("{asked}", asked)
        incomplete = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(step.get("finish_reason"))
        output = []
        if step.get("reasoning"):
            encrypted = {"encrypted_content": "c2VjcmV0"} if "reasoning.encrypted_content" in body.get("include", []) else {}
            output.append({"type": "reasoning", "id": f"rs_{self.count}", "summary": [], **encrypted})
        if text:
            part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
            status = "incomplete" if incomplete else "completed"
            output.append({"type": "message", "id": f"msg_{self.count}", "role": "assistant", "status": status, "content": [part]})
        for index, call in enumerate(step.get("tool_calls", [])):
            output.append({"type": "function_call", "id": f"fc_{self.count}_{index}", "call_id": f"call_{self.count}_{index}",
                           "name": call["name"], "arguments": json.dumps(call["arguments"]), "status": "completed"})  # fmt: skip
        response = {
            "id": f"resp_{self.count}", "object": "response", "created_at": 1, "model": body["model"], "error": None,
            "status": "in_progress", "output": [], "incomplete_details": None, "instructions": body.get("instructions"),
            "metadata": {}, "parallel_tool_calls": True, "temperature": None, "tool_choice": "auto", "tools": body.get("tools", []),
            "top_p": None,
        }  # fmt: skip
        counted = self.counted(request, step, text)
        final = {
            **response, "status": "incomplete" if incomplete else "completed", "output": output,
            "incomplete_details": {"reason": incomplete} if incomplete else None,
            "usage": {"input_tokens": counted["input"], "output_tokens": counted["output"],
                      "total_tokens": counted["input"] + counted["output"],
                      "input_tokens_details": {"cached_tokens": counted["cached"], "cache_write_tokens": 0},
                      "output_tokens_details": {"reasoning_tokens": counted["reasoning"]}},
        }  # fmt: skip
        if not body.get("stream"):
            captured.keep("Response", final)
            await reply.send(200, final)
            return
        events = [("response.created", {"response": response}), ("response.in_progress", {"response": response})]
        for index, item in enumerate(output):
            place = {"output_index": index}
            started = {**item, "status": "in_progress"}
            if item["type"] == "message":
                where = {**place, "item_id": item["id"], "content_index": 0}
                events.append(("response.output_item.added", {**place, "item": {**started, "content": []}}))
                events.append(("response.content_part.added", {**where, "part": {**part, "text": ""}}))
                events += [("response.output_text.delta", {**where, "delta": p, "logprobs": []}) for p in pieces_of(text, step.get("piece", 4))]
                events.append(("response.output_text.done", {**where, "text": text, "logprobs": []}))
                events.append(("response.content_part.done", {**where, "part": part}))
            elif item["type"] == "function_call":
                where = {**place, "item_id": item["id"]}
                events.append(("response.output_item.added", {**place, "item": {**started, "arguments": ""}}))
                events += [("response.function_call_arguments.delta", {**where, "delta": p}) for p in pieces_of(item["arguments"], 3)]
                events.append(("response.function_call_arguments.done", {**where, "arguments": item["arguments"], "name": item["name"]}))
            else:
                events.append(("response.output_item.added", {**place, "item": item}))
            events.append(("response.output_item.done", {**place, "item": item}))
        events.append(("response.incomplete" if incomplete else "response.completed", {"response": final}))
        if step.get("no_done"):
            events.pop()
        numbered = [(kind, {"type": kind, "sequence_number": n, **event}) for n, (kind, event) in enumerate(events)]
        error = ("error", {"type": "error", "code": "server_error", "message": "The server had an error.", "param": None, "sequence_number": 99})
        await self.stream(reply, step, numbered, error, "ResponseStreamEvent")

    # ---- Audio ----

    async def speech(self, request, step, reply):
        body = rules.json_body(request)
        rules.check_shape(body, rules.SPEECH, ["model", "input", "voice"])
        if not self.compatible:
            rules.model_of(body, rules.SPEECH_MODELS)
        if not body["input"]:
            rules.refuse("Invalid 'input': string too short.", "input", "string_below_min_length")
        if len(body["input"]) > 4096:
            rules.refuse("Invalid 'input': string too long.", "input", "string_above_max_length")
        if not 0.25 <= body.get("speed", 1) <= 4:
            rules.refuse("Invalid 'speed'.", "speed")
        if body["model"].startswith("tts-1") and ("instructions" in body or body.get("stream_format") == "sse"):
            rules.refuse("This model supports neither 'instructions' nor 'stream_format'.", "instructions")
        if body.get("response_format", "mp3") != "pcm" or body.get("stream_format", "audio") != "audio":
            rules.refuse("The fake speaks pcm only.", "response_format")
        audio = step.get("audio", "tone")
        sound = tone(audio["ms"] if isinstance(audio, dict) else 20 * len(body["input"]))
        size = 1999 if audio == "odd" else 4800
        await reply.begin_stream("audio/pcm")
        for at in range(0, len(sound), size):
            await reply.piece(sound[at : at + size])
        await reply.end_stream()

    async def transcription(self, request, step, reply):
        parts = read_multipart(request)
        known = {"file", "model", "language", "prompt", "response_format", "temperature", "stream", "chunking_strategy",
                 "include[]", "timestamp_granularities[]", "languages[]", "keywords[]"}  # fmt: skip
        fields = {name: part[2].decode() for name, part in parts.items() if part[0] is None}
        if not self.compatible:
            for name in parts:
                if name not in known:
                    rules.refuse(f"Unrecognized request argument supplied: {name}", name, "unknown_parameter")
            if "model" not in fields:
                rules.refuse("you must provide a model parameter", "model")
            rules.model_of(fields, rules.TRANSCRIPTION_MODELS)
            for name in ("languages[]", "keywords[]"):
                if name in fields and not fields["model"].startswith("gpt-transcribe"):
                    rules.refuse(f"'{name}' is not supported for this model.", name)
        if "file" not in parts or parts["file"][0] is None:
            rules.refuse("Missing required parameter: 'file'.", "file")
        filename, _, data = parts["file"]
        if filename.rpartition(".")[2] not in {"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"}:
            rules.refuse("Unrecognized file format. Supported formats: ['flac', 'm4a', 'mp3', ...]", "file")
        try:
            with wave.open(io.BytesIO(data)) as file:
                length = file.getnframes() / file.getframerate()
                if len(data) != 44 + file.getnframes() * 2:
                    rules.refuse("Audio file might be corrupted or unsupported", "file", "invalid_value")
        except (wave.Error, EOFError):
            rules.refuse("Audio file might be corrupted or unsupported", "file", "invalid_value")
        if length < 0.1 and not self.compatible:
            rules.refuse("Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short")
        if fields.get("response_format", "json") != "json":
            rules.refuse("The fake answers json only.", "response_format")
        text = step.get("transcript", "hello")
        usage = {"type": "duration", "seconds": math.ceil(length)}
        if fields.get("stream") == "true" and fields.get("model") != "whisper-1" and not self.compatible:
            events = [{"type": "transcript.text.delta", "delta": p} for p in pieces_of(text, 5)]
            tokens = {"type": "tokens", "input_tokens": 14, "output_tokens": len(text) // 4 + 1, "total_tokens": len(text) // 4 + 15}
            events.append({"type": "transcript.text.done", "text": text, "usage": tokens})
            error = {"type": "error", "error": {"message": "The server had an error.", "type": "server_error"}}
            await self.stream(reply, step, [(e["type"], e) for e in events], ("error", error), "TranscriptionStreamEvent")
        else:
            await reply.pace()
            await reply.send(200, {"text": step.get("raw", text), "usage": usage})


if __name__ == "__main__":
    parser = arguments()
    parser.add_argument("--dialect", choices=sorted(DIALECTS), help="another server of the same API, as that one speaks it")
    main(OpenAi, parser)
    sys.exit(0)
