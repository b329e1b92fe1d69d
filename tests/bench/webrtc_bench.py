#!/usr/bin/env python3
"""How long sound is on its way in a call from Chromium, and how soon it begins.

Both ends send bursts of tone at known times and note when those of the other arrive; the way back from
the server ends behind Chromium's own jitter buffer. All on one machine: one clock, and no network to
speak of. In the same run plain webrtcbin (latency 200, as by default), Chromium to Chromium, and two
Chromiums in a conference: from the first to join to the other, and back.
Nothing is asserted; the exit code is 1 only when something could not be measured.
"""
import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from bench_tools import HERE, SOURCE, add_common_arguments, distribution, machine, print_table, say, usage

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402

PARTS = ("chromium", "webrtcbin", "jackfield", "jackfield-10", "room", "room-10")
ROOMS = ("room", "room-10")
NAMES = {"chromium": "Chromium to Chromium", "webrtcbin": "webrtcbin, defaults", "jackfield": "jackfield",
         "jackfield-10": "jackfield, packets of 10 ms", "room": "conference of two Chromiums",
         "room-10": "conference, packets of 10 ms"}  # fmt: skip
# What the sound of the first seconds meets belongs to the start of a call.
SETTLE_MS = 3000
# Bursts are further apart, so the burst that was heard is the newest of those sent before.
MOST_DELAY_MS = 600


def realtime(options):
    """What a command is put behind."""
    return ["chrt", "-r", "1"] if options.realtime else []


