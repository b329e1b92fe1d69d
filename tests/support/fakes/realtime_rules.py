"""What OpenAI's Realtime API takes of a client, for the fake of it (openai_realtime.py)."""
import re

MOST_TOOLS = 128
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
    if not isinstance(tools, list):
        raise Refusal(f"Invalid type for '{where}': expected an array", "invalid_type", where)
    if len(tools) > MOST_TOOLS:
        raise Refusal(f"Invalid '{where}': array too long.", "array_above_max_length", where)
    names = set()
    for i, tool in enumerate(tools):
        only(tool, {"type", "name", "description", "parameters"}, f"{where}[{i}]", ["type", "name"])
        one_of(tool["type"], {"function"}, f"{where}[{i}].type")
        text(tool["name"], f"{where}[{i}].name")
        text(tool.get("description", ""), f"{where}[{i}].description")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["name"]):
            raise Refusal(f"Invalid '{where}[{i}].name': string does not match pattern.", param=f"{where}[{i}].name")
        if tool["name"] in names:
            raise Refusal(f"Invalid '{where}': there are two functions named '{tool['name']}'.", param=where)
        names.add(tool["name"])
        schema = tool.get("parameters", {"type": "object"})
        if not isinstance(schema, dict) or schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
            raise Refusal(f"Invalid schema for function '{tool['name']}': schema must be a JSON Schema of 'type: \"object\"'.",
                          "invalid_function_parameters", f"{where}[{i}].parameters")  # fmt: skip


def check_tool_choice(choice, where):
    if isinstance(choice, dict):
        only(choice, {"type", "name", "server_label"}, where, ["type"])
    else:
        one_of(choice, {"none", "auto", "required"}, where)


def check_response(options):
    only(options, {"instructions", "tools", "tool_choice", "output_modalities", "audio", "conversation", "input", "metadata",
                   "max_output_tokens", "parallel_tool_calls", "prompt", "reasoning"}, "response")  # fmt: skip
    text(options.get("instructions", ""), "response.instructions")
    check_tools(options.get("tools", []), "response.tools")
    check_tool_choice(options.get("tool_choice", "auto"), "response.tool_choice")
    one_of(options.get("conversation", "auto"), {"auto", "none"}, "response.conversation")
    if options.get("output_modalities", ["audio"]) not in (["audio"], ["text"]):
        raise Refusal("Invalid modalities: use ['text'] or ['audio'], not both.", param="response.output_modalities")
    for item in options.get("input", []):
        check_item(item)
    metadata = options.get("metadata") or {}
    if len(metadata) > 16 or any(len(key) > 64 or not isinstance(value, str) or len(value) > 512 for key, value in metadata.items()):
        raise Refusal("Invalid 'response.metadata'.", param="response.metadata")


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
    check_tool_choice(session.get("tool_choice", "auto"), "session.tool_choice")
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
