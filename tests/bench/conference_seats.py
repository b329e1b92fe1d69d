#!/usr/bin/env python3
"""Telephone seats of one conference: what each costs, and how long a voice takes from mouth to ear.

One `jackfield run` with pipelines/conference.gst, and callers over real WebSocket connections
(conference_load), of whom some speak. What each hears is compared with what the others said, half a second
at a time, by correlation: that gives the place of every frame, and so its delay, and how much was lost or
doubled in between. A run in which the callers themselves were late is void and done again.

A part of `./dev bench mixer`.
"""
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy

from bench_tools import HERE, SOUNDS, SOURCE, distribution, print_table, processors, say

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402
from who_hears_whom import RATE, Sentences, figures  # noqa: E402

FRAME = RATE // 50
# Runs: seats, and how many of them speak.
RUNS = ("10:3", "50:3", "50:50")
MOST_LATENESS_MS = 5.0
AIM_MS = 60.0
# Three minutes of one and the same voice, so that 50 can speak from different places in it.
SPEECH = sorted(
    "agent-newlocation at-tone-time-exactly cannot-complete-as-dialed conf-adminmenu conf-getchannel conf-invalid conf-kicked "
    "confbridge-begin-glorious-a confbridge-dec-list-vol-in demo-congrats demo-instruct demo-nomatch dir-nomore "
    "feature-not-avail-line invalid priv-introsaved queue-holdtime tt-monkeysintro tt-weasels vm-mailboxfull vm-newpassword "
    "vm-nobodyavail vm-options vm-review-urgent vm-tocallback".split()
)
EARLIEST_S, LATEST_S = 0.02, 0.3  # of what is heard against what was said
PIECE_THERE = 6.0


def ulaw_table():
    codes = ~numpy.arange(256) & 0xFF
    magnitude = (((codes & 0x0F) << 3) + 0x84 << ((codes & 0x70) >> 4)) - 0x84
    return numpy.where(codes & 0x80, -magnitude, magnitude) / 32768


MULAW = ulaw_table()


class Sound:
    """Samples, and when each message that brought them was sent or received (ns)."""

    def __init__(self, folder, name, whitener):
        self.samples = MULAW[numpy.fromfile(folder / f"{name}.mulaw", numpy.uint8)]
        notes = numpy.fromfile(folder / f"{name}.times", numpy.int64).reshape(-1, 2)
        self.times, sizes = notes[:, 0], notes[:, 1]
        self.begins = numpy.concatenate(([0], numpy.cumsum(sizes)[:-1]))
        self.white = whitener.whitened(self.samples)

    def message_of(self, index):
        return numpy.searchsorted(self.begins, index, side="right") - 1

    def index_at(self, time):
        """Of the first sample that came at that time or later."""
        message = numpy.searchsorted(self.times, time)
        return int(self.begins[message]) if message < len(self.begins) else len(self.samples)

    def played_times(self):
        """When each message begins to be played by a line that plays all it gets, in order."""
        played, end = numpy.empty(len(self.times)), 0.0
        sizes = numpy.diff(numpy.append(self.begins, len(self.samples)))
        for number, (time, size) in enumerate(zip(self.times, sizes)):
            played[number] = max(time, end)
            end = played[number] + size * 1e9 / RATE
        return played