class Browser:
    """Chromium, driven by webrtc_browser.cjs."""

    def __init__(self, node_modules, prefix):
        command = [*prefix, "node", str(HERE / "webrtc_browser.cjs")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "NODE_PATH": str(node_modules)})  # fmt: skip
        first = self.process.stdout.readline()
        if not first:
            raise RuntimeError("Chromium did not start")
        self.version = json.loads(first)["browser"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def ask(self, *requests):
        """All at a time; the answers in any order."""
        for request in requests:
            self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answers = [json.loads(self.process.stdout.readline() or '{"error": "Chromium ended"}') for _ in requests]
        for answer in answers:
            if "error" in answer:
                raise RuntimeError(answer["error"])
        return answers


def delays(mouth, ear, since):
    """ms from each burst said after `since` to when it was heard."""
    found = []
    for heard in ear:
        before = [said for said in mouth if since <= said and -5 <= heard - said < MOST_DELAY_MS]
        if before:
            found.append(heard - max(before))
    return found


class Log:
    """The file that a far end appends its times to."""

    def __init__(self, path):
        self.path = path
        self.path.touch()
        self.read = 0

    def new_lines(self):
        lines = self.path.read_text().splitlines()
        new, self.read = lines[self.read :], len(lines)
        found = {"mouth": [], "ear": [], "first": None}
        for what, at in (line.split() for line in new):
            if what == "first":
                found["first"] = int(at) / 1000
            else:
                found[what].append(int(at) / 1000)
        return found


class Bench:
    def __init__(self, options, scratch, browser):
        self.options = options
        self.scratch = pathlib.Path(scratch)
        self.browser = browser
        self.results = []
        self.failures = []

    @contextlib.contextmanager
    def webrtcbin(self):
        log = Log(self.scratch / "plain.log")
        command = [*realtime(self.options), str(self.options.build / "tests/bench/webrtc_plain"), str(log.path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            port = int(process.stdout.readline())
            yield process.pid, f"ws://127.0.0.1:{port}/signal", log
        finally:
            process.terminate()
            process.wait(timeout=20)

    def jackfield(self):
        return self.server("jackfield")

    def jackfield_10(self):
        # Chromium sends such packets because the answer asks for them; each is played as a frame of its own.
        return self.server("jackfield-10", "FRAME_SIZE=10", "FRAME_DURATION=10000000")

    def room(self):
        return self.server("room", pipeline="webrtc-room.gst")

    def room_10(self):
        return self.server("room-10", "FRAME_SIZE=10", pipeline="webrtc-room.gst")

    @contextlib.contextmanager
    def server(self, part, *variables, pipeline="webrtc_meter.gst"):
        log = Log(self.scratch / f"{part}.log")
        folder = self.scratch / part
        folder.mkdir()
        path = f"{self.options.build / 'tests/bench'}:{os.environ.get('GST_PLUGIN_PATH_1_0', '')}"
        own = f"SEAT={SOURCE / 'pipelines/seat-browser.gst'}" if part in ROOMS else f"LOCATION={log.path}"
        server = jackfield_server.Server(
            self.options.build / "launcher/jackfield", HERE / pipeline, folder, "--quiet",
            own, *variables, "--media-address", "127.0.0.1", prefix=realtime(self.options), environment={"GST_PLUGIN_PATH_1_0": path},
        )  # fmt: skip
        with server:
            yield server.process.pid, f"ws://127.0.0.1:{server.port}/signal", log
            server.stop()
        if part in ROOMS:
            return
        # What the calls themselves tell of how long sound was on its way.
        self.told = {"incoming": [], "outgoing": []}
        for call in server.call_folders():
            media = json.loads((call / "latency.json").read_text())["media"]
            for way in ("incoming", "outgoing"):
                self.told[way].append(media[way])

    def measure(self, part):
        run = {"part": part, "to-server": [], "to-browser": [], "first-at-server": [], "first-in-browser": []}
        with contextlib.ExitStack() as stack:
            pid, url, log = stack.enter_context(getattr(self, part.replace("-", "_"))()) if part != "chromium" else (None, None, None)
            cpu = spent = 0
            for number in range(self.options.calls):
                say(f"  {NAMES[part]}, call {number + 1}, {self.options.seconds:g} s")
                before, started = usage(pid)["cpu"] if pid else 0, time.monotonic()
                request = {"do": "call", "url": url} if url else {"do": "pair"}
                request |= {"room": "webrtc-room"} if part in ROOMS else {}
                call, *others = self.browser.ask(*[{**request, "seconds": self.options.seconds}] * (2 if part in ROOMS else 1))
                cpu += ((usage(pid)["cpu"] if pid else 0) - before) / (1 + len(others))
                spent += time.monotonic() - started
                if part in ROOMS:
                    far = others[0]["near"]
                    call["offered"] = max(call["offered"], others[0]["offered"])
                else:
                    far = log.new_lines() if log else call["far"]
                self.add(run, call, far)
        run["cpu-percent-per-call"] = 100 * cpu / spent if pid else None
        for key in ("to-server", "to-browser", "first-at-server", "first-in-browser"):
            run[key] = distribution(run[key])
        if part.startswith("jackfield"):
            run["told"] = self.compare(run)
        self.results.append(run)

    def compare(self, run):
        """The sums that jackfield tells beside what was measured, in ms."""
        found = {}
        for way, measured in (("incoming", "to-server"), ("outgoing", "to-browser")):
            sums = [sum_["total"] / 1e6 for sum_ in self.told[way]]
            if len(sums) != self.options.calls:
                raise RuntimeError(f"{len(sums)} of {self.options.calls} calls told how long sound was on its way")
            told = sum(sums) / len(sums)
            parts = {part["name"]: {"ms": part["time"] / 1e6, "origin": part["origin"],
                                    "budget-ms": [part["budget-min"] / 1e6, part["budget-max"] / 1e6]}
                     for part in self.told[way][-1]["parts"]}  # fmt: skip
            found[measured] = {"told-ms": told, "apart-ms": told - run[measured]["p50"], "parts": parts}
        return found

    @staticmethod
    def add(run, call, far):
        near, offered = call["near"], call["offered"]
        since = offered + SETTLE_MS
        there, back = delays(near["mouth"], far["ear"], since), delays(far["mouth"], near["ear"], since)
        if not there or not back or near["first"] is None or far["first"] is None:
            raise RuntimeError(f"no sound: {call.get('state')} {call.get('errors')}")
        run["to-server"] += there
        run["to-browser"] += back
        run["first-at-server"].append(far["first"] - offered)
        run["first-in-browser"].append(near["first"] - offered)
        received = call["statistics"]["inbound-rtp"]
        run.setdefault("browser-jitter-buffer-ms", []).append(1000 * received["jitterBufferDelay"] / received["jitterBufferEmittedCount"])
        run.setdefault("browser-concealed-samples", []).append(received["concealedSamples"])

    def run(self):
        for part in self.options.only:
            try:
                self.measure(part)
            except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
                say(f"    failed: {error}")
                self.failures.append(f"{part}: {error}")


def print_results(results):
    rows = [["system", "bursts", "browser to server p50", "p95", "p99 (ms)", "server to browser p50", "p95", "p99 (ms)",
             "offer to first audio at the server, p50", "in the browser, p50 (ms)", "CPU % per call"]]  # fmt: skip
    for run in results:
        there, back = run["to-server"], run["to-browser"]
        cpu = run["cpu-percent-per-call"]
        rows.append([
            NAMES[run["part"]], str(there["count"] + back["count"]),
            *(f"{way[key]:.0f}" for way in (there, back) for key in ("p50", "p95", "p99")),
            f"{run['first-at-server']['p50']:.0f}", f"{run['first-in-browser']['p50']:.0f}", f"{cpu:.2f}" if cpu else "-",
        ])  # fmt: skip
    print_table(rows)
    for run in results:
        if "told" in run:
            print_parts(run)


def print_parts(run):
    rows = [[NAMES[run["part"]], "part", "ms", "origin", "budget (ms)"]]
    for measured, label in (("to-server", "browser to server"), ("to-browser", "server to browser")):
        told = run["told"][measured]
        for name, part in told["parts"].items():
            least, most = part["budget-ms"]
            rows.append([label, name, f"{part['ms']:.1f}", part["origin"], f"{least:g} to {most:g}" if most else "-"])
        rows.append([label, "sum told", f"{told['told-ms']:.1f}", f"measured {run[measured]['p50']:.1f}, apart {told['apart-ms']:+.1f}", "65 to 120"])
    print_table(rows)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="./dev bench webrtc", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=3, help="calls of each system, one after the other (3)")
    parser.add_argument("--seconds", type=float, default=25, help="length of a call (25)")
    add_common_arguments(parser, PARTS, "Chromium and the far ends", "playwright-core-1.64.1")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    if options.calls < 1 or options.seconds * 1000 < SETTLE_MS + 2000:
        sys.exit("dev bench webrtc: at least one call of five seconds")
    with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch, Browser(options.node_modules, realtime(options)) as browser:
        bench = Bench(options, scratch, browser)
        bench.run()
        version = browser.version
    if bench.results:
        print_results(bench.results)
    if options.json:
        report = {"machine": machine(), "chromium": version, "results": bench.results, "failures": bench.failures}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
