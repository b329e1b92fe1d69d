"""The live half of `dev bench jitter`: the same traces in real time through real pipelines, what a
packet costs in them, and how it sounds."""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import wave

from bench_tools import print_table

SYSTEMS = ["adaptivejitter-10ms", "adaptivejitter-20ms", "rtpjitterbuffer-60ms", "rtpjitterbuffer-100ms", "rtpjitterbuffer-200ms"]
# What opusdec with use-inband-fec declares, and what it takes: the next packet.
DECLARED_MS, NEEDED_MS = 120, 20
PATH_MS = 50 + 26.5
LISTENED = ("loss10", "mobile", "wifi_bad")
LATE_MS = 2


def run(options, arguments):
    """The lines of jitter_live, each an object."""
    command = [*(["chrt", "-f", "1"] if options.realtime else []), pathlib.Path(options.build) / "tests/bench/jitter_live", *arguments]
    with tempfile.TemporaryDirectory(prefix="jackfield-jitter-") as scratch:
        environment = dict(os.environ)
        environment.setdefault("GST_REGISTRY_1_0", f"{scratch}/registry")
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(1)
    return [json.loads(line) for line in done.stdout.splitlines()]


def rating(mean_ms, concealed):
    delay, percent = PATH_MS + mean_ms, 100 * concealed
    return 93.2 - 0.024 * delay - 0.11 * max(0, delay - 177.3) - 95 * percent / (percent / 2 + 25.1)


def play(options, speech, traces, audio=None):
    """{trace: {system: figures}}"""
    played = {}
    for line in run(options, [f"preset={options.preset}", *([f"audio={audio}"] if audio else []), speech, *traces]):
        if line["system"].startswith("rtpjitterbuffer"):
            line["R_at_best"] = round(rating(line["mean_ms"] - DECLARED_MS + NEEDED_MS, line["concealed"]), 2)
        played.setdefault(line.pop("name"), {})[line.pop("system")] = line
    return played


def tables(played, virtual, neteq):
    shown = {"held ms": ("mean_ms", "{:.0f}"), "concealed %": ("concealed", "{:.2f}"), "R": ("R", "{:.1f}"), "R at best": ("R_at_best", "{:.1f}")}
    for title, (key, form) in shown.items():
        rows = [[title, "core, virtual time", *SYSTEMS, "NetEQ, virtual time"]]
        for name, systems in played.items():
            columns = [virtual.get(name, {}), *(systems[system] for system in SYSTEMS), neteq.get(name, {})]
            figures = [column.get(key, column.get("R") if key == "R_at_best" else None) for column in columns]
            rows.append([name, *("" if f is None else form.format(100 * f if key == "concealed" else f) for f in figures)])
        print()
        print_table(rows)
    late = max(figures["pushed_late_p99_ms"] for systems in played.values() for figures in systems.values())
    unsure = sum(figures["unsure"] for systems in played.values() for figures in systems.values())
    print(f"packets came late, p99: {late:.2f} ms", end="")
    print(": the machine is too busy for these figures; on one that is, --realtime" if late > LATE_MS else "")
    if unsure:
        print(f"of opusdec's audio, pieces of 20 ms that do not sound like the packet they were taken for: {unsure}")


def costs(options, speech):
    """{system: figures}; prints them."""
    found = {line.pop("system"): line for line in run(options, ["cost=5", speech])}
    rows = [["what a packet of 20 ms costs", "us of CPU", "above the core", "waits"]]
    for name, one in found.items():
        above = one["us_per_packet"] - found["core"]["us_per_packet"]
        rows.append([name, f"{one['us_per_packet']:.0f}", "" if name == "core" else f"{above:.0f}", f"{one['waits_per_packet']:.2f}"])
    print()
    print_table(rows)
    return found


def read_wav(path):
    import numpy

    with wave.open(str(path)) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768


def read_marks(path):
    with open(path, encoding="ascii") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def stretches(marks):
    """(start, end, kind) in ms: what was concealed, holes, what was played faster or slower."""
    heard_to = None
    for mark in marks:
        start, end = mark["start_ms"], mark["start_ms"] + mark["length_ms"]
        if heard_to is not None and start > heard_to + 1:
            yield heard_to, start, "hole"
        if heard_to is not None and start < heard_to - 1:
            yield start, heard_to, "cut"
        for key, kind in (("concealed_ms", "concealed"), ("removed_ms", "faster"), ("inserted_ms", "slower")):
            if mark[key] > 0:
                yield start, end, kind
        heard_to = max(heard_to or 0, end)


COLOURS = {"hole": "#d62728", "concealed": "#ff7f0e", "cut": "#9467bd", "faster": "#1f77b4", "slower": "#2ca02c"}


def picture(folder, systems=("rtpjitterbuffer-100ms", "adaptivejitter-20ms"), seconds=6):
    """Spectrograms below each other, of the part in which most went wrong with the first system."""
    import matplotlib
    import PIL.Image

    matplotlib.use("Agg")
    import numpy
    from matplotlib import pyplot

    marks = {system: list(stretches(read_marks(folder / f"{system}.csv"))) for system in systems}
    wrong = [(start, end) for start, end, kind in marks[systems[0]] if kind in ("hole", "concealed", "cut")]
    begin = max(range(2, 50), key=lambda t: sum(t * 1000 < start < (t + seconds) * 1000 for start, _ in wrong))
    noise = numpy.random.default_rng(1).normal(0, 1e-6, seconds * 16000)  # silence has a level, too
    figure, axes = pyplot.subplots(len(systems) + 1, 1, figsize=(10, 2.3 * (len(systems) + 1)), sharex=True, layout="constrained")
    for axis, name in zip(axes, ("original", *systems)):
        samples = read_wav(folder / f"{name}.wav")[begin * 48000 : (begin + seconds) * 48000 : 3]
        axis.specgram(samples + noise[: len(samples)], NFFT=512, noverlap=384, Fs=16000, xextent=(begin, begin + seconds), cmap="Greys", vmin=-105, vmax=-35)
        axis.set_ylim(-900, 7000)
        axis.set_yticks([0, 2000, 4000, 6000], ["0", "2", "4", "6 kHz"])
        axis.set_title(name, loc="left", fontsize=10)
        axis.axhspan(-900, 0, color="white")
        for start, end, kind in marks.get(name, []):
            if start / 1000 < begin + seconds and end / 1000 > begin:
                low, high = (-900, -450) if kind in ("faster", "slower") else (-450, 0)
                axis.fill_between([start / 1000, end / 1000], low, high, color=COLOURS[kind], linewidth=0)
        axis.set_xlim(begin, begin + seconds)
    axes[-1].set_xlabel("seconds since the first packet was sent")
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in COLOURS.values()]
    axes[0].legend(handles, COLOURS, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(COLOURS), fontsize=9, frameon=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=80)
    pyplot.close(figure)
    # A third of the size, and no eye sees it.
    PIL.Image.open(drawn).convert("RGB").quantize(64, method=PIL.Image.Quantize.MAXCOVERAGE).save(folder / "spectrograms.png", optimize=True)


def listen(options, speech, traces):
    folder = pathlib.Path(options.listen)
    folder.mkdir(parents=True, exist_ok=True)
    played = play(options, speech, traces, folder)
    for name in played:
        picture(folder / name)
    print(f"heard by whom listens, and spectrograms.png: {folder.resolve()}/{{{','.join(played)}}}")
    return played
