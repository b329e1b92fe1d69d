#!/usr/bin/env python3
"""What mixing costs, for each block of 10 ms (48 kHz, one channel): in the core of duckingmixer, and in the
element beside GStreamer's audiomixer in the same run; and what a conference of telephone seats costs.

core      microseconds a block, for each instruction set that this machine has
element   CPU of the process, all threads, from the push of 16-bit buffers into the sink pads to that of what is
          mixed out of the src pads. No time has to go by: duckingmixer's clock stands still until all have
          pushed, audiomixer waits for data only. "minus" with audiomixer is a mixer for each output.
          What the same pushes cost into pads that throw all away is subtracted from both.
encoders  runs of the Opus encoder for a packet of 50 listeners, each behind a sharedopusenc of its own
conference  callers over real WebSocket connections in a room of one jackfield: CPU of each seat, and the time
          from mouth to ear. A run in which the callers themselves were late is void and done again

The first three are bound to one processor, and the best of many rounds counts: on a machine that does other
things, too, only that says what the code costs. Nothing is asserted: the tables tell what keeps its budget, and the exit
code is 1 only when something could not be measured.
"""
import argparse
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import conference_seats
from bench_tools import SOURCE, machine, print_table, say, some_of, whole_numbers

PARTS = ("core", "element", "encoders", "conference")
SPEAKERS = (0, 1, 3, 5)
LISTENERS = 50
# Beyond that, audiomixers for all outputs do not get ready in reasonable time.
MOST_STOCK_MINUS = 50

CORE_BUDGET_US = 15  # AVX2, 50 inputs, 50 different outputs
ELEMENT_BUDGET_US = 75
LESS_THAN_STOCK = {"one": 5, "minus": 50}
# A cost that grows in a straight line is the same for each input; this much more is memory that no longer fits
# into the nearest cache.
LINEAR = 1.5


