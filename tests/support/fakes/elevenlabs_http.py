"""Text-to-speech over HTTP as the fake of ElevenLabs has it: /stream (audio) and /stream/with-timestamps
(lines of JSON). What it says is as over the WebSocket: 60 ms of a tone a character.

Keys of the script, besides those of the WebSocket: `times_of_pieces` (times count from the beginning of
each line's audio; otherwise from that of the answer). Of a connection, besides `pace`, `malformed` (lines)
and `cut_after_messages`: `trickle` (bytes at a time), `hang_after_messages`.
"""
import asyncio
import base64
import json

from aiohttp import web

PATHS = ("/v1/text-to-speech/{voice}/stream", "/v1/text-to-speech/{voice}/stream/with-timestamps")
QUERY = {"output_format", "optimize_streaming_latency", "enable_logging"}
FORMATS = {"pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "ulaw_8000"}
BODY = {"text": str, "model_id": str, "language_code": str, "voice_settings": dict, "seed": int, "previous_text": str,
        "next_text": str, "apply_text_normalization": str}  # fmt: skip
VOICE = {"stability": (0, 1), "similarity_boost": (0, 1), "style": (0, 1), "speed": (0.7, 1.2)}
CHARACTER_S = 0.06


def check(request):
    for name in set(request.query):
        if name not in QUERY:
            return 422, f"parameter {name}"
    if request.query.get("output_format", "mp3") not in FORMATS:
        return 400, "output_format_not_allowed"
    return None


def check_body(body):
    if not isinstance(body, dict):
        return "body"
    for key, value in body.items():
        if key not in BODY or not isinstance(value, BODY[key]):
            return key
    if not body.get("text", "").strip():
        return "text"
    for key, value in body.get("voice_settings", {}).items():
        if key not in VOICE or not VOICE[key][0] <= value <= VOICE[key][1]:
            return f"voice_settings.{key}"
    if "previous_text" in body and body.get("model_id", "").startswith(("eleven_v3", "eleven_v4")):
        return "previous_text"
    return None


async def speak(fake, request, answer):
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    fake.log("body", connection=answer.number, data=json.dumps(body))
    wrong = check_body(body)
    if wrong:
        fake.log("violation", connection=answer.number, reason=wrong)
        return web.json_response({"detail": [{"loc": ["body", wrong], "msg": f"{wrong} is wrong", "type": "value_error"}]}, status=422)
    text = body["text"]
    fake.characters += len(text)
    if fake.characters > fake.script.get("quota_after_characters", 1 << 62):
        return fake.refusal(401, "quota_exceeded")
    timestamps = request.path.endswith("/with-timestamps")
    response = await answer.begin(request, "application/json" if timestamps else "audio/basic")
    how, script = answer.how, fake.script
    audio_format = request.query["output_format"]
    for line in how.get("malformed", []) if timestamps else []:
        await answer.send(line.encode() + b"\n")
    step = how.get("chunk_characters", 7)
    rest, sent = b"", 0
    for number, at in enumerate(range(0, len(text), step)):
        if number == how.get("hang_after_messages"):
            await asyncio.sleep(3600)
        piece = text[at:at + step]
        data = rest + fake.audio(audio_format, piece)
        last = at + step >= len(text)
        cut = len(data) - 1 if script.get("odd_bytes") and number % 2 == 0 and not last else len(data)
        data, rest = data[:cut], data[cut:]
        if not timestamps:
            await answer.send(data)
            continue
        start = 0 if script.get("times_of_pieces") else at
        missing = script.get("no_alignment", False)
        alignment = None
        if missing is not True and number not in (missing or []):
            alignment = {
                "characters": list(piece),
                "character_start_times_seconds": [round((start + i) * CHARACTER_S, 3) for i in range(len(piece))],
                "character_end_times_seconds": [round((start + i + 1) * CHARACTER_S, 3) for i in range(len(piece))],
            }  # fmt: skip
        line = {"audio_base64": base64.b64encode(data).decode(), "alignment": alignment, "normalized_alignment": alignment}
        await answer.send(json.dumps(line).encode() + b"\n")
        sent += len(data)
    fake.log("spoken", connection=answer.number, size=sent)
    await response.write_eof()
    return response
