#!/usr/bin/env python3
"""What tools cost the conversation: gaps in the sound while tools work, hang, flood and answer with 10 MiB;
the latency of turns and the CPU of calls whose agent has 0, 5 and 100 functions that it does not call; how
soon a filler sounds behind the model's call; how long a speech-to-speech service waits for a tool that
answers at once; and the same of a second model that thinks, which turns pay nothing for that do not ask it.

The services are the strict fakes, with constant delays; the tools are MCP servers (tool_server.py). Nothing
is asserted: lines say what passes (docs/performance.md), and the exit code is 1 only when something could
not be measured.
"""
import argparse
import datetime
import json
import os
import sys
import tempfile
import time

import numpy
import turn_bench
from bench_tools import HERE, SOUNDS, add_common_arguments, distribution, machine, print_table, processors, say
from turn_providers import Providers
from turn_realtime import REPLY, refused

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402
from exact_audio import channel, decoded, find  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402
from realtime_agent import pipeline_with_tools  # noqa: E402

PARTS = ("gaps", "idle", "fillers", "realtime", "think")
KINDS = ("slow", "hang", "flood", "large")
WHILE_TOOL = {"say": "en/vm-intro.wav", "gain": -35}  # too quiet to be a turn, and known sample by sample
FILLER = {"clip": str(SOUNDS / "one-moment-please.wav"), "text": "One moment, please.", "delay_ms": 100, "gap_ms": 25}
FRAME = 160  # samples of 20 ms
FILLER_AFTER_MS = 600  # agentbrain's default
IDLE = (0, 5, 100)
THINKERS = ("none", "idle")
THOUGHT_MS = 2000


def frames_missing(whole, part):
    """How many frames of 20 ms of `whole` are not in `part`, which has the others in their order."""
    missing = at = 0
    for start in range(0, len(whole) - FRAME + 1, FRAME):
        frame = whole[start : start + FRAME]
        if numpy.array_equal(frame, part[at : at + FRAME]):
            at += FRAME
        else:
            missing += 1
    return missing


def seconds(line):
    return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


def filler_onsets(folders):
    """ms from each call of a tool to the first sound behind it, of those at which a filler was due."""
    found = []
    for folder in folders:
        asked = None
        for line in map(json.loads, (folder / "transcript.jsonl").read_text().splitlines()):
            if line["message"] == "agentbrain/tool-call":
                asked = seconds(line)
            elif line["message"] == "agentbrain/tool-result":
                asked = None
            elif line["message"] == "agentbrain/state" and line["fields"]["state"] == "speaking" and asked is not None:
                found.append(1000 * (seconds(line) - asked))
                asked = None
    return found


