#!/usr/bin/env python3
"""What a Twilio call costs: the real `jackfield run`, called over the wire protocol.

The server is bound to one processor and the callers to another. Each figure is of the steady part of
a run; a run in which the callers themselves were late is void and done again. Nothing is asserted:
the table says what is over budget (docs/performance.md), and the exit code is 1 only when something
could not be measured.
"""
import argparse
import contextlib
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import wave

from bench_tools import (
    CLIPS, HERE, SOUNDS, SOURCE, add_common_arguments, distribution, machine, print_table, processors, say, usage, wait_for_port,
    whole_numbers,
)  # fmt: skip

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402

PARTS = ("echo", "node", "jitter", "detector", "agent")
# A run whose callers were later than this (99 of 100 frames) measures the callers.
MOST_LATENESS_MS = 5.0
SPEECH = ["agent-pass.wav", "demo-congrats.wav", "conf-adminmenu.wav", "demo-instruct.wav"]

# The agent's stages answer after these times (ms); what is left of its latency is ours.
STAGE_DELAYS = {"STT": ("delaystt", 50), "LLM": ("delayllm", 100), "TTS": ("delaytts", 50)}
HANG_OVER_MS = 400
# The budget of CPU is for calls that share wake-ups; what one call alone costs is told all the same.
AGENT_BUDGET = {"cpu": 1.0, "cpu-from-calls": 10, "added": 15.0}

# (part, calls): {figure: most}. Node has none: it is what echo is compared with.
BUDGET = {
    ("echo", 100): {"cpu": 0.10, "rtt": 5.0, "rss": 0.1, "lost": 0},
    ("echo", 500): {"cpu": 0.07, "rss": 0.1, "lost": 0},
    ("echo", 1000): {"cpu": 0.075, "rss": 0.1, "lost": 0},
    ("detector", 100): {"cpu": 0.35, "lost": 0},
}


