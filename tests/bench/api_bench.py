#!/usr/bin/env python3
"""What the control API takes while many calls run: how soon it answers, what readers of the event socket
cost, and whether the calls notice.

The real `jackfield run` is bound to one processor, the callers to another, and those who ask and read to a
third. Nothing is asserted: the tables tell, and the exit code is 1 only when something could not be measured.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from bench_tools import HERE, SOURCE, add_common_arguments, distribution, machine, print_table, processors, say, whole_numbers

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402

PARTS = ("answers", "readers")
# Between two requests: a console and a Prometheus ask far less.
PAUSE = 0.01
# A run whose callers were later than this (99 of 100 frames) measures the callers.
MOST_LATENESS_MS = 5.0
CALLS_PER_SECOND = 100


class Bench:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = pathlib.Path(scratch)
        self.realtime = ["chrt", "-r", "1"] if options.realtime else []
        self.runs, self.answers, self.failures = [], [], []

    def bound(self, processor):
        return ["taskset", "-c", str(self.options.processors[processor]), *self.realtime]

    @contextlib.contextmanager
    def server(self, pipeline):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        plugins = f"{self.options.build / 'tests/bench'}:{os.environ.get('GST_PLUGIN_PATH_1_0', '')}"
        server = jackfield_server.Server(
            self.options.build / "launcher/jackfield", pipeline, folder, "--quiet", "--max-calls", str(self.options.calls + 50),
            prefix=self.bound(0), environment={"GST_PLUGIN_PATH_1_0": plugins},
        )  # fmt: skip
        with server:
            yield server
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    def load(self, server, calls, seconds, settle):
        command = [
            *self.bound(1), str(self.options.build / "tests/bench/twilio_load"), "--port", str(server.port), "--voice", "/twilio/voice",
            "--calls", str(calls), "--rate", str(CALLS_PER_SECOND), "--seconds", str(seconds), "--settle", str(settle),
            "--pid", str(server.process.pid), "--processor", str(self.options.processors[0]),
        ]  # fmt: skip
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @staticmethod
    def result(load):
        out, err = load.communicate(timeout=300)
        if load.returncode != 0:
            raise RuntimeError(err.strip() or f"twilio_load ended with {load.returncode}")
        return json.loads(out)

    def measure(self, name, pipeline, during=None, readers=0):
        for attempt in range(1, self.options.attempts + 1):
            say(f"  {name}, {self.options.calls} calls, {self.options.seconds:g} s" + (f", attempt {attempt}" if attempt > 1 else ""))
            with self.server(pipeline) as server:
                # What is loaded by the first call of a process belongs to no call.
                self.result(self.load(server, 1, 0.5, 0.1))
                load = self.load(server, self.options.calls, self.options.seconds, self.options.settle)
                with self.readers(server, readers) as reading:
                    # All calls run a second before the measurement.
                    time.sleep(self.options.calls / CALLS_PER_SECOND + self.options.settle - min(1, self.options.settle / 2))
                    asked = during(server) if during else None
                    run = self.result(load)
            void = run["own-lateness-ms"]["p99"] > MOST_LATENESS_MS
            if not void:
                break
            say(f"    void: the callers themselves were {run['own-lateness-ms']['p99']:.1f} ms late (p99)")
        run.update({"name": name, "readers": readers, "void": void, "read": reading})
        self.runs.append(run)
        if asked:
            self.answers = asked

    @contextlib.contextmanager
    def readers(self, server, count):
        """So many readers of all events; what they took per second is in the dictionary afterwards."""
        figures = {}
        if count == 0:
            yield figures
            return
        process = subprocess.Popen(
            [*self.bound(2), sys.executable, str(HERE / "event_readers.py"), str(server.port), str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            if process.stdout.readline() != "reading\n":
                raise RuntimeError("the readers of events could not connect")
            # The rate counts once all calls run.
            time.sleep(self.options.calls / CALLS_PER_SECOND)
            process.stdin.write("begin\n")
            process.stdin.flush()
            begin = time.monotonic()
            yield figures
            process.stdin.write("end\n")
            process.stdin.flush()
            counted = json.loads(process.stdout.readline())
            seconds = time.monotonic() - begin
            figures.update({
                "events-per-second": counted["events"] / seconds, "mb-per-second": counted["bytes"] / seconds / 1e6,
                "lost": counted["lost"], "closed": counted["closed"],
            })  # fmt: skip
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    # ---- answers

    def ask(self, server):
        """Asks for everything in turn, one request at a time, from the connection's begin to the last byte."""
        os.sched_setaffinity(0, {self.options.processors[2]})
        first = json.loads(request(server, "/api/v1/sessions?state=running&limit=1"))["sessions"][0]["id"]
        routes = {
            "sessions (200 of them)": "/api/v1/sessions?state=running&limit=200",
            "sessions (a page of 50)": "/api/v1/sessions?state=running",
            "one session": f"/api/v1/sessions/{first}",
            "transcript": f"/api/v1/sessions/{first}/transcript",
            "latency": "/api/v1/latency",
            "server": "/api/v1/server",
            "metrics": "/metrics",
        }
        times = {name: [] for name in routes}
        sizes = {}
        end = time.monotonic() + self.options.seconds
        while time.monotonic() < end:
            for name, path in routes.items():
                begin = time.perf_counter()
                sizes[name] = len(request(server, path))
                times[name].append((time.perf_counter() - begin) * 1000)
                time.sleep(PAUSE)
        os.sched_setaffinity(0, range(os.cpu_count()))
        return [{"answer": name, "bytes": sizes[name], "ms": distribution(times[name])} for name in routes]

    def attempt(self, *arguments, **named):
        try:
            self.measure(*arguments, **named)
        except (RuntimeError, OSError, subprocess.SubprocessError, json.JSONDecodeError, KeyError, IndexError) as error:
            say(f"    failed: {error!r}")
            self.failures.append(repr(error))

    def run(self):
        echo, chatter = SOURCE / "pipelines/echo.gst", HERE / "chatter.gst"
        self.attempt("echo, nobody asks", echo)
        self.attempt("talking, nobody asks", chatter)
        if "answers" in self.options.only:
            self.attempt("talking, the API is asked", chatter, during=self.ask)
        if "readers" in self.options.only:
            for count in self.options.readers:
                self.attempt(f"talking, {count} reader{'s' if count > 1 else ''}", chatter, readers=count)


