#!/usr/bin/env python3
"""What an agent core costs beside a language model that is asked by HTTP: how soon the first words of an
answer are there, with agentcorellm before a core that answers at once (tests/bench/echo_core.cpp, and the
sample in Python) and with openaillm before the strict fake of OpenAI's API, turn about in one run; and what
calls cost in which nothing is said.

Of the fake's answers its own time is taken off, by its log; of the cores' nothing is. Nothing is asserted:
lines say what passes (docs/performance.md), and the exit code is 1 only when something could not be measured.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import gi
from bench_tools import HERE, SOURCE, distribution, machine, print_table, say, usage
from turn_providers import Answer

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

sys.path.insert(0, str(HERE.parent / "support"))
from sample_core import TOKEN, Core  # noqa: E402

KEY = "sk-test-0123456789"
FASTER = 2.0  # ms that agentcorellm may take longer than openaillm: medians
IDLE_CPU, IDLE_KB = 0.1, 100  # % of a processor and KiB at most of a call in which nothing is said


class EchoCore:
    """tests/bench/echo_core.cpp"""

    def __init__(self, build):
        self.process = subprocess.Popen([str(build / "tests/bench/echo_core")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{self.process.stdout.readline().split()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class FakeModel:
    """The strict fake of OpenAI's API, with a log."""

    def __init__(self, scratch):
        self.log = scratch / "openai.jsonl"
        program = SOURCE / "tests/support/fakes/openai_server.py"
        self.process = subprocess.Popen([sys.executable, str(program), "--key", KEY, "--log", str(self.log)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        self.address = f"127.0.0.1:{self.process.stdout.readline().split()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def answers(self):
        """After its end: what was answered, in order."""
        answers = {}
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if entry["kind"] == "request":
                answers[entry["request"]] = Answer(entry["t"])
            elif entry["data"].startswith("data: {"):
                answers[entry["request"]].add(entry["t"], json.loads(entry["data"][6:]))
        return list(answers.values())


class Stage:
    """An element that answers text, asked from here."""

    def __init__(self, description):
        self.pipeline = Gst.parse_launch(
            f"appsrc name=in format=time caps=text/x-raw,format=utf8 ! {description} name=llm ! fakesink sync=false async=false")  # fmt: skip
        self.first, self.over = None, threading.Event()
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM
        self.pipeline.get_by_name("llm").get_static_pad("src").add_probe(kinds, self.came)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.pipeline.get_state(30 * Gst.SECOND)

    def came(self, _, info):
        now = time.monotonic()
        event = info.get_event() if info.type & Gst.PadProbeType.EVENT_DOWNSTREAM else None
        if event is None:
            if self.first is None:
                buffer = info.get_buffer()
                self.first = (now, buffer.extract_dup(0, buffer.get_size()).decode())
        elif event.get_structure() and event.get_structure().get_name() == "VoiceReplyEnd":
            self.over.set()
        return Gst.PadProbeReturn.OK

    def ask(self, text):
        """(ms to the first piece, when it was asked, the piece)"""
        self.first = None
        self.over.clear()
        asked = time.monotonic()
        self.pipeline.get_by_name("in").emit("push-buffer", Gst.Buffer.new_wrapped(text.encode()))
        if not self.over.wait(30) or self.first is None:
            raise RuntimeError("no answer came")
        return 1000 * (self.first[0] - asked), asked, self.first[1]

    def stop(self):
        self.pipeline.set_state(Gst.State.NULL)


def measure_turns(options, scratch):
    say(f"  {options.turns} turns each")
    with FakeModel(scratch) as model, EchoCore(options.build) as echo, Core("--pace", "0") as sample:
        stages = {
            "openaillm": Stage(f"openaillm base-url=http://{model.address}/v1 api-key={KEY} model=gpt-5.2 check-model=false"),
            "agentcorellm": Stage(f"agentcorellm address={echo.address}"),
            "agentcorellm, sample": Stage(f"agentcorellm address={sample.address} token={TOKEN}"),
        }
        asked = {name: [] for name in stages}
        for turn in range(-3, options.turns):  # the first ones load what is loaded once
            for name, stage in stages.items():
                figures = stage.ask(f"What about number {turn}? Is that so, then.")
                if turn >= 0:
                    asked[name].append(figures)
        for stage in stages.values():
            stage.stop()
    answers = model.answers()[-options.turns:]
    took = {name: [ms for ms, _, _ in figures] for name, figures in asked.items()}
    service = [1000 * (answer.complete(piece) - answer.asked) for answer, (_, _, piece) in zip(answers, asked["openaillm"])]
    took["openaillm"] = [whole - own for whole, own in zip(took["openaillm"], service)]
    return [{"kind": "first-text", "stage": name, "ms": distribution(values)} for name, values in took.items()]


def measure_idle(options):
    say(f"  {options.calls} calls in which nothing is said, {options.seconds} s")

    def calls(core, count):
        made = []
        for _ in range(count):
            made.append(Gst.ElementFactory.make("agentcorellm", None))
            made[-1].set_property("address", core.address)
            made[-1].set_state(Gst.State.PLAYING)
        deadline = time.monotonic() + 60
        while not all(call.get_property("stats").get_value("connected") for call in made):
            if time.monotonic() > deadline:
                raise RuntimeError("not all calls were taken")
            time.sleep(0.05)
        return made

    with EchoCore(options.build) as core:
        for call in calls(core, 1):  # what is loaded once belongs to no call
            call.set_state(Gst.State.NULL)
        time.sleep(1)
        before = usage(os.getpid())
        time.sleep(options.seconds)
        without = usage(os.getpid())
        made = calls(core, options.calls)
        time.sleep(1)
        begun = usage(os.getpid())
        time.sleep(options.seconds)
        ended = usage(os.getpid())
        for call in made:
            call.set_state(Gst.State.NULL)
    share = 100 / options.seconds / options.calls
    return {
        "kind": "idle", "calls": options.calls, "cpu-percent-per-call": share * (ended["cpu"] - begun["cpu"] - without["cpu"] + before["cpu"]),
        "rss-kb-per-call": (begun["rss"] - without["rss"]) / 1024 / options.calls,
    }  # fmt: skip


def verdicts(results):
    lines = []
    turns = {run["stage"]: run["ms"]["p50"] for run in results if run["kind"] == "first-text"}
    if turns:
        more = turns["agentcorellm"] - turns["openaillm"]
        lines.append((more <= FASTER, f"first text: agentcorellm {more:+.2f} ms beside openaillm (at most {FASTER:+.1f})"))
    for run in results:
        if run["kind"] == "idle":
            cpu, memory = run["cpu-percent-per-call"], run["rss-kb-per-call"]
            lines.append((cpu <= IDLE_CPU, f"idle: {cpu:.4f} % of a processor per call (at most {IDLE_CPU})"))
            lines.append((memory <= IDLE_KB, f"idle: {memory:.0f} KiB per call (at most {IDLE_KB})"))
    return lines


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench core", description="Measures what an agent core costs. Takes about a minute.")
    parser.add_argument("--turns", type=int, default=300, help="with each (300)")
    parser.add_argument("--calls", type=int, default=100, help="in which nothing is said (100)")
    parser.add_argument("--seconds", type=int, default=20, help="they are watched for (20)")
    parser.add_argument("--realtime", action="store_true", help="real-time priority for all: for a machine that is busy with other things (needs root)")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write all figures to this file")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.realtime:  # what is started inherits it
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    Gst.init(None)
    results, failures = [], []
    say(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
        for part in (lambda: measure_turns(options, pathlib.Path(scratch)), lambda: [measure_idle(options)]):
            try:
                results += part()
            except (RuntimeError, OSError, StopIteration) as error:
                say(f"could not be measured: {error}")
                failures.append(str(error))
    rows = [["question to first words", "count", "p50", "p95", "p99", "max (ms)"]]
    rows += [[run["stage"], str(run["ms"]["count"]), *(f"{run['ms'][at]:.2f}" for at in ("p50", "p95", "p99", "max"))]
             for run in results if run["kind"] == "first-text"]  # fmt: skip
    print_table(rows)
    lines = verdicts(results)
    for passed, sentence in lines:
        print(f"{'pass' if passed else 'FAIL'}  {sentence}")
    if options.json:
        report = {"machine": machine(), "results": results, "failures": failures,
                  "verdicts": [{"pass": passed, "text": sentence} for passed, sentence in lines]}  # fmt: skip
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
