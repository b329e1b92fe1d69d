"""What the OpenAI API refuses: fields, types, and the rules of its models. A table of shapes: a type, a
tuple of types, a set of values, or a function that returns what is wrong."""
import json

from http_fake import Refusal

NUMBER = (int, float)
EFFORTS = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}

# efforts a model takes; default effort; tools in Chat Completions
MODELS = {
    "gpt-4.1": {"efforts": None},
    "gpt-5.1": {"efforts": {"none", "low", "medium", "high"}, "default": "none"},
    "gpt-5.2": {"efforts": {"none", "low", "medium", "high", "xhigh"}, "default": "none"},
    "gpt-6-luna": {"efforts": {"none", "low", "medium", "high"}, "default": "none", "chat_tools": "none"},
    "gpt-6-astra": {"efforts": {"low", "medium", "high", "xhigh", "max"}, "default": "medium", "chat_tools": "never"},
}
SHUTDOWN = {"gpt-4.1": "2027-01-14", "gpt-5.1": "2027-04-01", "whisper-1": "2027-02-26", "tts-1": "2027-01-06"}
SPEECH_MODELS = ["tts-1", "gpt-4o-mini-tts"]
TRANSCRIPTION_MODELS = ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe"]

CHAT = {
    "model": str, "messages": list, "stream": bool, "stream_options": dict, "tools": list, "tool_choice": (str, dict),
    "parallel_tool_calls": bool, "reasoning_effort": EFFORTS, "verbosity": {"low", "medium", "high"},
    "max_completion_tokens": int, "max_tokens": int, "response_format": dict, "service_tier": str,
    "prompt_cache_key": str, "safety_identifier": str, "store": bool, "metadata": dict, "temperature": NUMBER,
    "top_p": NUMBER, "stop": (str, list), "n": int, "seed": int, "logprobs": bool, "top_logprobs": int,
    "modalities": list, "audio": dict, "prediction": dict, "user": str, "frequency_penalty": NUMBER,
    "presence_penalty": NUMBER, "logit_bias": dict,
}  # fmt: skip
RESPONSES = {
    "model": str, "input": (str, list), "instructions": str, "tools": list, "tool_choice": (str, dict),
    "parallel_tool_calls": bool, "reasoning": dict, "text": dict, "max_output_tokens": int,
    "previous_response_id": str, "conversation": (str, dict), "store": bool, "stream": bool, "stream_options": dict,
    "truncation": {"auto", "disabled"}, "include": list, "service_tier": str, "metadata": dict, "temperature": NUMBER,
    "top_p": NUMBER, "prompt_cache_key": str, "safety_identifier": str, "background": bool, "max_tool_calls": int,
    "user": str, "top_logprobs": int, "prompt": dict,
}  # fmt: skip
SPEECH = {
    "model": str, "input": str, "voice": (str, dict), "instructions": str,
    "response_format": {"mp3", "opus", "aac", "flac", "wav", "pcm"}, "speed": NUMBER, "stream_format": {"audio", "sse"},
}  # fmt: skip


def refuse(message, param=None, code=None):
    raise Refusal(400, message, code=code, param=param)


