"""Chat Completions as servers other than OpenAI's speak it, from their documents and sources: llama.cpp's
llama-server (tools/server), Ollama (openai/, middleware/), OpenClaw's gateway (docs/gateway/openai-http-api).
Each refuses what the real one refuses, in its own words, and streams in its own shapes. Further for a step:

  think_tags       the thoughts are in the text, between <think> and </think>
  loading          llama.cpp: the model is not loaded yet
  no_tools         llama.cpp without --jinja, Ollama's model without tools
  broken           the model dies in the middle of its answer
  no_finish        OpenClaw: no chunk with a finish_reason, as of early 2026
"""
import json

from http_fake import Cut, Refusal


class Wrong(Refusal):
    """With a body of its own."""

    def __init__(self, status, body, headers=None):
        super().__init__(status, str(body), headers=headers)
        self.body = body


def text_of(content):
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content or [])


def check_messages(body, refuse):
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        refuse("'messages' is no array, or empty")
    open_calls = []
    for message in messages:
        if message.get("role") not in {"system", "user", "assistant", "tool"}:
            refuse(f"role {message.get('role')!r}")
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                refuse("a result of a tool that was not called")
            open_calls.remove(message["tool_call_id"])
            continue
        if message.get("content") is None and not message.get("tool_calls"):
            refuse("a message without content")
        for call in message.get("tool_calls") or []:
            json.loads(call["function"]["arguments"])
            open_calls.append(call["id"])


class Dialect:
    """Base: what the three have in common."""

    def __init__(self, key):
        self.key = key

    def authorize(self, request):
        pass

    def check(self, body, step):
        pass

    def calls(self, step, count):
        return [(f"call_{count}{i}", c["name"], json.dumps(c["arguments"])) for i, c in enumerate(step.get("tool_calls", []))]

    def asked(self, body):
        return next((text_of(m["content"]) for m in reversed(body["messages"]) if m["role"] in ("user", "tool")), "")

    def text(self, body, step):
        text = step.get("text", "" if "tool_calls" in step else f"You said: {self.asked(body)}")
        return f"<think>\nHm, let me think.\n</think>\n\n{text}" if step.get("think_tags") else text

    async def chat(self, request, body, step, reply, count):
        self.check(body, step)
        if not body.get("stream"):
            raise Wrong(400, {"error": {"message": "this fake streams only"}})
        await reply.begin_stream("text/event-stream")
        for chunk in self.chunks(request, body, step, count):
            await reply.piece(chunk if isinstance(chunk, str) else f"data: {json.dumps(chunk)}\n\n")
        await reply.end_stream()


class LlamaCpp(Dialect):
    def error(self, status, message, kind, **more):
        return Wrong(status, {"error": {"code": status, "message": message, "type": kind, **more}})

    def check(self, body, step):
        if step.get("loading"):
            raise self.error(503, "Loading model", "unavailable_error")
        if body.get("tools") and step.get("no_tools"):
            raise self.error(500, "tools param requires --jinja flag", "server_error")

        def refuse(message):
            raise self.error(400, message, "invalid_request_error")

        check_messages(body, refuse)
        size = len(json.dumps(body["messages"])) // 4
        if size > step.get("context", 4096):
            raise self.error(400, "the request exceeds the available context size. try increasing the context size or enable "
                             "context shift", "exceed_context_size_error", n_prompt_tokens=size, n_ctx=step["context"])  # fmt: skip

    def chunks(self, request, body, step, count):
        tail = {"created": 1, "id": f"chatcmpl-{count:032}", "model": body["model"], "system_fingerprint": "b8681-Debian",
                "object": "chat.completion.chunk"}  # fmt: skip

        def chunk(delta, finish=None):
            return {"choices": [{"finish_reason": finish, "index": 0, "delta": delta}], **tail}

        yield chunk({"role": "assistant", "content": None})
        if step.get("reasoning"):
            yield chunk({"reasoning_content": "I think"})
        text = self.text(body, step)
        for index in range(0, len(text), 4):
            if step.get("broken") and index > 12:
                yield 'data: {"error":{"code":500,"message":"context shift failed","type":"server_error"}}\n\n'
                raise Cut
            yield chunk({"content": text[index : index + 4]})
        calls = self.calls(step, count)
        for index, (name, arguments) in enumerate((c[1], c[2]) for c in calls):
            yield chunk({"tool_calls": [{"index": index, "id": f"{count}abc{index}", "type": "function",
                                         "function": {"name": name, "arguments": ""}}]})  # fmt: skip
            for at in range(0, len(arguments), 3):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[at : at + 3]}}]})
        yield chunk({}, "tool_calls" if calls else "stop")
        timings = {"prompt_n": 10, "prompt_ms": 20.5, "predicted_n": 5, "predicted_ms": 50.1, "cache_n": 0}
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"completion_tokens": 5, "prompt_tokens": 10, "total_tokens": 15, "prompt_tokens_details": {"cached_tokens": 4}}
            yield {"choices": [], **tail, "usage": usage, "timings": timings}
        yield "data: [DONE]\n\n"


