#!/usr/bin/env python3
"""How soon the agent answers, and what of that is ours: pipelines/phone-agent.gst with the elements for
Deepgram, OpenAI and ElevenLabs, which talk to strict fakes of these services over their own protocols
(turn_providers.py). Then pipelines/phone-realtime.gst beside OpenAI's own @openai/agents for Node.js,
both before the same fake of the Realtime API (turn_realtime.py).

jackfield has one processor, the callers (`jackfield simulate`) another, the fakes the rest. Nothing is
asserted: lines say what passes (docs/performance.md), and the exit code is 1 only when something could
not be measured.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

from bench_tools import (
    CLIPS, HERE, SOUNDS, SOURCE, add_common_arguments, distribution, machine, print_table, processors, say, usage, whole_numbers,
)  # fmt: skip
from turn_providers import LONG, SETS, SHORT, Providers, name_in
from turn_realtime import Realtime, rows

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402

PARTS = ("medians", "fast", "realtime")
HANG_OVER_MS = 400  # of pipelines/phone-agent.gst
# ms at most: from the end of the turn to the first audio (95 of 100), of it ours (99 of 100).
FIRST_AUDIO = {"medians": 1000, "fast": 500}
OURS = 15
# With which callers interrupt.
PHRASES = [f"en_US_f_Allison/{name}.wav" for name in
           ("please-try-again", "one-moment-please", "telephone-number", "location", "hello-world", "call-waiting")]  # fmt: skip
CPU = 1.0  # % of a processor a call, with many calls
FEW, MANY = 10, 100
WINDOW = 0.032  # s, of turndetector
STAGES = ("to the STT", "STT to LLM", "LLM to TTS", "TTS to the caller")


class Bench:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = pathlib.Path(scratch)
        self.jackfield = options.build / "launcher/jackfield"
        self.results = []
        self.failures = []

    def bound(self, processor):
        return ["taskset", "-c", str(processor), *(["chrt", "-r", "1"] if self.options.realtime else [])]

    def folder(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.scratch))

    def simulate(self, url, steps, folder, calls, *arguments):
        """The report of calls whose callers do these steps."""
        script, report = folder / "caller.json", folder / "report.json"
        script.write_text(json.dumps({"name": "turns", "timeout": 170000, "sounds": str(SOUNDS.parent), "steps": steps}))
        report.unlink(missing_ok=True)
        out = folder / "heard"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        command = [
            *self.bound(self.options.processors[1]), str(self.jackfield), "simulate", url, "--quiet",
            "--script", str(script), "--calls", str(calls), "--out", str(out / "call.wav" if calls == 1 else out),
            "--json", str(report), "--spread", "--rate", "20", *arguments,
        ]  # fmt: skip
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not report.exists():
            raise RuntimeError(done.stdout.strip()[-500:])
        return json.loads(report.read_text())

    def measured(self, pid, url, steps, folder, calls):
        """The same, with what the calls cost the process: (report, figures)."""
        before = usage(pid)
        report = self.simulate(url, steps, folder, calls)
        after = usage(pid)
        failed = [call["failures"][0] for call in report["calls"] if not call["ok"]]
        if failed:
            raise RuntimeError(f"{len(failed)} of {calls} calls failed: {failed[0]}")
        seconds = sum(call["duration-ms"] for call in report["calls"]) / 1000
        return report, {
            "calls": calls,
            "cpu-percent-per-call": 100 * (after["cpu"] - before["cpu"]) / seconds,
            "rss-mb-per-call": (after["rss-max"] - before["rss"]) / 1e6 / calls,
            "callers-late-ms": max(call["line"]["worst-lateness-ms"] for call in report["calls"]),
        }

    # ---- what the callers do

    @staticmethod
    def shared(wanted, calls):
        """How many each of so many calls does: with many calls, more in all than were wanted."""
        return max(min(wanted, 3), -(-wanted // calls))

    @staticmethod
    def greeting_steps():
        return [{"wait-reply": {"silence": 300, "timeout": 20000}}]

    def turn_steps(self, turns):
        steps = self.greeting_steps()
        for turn in range(turns):
            steps += [{"say": CLIPS[turn % len(CLIPS)]}, {"wait-reply": {"silence": 300, "timeout": 15000}}]
        return steps

    def barge_in_steps(self, times):
        steps = [*self.greeting_steps(), {"say": CLIPS[0]}]
        for turn in range(times):
            steps.append({"barge-in": {"after": 900, "say": PHRASES[turn % len(PHRASES)], "timeout": 15000}})
        return steps

    # ---- phone-agent.gst with the elements for the services

    def agent(self, providers, folder, calls):
        return jackfield_server.Server(
            self.jackfield, SOURCE / "pipelines/phone-agent.gst", folder, "--quiet", "--max-calls", str(calls + 50),
            f"HANG_OVER={HANG_OVER_MS * 1000000}", *providers.variables(),
            prefix=self.bound(self.options.processors[0]), environment=providers.environment(),
        )  # fmt: skip

    def run_agent(self, name, reply, steps, calls):
        """(report, figures, fakes, server) of such calls, after the end of it all."""
        folder = self.folder()
        providers = Providers(name, reply, folder, [self.bound(processor) for processor in self.options.processors[2:]])
        with providers, self.agent(providers, folder, calls) as server:
            self.simulate(server.url, self.greeting_steps(), folder, 1)  # what is loaded once belongs to no call
            time.sleep(0.5)
            report, figures = self.measured(server.process.pid, server.url, steps, folder, calls)
            server.stop()
        if problems := providers.problems():
            raise RuntimeError(f"the services refused something: {problems[0]}")
        return report, figures, providers, server

    def measure_turns(self, name, calls, turns):
        say(f"  {name}, {calls} call{'s' if calls > 1 else ''}, {turns} turns each")
        report, figures, providers, server = self.run_agent(name, SHORT, self.turn_steps(turns), calls)
        served = providers.turns()
        told = told_by(server)
        total, ours, mouth_to_ear, parts, took = [], [], [], {stage: [] for stage in STAGES}, []
        for call in report["calls"]:
            names, decided = told.get(call["call-sid"], ([], []))
            ends = decisions(self.turn_ends(call["recording"]), decided)
            replies = [s for s in call["steps"] if "first-media-after-ms" in s]
            if not len(ends) == len(replies) == len(names) == turns:
                raise RuntimeError(f"{len(replies)} replies to {turns} turns, of which {len(names)} were understood")
            for end, step, known_as in zip(ends, replies, names):
                began = call["began-us"] / 1e6
                decided = began + end
                first = began + (step["speech-end-ms"] + step["first-media-after-ms"]) / 1000
                if known_as not in served:
                    raise RuntimeError(f"{known_as} is not in the logs of all three services")
                turn = served[known_as]
                times = (turn.stt_asked - decided, turn.llm_asked - turn.stt_sent, turn.tts_asked - turn.llm_sent, first - turn.tts_sent)
                if min(times) < -0.002:
                    raise RuntimeError(f"{known_as}: an effect before its cause: {times}")
                for stage, took_ in zip(STAGES, times):
                    parts[stage].append(1000 * took_)
                total.append(1000 * (first - decided))
                ours.append(1000 * sum(times))
                took.append(1000 * turn.services())
                mouth_to_ear.append(step["reply-latency-ms"])
        lost = sum(call["line"]["chunks-dropped"] for call in report["calls"])
        heard_ms = sum(call["agent"]["audio-ms"] for call in report["calls"])
        self.results.append({
            "part": name, "kind": "turns", **figures, "turns": len(total), "first-audio-ms": distribution(total),
            "services-ms": distribution(took), "ours-ms": distribution(ours), "caller-to-agent-ms": distribution(mouth_to_ear),
            "ours-by-stage-ms": {stage: distribution(values) for stage, values in parts.items()},
            "caller-media-lost": lost, "agent-audio-heard-ms": heard_ms,
            "agent-audio-sent-ms": providers.spoken_ms(),
        })  # fmt: skip

    def measure_barge_in(self, name, calls, times):
        say(f"  {name}, {calls} call{'s' if calls > 1 else ''}, {times} interruptions each")
        report, figures, _, _ = self.run_agent(name, LONG, self.barge_in_steps(times), calls)
        clear = [s["clear-after-ms"] for call in report["calls"] for s in call["steps"] if "clear-after-ms" in s]
        self.results.append({"part": name, "kind": "barge-in", **figures, "clear-ms": distribution(clear)})

    def turn_ends(self, recording):
        """s of the recording behind which turndetector takes each turn of the caller to be over."""
        with wave.open(recording) as file:
            both = file.readframes(file.getnframes())
        left = b"".join(both[i : i + 2] for i in range(0, len(both), 4))
        model = pathlib.Path(os.environ["JACKFIELD_MODELS"], "silero_vad.onnx")
        done = subprocess.run(
            [str(self.options.build / "tests/bench/turn_ends"), str(model), str(HANG_OVER_MS)],
            input=left, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        return [int(end) / 8000 for end in done.stdout.split()]

    # ---- all of it

    def attempt(self, what, *arguments):
        try:
            what(*arguments)
        except (RuntimeError, OSError, KeyError, subprocess.SubprocessError) as error:
            say(f"    failed: {type(error).__name__}: {error}")
            self.failures.append(f"{type(error).__name__}: {error}")

    def run(self):
        for name in SETS:
            if name not in self.options.only:
                continue
            for calls in self.options.calls:
                self.attempt(self.measure_turns, name, calls, self.shared(self.options.turns, calls))
        if "fast" in self.options.only:
            for calls in self.options.calls:
                self.attempt(self.measure_barge_in, "fast", calls, self.shared(self.options.interruptions, calls))
        if "realtime" in self.options.only:
            Realtime(self).all()


def told_by(server):
    """{call sid: (the names of its turns, as the agent understood them; when it took them to be over)}

    Those times (s) are of the pipeline, which begins at another moment than the call.
    """
    told = {}
    for folder in server.call_folders():
        sid = json.loads((folder / "call.json").read_text()).get("call-sid", "")
        names, ends, hang_over = [], {}, {}
        for line in (folder / "transcript.jsonl").read_text().splitlines():
            message = json.loads(line)
            fields = message["fields"]
            if message["message"] == "agentbrain/transcript" and fields["final"] and (found := name_in(fields["text"])):
                names.append(found)
                ends[fields["turn-id"]] = fields["speech-end"]
            elif message["message"] == "agentbrain/turn":
                hang_over[fields["turn-id"]] = fields["hang-over"]
        told[sid] = names, [(ends[turn] + hang_over[turn]) * 1e-9 for turn in ends if turn in hang_over]
    return told


def decisions(computed, told):
    """When each turn was taken to be over, s of the call: computed from what the caller said, where the
    agent agrees; it hears less well while it still speaks, and may have decided a window sooner or later.
    """
    if len(computed) != len(told):
        return []
    offset = statistics.median(own - end for own, end in zip(told, computed))
    return [end if abs(own - offset - end) < WINDOW / 2 else own - offset for own, end in zip(told, computed)]


def verdicts(results):
    """[(passed, sentence)] for every budget that this run could judge."""
    lines = []

    def judge(what, value, most, unit="ms", exact=False):
        lines.append((value <= most if exact else value < most, f"{what}: {value:.4g} {unit} ({'at most' if exact else 'below'} {most:g})"))

    for run in results:
        who = f"{run['part']}, {run['calls']} call{'s' if run['calls'] > 1 else ''}"
        if run["kind"] == "turns":
            judge(f"{who}: end of turn -> first audio, p95", run["first-audio-ms"]["p95"], FIRST_AUDIO[run["part"]])
            judge(f"{who}: of it ours, p99", run["ours-ms"]["p99"], OURS)
            lost = run["caller-media-lost"] == 0 and run["agent-audio-heard-ms"] == run["agent-audio-sent-ms"]
            heard = f"{run['agent-audio-heard-ms'] / 1000:g} s of {run['agent-audio-sent-ms'] / 1000:g} s of speech were heard"
            lines.append((lost, f"{who}: nothing lost: {run['turns']} turns answered, {heard}"))
        if run["kind"] == "turns" and run["calls"] >= MANY:
            judge(f"{who}: CPU of a call", run["cpu-percent-per-call"], CPU, "% of a processor", exact=True)
    return lines


def show(values):
    return [f"{values[key]:.1f}" for key in ("p50", "p95", "p99")]


def print_turns(results):
    rows = [["services", "calls", "turns", "first audio p50", "p95", "p99 (ms)", "services p50", "ours p50", "p95", "p99 (ms)",
             "caller to agent p50", "p95", "p99 (ms)", "CPU % per call", "RSS MB per call", "callers late, worst (ms)"]]  # fmt: skip
    for run in results:
        rows.append([
            run["part"], str(run["calls"]), str(run["turns"]), *show(run["first-audio-ms"]), f"{run['services-ms']['p50']:.1f}",
            *show(run["ours-ms"]), *show(run["caller-to-agent-ms"]), f"{run['cpu-percent-per-call']:.3f}",
            f"{run['rss-mb-per-call']:.2f}", f"{run['callers-late-ms']:.1f}",
        ])  # fmt: skip
    print_table(rows)
    rows = [["where ours goes: p50 / p99 (ms)", "calls", *STAGES]]
    for run in results:
        stages = run["ours-by-stage-ms"].values()
        rows.append([run["part"], str(run["calls"]), *(f"{stage['p50']:.1f} / {stage['p99']:.1f}" for stage in stages)])
    print_table(rows)


def print_barge_in(results):
    rows = [["interruptions", "calls", "count", "caller's onset to clear p50", "p95", "p99 (ms)", "CPU % per call"]]
    for run in results:
        rows.append([run["part"], str(run["calls"]), str(run["clear-ms"]["count"]), *show(run["clear-ms"]), f"{run['cpu-percent-per-call']:.3f}"])
    print_table(rows)


def parse_arguments():
    allowed = sorted(os.sched_getaffinity(0))
    four = [allowed[0], allowed[-1], allowed[len(allowed) // 3], allowed[2 * len(allowed) // 3]]
    parser = argparse.ArgumentParser(
        prog="./dev bench turn",
        description="Measures how soon the agent answers, and what of that is ours. Takes about six minutes.",
    )
    parser.add_argument("--calls", type=whole_numbers, default=[FEW, MANY], help=f"calls at a time ({FEW},{MANY})")
    parser.add_argument("--turns", type=int, default=40, help="shared by the calls of a run, but at least three each (40)")
    parser.add_argument("--interruptions", type=int, default=40, help="likewise (40)")
    parser.add_argument("--processors", type=processors(4), default=four,
                        help="of jackfield, of the callers, of the STT's fake, of the other fakes "
                             f"({','.join(map(str, four))})")  # fmt: skip
    add_common_arguments(parser, PARTS, "all", "openai-agents-0.18.0")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
        bench = Bench(options, scratch)
        say(f"processors {options.processors}; load {os.getloadavg()[0]:.1f}")
        bench.run()
    turns = [run for run in bench.results if run["kind"] == "turns"]
    if turns:
        print_turns(turns)
    if interruptions := [run for run in bench.results if run["kind"] == "barge-in"]:
        print_barge_in(interruptions)
    if realtime := [run for run in bench.results if run["kind"] == "realtime"]:
        print_table(rows(realtime))
    lines = verdicts(bench.results)
    for passed, sentence in lines:
        print(f"{'pass' if passed else 'FAIL'}  {sentence}")
    if options.json:
        report = {
            "machine": machine(), "results": bench.results, "failures": bench.failures,
            "verdicts": [{"pass": passed, "text": sentence} for passed, sentence in lines],
        }  # fmt: skip
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
