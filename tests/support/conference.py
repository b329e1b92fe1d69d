"""Callers and browsers in a room, each with a sentence of its own; and whether each heard all the others,
and not itself. Times are seconds of the machine's monotonic clock. Needs numpy.
"""
import concurrent.futures
import json
import pathlib
import queue
import subprocess
import threading
import time
import typing
import wave

import numpy

import call_audio
import jackfield_server
import who_hears_whom

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en")
# Between saying and hearing. What lies closer to the edge of somebody's presence is not judged.
AT_MOST = 2.0
# A jitter buffer, a machine that stands still: some half second of a sentence may be spoilt.
MOST_OF_IT = 0.6


class Said(typing.NamedTuple):
    by: str
    begin: float
    end: float


class Guest:
    """Where a participant was, and what it heard meanwhile: `rate`, `heard` begins at `heard_from`."""

    def __init__(self, name, sentence):
        self.name, self.sentence = name, sentence
        self.came = self.left = None
        self.said = []
        self.rate, self.heard, self.heard_from = None, None, None
        self.problem = None
        self.late_ms = 0.0  # of what it said, at most


class Phone(Guest):
    """A simulated caller who comes at once, speaks at times (or presses keys: text in place of clips), and leaves."""

    def __init__(self, name, sentence, binary, url, scratch, says=(), leaves=0.0, steps=(), number=0):
        super().__init__(name, sentence)
        self.report = pathlib.Path(scratch, f"{name}-report.json")
        self.wav = pathlib.Path(scratch, f"{name}.wav")
        begun = time.monotonic()
        plan, last = [], begun
        own = next((clips for _, clips in says if not isinstance(clips, str)), None)
        for at, clips in [*says, (leaves, None)]:
            # Pauses are counted from when the call is there: so near to its plan as it can be.
            plan.append({"pause": max(0, round(1000 * (at - last)))})
            if clips is None:
                break
            if isinstance(clips, str):
                plan.append({"dtmf": clips})
                last = max(at, last) + 0.2 * len(clips)
                continue
            plan.append({"say": clips, "gap": 60, "text": name if clips == own else "something else"})
            last = max(at, last) + sum(duration(clip) + 0.06 for clip in clips)
        script = {"name": name, "timeout": 120000, "line-noise": -70, "steps": [*plan, *(steps or [{"hang-up": True}])]}
        file = pathlib.Path(scratch, f"{name}.json")
        file.write_text(json.dumps(script))
        self.process = subprocess.Popen(
            [
                str(binary), "simulate", url, "--script", str(file), "--out", str(self.wav), "--json", str(self.report),
                "--sounds", str(SOUNDS.parent), "--from", number_of(number),
            ],  # fmt: skip
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def finish(self, timeout=60):
        output, _ = self.process.communicate(timeout=timeout)
        if not self.report.exists():
            self.problem, self.late_ms = output[-800:], 1e9
            return
        call = json.loads(self.report.read_text())["calls"][0]
        if not call["ok"]:
            self.problem = "; ".join(call["failures"])
        self.came = call["began-us"] * 1e-6
        self.left = self.came + call["duration-ms"] * 1e-3
        self.call = call
        self.late_ms = call["line"]["worst-lateness-ms"]
        for step in call["steps"]:
            if step["step"] == "say" and step["text"] == self.name and step["result"] == "passed":
                self.said.append(Said(self.name, self.came + step["begin-ms"] * 1e-3, self.came + step["end-ms"] * 1e-3))
        self.rate, (_, self.heard) = call_audio.read_wav(self.wav)
        self.heard_from = self.came


def number_of(number):
    """The telephone number of the caller with that number in a test."""
    return f"+1555000{number:04}"


def duration(clip):
    with wave.open(str(SOUNDS.parent / clip), "rb") as file:
        return file.getnframes() / file.getframerate()


def microphone_file(path, sentence, at, seconds):
    """What a browser's microphone hears: the sentence once, 48 kHz."""
    samples = who_hears_whom.resampled(numpy.concatenate((sentence, numpy.zeros(who_hears_whom.RATE))), who_hears_whom.RATE, 48000)
    sound = numpy.zeros(48000 * seconds)
    sound[int(48000 * at) : int(48000 * at) + len(samples)] = samples
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes((32767 * numpy.clip(sound, -1, 1)).astype("<i2").tobytes())


class Browsers:
    """Real ones, which call all at once; see conference_guests.cjs. `guests`: {name: (sentence, url, file)}."""

    def __init__(self, node, playwright, scratch, guests, says_at):
        self.scratch, self.says_at = pathlib.Path(scratch), says_at
        self.guests = {name: Guest(name, sentence) for name, (sentence, _, _) in guests.items()}
        driver = pathlib.Path(__file__).resolve().parent / "browser/conference_guests.cjs"
        listed = [{"name": name, "url": url, "speech": str(file)} for name, (_, url, file) in guests.items()]
        self.process = subprocess.Popen(
            [node, str(driver), str(playwright), str(scratch), json.dumps(listed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))
        self.told.put(None)

    def next(self, timeout=60):
        told = self.told.get(timeout=timeout)
        if told is None or "failed" in told:
            raise RuntimeError(f"browsers: {told}")
        return told

    def arrive(self):
        """Waits until all are in; when the last microphone was opened."""
        offset = time.monotonic() - time.time()
        opened = []
        for _ in self.guests:
            told = self.next()
            guest = self.guests[told["name"]]
            guest.came = told["connected"] * 1e-3 + offset
            opened.append(told["opened"] * 1e-3 + offset)
            begin = opened[-1] + self.says_at
            guest.said.append(Said(guest.name, begin, begin + len(guest.sentence) / who_hears_whom.RATE))
        return max(opened)

    def leave(self, name):
        self.process.stdin.write(f"hang-up {name}\n")
        self.process.stdin.flush()
        told = self.next()
        guest = self.guests[name]
        guest.left = told["left"] * 1e-3 + time.monotonic() - time.time()
        guest.problem = "; ".join(told["errors"]) or None
        guest.rate, (guest.heard,) = call_audio.read_wav(self.scratch / f"{name}.wav")
        guest.heard_from = guest.came

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Heard(typing.NamedTuple):
    """What came out for one listener."""

    found: dict  # {name: Found} of the others
    there: list  # scores of those who were to be heard
    absent: list  # and of those who were not, itself among them
    faint: list  # of its own voice while it spoke, the others taken away
    problems: list


def judge(guest, guests, sentences, most=MOST_OF_IT):
    """Whether it heard everybody who spoke while it was there, nobody else, and never itself. `most` is the
    share of a sentence that must have come through.
    """
    recording = who_hears_whom.Recording(sentences, guest.heard, guest.rate)
    others = [name for name in sentences.voices if name != guest.name]
    found = recording.look(others)
    there, absent, problems = [], [], []
    for other in guests:
        if other.name not in found:
            continue
        heard = found[other.name]
        within = any(guest.came + 0.5 < said.begin and said.end + AT_MOST < guest.left for said in other.said)
        apart = all(said.end + AT_MOST < guest.came or guest.left < said.begin for said in other.said)
        if within or apart:
            (there if within else absent).append(heard.score)
        if within and not (heard.there and heard.share >= most):
            problems.append(f"{guest.name} does not hear {other.name}: {heard}")
        if apart and heard.there:
            problems.append(f"{guest.name} hears {other.name}, who was not there: {heard}")
    own = recording.find(guest.name) if guest.name in sentences.voices else who_hears_whom.NOTHING
    absent.append(own.score)
    if own.there:
        problems.append(f"{guest.name} hears itself: {own}")
    faint = []
    for said in guest.said if guest.name in sentences.voices else ():
        begin, end = said.begin - guest.heard_from - 0.5, said.end - guest.heard_from + AT_MOST
        behind = recording.part(begin, end).without(others).find(guest.name)
        faint.append(behind.score)
        if behind.score >= who_hears_whom.FAINT:
            problems.append(f"{guest.name} hears itself behind the others: {behind}")
    return Heard(found, there, absent, faint, problems)


def judge_all(listeners, guests, sentences, most=MOST_OF_IT):
    """{name: Heard}, on all processors."""
    with concurrent.futures.ProcessPoolExecutor() as pool:
        jobs = {guest.name: pool.submit(judge, stripped(guest), [stripped(other, False) for other in guests], sentences, most) for guest in listeners}
        return {name: job.result() for name, job in jobs.items()}


def stripped(guest, with_sound=True):
    """A copy without what cannot be sent to another process."""
    copy = Guest(guest.name, None)
    copy.came, copy.left, copy.said = guest.came, guest.left, guest.said
    if with_sound:
        copy.rate, copy.heard, copy.heard_from = guest.rate, guest.heard, guest.heard_from
    return copy


def margins(heard):
    """In words, how far what was there is from what was not; and of how many pairs it could be said."""
    there = [score for one in heard.values() for score in one.there]
    absent = [score for one in heard.values() for score in one.absent]
    faint = [score for one in heard.values() for score in one.faint]
    words = (
        f"{len(there)} to be heard, scores of at least {min(there, default=0):.1f}; {len(absent)} not, at most "
        f"{max(absent, default=0):.1f}; themselves behind the others at most {max(faint, default=0):.1f}"
    )
    return words, len(there) + len(absent)


def seats_of(server):
    """(folder, call.json) of each session that is over."""
    return [(folder, json.loads((folder / "call.json").read_text())) for folder in server.call_folders()]


__all__ = ["Browsers", "Guest", "Phone", "Said", "duration", "jackfield_server", "judge", "judge_all", "margins", "microphone_file", "number_of", "seats_of"]
