"""Starts the fake of the Realtime API (tests/support/fakes/openai_realtime.py), and reads its log."""
import json
import pathlib
import subprocess


class FakeRealtime:
    """A context manager; `prefix` is a command that becomes the fake, such as taskset."""

    def __init__(self, script, folder, prefix=()):
        self.prefix = prefix
        self.folder = pathlib.Path(folder) / "realtime"
        self.folder.mkdir()
        (self.folder / "script.json").write_text(json.dumps(script))
        self.program = pathlib.Path(__file__).resolve().parent / "fakes" / "openai_realtime.py"

    def __enter__(self):
        self.process = subprocess.Popen(
            [*self.prefix, "/usr/bin/python3", "-W", "ignore", str(self.program), "--script", str(self.folder / "script.json"),
             "--log", str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        port = self.process.stdout.readline().split()
        if len(port) != 2:
            raise RuntimeError("the fake of the Realtime API did not start")
        self.url = f"http://127.0.0.1:{port[1]}/v1"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def events(self, direction, kind=""):
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        found = [line for line in map(json.loads, lines) if line["direction"] == direction]
        return [line["event"] for line in found if not kind or line["event"].get("type") == kind]

    def output(self, item):
        return (self.folder / f"output-{item}.raw").read_bytes()

    def outputs(self):
        """Items in the order in which they were spoken, and their audio."""
        items = dict.fromkeys(e["item_id"] for e in self.events("sent", "response.output_audio.delta"))
        return {item: self.output(item) for item in items}

    def input(self, connection=0):
        return (self.folder / f"input-{connection}.raw").read_bytes()
