"""What fails how, and what is to come of it: the table of failing_services_test.py."""
from failing_services import HELLO, HOURS, WRONG_KEY, Case, Nobody, Silence

ANSWER = {"wait-reply": {"timeout": 20000, "silence": 800}}
TALK = [ANSWER, {"say": "hours.wav"}, ANSWER]
EXCUSE = "I am sorry, something went wrong here. Please say that again."
APOLOGY = "I am sorry, I cannot answer that right now."


def openai_error(status, message, code=None, kind="invalid_request_error", **more):
    return {"status": status, "error": {"error": {"message": message, "type": kind, "code": code, "param": None}}, **more}


NO_CREDIT = openai_error(429, "You exceeded your current quota, please check your plan and billing details.",
                         "insufficient_quota", "insufficient_quota")  # fmt: skip
TOO_MANY = openai_error(429, "Rate limit reached for requests.", "rate_limit_exceeded", "requests", headers={"Retry-After": "30"})
BROKEN = {"status": 503, "error": "upstream connect error"}

# How a service over HTTP fails: name, what makes it fail, cause, words for the operator.
HTTP_FAILURES = [
    ("wrong key", {"key": WRONG_KEY}, ("key",), ("http 401", "openai_api_key")),
    ("unknown model", {"model": "no-such-model"}, ("model",), ("no-such-model",)),
    ("nobody there", {"service": Nobody}, ("network",), ("could not connect",)),
    ("no answer", {"service": Silence}, ("timeout",), ("no answer in time",)),
    ("no credit", {"script": [NO_CREDIT] * 20}, ("quota",), ("http 429", "billing")),
    ("too many requests", {"script": [TOO_MANY] * 20}, ("rate-limit",), ("http 429", "rate limit")),
    ("broken server", {"script": [BROKEN] * 20}, ("server",), ("http 503",)),
]
GROUPS = {}


def llm(name, expected, model="gpt-5.2", greeting=HELLO, **more):
    stage = f"openaillm model={model} check-model=false first-token-timeout=1500000000 max-retries=1"
    if greeting:
        stage += f' greeting="{greeting}"'
    return Case(f"openaillm, {name}", stages={"LLM": stage}, element="openaillm", steps=TALK, said=expected, **more)


def language_model():
    for name, how, cause, words in HTTP_FAILURES:
        yield llm(f"{name}, from the start", (APOLOGY, APOLOGY), greeting="", cause=cause, words=words, **how)
    greeted = {"text": HELLO}
    for name, failure, cause, words in (
        ("wrong key", openai_error(401, "Incorrect API key provided.", "invalid_api_key"), ("key",), ("http 401",)),
        ("no credit", NO_CREDIT, ("quota",), ("billing",)),
        ("broken server", BROKEN, ("server",), ("http 503",)),
    ):
        yield llm(f"{name}, in mid-call", (HELLO, APOLOGY), greeting="", script=[greeted] + [failure] * 5, cause=cause, words=words)
    yield llm("nobody there, in mid-call", (HELLO, APOLOGY), greeting="", script=[greeted], after="die", cause=("network",),
              words=("could not connect",))  # fmt: skip
    yield llm("no answer, in mid-call", (HELLO, APOLOGY), greeting="", script=[greeted], after="freeze", cause=("timeout",),
              words=("no answer in time",))  # fmt: skip
    again = {**TOO_MANY, "headers": {"Retry-After": "1"}}
    yield Case("openaillm, too many requests for a second: the answer comes all the same",
               stages={"LLM": "openaillm model=gpt-5.2 check-model=false"}, script=[greeted, again, {"text": "We are open."}],
               steps=TALK, said=(HELLO, "We are open."))  # fmt: skip


GROUPS["llm"] = list(language_model())


# ---- Speech to text: the caller is told ----

SCRIPT = "scriptedllm script={dialogue}"


def stt(name, element, stage, said=(HELLO, EXCUSE), **more):
    return Case(f"{element}, {name}", stages={"STT": stage, "LLM": SCRIPT}, element=element, steps=TALK, said=said, **more)


