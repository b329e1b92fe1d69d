"""`jackfield run` at a desk, for tests: started on a PulseServer, watched through its --events."""
import json
import pathlib
import signal
import subprocess
import time


class Desk:
    """Context manager around `jackfield run PIPELINE`, with its events as they come. `command`: another one,
    with what stands before the pipeline."""

    def __init__(self, binary, pipeline, pulse, scratch, *arguments, command=("run",)):
        self.scratch = pathlib.Path(scratch)
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.recordings = self.scratch / "recordings"
        self.log = self.scratch / "desk.log"
        self.events_file = self.scratch / "events"
        self.command = [str(binary), *command, str(pipeline), "--recordings", str(self.recordings),
                        "--events", str(self.events_file), *arguments]  # fmt: skip
        self.environment = pulse.environment
        self.exit_code = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, env=self.environment
            )
        return self

    def __exit__(self, *_):
        if self.exit_code is None:
            self.stop(signal.SIGKILL)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(how)
        self.exit_code = self.process.wait(timeout=60)

    def events(self, name=None):
        if not self.events_file.exists():
            return []
        lines = self.events_file.read_text().split("\n")[:-1]
        found = [json.loads(line) for line in lines]
        return [e for e in found if name is None or e["event"] == name]

    def fields(self, name):
        return [e["fields"] for e in self.events(name)]

    def wait(self, name, good=lambda fields: True, timeout=20, count=1):
        """The fields of the `count`th event that is good; raises when it does not come."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = [e for e in self.events(name) if good(e.get("fields", e))]
            if len(found) >= count:
                return found[count - 1].get("fields", found[count - 1])
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"no {name} within {timeout} s; the log ends: {self.log.read_text()[-1500:]}")

    def folders(self):
        if not self.recordings.exists():
            return []
        return sorted(p for p in self.recordings.iterdir() if (p / "call.json").exists())