class ToolsBench(turn_bench.Bench):
    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        self.tools = " "  # file for the next agent
        self.thinks = False

    def agent(self, providers, folder, calls):
        server = super().agent(providers, folder, calls)
        server.command.append(f"TOOLS={self.tools}")
        if self.thinks:
            server.command.append(providers.thinking())
        return server

    def servers(self, folder, *kinds):
        file = folder / "tools.json"
        program = str(HERE / "tool_server.py")
        file.write_text(json.dumps({"mcpServers": {
            kind: {"command": "/usr/bin/python3", "args": [program, kind], "timeout": 4} for kind in kinds}}))  # fmt: skip
        return file

    def functions(self, folder, count):
        if count == 0:
            return " "
        schema = {"type": "object", "properties": {"what": {"type": "string", "description": "of what"}}, "required": ["what"]}
        file = folder / "functions.json"
        file.write_text(json.dumps({"functions": [
            {"name": f"look_up_{n}", "description": "Looks something up in one of the lists of the company.", "parameters": schema}
            for n in range(count)]}))  # fmt: skip
        return file

    # ---- gaps

    def speech_to_speech(self, script, tools, steps, calls):
        """(report, figures, fake, folders of the calls, what the fake heard first)"""
        folder = self.folder()
        (folder / "phone.gst").write_text(pipeline_with_tools(tools))
        with FakeRealtime(script, folder, prefix=self.bound(self.options.processors[2])) as fake:
            server = jackfield_server.Server(
                self.jackfield, folder / "phone.gst", folder, "--quiet", "--max-calls", str(calls + 50),
                prefix=self.bound(self.options.processors[0]),
                environment={"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "test-key"},
            )  # fmt: skip
            with server:
                report, figures = self.measured(server.process.pid, server.url, steps, folder, calls)
                server.stop()
                folders = server.call_folders()
        return report, figures, fake, folders

    def measure_gaps(self):
        say("  one call, " + ", ".join(KINDS))
        kinds = [kind for kind in KINDS if kind in self.options.kinds]
        reply = {**REPLY, "text": "Thank you."}
        script = {
            "greeting": {**reply, "await_tools": kinds}, "aside": FILLER,
            "replies": [{"silent": True, "tool": {"name": kind}, "then": reply} for kind in kinds],
            "log": ["input_audio_buffer.append", "response.output_item.done", "conversation.item.create", "response.output_audio.delta", "error"],
        }  # fmt: skip
        steps = self.greeting_steps()
        for kind in kinds:
            steps += [{"say": turn_bench.CLIPS[0]}, {"pause": 700}, WHILE_TOOL, {"pause": 2500}]
        folder = self.folder()
        report, figures, fake, folders = self.speech_to_speech(script, self.servers(folder, *kinds), steps, 1)
        log = [json.loads(line) for line in (fake.folder / "events.jsonl").read_text().splitlines()]
        if problems := refused(log):
            raise RuntimeError(f"the service refused something: {problems[0]}")
        recording = report["calls"][0]["recording"]
        caller, agent = channel(recording, 0), channel(recording, 1)
        # From the caller's first word on, all that was sent; the service has had it, sample by sample.
        sent = decoded(fake.input())
        loud = int(numpy.argmax(numpy.abs(caller) > 1000))
        at = find(sent, caller[loud : loud + 8 * FRAME])
        if at is None:
            raise RuntimeError("the caller's first word did not reach the service")
        length = min(len(caller) - loud, len(sent) - at) // FRAME * FRAME
        lost = frames_missing(caller[loud : loud + length - 50 * FRAME], sent[at:])
        spoken = {item: decoded(audio) for item, audio in fake.outputs().items()}
        broken = [item for item, audio in spoken.items() if find(agent, audio) is None]
        appends = [e["at"] for e in log if e["event"].get("type") == "input_audio_buffer.append"]
        windows = self.windows(log)
        if len(windows) != len(kinds):
            raise RuntimeError(f"{len(windows)} of {len(kinds)} tools were called")
        intervals = {"during": [], "else": []}
        for before, now in zip(appends, appends[1:]):
            during = any(begin <= now and before <= end for begin, end, _ in windows)
            intervals["during" if during else "else"].append(1000 * (now - before))
        self.results.append({
            "part": "gaps", "kind": "gaps", **figures, "tools": [
                {"tool": kind, "took-ms": 1000 * (end - begin), "told": told} for kind, (begin, end, told) in zip(kinds, windows)],
            "caller-frames": length // FRAME, "caller-frames-lost": lost,
            "caller-interval-ms": {when: distribution(values) for when, values in intervals.items()},
            "agent-sounds": len(spoken), "agent-ms": sum(len(audio) for audio in spoken.values()) / 8, "agent-sounds-broken": len(broken),
        })  # fmt: skip
        self.add_fillers("speech to speech", filler_onsets(folders))

    @staticmethod
    def windows(log):
        """[(the function was called, its result came, the beginning of that)]"""
        called, found = {}, []
        for entry in log:
            event = entry["event"]
            item = event.get("item") or {}
            if entry["direction"] == "sent" and item.get("type") == "function_call":
                called[item["call_id"]] = entry["at"]
            elif entry["direction"] == "received" and item.get("type") == "function_call_output":
                found.append((called.pop(item["call_id"]), entry["at"], item["output"][:60]))
        return found

    # ---- tools that nobody calls

    def measure_idle(self):
        for _ in range(self.options.rounds):
            for count in IDLE:
                self.tools = self.functions(self.folder(), count)
                before = len(self.results)
                self.measure_turns("fast", self.options.calls, self.options.turns)
                for result in self.results[before:]:
                    result.update({"part": "idle", "kind": "idle", "functions": count})
        self.tools = " "

    # ---- fillers

    def measure_fillers(self):
        say(f"  {self.options.calls} calls whose agent looks something up, {self.options.turns} turns each")
        folder = self.folder()
        self.tools = self.servers(folder, "slow")
        providers = self.providers(folder, {"name": "slow", "arguments": {}})
        self.measure_onsets("recognition, model, voice", providers, folder, 4000)  # the server of tools begins
        self.tools = " "

    def providers(self, folder, call):
        """Whose model makes that call, whatever it is asked."""
        providers = Providers("fast", "", folder, [self.bound(processor) for processor in self.options.processors[2:]])
        providers.step = {"tool_calls": [call], "after_tools": "It is done."}
        return providers

    def measure_onsets(self, system, providers, folder, pause, thought=None):
        steps = self.greeting_steps() + [{"pause": pause}]
        for turn in range(self.options.turns):
            steps += [{"say": turn_bench.CLIPS[turn % len(turn_bench.CLIPS)]}, {"wait-reply": {"silence": 2500, "timeout": 15000}}]
        with providers:
            if thought:
                providers.add_thinker(thought)
            with self.agent(providers, folder, self.options.calls) as server:
                report, figures = self.measured(server.process.pid, server.url, steps, folder, self.options.calls)
                server.stop()
                folders = server.call_folders()
        if problems := providers.problems():
            raise RuntimeError(f"the services refused something: {problems[0]}")
        self.add_fillers(system, filler_onsets(folders), **figures)

    def add_fillers(self, system, onsets, **figures):
        if not onsets:
            raise RuntimeError(f"{system}: no filler was heard")
        beyond = distribution([onset - FILLER_AFTER_MS for onset in onsets])
        self.results.append({"part": "fillers", "kind": "fillers", "system": system, **figures, "onset-ms": distribution(onsets),
                             "beyond-filler-after-ms": beyond})  # fmt: skip

    # ---- the round trip of a tool, speech to speech

    def measure_realtime(self):
        calls, turns = self.options.calls, self.options.turns
        say(f"  {calls} calls speech to speech, {turns} tools each")
        script = {
            "greeting": {**REPLY, "await_tools": ["quick"]}, "replies": [{"silent": True, "tool": {"name": "quick"}, "then": REPLY}],
            "log": ["response.output_item.done", "conversation.item.create", "response.create", "error"], "keep_audio": False,
        }  # fmt: skip
        report, figures, fake, _ = self.speech_to_speech(script, self.servers(self.folder(), "quick"), self.turn_steps(turns), calls)
        log = [json.loads(line) for line in (fake.folder / "events.jsonl").read_text().splitlines()]
        if problems := refused(log):
            raise RuntimeError(f"the service refused something: {problems[0]}")
        trips = [1000 * (end - begin) for begin, end, _ in self.windows(log)]
        self.results.append({"part": "realtime", "kind": "realtime", **figures, "round-trip-ms": distribution(trips)})

    # ---- a second model that thinks

    def measure_think(self):
        for _ in range(self.options.rounds):
            for thinker in THINKERS:
                self.thinks = thinker != "none"
                before = len(self.results)
                self.measure_turns("fast", self.options.calls, self.options.turns)
                for result in self.results[before:]:
                    result.update({"part": "think", "kind": "think", "thinker": thinker})
        say(f"  {self.options.calls} calls whose agent thinks, {self.options.turns} turns each")
        folder = self.folder()
        providers = self.providers(folder, {"name": "think", "arguments": {"question": "How many weeks are 100 days?"}})
        self.measure_onsets("think", providers, folder, 500, {"text": "Fourteen.", "delay_ms": THOUGHT_MS})
        self.thinks = False

    def run(self):
        measures = (self.measure_gaps, self.measure_idle, self.measure_fillers, self.measure_realtime, self.measure_think)
        for part, measure in zip(PARTS, measures):
            if part in self.options.only:
                self.attempt(measure)


def median_of(runs, key):
    values = sorted(run[key]["p50"] if isinstance(run[key], dict) else run[key] for run in runs)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2, values[-1] - values[0]


def verdicts(results):
    lines = []
    for run in results:
        if run["kind"] == "gaps":
            lost, broken = run["caller-frames-lost"], run["agent-sounds-broken"]
            lines.append((lost == 0, f"while tools work: {lost} of {run['caller-frames']} frames of the caller lost"))
            lines.append((broken == 0, f"while tools work: {run['agent-sounds'] - broken} of {run['agent-sounds']} fillers and replies heard "
                                       f"sample by sample, {run['agent-ms'] / 1000:.1f} s"))  # fmt: skip
    lines += differences(results, "idle", "functions", {count: f"{count} functions" for count in IDLE})
    lines += differences(results, "think", "thinker", {"none": "", "idle": "a thinker that is not asked"})
    return lines


def differences(results, kind, key, names):
    """Verdicts on the runs of a kind: what those with other values of `key` cost more than those with its first."""
    runs = {value: [run for run in results if run["kind"] == kind and run[key] == value] for value in names}
    if not all(runs.values()):
        return []
    lines, (first, *others) = [], names
    for figure, what, unit, floor in (("ours-ms", "latency of turns that is ours, p50", "ms", 1.0),
                                      ("cpu-percent-per-call", "CPU of a call", "% of a processor", 0.2)):  # fmt: skip
        none, spread = median_of(runs[first], figure)
        for value in others:
            more = median_of(runs[value], figure)[0] - none
            most = max(floor, spread)
            lines.append((more <= most, f"{names[value]}: {what}: {more:+.2f} {unit} (not measurable: up to {most:.2g})"))
    return lines


def show(values, *keys):
    return [f"{values[key]:.1f}" for key in keys]


def print_results(results):
    for run in results:
        if run["kind"] == "gaps":
            rows = [["tool", "took (ms)", "the model was told"]]
            rows += [[tool["tool"], f"{tool['took-ms']:.0f}", tool["told"]] for tool in run["tools"]]
            print_table(rows)
            rows = [["caller's frames at the service", "count", "every p50", "p99", "max (ms)"]]
            for when, name in (("during", "while a tool works"), ("else", "otherwise")):
                values = run["caller-interval-ms"][when]
                rows.append([name, str(values["count"]), *show(values, "p50", "p99", "max")])
            print_table(rows)
    for kind, key in (("idle", "functions"), ("think", "thinker")):
        if not (idle := [run for run in results if run["kind"] == kind]):
            continue
        rows = [[key, "calls", "turns", "first audio p50", "p95 (ms)", "ours p50", "p95", "p99 (ms)", "CPU % per call"]]
        for run in sorted(idle, key=lambda run: (IDLE + THINKERS).index(run[key])):
            rows.append([str(run[key]), str(run["calls"]), str(run["turns"]), *show(run["first-audio-ms"], "p50", "p95"),
                         *show(run["ours-ms"], "p50", "p95", "p99"), f"{run['cpu-percent-per-call']:.3f}"])  # fmt: skip
        print_table(rows)
    if fillers := [run for run in results if run["kind"] == "fillers"]:
        rows = [["fillers", "count", "call to first sound p50", "p95", "max (ms)", f"beyond the {FILLER_AFTER_MS} ms: p50", "p95", "max (ms)"]]
        for run in fillers:
            rows.append([run["system"], str(run["onset-ms"]["count"]), *show(run["onset-ms"], "p50", "p95", "max"),
                         *show(run["beyond-filler-after-ms"], "p50", "p95", "max")])  # fmt: skip
        print_table(rows)
    if realtime := [run for run in results if run["kind"] == "realtime"]:
        rows = [["speech to speech", "calls", "tools", "function call to its output p50", "p95", "p99 (ms)", "CPU % per call"]]
        for run in realtime:
            rows.append(["a tool that answers at once", str(run["calls"]), str(run["round-trip-ms"]["count"]),
                         *show(run["round-trip-ms"], "p50", "p95", "p99"), f"{run['cpu-percent-per-call']:.3f}"])  # fmt: skip
        print_table(rows)


def parse_arguments():
    allowed = sorted(os.sched_getaffinity(0))
    four = [allowed[0], allowed[-1], allowed[len(allowed) // 3], allowed[2 * len(allowed) // 3]]
    parser = argparse.ArgumentParser(prog="./dev bench tools", description="Measures what tools cost the conversation. Takes about four minutes.")
    parser.add_argument("--calls", type=int, default=8, help="at a time, of all parts but the gaps (8)")
    parser.add_argument("--turns", type=int, default=3, help="of each call (3)")
    parser.add_argument("--rounds", type=int, default=2, help="of idle tools, and of a thinker that is not asked: 0, 5, 100 and again (2)")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(KINDS), help="of tools for the gaps (all)")
    parser.add_argument("--processors", type=processors(4), default=four,
                        help=f"of jackfield, of the callers, of the fakes ({','.join(map(str, four))})")  # fmt: skip
    add_common_arguments(parser, PARTS, "all", "openai-agents-0.18.0")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
        bench = ToolsBench(options, scratch)
        say(f"processors {options.processors}; load {os.getloadavg()[0]:.1f}")
        bench.run()
    say(f"took {time.monotonic() - began:.0f} s")
    print_results(bench.results)
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