class Path:
    """From one mouth to one ear."""

    def __init__(self, said, heard, piece):
        self.delays, self.played = [], []
        self.pieces = self.found = 0
        self.lost = self.doubled = 0  # samples
        played = heard.played_times()
        loud = numpy.sqrt(numpy.mean(said.samples**2)) / 4
        lag = None
        for at in range(0, len(said.samples) - piece, piece):
            sent = said.times[said.message_of(at)]
            first = heard.index_at(sent - EARLIEST_S * 1e9)
            near = heard.white[first : heard.index_at(sent + LATEST_S * 1e9) + piece]
            # Pauses say nothing, and at the end what was said may not have been heard yet.
            if numpy.sqrt(numpy.mean(said.samples[at : at + piece] ** 2)) < loud or len(near) < piece + int(LATEST_S * RATE):
                lag = None
                continue
            self.pieces += 1
            values = figures(near, said.white[at : at + piece])
            if values.max() < PIECE_THERE:
                lag = None
                continue
            self.found += 1
            place = first + int(numpy.argmax(values))
            if lag is not None:
                self.doubled += max(0, place - at - lag)
                self.lost += max(0, lag - (place - at))
            lag = place - at
            frames = numpy.arange(-(-at // FRAME) * FRAME, at + piece - FRAME, FRAME)
            arrived = heard.message_of(frames + lag)
            sent = said.times[said.message_of(frames)]
            within = (frames + lag - heard.begins[arrived]) * 1e9 / RATE
            self.delays += list((heard.times[arrived] + within - sent) * 1e-6)
            self.played += list((played[arrived] + within - sent) * 1e-6)


def analyse(folder, seats, speakers):
    whitener = Sentences.read({name: SOUNDS / f"{name}.wav" for name in SPEECH[:6]})
    said = {n: Sound(folder, f"said-{n}", whitener) for n in range(speakers)}
    heard = {n: Sound(folder, f"heard-{n}", whitener) for n in range(seats)}
    pairs = [(mouth, ear) for ear in heard for mouth in said if mouth != ear]
    # Every one of many voices is faint: it takes longer pieces to find it, and some of the paths will do.
    piece = RATE // 2 if speakers <= 4 else 3 * RATE
    if len(pairs) > 200:
        pairs = random.Random(1).sample(pairs, 200)
    paths = [Path(said[mouth], heard[ear], piece) for mouth, ear in pairs]
    if not any(path.found for path in paths):
        raise RuntimeError("nobody heard anybody")
    pieces, found = sum(path.pieces for path in paths), sum(path.found for path in paths)
    compared = found * piece / FRAME
    return {
        "paths": len(paths), "pieces": pieces, "found": found,
        "mouth-to-ear-ms": distribution([delay for path in paths for delay in path.delays]),
        "played-ms": distribution([delay for path in paths for delay in path.played]),
        "frames-compared": int(compared),
        "frames-lost": sum(path.lost for path in paths) / FRAME, "frames-doubled": sum(path.doubled for path in paths) / FRAME,
        "message-bytes": collections.Counter(int(size) for ear in heard.values() for size in numpy.diff(ear.begins)).most_common(3),
        "messages-apart-ms": distribution([gap * 1e-6 for ear in heard.values() for gap in numpy.diff(ear.times)]),
    }  # fmt: skip


def run_once(options, scratch, seats, speakers):
    folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
    realtime = ["chrt", "-r", "1"] if options.realtime else []

    def bound(processor):
        return ["taskset", "-c", str(processor), *realtime]

    # Telephone seats only: what an agent costs is another question.
    line = folder / "jackfield.conf"
    line.write_text(f"[line conference]\npipeline={SOURCE / 'pipelines/conference.gst'}\nagents=0\nRATE={RATE}\n")
    with jackfield_server.Server(
        options.build / "launcher/jackfield", line, folder, "--quiet", "--max-calls", str(seats + 50),
        prefix=bound(options.processors[0]),
    ) as server:  # fmt: skip
        command = [
            *bound(options.processors[1]), str(options.build / "tests/bench/conference_load"), "--port", str(server.port),
            "--out", str(folder), "--calls", str(seats), "--speakers", str(speakers), "--settle", str(options.settle),
            "--seconds", str(options.seconds), "--pid", str(server.process.pid),
        ]  # fmt: skip
        for name in SPEECH:
            command += ["--audio", str(SOUNDS / f"{name}.wav")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        server.stop()
    if done.returncode != 0:
        raise RuntimeError(f"{done.stderr.strip() or done.returncode}; the server: {server.log.read_text()[-500:]}")
    run = json.loads(done.stdout)
    run["own-lateness-ms"] = distribution(run["own-lateness-ms"])
    run.update(analyse(folder, seats, speakers))
    return run


def measure(options, scratch):
    """A result for each of options.seats. RuntimeError: nothing could be measured, and why."""
    results = []
    for seats, speakers in options.seats:
        for attempt in range(1, options.attempts + 1):
            say(f"  conference, {seats} phone seats, {speakers} speak, {options.seconds:g} s" + (f", attempt {attempt}" if attempt > 1 else ""))
            run = run_once(options, scratch, seats, speakers)
            run["void"] = bool(run["own-lateness-ms"]["p99"] > MOST_LATENESS_MS)
            if not run["void"]:
                break
            say(f"    void: the callers themselves were {run['own-lateness-ms']['p99']:.1f} ms late (p99)")
        run.update({"part": "conference", "attempts": attempt})
        run["cpu-percent-per-seat"] = run["server"]["cpu-percent"] / seats
        run["over-budget"] = [f"mouth to ear p99 > {AIM_MS:g} ms"] if run["mouth-to-ear-ms"]["p99"] > AIM_MS else []
        results.append(run)
    return results


def print_rows(results):
    rows = [[
        "conference", "speak", "CPU % per seat", "mouth to ear p50", "p95", "p99", "max (ms)", "lost", "doubled (of frames)",
        "RSS MB per seat", "threads", "waits/s", "callers late p99 (ms)", "budget",
    ]]  # fmt: skip
    for run in results:
        server, delay = run["server"], run["mouth-to-ear-ms"]
        verdict = "VOID" if run["void"] else "over: " + ", ".join(run["over-budget"]) if run["over-budget"] else "within"
        rows.append([
            f"{run['calls']} phone seats", str(run["speakers"]), f"{run['cpu-percent-per-seat']:.3f}",
            *(f"{delay[key]:.1f}" for key in ("p50", "p95", "p99", "max")),
            f"{run['frames-lost']:.1f}", f"{run['frames-doubled']:.1f} of {run['frames-compared']}",
            f"{server['rss-mb-per-seat']:.2f}", str(server["threads"]), f"{server['waits-per-second']:.0f}",
            f"{run['own-lateness-ms']['p99']:.2f}", verdict,
        ])  # fmt: skip
    print_table(rows)


def seats_and_speakers(text):
    runs = [tuple(int(number) for number in run.split(":")) for run in text.split(",")]
    if any(len(run) != 2 or not 1 <= run[1] <= run[0] or run[0] < 2 for run in runs):
        raise ValueError
    return runs


def add_arguments(parser):
    """Those of these rows; the parser has --build from others."""
    allowed = sorted(os.sched_getaffinity(0))
    parser.add_argument("--seats", type=seats_and_speakers, default=seats_and_speakers(",".join(RUNS)),
                        help=f"of conferences, and how many of them speak ({','.join(RUNS)})")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=20, help="measured part of each conference (20)")
    parser.add_argument("--settle", type=float, default=5, help="seconds before it, with all seats taken (5)")
    parser.add_argument("--attempts", type=int, default=3, help="runs until one is not void (3)")
    parser.add_argument("--processors", type=processors(2), default=[allowed[0], allowed[-1]],
                        help=f"of the server and of the callers ({allowed[0]},{allowed[-1]})")  # fmt: skip
    parser.add_argument("--realtime", action="store_true", help="conferences at real-time priority, as on a machine that does nothing else (needs root)")
