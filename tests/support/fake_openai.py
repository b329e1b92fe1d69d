"""Starts the fake of OpenAI's HTTP API (tests/support/fakes/openai_server.py), scripts it, and tells what it was asked."""
import json
import pathlib
import subprocess
import sys
import urllib.request


class Service:
    def __init__(self, key, *arguments):
        program = pathlib.Path(__file__).resolve().parent / "fakes" / "openai_server.py"
        self.command = [sys.executable, str(program), "--key", key, *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = f"http://127.0.0.1:{self.process.stdout.readline().split()[1]}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def script(self, steps):
        data = json.dumps(steps).encode()
        urllib.request.urlopen(urllib.request.Request(self.address + "/_script", data=data), timeout=30).read()

    def requests(self, path):
        state = json.loads(urllib.request.urlopen(self.address + "/_requests", timeout=30).read())
        return [r for r in state["requests"] if r["path"].endswith(path)]