def arguments():
    parser = argparse.ArgumentParser(prog="dev bench mixer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=some_of(PARTS), default=list(PARTS), help="of " + ",".join(PARTS) + " (all)")
    parser.add_argument("--inputs", type=whole_numbers, default=[2, 10, 50, 200], metavar="N,...", help="numbers of inputs (2,10,50,200)")
    parser.add_argument("--rounds", type=int, default=60, help="of each row (60)")
    parser.add_argument("--processor", type=int, default=max(os.sched_getaffinity(0)), help="that the first three are bound to (the last one)")
    conference_seats.add_arguments(parser)
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write all figures to this file")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.build = options.build.resolve()
    return options


class Bench:
    def __init__(self, options):
        self.options = options
        self.failures = []

    def run(self, program, *arguments):
        """Its lines of JSON."""
        command = [str(self.options.build / "tests/bench" / program), *map(str, arguments)]
        bind = functools.partial(os.sched_setaffinity, 0, {self.options.processor})
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, preexec_fn=bind, timeout=600, check=False)
        if run.returncode:
            self.failures.append(f"{' '.join(command)} ended with {run.returncode}")
            say(f"dev bench mixer: {self.failures[-1]}")
        return [json.loads(line) for line in run.stdout.splitlines()]

    def core(self):
        rows = self.run("mixer_core", self.options.rounds, *self.options.inputs)
        for row in rows:
            row["ns-per-input"] = 1000 * row["us"] / row["inputs"]
            row["budget"] = None
            if row["kernels"] == "avx2" and row["inputs"] == 50 and row["outputs"] == "mix-minus":
                row["budget"] = row["us"] <= CORE_BUDGET_US
        return rows

    def element(self):
        rows = []
        for outputs in ("one", "minus"):
            for inputs in self.options.inputs:
                if inputs < 2:
                    continue
                stock = outputs == "one" or inputs <= MOST_STOCK_MINUS
                found = {}
                for system in ("duckingmixer", "audiomixer")[: 2 if stock else 1]:
                    # Blocks of a round, so that one takes about as long as another.
                    many = system == "audiomixer" and outputs == "minus"
                    blocks = max(4, 100 // inputs) if many else max(10, 1000 // inputs)
                    rounds = max(2, self.options.rounds // (5 if many else 1))
                    pushed = "minus" if many else "one"
                    measured = self.run("mixer_element", system, inputs, outputs, blocks, rounds)
                    none = self.run("mixer_element", "none", inputs, pushed, blocks, rounds)
                    if measured and none:
                        row = {**measured[0], "pushes-us": none[0]["us"], "net-us": max(0.01, measured[0]["us"] - none[0]["us"])}
                        row["ns-per-input"] = 1000 * row["net-us"] / inputs
                        found[system] = row
                rows += found.values()
                if len(found) == 2:
                    found["duckingmixer"]["times-less"] = found["audiomixer"]["net-us"] / found["duckingmixer"]["net-us"]
        return rows

    def encoders(self):
        rows = []
        for speakers in SPEAKERS:
            for row in self.run("mixer_element", "encoders", LISTENERS, speakers, 20, max(2, self.options.rounds // 10)):
                rows.append({**row, "speakers": speakers, "budget": abs(row["encoder-runs"] - 1 - speakers) < 0.001})
        return rows

    def conference(self):
        with tempfile.TemporaryDirectory(prefix="jackfield-bench-") as scratch:
            try:
                return conference_seats.measure(self.options, scratch)
            except RuntimeError as error:
                self.failures.append(f"conference: {error}")
                say(f"dev bench mixer: {self.failures[-1]}")
                return []


def verdict(kept):
    return "-" if kept is None else "within" if kept else "MISSED"


def core_table(rows):
    table = [["core: kernels", "inputs", "outputs", "different mixes", "us a block", "ns an input", "budget"]]
    for row in rows:
        table.append([row["kernels"], str(row["inputs"]), row["outputs"], str(row["distinct"]), f"{row['us']:.2f}",
                      f"{row['ns-per-input']:.0f}", verdict(row["budget"])])  # fmt: skip
    print_table(table)


def element_table(rows):
    table = [["element", "inputs", "outputs", "us a block", "of it pushes", "ns an input, without", "times less than audiomixer"]]
    for row in rows:
        times = row.get("times-less")
        table.append([row["system"], str(row["inputs"]), {"one": "one mix", "minus": "mix-minus"}[row["outputs"]], f"{row['us']:.1f}",
                      f"{row['pushes-us']:.1f}", f"{row['ns-per-input']:.0f}", f"{times:.1f}" if times else "-"])  # fmt: skip
    print_table(table)


def encoders_table(rows):
    table = [["listeners", "speak", "different mixes", "encoder runs a packet", "us a block, with encoders", "budget"]]
    for row in rows:
        table.append([str(row["inputs"]), str(row["speakers"]), f"{row['distinct']:.2f}", f"{row['encoder-runs']:.2f}", f"{row['us']:.1f}",
                      verdict(row["budget"])])  # fmt: skip
    print_table(table)


def budgets(report):
    """What was promised, where the run has figures of it."""
    promises = []

    def add(what, budget, value, kept):
        promises.append({"what": what, "budget": budget, "value": value, "kept": kept})

    def find(rows, **wanted):
        return next((row for row in rows if all(row[key] == value for key, value in wanted.items())), None)

    core, element = report.get("core", []), report.get("element", [])
    row = find(core, kernels="avx2", inputs=50, outputs="mix-minus")
    if row:
        add("core, AVX2, 50 inputs and 50 mixes", f"<= {CORE_BUDGET_US} us", f"{row['us']:.1f} us", row["us"] <= CORE_BUDGET_US)
    for kernels in dict.fromkeys(row["kernels"] for row in core):
        few, many = (find(core, kernels=kernels, inputs=n, outputs="mix-minus") for n in (50, 200))
        if few and many:
            growth = many["ns-per-input"] / few["ns-per-input"]
            add(f"core, {kernels}, an input of 200 as one of 50", f"<= {LINEAR} times", f"{growth:.2f} times", growth <= LINEAR)
    ours = {(row["outputs"], row["inputs"]): row for row in element if row["system"] == "duckingmixer"}
    if ("minus", 50) in ours:
        row = ours["minus", 50]
        add("element, 50 inputs and 50 mixes, with the pushes", f"<= {ELEMENT_BUDGET_US} us", f"{row['us']:.1f} us", row["us"] <= ELEMENT_BUDGET_US)
        if ("minus", 200) in ours:
            growth = ours["minus", 200]["ns-per-input"] / row["ns-per-input"]
            add("element, an input of 200 as one of 50", f"<= {LINEAR} times", f"{growth:.2f} times", growth <= LINEAR)
    for outputs, name in (("one", "one mix"), ("minus", "mix-minus")):
        times = ours.get((outputs, 50), {}).get("times-less")
        if times:
            add(f"element, {name} of 50, beside audiomixer", f">= {LESS_THAN_STOCK[outputs]} times less", f"{times:.1f} times", times >= LESS_THAN_STOCK[outputs])
    if report.get("encoders"):
        kept = all(row["budget"] for row in report["encoders"])
        most = max(row["encoder-runs"] - row["speakers"] for row in report["encoders"])
        add(f"encoder runs for {LISTENERS} listeners", "1 + those who speak", f"{most:.2f} + those who speak", kept)
    for run in report.get("conference", []):
        late = float(run["mouth-to-ear-ms"]["p99"])
        what = f"mouth to ear, {run['calls']} phone seats, {run['speakers']} speak (p99)"
        add(what, f"< {conference_seats.AIM_MS:g} ms", f"{late:.1f} ms", None if run["void"] else late < conference_seats.AIM_MS)
    return promises


TABLES = (("core", core_table), ("element", element_table), ("encoders", encoders_table), ("conference", conference_seats.print_rows))


def main():
    options = arguments()
    bench = Bench(options)
    report = {"machine": machine()}
    for part, table in TABLES:
        if part in options.only:
            say(f"measuring: {part}")
            report[part] = getattr(bench, part)()
            if report[part]:
                table(report[part])
    report["budgets"] = budgets(report)
    if report["budgets"]:
        print_table([["what", "budget", "measured", ""], *([one["what"], one["budget"], one["value"], verdict(one["kept"])] for one in report["budgets"])])
    report["failures"] = bench.failures
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
