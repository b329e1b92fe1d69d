"""Calls to an agent whose services fail: one jackfield, one simulated caller and one fake service each.

A case says what fails and how; Call.run() places the call and leaves what there is to judge."""
import dataclasses
import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import call_audio
import jackfield_server

FAKES = pathlib.Path(__file__).resolve().parent / "fakes"
KEY = "sk-right-key-0123456789"
WRONG_KEY = "sk-wrong-key-9876543210"
LIKE = 0.85  # see find_speech(); sentences of the same voice that begin alike come to 0.75
SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"


# What an agent without a service for its language says.
HELLO = "Hello, this is the desk."
HOURS = "We are open from nine to five."
AGAIN = "Please say that again."
DIALOGUE = {
    "intents": {"hours": ["hours"]}, "greeting": HELLO, "start": "desk",
    "states": {"desk": {"rules": [{"intent": "hours", "say": HOURS}]}},
    "not_understood": {"say": [AGAIN], "limit": 9, "then": {"say": AGAIN, "next": "desk"}},
}  # fmt: skip


class Silence:
    """A service whose host takes connections and never answers."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self.listener.close()

    def entries(self, _kind):
        return []


class Nobody:
    """A service at whose port nobody listens."""

    def __enter__(self):
        self.holder = socket.socket()  # bound, so that nobody else gets the port, but not listening
        self.holder.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.holder.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self.holder.close()

    def entries(self, _kind):
        return []


class Fake:
    """One of tests/support/fakes. `script`: its keys, or for openai_server the steps."""

    def __init__(self, name, script, folder):
        self.log = folder / "service.jsonl"
        self.http = name == "openai_server"
        self.steps = script if self.http else None
        self.command = [sys.executable, "-W", "ignore", str(FAKES / f"{name}.py")]
        if self.http:
            self.command += ["--key", KEY]
        else:
            script_file = folder / "service.json"
            script_file.write_text(json.dumps({"key": KEY, **script} if name != "openai_realtime" else script))
            log = folder / "service" if name == "openai_realtime" else self.log
            if name == "openai_realtime":
                log.mkdir()
            self.command += ["--script", str(script_file), "--log", str(log)]
            if name == "openai_realtime":
                self.command += ["--key", KEY]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{int(self.process.stdout.readline().split()[1])}"
        if self.steps:
            url = f"http://{self.address}/_script"
            urllib.request.urlopen(urllib.request.Request(url, data=json.dumps(self.steps).encode()), timeout=30).read()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def die(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)


class Voice:
    """What flite's rendering of a text sounds like on the telephone."""

    def __init__(self, binary, scratch):
        self.binary, self.folder = binary, scratch / "voice"
        self.folder.mkdir()
        (self.folder / "voice.gst").write_text(
            "filesrc location=${TEXT} ! text/x-raw,format=utf8 ! flitetts voice=slt ! audioconvert ! audioresample"
            " ! audio/x-raw,format=S16LE,rate=8000 ! mulawenc ! mulawdec ! wavenc ! filesink location=${OUT}\n"
        )
        self.lock = threading.Lock()
        self.known = {}

    def of(self, text):
        with self.lock:
            if text not in self.known:
                source, out = self.folder / f"{len(self.known)}.txt", self.folder / f"{len(self.known)}.wav"
                source.write_text(text)
                subprocess.run(
                    [self.binary, "run", self.folder / "voice.gst", "--once", "--quiet", "--recordings", self.folder / "calls",
                     f"TEXT={source}", f"OUT={out}"],
                    check=True, capture_output=True, timeout=60,
                )  # fmt: skip
                rate, (samples,) = call_audio.read_wav(out)
                spans = call_audio.speech_spans(samples, rate)
                self.known[text] = samples[int(spans[0][0] * rate) : int(spans[-1][1] * rate)]
            return self.known[text]


@dataclasses.dataclass
class Case:
    name: str
    stages: dict  # variables of the pipeline; {url}: ws:// and the address of the service, {dialogue}: a script
    service: object = "openai_server"  # name of a fake, Silence or Nobody
    script: object = None
    key: str = KEY
    steps: list = None  # of the caller
    after: str = ""  # "die" or "freeze": what the service does once the greeting was heard
    pipeline: str = "phone-agent.gst"
    element: str = ""  # whose errors are expected; "": none
    cause: tuple = ()  # of which one is named
    words: tuple = ()  # in the text for the operator, without regard to case
    said: tuple = ()  # texts that the caller hears, in this order, spoken by flite
    ends: tuple = ("hang-up", "stop", "closed")  # end-reason
    failed: bool = False  # the call counts as failed


