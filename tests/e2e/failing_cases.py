"""What fails how, and what is to come of it: the table of failing_services_test.py."""
from failing_services import KEY, WRONG_KEY, Case, Nobody, Silence

ANSWER = {"wait-reply": {"timeout": 20000, "silence": 800}}
TALK = [ANSWER, {"say": "hours.wav"}, ANSWER]
HELLO = "Hello, this is the desk."
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
