"""Starts and stops `jackfield run` and `jackfield simulate` for tests, on 127.0.0.1 and a free port."""
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import time
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`jackfield run PIPELINE` as a context manager; its output is in <scratch>/server.log.

    `prefix` is a command that becomes jackfield, such as taskset; `environment` adds variables; `ca` (a
    certificate file) makes it one that speaks https.
    """

    def __init__(self, binary, pipeline, scratch, *arguments, prefix=(), environment=None, ca=None):
        self.binary = str(binary)
        self.scratch = pathlib.Path(scratch)
        self.recordings = self.scratch / "recordings"
        self.port = free_port()
        self.origin = f"{'https' if ca else 'http'}://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/twilio/voice"
        self.context = ssl.create_default_context(cafile=str(ca)) if ca else None
        self.environment = {**os.environ, **(environment or {})}
        self.exit_code = None
        self.log = self.scratch / "server.log"
        self.command = [
            *prefix, self.binary, "run", str(pipeline), "--listen", f"127.0.0.1:{self.port}",
            "--recordings", str(self.recordings), *arguments,
        ]  # fmt: skip

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, env=self.environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"jackfield run ended at once: {self.log.read_text()[-2000:]}")
            try:
                urllib.request.urlopen(f"{self.origin}/healthz", timeout=5, context=self.context).read()
                return self
            except OSError:
                time.sleep(0.1)
        self.stop(signal.SIGKILL)
        raise RuntimeError("jackfield run did not answer within 60 s")

    def __exit__(self, *_):
        if self.exit_code is None:
            self.stop(signal.SIGKILL)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.exit_code = self.process.wait(timeout=60)

    def call_folders(self):
        return sorted(p for p in self.recordings.iterdir() if (p / "call.json").exists())


def start_simulation(server, script, scratch, name, *arguments, seed=1):
    """One simulated call; leaves <scratch>/<name>-report.json and <scratch>/<name>.wav."""
    scratch = pathlib.Path(scratch)
    return subprocess.Popen(
        [
            server.binary, "simulate", server.url, "--script", str(script), "--seed", str(seed),
            "--out", str(scratch / f"{name}.wav"), "--json", str(scratch / f"{name}-report.json"),
            *arguments,
        ],  # fmt: skip
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


class OneCall:
    """A simulated call to `jackfield run PIPELINE`, its only one, and what is left of it. `before` is told the server before it; `arguments` are the caller's."""

    def __init__(self, binary, pipeline, scratch, script, *variables, environment=None, before=None, arguments=()):
        scratch = pathlib.Path(scratch)
        (scratch / "script.json").write_text(json.dumps(script))
        with Server(binary, pipeline, scratch, *variables, environment=environment) as server:
            if before:
                before(server)
            caller = start_simulation(server, scratch / "script.json", scratch, "call", *arguments)
            self.output, _ = caller.communicate(timeout=300)
            server.stop(signal.SIGTERM)
            folders = server.call_folders()
        self.exit_code, self.log = server.exit_code, server.log.read_text()
        if not folders:
            raise RuntimeError(f"no call: {self.output[-1500:]} {self.log[-1500:]}")
        self.folder = folders[0]
        report = scratch / "call-report.json"
        self.report = json.loads(report.read_text())["calls"][0] if report.exists() else {"ok": False, "failures": [self.output[-1500:]]}
        self.lines = [json.loads(line) for line in (self.folder / "transcript.jsonl").read_text().splitlines()]
        self.record = json.loads((self.folder / "call.json").read_text())
        self.transcript = (self.folder / "transcript.txt").read_text()
        # All that was written for people and programs.
        files = (p for p in self.folder.iterdir() if p.suffix in (".txt", ".json", ".jsonl"))
        self.everything = self.log + "".join(p.read_text(errors="replace") for p in files)

    def fields(self, name):
        return [line["fields"] for line in self.lines if line["message"] == name]

    def replies(self):
        return [f["text"] for f in self.fields("agentbrain/reply")]
