"""For tests that play sound in real time: an attempt counts only if the machine kept up."""
import threading
import time


class Notes:
    """The cases of one attempt, told only if the attempt counts."""

    def __init__(self):
        self.cases = []

    def case(self, name, problems):
        self.cases.append((name, problems))

    def good(self):
        return all(not problems for _, problems in self.cases)


class Punctuality(threading.Thread):
    """How late this process is woken at worst, in seconds: more than a sound card's buffer, and nobody
    could have kept it filled."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst = 0.0
        self.over = threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.over.is_set():
            due = max(due + 0.01, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            self.worst = max(self.worst, time.monotonic() - due)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def attempt(tap, name, judge, bound_s):
    """Real time needs a machine that keeps up: is never later than `bound_s`. An attempt during which it
    was is void when it fails, and made again; after the third the case is skipped."""
    for number in range(3):
        notes = Notes()
        with Punctuality() as machine:
            try:
                judge(notes)
            except RuntimeError as error:
                notes.case(name, [error])
        if notes.good() or machine.worst < bound_s:
            for case, problems in notes.cases:
                tap.case(case, problems)
            return
    late = f"this machine is {1000 * machine.worst:.0f} ms late, three times"
    tap.case(f"{name} # SKIP {late}", [])
