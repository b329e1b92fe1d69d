"""`jackfield run` with tasks whose model is a script: "task.gst" says how the weather is, after DELAY ns; "broken.gst"
fails at once."""
import json
import pathlib
import subprocess

import control_api
import jackfield_server

SCRIPT = {
    "intents": {"weather": ["* weather"]},
    "start": "desk",
    "states": {"desk": {"rules": []}},
    "greeting": "Hello.",
    "always": [{"intent": "weather", "say": "It rains."}],
    "not_understood": {"say": ["I do not know."], "limit": 100, "then": {"say": "I give up."}},
}
PIPELINE = """# Works on a goal.
agentloop llm="scriptedllm script=${HERE}/script.json delay=${DELAY:-0}" ! fakesink async=false
"""


class Tasks:
    """A server with tasks."""

    def __init__(self, binary, scratch, conf):
        self.scratch = pathlib.Path(scratch)
        (self.scratch / "script.json").write_text(json.dumps(SCRIPT))
        (self.scratch / "task.gst").write_text(PIPELINE)
        (self.scratch / "broken.gst").write_text(PIPELINE.replace("script.json", "nothing.json"))
        (self.scratch / "nothing.json").write_text(json.dumps(SCRIPT))  # at the start all has to be right
        (self.scratch / "jackfield.conf").write_text(conf)
        self.server = jackfield_server.Server(binary, self.scratch / "jackfield.conf", scratch)

    def __enter__(self):
        self.server.__enter__()
        (self.scratch / "nothing.json").unlink()
        self.api = control_api.ControlApi(self.server.port)
        self.api.read_description()
        return self

    def __exit__(self, *failure):
        self.server.__exit__(*failure)

    def start(self, task, goal=None):
        return self.api.post("/tasks", {"task": task} if goal is None else {"task": task, "goal": goal})

    def run(self, identity):
        return self.api.get(f"/task-runs/{identity}").json

    def ended(self, identity):
        return self.api.wait(lambda: (run := self.run(identity))["state"] == "ended" and run, f"the end of run {identity}")

    def command(self, *words):
        return subprocess.run([self.server.binary, *words, "--server", self.server.origin], capture_output=True,
                              text=True, timeout=100)  # fmt: skip

    def record(self, session):
        folder = next(self.server.recordings.glob(f"*-{session}"))
        return json.loads((folder / "call.json").read_text()), (folder / "transcript.txt").read_text()

    def schedule_runs(self, name):
        return self.api.get(f"/schedules/{name}/runs?limit=200").json["runs"]
