#!/usr/bin/env python3
"""How long the jitter buffer holds real Opus packets of human speech, and how much it has to conceal,
over networks of all kinds, in virtual time, beside WebRTC's NetEQ over the same packets' arrivals.

Delay is above the least delay of the network, at each 10 ms of output, averaged over four phases of
the 10 ms tick; the first second is skipped. R is the E-model's rating (93.2 is perfect; 5 points are
heard). NetEQ's figures (neteq.json) were measured by running WebRTC's NetEQ offline over the same traces.

--live plays the same traces in real time, all at once, through the element adaptivejitter (frames of 10
and 20 ms) and through GStreamer's own rtpjitterbuffer (60, 100 and 200 ms) with opusdec, each with a sink
that plays by the clock, and measures what a packet costs; about two minutes.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import wave

import jitter_live
import jitter_traces

HERE = pathlib.Path(__file__).parent
SPEECH = pathlib.Path("/usr/share/pocketsphinx/test/data/librivox")
# What the element's presets of the same names set.
PRESETS = {"default": [], "agent": ["tradeoff=50"], "meeting": ["preset=meeting"], "spec": ["min=20", "max=200", "start=60"]}

HOUR_PPM = (100, -100, 500, -500)  # 500: the most that the buffer has to follow


def arguments():
    parser = argparse.ArgumentParser(prog="dev bench jitter", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", action="append", default=[], metavar="FILE.csv",
                        help="in place of the made-up networks: index,send_ms,arrive_ms (-1: lost), 20 ms a packet")  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="the figures as JSON")
    parser.add_argument("--preset", choices=PRESETS, default="default")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="that many dice for each network; prints the spread")
    parser.add_argument("--packets", type=int, default=3000, help="length of the made-up networks (default: 3000, 60 s)")
    parser.add_argument("--hour", action="store_true",
                        help="in place of the made-up networks: an hour of clocks that drift; delay is above the network's least of the same second")  # fmt: skip
    parser.add_argument("--live", action="store_true", help="also in real time, beside rtpjitterbuffer and opusdec")
    parser.add_argument("--listen", metavar="DIR",
                        help="in real time only, and writes what is heard: WAV files and spectrograms of three bad networks, or of --trace")  # fmt: skip
    parser.add_argument("--realtime", action="store_true", help="real-time priority for --live and --listen: for a machine that is busy (needs root)")
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    return parser.parse_args()


def write_speech(path):
    files = sorted(SPEECH.glob("*.wav"))
    if not files:
        sys.exit("dev bench jitter: no speech: install the package pocketsphinx-testdata")
    with wave.open(str(path), "wb") as out:
        for number, file in enumerate(files):
            with wave.open(str(file)) as speech:
                if number == 0:
                    out.setparams(speech.getparams())
                out.writeframes(speech.readframes(speech.getnframes()))


def replay(build, options, speech, traces):
    program = pathlib.Path(build) / "tests/bench/jitter_replay"
    run = subprocess.run([program, *options, speech, *traces], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        sys.exit(1)
    return [json.loads(line) for line in run.stdout.splitlines()]


def table(results, neteq):
    print(f"{'':26}{'held ms':>16}{'concealed':>22}{'R':>14}{'':8}")
    print(f"{'network':26}{'ours':>8}{'NetEQ':>8}{'ours':>9}{'NetEQ':>8}{'times':>5}{'ours':>8}{'NetEQ':>7}{'gain':>7}{'slower':>8}{'faster':>8}")
    for result in results:
        other = neteq.get(result["name"])
        far = [f"{other['mean_ms']:8.0f}", f"{100 * other['concealed']:7.2f}%", f"{other['R']:7.1f}", f"{result['R'] - other['R']:+7.1f}"] \
            if other else [" " * 8, " " * 8, " " * 7, " " * 7]  # fmt: skip
        print(f"{result['name']:26}{result['mean_ms']:8.1f}{far[0]}{100 * result['concealed']:8.2f}%{far[1]}{result['events']:5.0f}"
              f"{result['R']:8.1f}{far[2]}{far[3]}{100 * result['inserted']:7.2f}%{100 * result['removed']:7.2f}%")  # fmt: skip


def work(results):
    above = {result["name"]: result["us_per_packet"] - result["bare_us_per_packet"] for result in results}
    bare = sum(result["bare_us_per_packet"] for result in results) / len(results)
    worst = max(above, key=above.get)
    print(f"\nwork above decoding ({bare:.1f} us a packet): {sum(above.values()) / len(above):.1f} us a packet,"
          f" at most {above[worst]:.1f} ({worst})")  # fmt: skip


def spread(runs):
    print(f"\n{'network':26}{'R least':>9}{'mean':>7}{'most':>7}{'held ms':>14}{'concealed':>18}")
    for name in runs[0]:
        of = [run[name] for run in runs]
        r, held, hidden = ([one[key] for one in of] for key in ("R", "mean_ms", "concealed"))
        print(f"{name:26}{min(r):9.1f}{sum(r) / len(r):7.1f}{max(r):7.1f}{min(held):8.0f} to {max(held):3.0f}"
              f"{100 * min(hidden):9.2f} to {100 * max(hidden):.2f}%")  # fmt: skip


def main():
    options = arguments()
    settings = PRESETS[options.preset]
    # Figures of other lengths are no comparison.
    neteq = json.loads((HERE / "neteq.json").read_text()) if options.trace or options.packets == 3000 else {}
    with tempfile.TemporaryDirectory(prefix="jackfield-jitter-") as scratch:
        scratch = pathlib.Path(scratch)
        write_speech(scratch / "speech.wav")
        if options.listen:
            jitter_traces.write(scratch, jitter_traces.make(options.packets))
            traces = options.trace or [scratch / f"{name}.csv" for name in jitter_live.LISTENED]
            jitter_live.tables(jitter_live.listen(options, scratch / "speech.wav", traces), {}, neteq)
            return
        if options.hour:
            settings = [*settings, "moving=1"]
            neteq = {}
            jitter_traces.write(scratch, jitter_traces.drifting(180000, HOUR_PPM))
            options.trace = sorted(map(str, scratch.glob("drift*.csv")))
        runs = []
        live = {}
        for seed in range(1 if options.trace else options.seeds):
            if options.trace:
                traces = options.trace
            else:
                folder = scratch / str(seed)
                folder.mkdir()
                jitter_traces.write(folder, jitter_traces.make(options.packets, seed))
                traces = sorted(map(str, folder.iterdir()))
            results = replay(options.build, settings, scratch / "speech.wav", traces)
            if seed == 0:
                table(results, neteq)
                work(results)
                if options.live:
                    played = jitter_live.play(options, scratch / "speech.wav", traces)
                    jitter_live.tables(played, {result["name"]: result for result in results}, neteq)
                    live = {"live": {"traces": played, "cost": jitter_live.costs(options, scratch / "speech.wav")}}
            runs.append({result["name"]: result for result in results})
    if len(runs) > 1:
        spread(runs)
    if options.json:
        named = {name: {key: value for key, value in one.items() if key != "name"} for name, one in runs[0].items()}
        pathlib.Path(options.json).write_text(json.dumps({"preset": options.preset, "traces": named, "neteq": neteq, **live}, indent=1) + "\n")
        print(f"\nfigures: {os.path.abspath(options.json)}")


if __name__ == "__main__":
    main()
