"""Test Anything Protocol: one line a case, as meson reads it."""
import sys


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, name, problems):
        """`problems`: a list of sentences; empty: the case passed."""
        self.count += 1
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}", flush=True)
        for problem in problems:
            for line in str(problem).splitlines():
                print(f"#   {line}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed or not self.count else 0)
