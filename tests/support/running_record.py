"""Reads the record of a call while it goes on, and does something when a line is there."""
import json
import threading
import time


class RunningRecord:
    """A context manager: as long as it lasts, then(record) runs in a thread of its own."""

    def __init__(self, recordings, then):
        self.recordings, self.over = recordings, False
        self.thread = threading.Thread(target=then, args=(self,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()

    def lines(self):
        if not self.recordings.exists():
            return []
        whole = [line for file in self.recordings.glob("*/transcript.jsonl")
                 for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]  # fmt: skip
        return [json.loads(line) for line in whole]

    def wait(self, what):
        """Until there is a line for which what(message, fields) holds; false: the call is over before."""
        while not self.over:
            if any(what(line["message"], line["fields"]) for line in self.lines()):
                return True
            time.sleep(0.05)
        return False