class Bench:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = pathlib.Path(scratch)
        self.jackfield = options.build / "launcher/jackfield"
        self.load = options.build / "tests/bench/twilio_load"
        self.realtime = ["chrt", "-r", "1"] if options.realtime else []
        self.results = []
        self.agent_results = []
        self.failures = []

    def bound(self, processor):
        return ["taskset", "-c", str(processor), *self.realtime]

    # ---- servers: context managers that give (process id, port, path arguments of twilio_load)

    @contextlib.contextmanager
    def jackfield_server(self, pipeline, calls):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        server = jackfield_server.Server(
            self.jackfield, pipeline, folder, "--quiet", "--max-calls", str(calls + 50),
            prefix=self.bound(self.options.processors[0]),
        )  # fmt: skip
        with server:
            yield server.process.pid, server.port, ["--voice", "/twilio/voice"]
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def node_server(self, _calls):
        port = jackfield_server.free_port()
        command = [*self.bound(self.options.processors[0]), "node", str(HERE / "ws_echo.cjs"), str(port)]
        environment = dict(os.environ, NODE_PATH=str(self.options.node_modules), NODE_ENV="production")
        process = subprocess.Popen(command, env=environment)
        try:
            wait_for_port(process, port)
            yield process.pid, port, ["--media", "/twilio/media"]
        finally:
            process.terminate()
            process.wait(timeout=20)

    # ---- one measurement

    def generate(self, port, pid, path, calls, seconds, settle, audio):
        command = [
            *self.bound(self.options.processors[1]), str(self.load), "--port", str(port), *path,
            "--calls", str(calls), "--seconds", str(seconds), "--settle", str(settle),
            "--pid", str(pid), "--processor", str(self.options.processors[0]),
        ]  # fmt: skip
        for file in audio:
            command += ["--audio", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() or f"twilio_load ended with {done.returncode}")
        return json.loads(done.stdout)

    def measure(self, part, make_server, calls, audio=()):
        seconds = self.options.seconds
        for attempt in range(1, self.options.attempts + 1):
            say(f"  {part}, {calls} calls, {seconds:g} s" + (f", attempt {attempt}" if attempt > 1 else ""))
            with make_server() as (pid, port, path):
                # What is loaded by the first call of a process belongs to no call.
                self.generate(port, pid, path, 1, 0.5, 0.1, audio)
                time.sleep(0.5)
                run = self.generate(port, pid, path, calls, seconds, self.options.settle, audio)
            void = run["own-lateness-ms"]["p99"] > MOST_LATENESS_MS
            if not void:
                break
            say(f"    void: the callers themselves were {run['own-lateness-ms']['p99']:.1f} ms late (p99)")
        run.update({"part": part, "void": void, "attempts": attempt})
        run["over-budget"] = [] if void else over_budget(part, run)
        self.results.append(run)

    # ---- the agent: jackfield simulate talks to phone-agent.gst, whose stages only wait

    def measure_agent(self, calls, turns):
        say(f"  agent, {calls} call{'s' if calls > 1 else ''}, {turns} turns each")
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        steps = []
        for turn in range(turns):
            steps += [{"say": CLIPS[turn % len(CLIPS)]}, {"wait-reply": {"silence": 300, "timeout": 8000}}]
        script = folder / "caller.json"
        script.write_text(json.dumps({
            "name": "turns", "timeout": 60000 + turns * 10000, "sounds": str(SOUNDS.parent),
            "steps": [{"pause": 500}, *steps],
        }))  # fmt: skip
        stages = [f"{name}={element} delay={ms * 1000000}" for name, (element, ms) in STAGE_DELAYS.items()]
        environment = {"GST_PLUGIN_PATH_1_0": f"{self.options.build / 'tests/bench'}:{os.environ.get('GST_PLUGIN_PATH_1_0', '')}"}
        server = jackfield_server.Server(
            self.jackfield, SOURCE / "pipelines/phone-agent.gst", folder, "--quiet", "--max-calls", str(calls + 50),
            f"HANG_OVER={HANG_OVER_MS * 1000000}", *stages,
            prefix=self.bound(self.options.processors[0]), environment=environment,
        )  # fmt: skip
        with server:
            self.simulate(server, script, folder / "first", 1, "--timeout", "2")
            time.sleep(0.5)
            before = usage(server.process.pid)
            report = self.simulate(server, script, folder / "calls", calls, "--spread", "--rate", "20")
            after = usage(server.process.pid)
            server.stop()
        lengths = [call["duration-ms"] / 1000 for call in report["calls"]]
        failed = [call["failures"][0] for call in report["calls"] if not call["ok"]]
        if failed:
            raise RuntimeError(f"{len(failed)} of {calls} calls failed: {failed[0]}")
        added = []
        for call in report["calls"]:
            added += self.added_latencies(call)
        run = {
            "part": "agent", "calls": calls, "turns": len(added), "void": False,
            "added-ms": distribution(added),
            "callers-late-ms": max(call["line"]["worst-lateness-ms"] for call in report["calls"]),
            "cpu-percent-per-call": 100 * (after["cpu"] - before["cpu"]) / sum(lengths),
            "rss-mb-per-call": (after["rss-max"] - before["rss"]) / 1e6 / calls,
            "waits-per-frame": (after["waits"] - before["waits"]) / (sum(lengths) * 50),
        }  # fmt: skip
        over = run["over-budget"] = []
        if calls >= AGENT_BUDGET["cpu-from-calls"] and run["cpu-percent-per-call"] > AGENT_BUDGET["cpu"]:
            over.append(f"CPU > {AGENT_BUDGET['cpu']} %")
        if run["added-ms"]["p99"] > AGENT_BUDGET["added"]:
            over.append(f"added p99 > {AGENT_BUDGET['added']:g} ms")
        self.agent_results.append(run)
        shutil.rmtree(folder, ignore_errors=True)

    def simulate(self, server, script, folder, calls, *arguments):
        report = pathlib.Path(f"{folder}.json")
        command = [
            *self.bound(self.options.processors[1]), str(self.jackfield), "simulate", server.url, "--quiet",
            "--script", str(script), "--calls", str(calls), "--out", str(folder) if calls > 1 else f"{folder}.wav",
            "--json", str(report), *arguments,
        ]  # fmt: skip
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not report.exists():
            raise RuntimeError(done.stdout.strip()[-500:])
        return json.loads(report.read_text())

    def added_latencies(self, call):
        """ms between the frame that ended a turn and the reply's first message, less the stages' own."""
        with wave.open(call["recording"]) as recording:
            caller = recording.readframes(recording.getnframes())
        # Left of each pair of 16-bit samples.
        left = b"".join(caller[i : i + 2] for i in range(0, len(caller), 4))
        model = pathlib.Path(os.environ["JACKFIELD_MODELS"], "silero_vad.onnx")
        ends = subprocess.run(
            [str(self.options.build / "tests/bench/turn_ends"), str(model), str(HANG_OVER_MS)],
            input=left, stdout=subprocess.PIPE, check=True,
        ).stdout.split()  # fmt: skip
        replies = [s["speech-end-ms"] + s["first-media-after-ms"] for s in call["steps"] if "first-media-after-ms" in s]
        if len(ends) != len(replies):
            raise RuntimeError(f"{len(replies)} replies to {len(ends)} turns")
        own = sum(ms for _, ms in STAGE_DELAYS.values())
        return [reply - int(end) / 8 - own for reply, end in zip(replies, ends)]

    def attempt(self, what, *arguments, **named):
        try:
            what(*arguments, **named)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            say(f"    failed: {error}")
            self.failures.append(str(error))

    def run(self):
        only, calls = self.options.only, self.options.calls
        speech = [SOUNDS / name for name in SPEECH]
        for count in calls:
            if "echo" in only:
                echo = SOURCE / "pipelines/echo.gst"
                self.attempt(self.measure, "echo", lambda n=count: self.jackfield_server(echo, n), count)
            if "node" in only:
                self.attempt(self.measure, "node", lambda n=count: self.node_server(n), count)
        few = [n for n in calls if n <= 200] or calls[:1]
        for part, pipeline in (("jitter", "jitter.gst"), ("detector", "turndetector.gst")):
            for count in few if part in only else []:
                server = functools.partial(self.jackfield_server, HERE / pipeline, count)
                self.attempt(self.measure, part, server, count, speech)
        if "agent" in only:
            for count in self.options.agent_calls:
                self.attempt(self.measure_agent, count, max(1, self.options.turns // min(count, 10)))


def cpu_per_call(run):
    return run["server"]["cpu-percent"] / run["calls"]


def over_budget(part, run):
    """What of a run is over its budget, in words."""
    budget = BUDGET.get((part, run["calls"]), {})
    over = []
    if cpu_per_call(run) > budget.get("cpu", 1e9):
        over.append(f"CPU > {budget['cpu']} %")
    if run["rtt-ms"]["p99"] > budget.get("rtt", 1e9):
        over.append(f"RTT p99 > {budget['rtt']:g} ms")
    if run["server"]["rss-mb-per-call"] > budget.get("rss", 1e9):
        over.append(f"RSS > {budget['rss']} MB")
    if run["frames-lost"] > budget.get("lost", 1e9):
        over.append("frames lost")
    return over


def below_node(results):
    """Marks echo runs that cost more than Node in the same run."""
    node = {r["calls"]: cpu_per_call(r) for r in results if r["part"] == "node" and not r["void"]}
    for run in results:
        if run["part"] == "echo" and not run["void"] and cpu_per_call(run) >= node.get(run["calls"], 1e9):
            run["over-budget"].append("not below Node")


def verdict(run):
    if run["void"]:
        return "VOID"
    if run["over-budget"]:
        return "over: " + ", ".join(run["over-budget"])
    return "within" if (run["part"], run["calls"]) in BUDGET else "-"


NAMES = {"echo": "jackfield echo", "node": "Node ws echo", "jitter": "jackfield adaptivejitter", "detector": "jackfield turndetector"}


def print_calls_table(results):
    rows = [[
        "system", "calls", "CPU % per call", "us per frame", "RTT p50", "p95", "p99 (ms)", "lost frames", "cut ms",
        "RSS MB per call", "waits per frame", "callers late p99 (ms)", "others %", "budget",
    ]]  # fmt: skip
    for run in results:
        server, rtt = run["server"], run["rtt-ms"]
        rows.append([
            NAMES[run["part"]], str(run["calls"]), f"{cpu_per_call(run):.4f}", f"{server['cpu-us-per-frame']:.1f}",
            f"{rtt['p50']:.1f}", f"{rtt['p95']:.1f}", f"{rtt['p99']:.1f}", str(run["frames-lost"]), f"{run['cut-ms']:.0f}",
            f"{server['rss-mb-per-call']:.3f}", f"{server['waits-per-frame']:.3f}",
            f"{run['own-lateness-ms']['p99']:.2f}", f"{server['others-on-its-processor-percent'] or 0:.0f}", verdict(run),
        ])  # fmt: skip
    print_table(rows)


def print_agent_table(results):
    rows = [["agent", "turns", "added p50", "p95", "p99", "max (ms)", "CPU % per call", "RSS MB per call",
             "waits per frame", "callers late, worst (ms)", "budget"]]  # fmt: skip
    for run in results:
        added = run["added-ms"]
        rows.append([
            f"{run['calls']} call{'s' if run['calls'] > 1 else ''}", str(run["turns"]),
            *(f"{added[key]:.1f}" for key in ("p50", "p95", "p99", "max")),
            f"{run['cpu-percent-per-call']:.3f}", f"{run['rss-mb-per-call']:.2f}", f"{run['waits-per-frame']:.2f}",
            f"{run['callers-late-ms']:.1f}", "over: " + ", ".join(run["over-budget"]) if run["over-budget"] else "within",
        ])  # fmt: skip
    print_table(rows)


def parse_arguments():
    allowed = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        prog="./dev bench twilio",
        description="Measures what a Twilio call costs, against the budget and against Node's ws. Takes a few minutes.",
    )
    parser.add_argument("--calls", type=whole_numbers, default=[20, 100, 500, 1000], help="calls at a time (20,100,500,1000)")
    parser.add_argument("--seconds", type=float, default=10, help="measured part of each run (10)")
    parser.add_argument("--settle", type=float, default=5, help="seconds before it, with all calls running (5)")
    parser.add_argument("--agent-calls", type=whole_numbers, default=[1, 20], help="the agent's calls at a time (1,20)")
    parser.add_argument("--turns", type=int, default=100, help="in the agent's one call; a tenth in each of ten or more (100)")
    parser.add_argument("--attempts", type=int, default=3, help="runs until one is not void (3)")
    parser.add_argument("--processors", type=processors(2), default=[allowed[0], allowed[-1]],
                        help=f"of the server and of the callers ({allowed[0]},{allowed[-1]})")  # fmt: skip
    add_common_arguments(parser, PARTS, "both", "ws-8.23.0")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
        bench = Bench(options, scratch)
        say(f"server on processor {options.processors[0]}, callers on {options.processors[1]}; load {os.getloadavg()[0]:.1f}")
        bench.run()
    below_node(bench.results)
    if bench.results:
        print_calls_table(bench.results)
    if bench.agent_results:
        print_agent_table(bench.agent_results)
    if options.json:
        report = {"machine": machine(), "results": bench.results + bench.agent_results, "failures": bench.failures}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if bench.failures or any(run["void"] for run in bench.results) else 0


if __name__ == "__main__":
    sys.exit(main())