def request(server, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]}")
        return body
    finally:
        connection.close()


def print_answers(answers):
    rows = [["answer", "n", "p50", "p95", "p99", "max (ms)", "KB"]]
    for answer in answers:
        ms = answer["ms"]
        rows.append([answer["answer"], str(ms["count"]), *(f"{ms[key]:.2f}" for key in ("p50", "p95", "p99", "max")), f"{answer['bytes'] / 1000:.1f}"])
    print_table(rows)


def print_runs(runs):
    rows = [["run", "calls", "events/s, all readers", "MB/s", "lost", "server CPU %", "RTT p50", "p99", "max (ms)", "lost frames", "callers late p99 (ms)"]]
    for run in runs:
        read, rtt = run["read"], run["rtt-ms"]
        rows.append([
            run["name"], str(run["calls"]), *((f"{read['events-per-second']:.0f}", f"{read['mb-per-second']:.2f}", str(read["lost"])) if read else ("-", "-", "-")),
            f"{run['server']['cpu-percent']:.1f}", f"{rtt['p50']:.1f}", f"{rtt['p99']:.1f}", f"{rtt['max']:.1f}", str(run["frames-lost"]),
            f"{run['own-lateness-ms']['p99']:.2f}" + (" VOID" if run["void"] else ""),
        ])  # fmt: skip
    print_table(rows)


def parse_arguments():
    allowed = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        prog="./dev bench api",
        description="Measures the control API while calls run: answers, readers of events, and what calls notice. Takes two minutes.",
    )
    parser.add_argument("--calls", type=int, default=200, help="calls at a time (200)")
    parser.add_argument("--seconds", type=float, default=15, help="measured part of each run (15)")
    parser.add_argument("--settle", type=float, default=3, help="seconds before it, with all calls running (3)")
    parser.add_argument("--readers", type=whole_numbers, default=[1, 10, 50], help="readers of the event socket (1,10,50)")
    parser.add_argument("--attempts", type=int, default=3, help="runs until one is not void (3)")
    parser.add_argument("--processors", type=processors(3), default=[allowed[0], allowed[-1], allowed[len(allowed) // 2]],
                        help="of the server, of the callers, of those who ask and read")  # fmt: skip
    add_common_arguments(parser, PARTS, "server, callers and readers", "none")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
        bench = Bench(options, scratch)
        say(f"server, callers, readers on processors {options.processors}; load {os.getloadavg()[0]:.1f}")
        bench.run()
    if bench.answers:
        print_answers(bench.answers)
    if bench.runs:
        print_runs(bench.runs)
    if options.json:
        report = {"machine": machine(), "runs": bench.runs, "answers": bench.answers, "failures": bench.failures}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if bench.failures or any(run["void"] for run in bench.runs) else 0


if __name__ == "__main__":
    sys.exit(main())
