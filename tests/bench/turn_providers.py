"""Speech recognition, language model and voice for the turn benchmark: the strict fakes of Deepgram,
OpenAI and ElevenLabs, as slow as they are told, and what their logs say about each turn.

Every turn has a name of its own, which the fake of Deepgram "hears", the model repeats and the voice
speaks: "question 3 of caller 7". By it the three logs are brought together.
"""
import base64
import json
import pathlib
import re
import subprocess
import sys
import urllib.request

from bench_tools import SOURCE

# ms: speech recognition from the end of the turn to its text, language model to its first token, voice
# to its first audio. The first are the medians that Twilio published for voice agents
# (twilio.com, "Core latency in AI voice agents", November 2025).
SETS = {
    "medians": {"stt": 350, "llm": 375, "tts": 100},
    "fast": {"stt": 100, "llm": 150, "tts": 60},
}
TOKEN_MS = 10  # between the tokens of the language model: 100 a second
KEY = "sk-test-0123456789"
HEARD = "question {number} of caller {connection}"
NAME = re.compile(r"question (\d+) of caller (\d+)")
SHORT = "Certainly, {asked}."
LONG = "Certainly, I will look that up for you. It was {asked}, and there is more to say about it than you think, so listen."
GREETING = "Good morning."


class Fake:
    """A fake of tests/support/fakes; `prefix` is a command that becomes it, such as taskset."""

    def __init__(self, program, scratch, prefix, *arguments):
        self.log = scratch / f"{program}.jsonl"
        command = [*prefix, sys.executable, str(SOURCE / f"tests/support/fakes/{program}.py"),
                   "--log", str(self.log), *arguments]  # fmt: skip
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().split()
        if len(port) != 2:
            raise RuntimeError(f"the fake {program} did not start")
        self.address = f"127.0.0.1:{port[1]}"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def entries(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


class Providers:
    """The three fakes, as a context manager; prefixes: of the fake of speech recognition, and of the others."""

    def __init__(self, name, reply, scratch, prefixes):
        self.delays = SETS[name]
        self.scratch = pathlib.Path(scratch) / "providers"
        self.scratch.mkdir()
        self.prefixes = prefixes
        self.fakes = []
        self.step = {"text": reply}  # what the model does
        self.thinker = None

    def __enter__(self):
        first, second = self.prefixes
        self.stt = self.speech("deepgram", first, {"each": HEARD, "finalize_delay": self.delays["stt"] / 1000})
        self.llm = self.start("openai_server", second, "--key", KEY)
        self.tts = self.speech("elevenlabs", second, {"first_audio_delay": self.delays["tts"] / 1000})
        # The first token is the third piece of the stream, behind two gaps.
        step = {"delay_ms": self.delays["llm"] - 2 * TOKEN_MS, "gap_ms": TOKEN_MS, "piece": "token", **self.step}
        self.always(self.llm, step)
        return self

    def __exit__(self, *_):
        for fake in self.fakes:
            fake.stop()

    @staticmethod
    def always(model, step):
        """What a fake of the model does from now on."""
        request = urllib.request.Request(f"http://{model.address}/_default", data=json.dumps(step).encode())
        urllib.request.urlopen(request, timeout=30).read()

    def add_thinker(self, step):
        self.thinker = self.start("openai_server", self.prefixes[1], "--key", KEY)
        self.always(self.thinker, step)

    def start(self, program, prefix, *arguments):
        self.fakes.append(Fake(program, self.scratch, prefix, *arguments))
        return self.fakes[-1]

    def speech(self, program, prefix, script):
        file = self.scratch / f"{program}.json"
        file.write_text(json.dumps({"key": KEY, "log_binary": False, **script}))
        return self.start(program, prefix, "--script", str(file))

    def variables(self):
        """Of pipelines/phone-agent.gst."""
        return [
            f"STT=deepgramstt base-url=ws://{self.stt.address}",
            f"LLM=openaillm base-url=http://{self.llm.address}/v1 model=gpt-5.2 greeting=\"{GREETING}\"",
            f"TTS=elevenlabstts voice=test-voice output-format=pcm_8000 base-url=ws://{self.tts.address}",
        ]

    def thinking(self):
        """The same, for an agent with a thinker."""
        model = self.thinker or self.llm
        return f"THINKER=openaillm base-url=http://{model.address}/v1 model=gpt-5.2 reasoning-effort=high"

    def environment(self):
        return {"OPENAI_API_KEY": KEY, "DEEPGRAM_API_KEY": KEY, "ELEVENLABS_API_KEY": KEY}

    def turns(self):
        """{name: Turn}, of those that all three were asked about. After the fakes have stopped."""
        heard, answered, spoken = self.recognized(), self.answers(), self.voices()
        turns = {}
        for name, (asked, told) in heard.items():
            if name in answered and name in spoken:
                turns[name] = Turn((asked, told), answered[name], spoken[name])
        return turns

    def problems(self):
        """What the services refused."""
        found = [f"{e['kind']}: {e.get('reason')}" for fake in (self.stt, self.tts) for e in fake.entries()
                 if e["kind"] in ("violation", "refused")]  # fmt: skip
        return sorted(set(found))

    def recognized(self):
        """{name: (the end of the turn was told, its text was sent)}"""
        heard, asked, words = {}, {}, {}
        for entry in self.stt.entries():
            connection = entry.get("connection")
            if entry["kind"] not in ("text", "sent"):
                continue
            message = json.loads(entry["data"])
            if message["type"] == "Finalize":
                asked[connection] = entry["t"]
            elif message["type"] == "Results" and message["is_final"]:
                words.setdefault(connection, []).append(message["channel"]["alternatives"][0]["transcript"])
                if message["from_finalize"]:
                    if found := name_in(" ".join(words.pop(connection))):
                        heard[found] = (asked.pop(connection), entry["t"])
        return heard

    def answers(self):
        """{name: Answer}"""
        requests = {}
        for entry in self.llm.entries():
            if entry["kind"] == "request":
                requests[entry["request"]] = Answer(entry["t"])
            elif entry["data"].startswith("data: {"):
                requests[entry["request"]].add(entry["t"], json.loads(entry["data"][6:]))
        return {found: answer for answer in requests.values() if (found := name_in(answer.text))}

    def voices(self):
        """{name: (its first text, when that came, when its first audio was sent)}"""
        contexts = {}
        for entry in self.tts.entries():
            if entry["kind"] not in ("text", "sent"):
                continue
            message = json.loads(entry["data"])
            name = message.get("context_id", message.get("contextId"))
            context = contexts.setdefault((entry["connection"], name), {"text": ""})
            if entry["kind"] == "text" and (message.get("text") or " ").strip():
                context.setdefault("asked", (message["text"].strip(), entry["t"]))
                context["text"] += message["text"]
            elif entry["kind"] == "sent" and message.get("audio"):
                context.setdefault("sent", entry["t"])
        return {
            found: (*context["asked"], context["sent"])
            for context in contexts.values()
            if "sent" in context and (found := name_in(context["text"]))
        }

    def spoken_ms(self):
        """ms of speech that were sent on connections on which a turn was answered: those of calls."""
        sent, named = {}, set()
        for entry in self.tts.entries():
            if entry["kind"] in ("text", "sent"):
                message = json.loads(entry["data"])
                size = len(base64.b64decode(message.get("audio") or ""))
                sent[entry["connection"]] = sent.get(entry["connection"], 0) + size / 16  # pcm_8000
                if name_in(message.get("text") or ""):
                    named.add(entry["connection"])
        return sum(sent[connection] for connection in named)


class Answer:
    """One answer of the language model: when it was asked for, and when each of its tokens went out."""

    def __init__(self, asked):
        self.asked = asked
        self.text = ""
        self.tokens = []  # (length of the text so far, time)

    def add(self, at, event):
        content = "".join(choice["delta"].get("content") or "" for choice in event["choices"])
        if content:
            self.text += content
            self.tokens.append((len(self.text), at))

    def complete(self, text):
        """When the last token of the beginning `text` went out."""
        if not self.text.startswith(text):
            raise RuntimeError(f"{text!r} was spoken, but the model said {self.text!r}")
        return next(at for length, at in self.tokens if length >= len(text))


class Turn:
    """Times (s, monotonic clock) at which the services were asked and answered.

    A request counts as having come when the fake's program sees it: what its event loop takes is ours.
    """

    def __init__(self, heard, answer, voice):
        self.stt_asked, self.stt_sent = heard
        text, self.tts_asked, self.tts_sent = voice
        self.llm_asked, self.llm_first = answer.asked, answer.tokens[0][1]
        self.llm_sent = answer.complete(text)  # the last token of what was spoken first

    def services(self):
        """s that the services took."""
        return self.stt_sent - self.stt_asked + self.llm_sent - self.llm_asked + self.tts_sent - self.tts_asked


def name_in(text):
    found = NAME.search(text)
    return found and found.group(0)