class Ollama(Dialect):
    MODELS = {"llama3.2", "qwen3:4b"}
    EFFORTS = {"high", "medium", "low", "max", "none"}

    def error(self, status, message, kind="api_error"):
        return Wrong(status, {"error": {"message": message, "type": kind, "param": None, "code": None}})

    def check(self, body, step):
        def refuse(message):
            raise self.error(400, message, "invalid_request_error")

        check_messages(body, refuse)
        if body["model"] not in self.MODELS:
            raise self.error(404, f"model '{body['model']}' not found", "not_found_error")
        if body.get("tools") and step.get("no_tools"):
            refuse(f"registry.ollama.ai/library/{body['model']}:latest does not support tools")
        effort = body.get("reasoning_effort")
        if effort is not None and effort not in self.EFFORTS:
            refuse(f"invalid reasoning value: '{effort}' (must be \"high\", \"medium\", \"low\", \"max\", or \"none\")")

    def chunks(self, request, body, step, count):
        head = {"id": f"chatcmpl-{count}", "object": "chat.completion.chunk", "created": 1, "model": body["model"],
                "system_fingerprint": "fp_ollama"}  # fmt: skip

        def chunk(delta, finish=None):
            return {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "", **delta}, "finish_reason": finish}]}

        if step.get("reasoning"):
            yield chunk({"reasoning": "I think"})
        text = self.text(body, step)
        # A token is four characters here. Only this name of the limit is known.
        limit = body.get("max_tokens")
        for index in range(0, len(text), 4):
            if step.get("broken") and index > 12:
                # What the runner says is lost in the conversion.
                yield chunk({})
                raise Cut
            if limit is not None and index // 4 >= limit:
                yield chunk({}, "length")
                break
            yield chunk({"content": text[index : index + 4]})
        else:
            calls = self.calls(step, count)
            for identity, name, arguments in calls:  # whole, and not counted
                yield chunk({"tool_calls": [{"id": identity, "index": 0, "type": "function",
                                             "function": {"name": name, "arguments": arguments}}]})  # fmt: skip
            yield chunk({}, "tool_calls" if calls else "stop")
        if (body.get("stream_options") or {}).get("include_usage"):
            yield {**head, "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}
        yield "data: [DONE]\n\n"


class OpenClaw(Dialect):
    AGENTS = {"main", "desk"}

    def error(self, status, message, kind="invalid_request_error", **headers):
        return Wrong(status, {"error": {"message": message, "type": kind}}, headers)

    def authorize(self, request):
        if request.headers.get("authorization") != f"Bearer {self.key}":
            raise self.error(401, "Unauthorized", "unauthorized")

    def agent(self, request, model):
        for prefix in ("openclaw/", "openclaw:", "agent:"):
            if model.startswith(prefix):
                model = model[len(prefix) :]
                break
        else:
            if model != "openclaw":
                raise self.error(400, "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.")
            model = "main"
        agent = request.headers.get("x-openclaw-agent-id", "main" if model == "default" else model)
        if agent not in self.AGENTS:
            raise self.error(400, f"Invalid `model`. Unknown agent {agent!r}.")
        return agent

    def check(self, body, step):
        def refuse(message):
            raise self.error(400, message)

        check_messages(body, refuse)
        if not any(m["role"] == "user" and text_of(m["content"]).strip() for m in body["messages"]):
            refuse("Missing user message in `messages`.")
        if body.get("tool_choice", "auto") not in ("auto", "none"):
            refuse("unsupported tool_choice")

    async def chat(self, request, body, step, reply, count):
        step = {"agent": self.agent(request, body["model"]), **step}
        await super().chat(request, body, step, reply, count)

    def chunks(self, request, body, step, count):
        head = {"id": f"chatcmpl_{count}", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

        def chunk(delta, **more):
            return {**head, "choices": [{"index": 0, "delta": delta, **more}]}

        yield ": keep-alive\n\n"
        yield chunk({"role": "assistant"})
        text = self.text(body, step)
        if "text" not in step and "tool_calls" not in step:
            text = f"{step['agent']} heard: {self.asked(body)}"
        for index in range(0, len(text), 4):
            if step.get("broken") and index > 12:
                raise Cut
            yield chunk({"content": text[index : index + 4]}, finish_reason=None)
        calls = self.calls(step, count)
        for index, (identity, name, arguments) in enumerate(calls):
            function = {"name": name, "arguments": arguments}
            yield chunk({"tool_calls": [{"index": index, "id": identity, "type": "function", "function": function}]}, finish_reason=None)
        if not step.get("no_finish"):
            yield chunk({}, finish_reason="tool_calls" if calls else "stop")
        if body.get("stream_options", {}).get("include_usage"):
            yield {**head, "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}
        yield "data: [DONE]\n\n"


DIALECTS = {"llama.cpp": LlamaCpp, "ollama": Ollama, "openclaw": OpenClaw}
