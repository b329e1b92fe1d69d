"""What the benchmarks of whole processes share."""
import argparse
import contextlib
import math
import os
import pathlib
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en")
# Short words of a human caller, as a script of `jackfield simulate` names them.
CLIPS = [f"en/digits/{n}.wav" for n in (2, 4, 5, 7, 8, 9)]


def say(text):
    print(text, file=sys.stderr, flush=True)


def usage(pid):
    """CPU seconds, resident bytes, and how often threads that live now have waited."""
    cpu = time.clock_gettime_ns((~pid << 3) | 2) / 1e9  # the process's CPU clock, as clock_getcpuclockid() gives it
    found = {"cpu": cpu, "rss": 0, "rss-max": 0, "waits": 0}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            found["rss"] = int(line.split()[1]) * 1024
        if line.startswith("VmHWM:"):
            found["rss-max"] = int(line.split()[1]) * 1024
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            for line in (task / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    found["waits"] += int(line.split()[1])
    return found


def distribution(values):
    """Nearest rank."""
    values = sorted(values)
    at = {share: values[max(1, math.ceil(share * len(values))) - 1] for share in (0.5, 0.95, 0.99, 1)}
    return {"count": len(values), "p50": at[0.5], "p95": at[0.95], "p99": at[0.99], "max": at[1]}


def wait_for_port(process, port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[-2]} ended at once")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not answer within 20 s")


def print_table(rows):
    """Markdown, aligned, so that it can be pasted into docs/performance.md."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print(flush=True)


def machine():
    model = "unknown"
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "processors": os.cpu_count(), "load": os.getloadavg()[0]}


def whole_numbers(text):
    numbers = [int(n) for n in text.split(",")]
    if not numbers or min(numbers) < 1:
        raise ValueError
    return numbers


def processors(count):
    """Reads so many numbers of processors."""

    def read(text):
        numbers = [int(n) for n in text.split(",")]
        if len(numbers) != count:
            raise ValueError
        return numbers

    return read


def some_of(parts):
    """Reads names of parts of a benchmark."""

    def read(text):
        names = text.split(",")
        if not set(names) <= set(parts):
            raise ValueError
        return names

    return read


def add_common_arguments(parser, parts, those, node_modules):
    """Of benchmarks with `parts`; `those`: whom real-time priority is for."""
    parser.add_argument("--only", type=some_of(parts), default=list(parts), help="of " + ",".join(parts) + " (all)")
    parser.add_argument("--realtime", action="store_true",
                        help=f"real-time priority for {those}: for a machine that is busy with other things (needs root)")  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write all figures to this file")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build", help=argparse.SUPPRESS)
    parser.add_argument("--node-modules", type=pathlib.Path, default=SOURCE / ".deps" / node_modules / "node_modules",
                        help=argparse.SUPPRESS)  # fmt: skip