def recognition():
    openai = "openaistt model={model} check-model=false answer-timeout=1500000000 max-retries=1"
    for name, how, cause, words in HTTP_FAILURES:
        how = dict(how)
        stage = openai.replace("{model}", how.pop("model", "gpt-transcribe"))
        yield stt(name, "openaistt", stage, cause=cause, words=words, **how)
    streaming = [
        ("deepgramstt", "deepgram", "deepgramstt base-url={url} result-timeout=1500000000", "deepgram_api_key"),
        ("elevenlabsstt", "elevenlabs", "elevenlabsstt base-url={url} result-timeout=1500000000", "elevenlabs_api_key"),
    ]
    for element, fake, stage, variable in streaming:
        yield stt("wrong key", element, stage, service=fake, key=WRONG_KEY, cause=("unauthorized", "invalid_api_key"), words=(variable,))
        yield stt("nobody there", element, stage, service=Nobody, cause=("unreachable",), words=("could not connect",))
        yield stt("no answer", element, stage, service=Silence, cause=("timeout",), words=("in time",))
        refusal = {"connections": [{"refuse": 429}]}
        yield stt("too many requests", element, stage, service=fake, script=refusal,
                  cause=("rate-limited", "rate_limited", "refused"), words=("too many",))  # fmt: skip
        yield stt("broken server", element, stage, service=fake, script={"connections": [{"refuse": 503}]}, cause=("refused",),
                  words=("503",))  # fmt: skip
        yield stt("nobody there, in mid-call", element, stage, service=fake, after="die", cause=("unreachable", "lost"))
        yield stt("no answer, in mid-call", element, stage, service=fake, after="freeze", cause=("timeout",))
        yield stt("wrong key, and a second provider", element, stage, service=fake, key=WRONG_KEY, said=(HELLO, HOURS))
        yield stt("no answer, and a second provider", element, stage, service=Silence, said=(HELLO, HOURS), cause=("timeout",))
        lost = {"connections": [{"cut_after_bytes": 2000}, {"refuse": 401}]}
        yield stt("lost in mid-turn, and a second provider", element, stage, service=fake, script=lost, said=(HELLO, HOURS))


GROUPS["stt"] = list(recognition())
for case in GROUPS["stt"]:
    if "second provider" in case.name:
        case.stages["STT_FALLBACK"] = "pocketsphinxstt grammar={grammar}"


# ---- Text to speech: the second voice speaks ----


def tts(name, element, stage, **more):
    stages = {"TTS": stage, "TTS_FALLBACK": "flitetts voice=slt", "LLM": SCRIPT}
    return Case(f"{element}, {name}", stages=stages, element=element, steps=TALK, **{"said": (HELLO, HOURS), **more})


def voices():
    openai = "openaitts model={model} check-model=false first-audio-timeout=1500000000 max-retries=1"
    for name, how, cause, words in HTTP_FAILURES:
        how = dict(how)
        yield tts(name, "openaitts", openai.replace("{model}", how.pop("model", "tts-1")), cause=cause, words=words, **how)
    good = openai.replace("{model}", "tts-1")
    yield tts("no credit, in mid-call", "openaitts", good, script=[{}] + [NO_CREDIT] * 20, said=(HOURS,), cause=("quota",), words=("billing",))
    yield tts("nobody there, in mid-call", "openaitts", good, after="die", said=(HOURS,), cause=("network",))
    yield tts("no answer, in mid-call", "openaitts", good, after="freeze", said=(HOURS,), cause=("timeout",))
    stage = "elevenlabstts voice=test-voice base-url={url} audio-timeout=1500000000"
    element, fake = "elevenlabstts", "elevenlabs"
    yield tts("wrong key", element, stage, service=fake, key=WRONG_KEY, cause=("unauthorized",), words=("elevenlabs_api_key",))
    yield tts("no such voice", element, stage.replace("test-voice", "nobody"), service=fake, cause=("bad-request", "voice_not_found"), words=("voice",))
    yield tts("nobody there", element, stage, service=Nobody, cause=("unreachable",), words=("could not connect",))
    yield tts("no answer", element, stage, service=Silence, cause=("timeout",), words=("in time",))
    yield tts("too many requests", element, stage, service=fake, script={"connections": [{"refuse": 429}]}, words=("too many",))
    yield tts("broken server", element, stage, service=fake, script={"connections": [{"refuse": 503}]}, words=("503",))
    yield tts("no credit, in mid-call", element, stage, service=fake, script={"quota_after_characters": 30},
              said=(HOURS,), cause=("quota_exceeded",), words=("credit",))  # fmt: skip
    yield tts("nobody there, in mid-call", element, stage, service=fake, after="die", said=(HOURS,))
    yield tts("no answer, in mid-call", element, stage, service=fake, after="freeze", said=(HOURS,), cause=("timeout",))