def check_shape(body, shape, required):
    for name in body:
        if name not in shape:
            refuse(f"Unrecognized request argument supplied: {name}", name, "unknown_parameter")
    for name in required:
        if name not in body:
            refuse(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    for name, value in body.items():
        wanted = shape[name]
        if isinstance(wanted, set):
            if value not in wanted:
                refuse(f"Invalid value: {value!r}. Supported values are: {sorted(wanted)}.", name, "invalid_value")
        elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            refuse(f"Invalid type for '{name}'.", name, "invalid_type")


def json_body(request):
    if request.content_type() != "application/json":
        raise Refusal(415, f"Unsupported content type {request.content_type()!r}; expected application/json")
    try:
        body = json.loads(request.body)
    except ValueError:
        refuse("We could not parse the JSON body of your request.")
    if not isinstance(body, dict):
        refuse("The body is no object.")
    return body


def model_of(body, known):
    if body["model"] not in known:
        raise Refusal(404, f"The model `{body['model']}` does not exist or you do not have access to it.",
                      code="model_not_found")  # fmt: skip
    return body["model"]


def check_reasoning(model, effort, body, tools_in_chat):
    rules = MODELS[model]
    if effort is not None and rules["efforts"] is None:
        refuse("Unsupported parameter: 'reasoning_effort' is not supported with this model.", "reasoning_effort",
               "unsupported_parameter")  # fmt: skip
    if effort is not None and effort not in rules["efforts"]:
        refuse(f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model.",
               "reasoning_effort", "unsupported_value")  # fmt: skip
    effective = effort or rules.get("default")
    if effective not in (None, "none"):
        for name in ("temperature", "top_p", "logprobs", "top_logprobs"):
            if name in body:
                refuse(f"Unsupported parameter: '{name}' is not supported with this model.", name, "unsupported_parameter")
    limit = rules.get("chat_tools")
    if tools_in_chat and (limit == "never" or (limit == "none" and effective != "none")):
        refuse("Function tools with reasoning_effort are not supported; please use /v1/responses or set "
               "reasoning_effort to 'none'.", "reasoning_effort")  # fmt: skip


def check_function(function, where):
    check_shape(function, {"name": str, "description": str, "parameters": dict, "strict": bool}, ["name"])
    if function.get("parameters", {"type": "object"}).get("type") != "object":
        refuse("Invalid schema for function: schema must be a JSON Schema of 'type: \"object\"'.", where)


def check_chat_messages(messages):
    if not messages:
        refuse("Invalid 'messages': empty array.", "messages", "empty_array")
    open_calls = []
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        role = message.get("role")
        shapes = {
            "system": {"role": str, "content": (str, list), "name": str},
            "developer": {"role": str, "content": (str, list), "name": str},
            "user": {"role": str, "content": (str, list), "name": str},
            "assistant": {"role": str, "content": (str, list, type(None)), "tool_calls": list, "refusal": (str, type(None)), "name": str},
            "tool": {"role": str, "content": (str, list), "tool_call_id": str},
        }  # fmt: skip
        if role not in shapes:
            refuse(f"Invalid value: {role!r}.", f"{where}.role", "invalid_value")
        check_shape(message, shapes[role], ["role"] if role == "assistant" else ["role", "content"])
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                refuse("Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.", f"{where}.role")
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            refuse("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.", where)
        for call in message.get("tool_calls", []):
            check_shape(call, {"id": str, "type": str, "function": dict}, ["id", "type", "function"])
            check_shape(call["function"], {"name": str, "arguments": str}, ["name", "arguments"])
            open_calls.append(call["id"])
        if role == "assistant" and message.get("content") is None and not message.get("tool_calls"):
            refuse("Invalid value for 'content': expected a string, got null.", where)
    if open_calls:
        refuse("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.", "messages")


def check_chat(body, compatible):
    if compatible:
        # Others take what they do not know, but need these.
        check_shape({k: v for k, v in body.items() if k in CHAT}, CHAT, ["model", "messages"])
        check_chat_messages(body["messages"])
        return
    check_shape(body, CHAT, ["model", "messages"])
    model = model_of(body, MODELS)
    if MODELS[model]["efforts"] is not None and "max_tokens" in body:
        refuse("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
               "max_tokens", "unsupported_parameter")  # fmt: skip
    check_reasoning(model, body.get("reasoning_effort"), body, "tools" in body)
    check_chat_messages(body["messages"])
    for tool in body.get("tools", []):
        check_shape(tool, {"type": {"function"}, "function": dict}, ["type", "function"])
        check_function(tool["function"], "tools")
    if "stream_options" in body:
        if not body.get("stream"):
            refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
        check_shape(body["stream_options"], {"include_usage": bool, "include_obfuscation": bool}, [])


def check_responses(body, compatible):
    check_shape(body, RESPONSES, ["input"] if compatible else ["model", "input"])
    reasoning = body.get("reasoning", {})
    check_shape(reasoning, {"effort": EFFORTS, "summary": str, "mode": str}, [])
    if not compatible:
        check_reasoning(model_of(body, MODELS), reasoning.get("effort"), body, False)
        if "reasoning.encrypted_content" in body.get("include", []) and MODELS[body["model"]]["efforts"] is None:
            refuse("Encrypted content is not supported with this model.", "include")
    for tool in body.get("tools", []):
        if tool.get("type") != "function":
            refuse("Invalid value for 'tools[0].type'.", "tools[0].type")
        check_function({k: v for k, v in tool.items() if k != "type"}, "tools")
    if isinstance(body["input"], str):
        return
    if not body["input"]:
        refuse("Invalid 'input': empty array.", "input", "empty_array")
    calls = set()
    outputs = set()
    for index, item in enumerate(body["input"]):
        where = f"input[{index}]"
        kind = item.get("type", "message")
        if kind == "message":
            check_shape(item, {"type": str, "role": {"user", "assistant", "system", "developer"}, "content": (str, list), "id": str, "status": str}, ["role", "content"])
        elif kind == "function_call":
            check_shape(item, {"type": str, "call_id": str, "name": str, "arguments": str, "id": str, "status": str}, ["call_id", "name", "arguments"])
            calls.add(item["call_id"])
        elif kind == "function_call_output":
            check_shape(item, {"type": str, "call_id": str, "output": (str, list), "id": str, "status": str}, ["call_id", "output"])
            if item["call_id"] not in calls:
                refuse(f"No tool call found for function call output with call_id {item['call_id']}.", where)
            outputs.add(item["call_id"])
        elif kind == "reasoning":
            check_shape(item, {"type": str, "id": str, "summary": list, "encrypted_content": (str, type(None)), "status": str, "content": list}, ["id", "summary"])
        else:
            refuse(f"Invalid value: {kind!r}.", f"{where}.type")
    if calls - outputs:
        refuse(f"No tool output found for function call {sorted(calls - outputs)[0]}.", "input")
