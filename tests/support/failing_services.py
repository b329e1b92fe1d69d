"""Calls to an agent whose services fail: one jackfield, one simulated caller and one fake service each.

A case says what fails and how; Call.run() places the call and leaves what there is to judge."""
import dataclasses
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import wave

import jackfield_server

FAKES = pathlib.Path(__file__).resolve().parent / "fakes"
KEY = "sk-right-key-0123456789"
WRONG_KEY = "sk-wrong-key-9876543210"
SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"


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


@dataclasses.dataclass
class Case:
    name: str
    stages: dict  # variables of the pipeline; {url} is ws:// or http:// and the address
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
    failed: bool = False


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
            variables = [f"{name}={text.replace('{url}', 'ws://' + service.address)}" for name, text in case.stages.items()]
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
