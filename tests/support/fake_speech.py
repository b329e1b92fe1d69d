"""Starts the fake of Deepgram or ElevenLabs (tests/support/fakes), and reads its log."""
import json
import pathlib
import subprocess
import sys


class SpeechService:
    """A context manager. `name`: of the fake; `script`: what it does; its files go to `folder`, named `log` or like itself."""

    def __init__(self, name, script, folder, log=""):
        folder = pathlib.Path(folder)
        self.log = folder / f"{log or name}.jsonl"
        script_file = self.log.with_suffix(".json")
        script_file.write_text(json.dumps(script))
        program = pathlib.Path(__file__).resolve().parent / "fakes" / f"{name}.py"
        self.command = [sys.executable, str(program), "--script", str(script_file), "--log", str(self.log)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"ws://127.0.0.1:{int(self.process.stdout.readline().split()[1])}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def entries(self, *kinds):
        """All, or those of some kinds."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if not kinds or line["kind"] in kinds]