def voices_over_http():
    stage = "elevenlabstts transport=http voice=test-voice base-url={url} audio-timeout=1500000000"
    element, fake = "elevenlabstts", "elevenlabs"
    for name, how, cause, words in (
        ("wrong key", {"key": WRONG_KEY}, ("invalid_api_key",), ("elevenlabs_api_key",)),
        ("nobody there", {"service": Nobody}, ("unreachable",), ()),
        ("no answer", {"service": Silence}, ("timeout",), ("in time",)),
        ("broken server", {"script": {"connections": [{"refuse": 503}]}}, ("refused",), ("503",)),
        ("no credit, in mid-call", {"script": {"quota_after_characters": 30}, "said": (HOURS,)}, ("quota_exceeded",), ("credit",)),
        ("nobody there, in mid-call", {"after": "die", "said": (HOURS,)}, (), ()),
        ("no answer, in mid-call", {"after": "freeze", "said": (HOURS,)}, ("timeout",), ()),
    ):
        yield tts(f"over HTTP, {name}", element, stage, cause=cause, words=words, **{"service": fake, **how})


GROUPS["tts"] = [*voices(), *voices_over_http()]


# ---- Speech to speech: the caller is told, and the call ends in good order ----

TECHNICAL = "I am sorry, we have a technical problem. Please call again later."
GONE = {"expect-hang-up": {"timeout": 45000, "complete": True}}


def realtime(name, stages=None, **more):
    standard = {"pipeline": "phone-realtime.gst", "service": "openai_realtime", "element": "openairealtime", "steps": [GONE],
                "said": (TECHNICAL,), "ends": ("hang-up",)}  # fmt: skip
    return Case(f"openairealtime, {name}", stages=stages or {}, **{**standard, **more})


def speech_to_speech():
    yield realtime("wrong key", key=WRONG_KEY, cause=("key",), words=("401",))
    yield realtime("unknown model", {"MODEL": "no-such-model"}, cause=("model",), words=("model",))
    yield realtime("nobody there", service=Nobody, cause=("network",), words=("could not connect",))
    yield realtime("no answer", service=Silence, cause=("network", "timeout"), words=("in time",))
    yield realtime("too many requests", script={"connections": [{"refuse": 429}]}, cause=("rate-limit", "quota"), words=("429",))
    yield realtime("broken server", script={"connections": [{"refuse": 503}]}, cause=("server",), words=("503",))
    ask = [ANSWER, {"say": "hours.wav"}, GONE]
    yield realtime("nobody there, in mid-call", after="die", steps=ask, cause=("network",))
    yield realtime("no answer, in mid-call", after="freeze", steps=ask, cause=("network", "timeout"), words=("does not answer",))
    lost = {"connections": [{"cut_after_ms": 4500}, {"refuse": 401}]}
    yield realtime("lost in mid-call, and the key is not taken any more", script=lost, steps=ask, cause=("network",))
    failing = {"replies": [{"text": "Hello.", "ms": 1000}, {"fail": "The server had an error."}]}
    yield realtime("responses fail, in mid-call", script=failing, steps=ask, cause=("server",), words=("had an error",))


GROUPS["realtime"] = list(speech_to_speech())


# ---- Nothing is left: the call ends by itself, in good order ----

GOODBYE = "I am sorry, I cannot help you at the moment. Please call again later. Goodbye."


def hopeless():
    deaf = {"STT": "openaistt model=gpt-transcribe check-model=false max-retries=0", "LLM": SCRIPT}
    insist = [ANSWER, {"say": "hours.wav"}, ANSWER, {"say": "hours.wav"}, ANSWER, {"say": "hours.wav"}, GONE]
    yield Case("a recogniser that never works again", stages=deaf, key=WRONG_KEY, element="openaistt", steps=insist,
               said=(HELLO, EXCUSE, EXCUSE, GOODBYE), ends=("hang-up",), cause=("key",))  # fmt: skip
    mute = {"LLM": SCRIPT, "TTS": "openaitts model=tts-1 check-model=false max-retries=0"}
    yield Case("a voice that never comes, and no second one", stages=mute, key=WRONG_KEY, element="openaitts", steps=[GONE],
               ends=("hang-up",), cause=("key",))  # fmt: skip
    mute = {"LLM": SCRIPT, "TTS": "elevenlabstts voice=test-voice base-url={url}"}
    yield Case("a voice over a WebSocket that never comes, and no second one", stages=mute, service="elevenlabs", key=WRONG_KEY,
               element="elevenlabstts", steps=[GONE], ends=("hang-up",), cause=("unauthorized",))  # fmt: skip
    profile = {"STT": "openaistt model=gpt-transcribe check-model=false max-retries=0",
               "LLM": "openaillm model=gpt-5.2 check-model=false max-retries=0",
               "TTS": "openaitts model=tts-1 check-model=false max-retries=0", "TTS_FALLBACK": "flitetts voice=slt"}  # fmt: skip
    yield Case("everything at one account whose key is wrong", stages=profile, key=WRONG_KEY, element="openaillm", steps=insist[2:],
               said=(APOLOGY, EXCUSE, GOODBYE), ends=("hang-up",), cause=("key",))  # fmt: skip


GROUPS["hopeless"] = list(hopeless())