class Call:
    """What came of a case."""

    def __init__(self, binary, source, case, folder):
        self.binary, self.source, self.case, self.folder = binary, pathlib.Path(source), case, pathlib.Path(folder)

    def service(self):
        case = self.case
        return Fake(case.service, case.script or ([] if case.service == "openai_server" else {}), self.folder) \
            if isinstance(case.service, str) else case.service()  # fmt: skip

    def run(self):
        case, folder = self.case, self.folder
        script = folder / "caller.json"
        script.write_text(json.dumps({"name": "failing", "sounds": SOUNDS, "timeout": 50000, "steps": case.steps}))
        with self.service() as service:
            environment = {
                "OPENAI_API_KEY": case.key, "DEEPGRAM_API_KEY": case.key, "ELEVENLABS_API_KEY": case.key,
                "OPENAI_BASE_URL": f"http://{service.address}/v1", "JACKFIELD_TEST": case.name,
            }  # fmt: skip
            (folder / "dialogue.json").write_text(json.dumps(DIALOGUE))
            place = {"{url}": f"ws://{service.address}", "{dialogue}": str(folder / "dialogue.json"),
                     "{grammar}": str(self.source / "pipelines/scripts/reception.gram")}  # fmt: skip
            variables = [f"{name}={self.filled(text, place)}" for name, text in case.stages.items()]
            pipeline = self.source / "pipelines" / case.pipeline
            self.events_file = folder / "events.jsonl"
            with jackfield_server.Server(
                self.binary, pipeline, folder, "--events", str(self.events_file), *variables, environment=environment
            ) as server:
                caller = jackfield_server.start_simulation(server, script, folder, "call")
                if case.after:
                    self.wait_for_reply(1)
                    getattr(service, case.after)()
                self.output, _ = caller.communicate(timeout=90)
                begun = time.monotonic()
                server.stop(signal.SIGINT)
                self.stopping = time.monotonic() - begun
                self.exit_code = server.exit_code
                self.log = server.log.read_text()
                self.folders = server.call_folders()
        report = folder / "call-report.json"
        self.report = json.loads(report.read_text())["calls"][0] if report.exists() else {"ok": False, "failures": [self.output]}
        self.events = [json.loads(line) for line in self.events_file.read_text().splitlines()]
        return self

    @staticmethod
    def filled(text, place):
        for mark, value in place.items():
            text = text.replace(mark, value)
        return text

    def wait_for_reply(self, count):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            lines = self.events_file.read_text().splitlines() if self.events_file.exists() else []
            if sum('"agentbrain/reply"' in line for line in lines) >= count:
                return
            time.sleep(0.1)

    def fields(self, name):
        return [e["fields"] for e in self.events if e["event"] == name]

    def replies(self):
        return [f["text"] for f in self.fields("agentbrain/reply")]

    # ---- What is wrong with it ----

    def problems(self, voice):
        """Everything that is not as it must be, as text; empty when all is well."""
        found = [*self.heard(voice), *self.told(), *self.kept()]
        if self.exit_code != 0:
            found.append(f"jackfield ended with exit code {self.exit_code}")
        if self.stopping > 20:
            found.append(f"Ctrl+C took {self.stopping:.1f} s")
        if found:
            found.append(f"log: {self.log[-2500:]}")
        return found

    def heard(self, voice):
        """The caller's side: the steps passed, and each text sounded, in order."""
        if not self.report["ok"]:
            yield f"the caller: {self.report['failures']}"
        rate, channels = call_audio.read_wav(self.folder / "call.wav")
        at = 0
        for text in self.case.said:
            likeness, where = call_audio.find_speech(voice.of(text), channels[1][at:], rate)
            if likeness < LIKE:
                yield f"{text!r} was not heard behind {at / rate:.1f} s (likeness {likeness:.2f}); replies: {self.replies()}"
                return
            at += where + len(voice.of(text)) // 2

    def told(self):
        """The operator's side: what the terminal and the events say of the failure."""
        case = self.case
        errors = self.fields(f"{case.element}/error") if case.element else []
        if case.element and not errors:
            yield f"no {case.element}/error among {sorted({e['event'] for e in self.events})}"
        if not case.element and any(e["event"].endswith("/error") for e in self.events):
            yield "an error was told, though none was to be seen"
        for error in errors[:1]:
            text = error.get("text", "")
            if case.cause and error.get("cause") not in case.cause:
                yield f"the cause is {error.get('cause')!r}, expected one of {case.cause}: {text}"
            yield from (f"{word!r} is not in {text!r}" for word in case.words if word not in text.lower())
            # The terminal has it, too, once, in the call's line: stage, element, cause, what to do.
            shown = f"(error in {error['stage']}: {case.element}: {error['cause']}: {text}"
            same = [e for e in errors if (e["cause"], e["text"]) == (error["cause"], text)]
            if self.log.count(shown) != len(same):
                yield f"the terminal says {self.log.count(shown)} times, not {len(same)}: {shown!r}"
            # Several stages of one account may fail alike.
            told = [e["fields"] for e in self.events if e["event"].endswith("/error") and not e["event"].startswith("agentbrain/")]
            if self.log.count(text) > sum(text in e.get("text", "") for e in told):
                yield f"the terminal says more than once {text!r}"
        everything = self.log + json.dumps(self.events) + "".join(
            path.read_text(errors="replace") for folder in self.folders for path in folder.iterdir() if path.suffix != ".wav"
        )
        yield from ("a key is written somewhere" for key in (KEY, WRONG_KEY) if key in everything)

    def kept(self):
        """What is left of the call: its record, and a recording that can be played."""
        if len(self.folders) != 1:
            yield f"{len(self.folders)} folders of calls"
            return
        folder = self.folders[0]
        record = json.loads((folder / "call.json").read_text())
        if record["end-reason"] not in self.case.ends or record["failed"] != self.case.failed:
            yield f"the call ended as {record['end-reason']!r}, failed: {record['failed']}"
        answered = ["latency.json"] if self.fields("agentbrain/turn") else []
        for name in ("transcript.txt", "transcript.jsonl", "call.svg", *answered):
            if not (folder / name).exists():
                yield f"{name} is missing"
        rate, channels = call_audio.read_wav(folder / "call.wav")
        seconds = record["duration-ms"] / 1000
        if len(channels) != 2 or abs(len(channels[0]) / rate - seconds) > 3:
            yield f"call.wav has {len(channels)} channels of {len(channels[0]) / rate:.1f} s, the call took {seconds:.1f} s"
