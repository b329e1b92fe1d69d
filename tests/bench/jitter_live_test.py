#!/usr/bin/env python3
"""The live half of the benchmark of the jitter buffer, a few seconds of it. Figures of real time are
as good as the machine is idle: what is checked is that they are all there, and those that must be
right on any machine. Prints TAP. Arguments: the source directory, the build directory.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def main():
    source, build = map(pathlib.Path, sys.argv[1:3])
    sys.path.insert(0, str(source / "tests/bench"))
    import jitter_bench
    import jitter_live

    if not any(jitter_bench.SPEECH.glob("*.wav")):
        print("1..0 # SKIP no pocketsphinx-testdata")
        return
    results = []

    def check(right, what, detail=""):
        results.append((bool(right), what, str(detail)))

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        jitter_bench.write_speech(scratch / "speech.wav")
        # Every tenth packet is lost, and no two in a row.
        lines = [f"{k},{20 * k},{-1 if k % 10 == 9 else 20 * k + 30 + k % 3}\n" for k in range(200)]
        (scratch / "tenth.csv").write_text("".join(lines))
        program = build / "tests/bench/jitter_live"
        run = subprocess.run([program, f"audio={scratch}", scratch / "speech.wav", scratch / "tenth.csv"],
                             stdout=subprocess.PIPE, text=True, timeout=60, check=False)  # fmt: skip
        check(run.returncode == 0, "four seconds of a network that loses every tenth packet")
        found = {line["system"]: line for line in map(json.loads, run.stdout.splitlines())}
        check(sorted(found) == sorted(jitter_live.SYSTEMS), "every system has its figures", run.stdout)
        for system, one in found.items():
            check(one["name"] == "tenth" and one["latency_ms"] <= one["mean_ms"] + 1, f"{system}: held at least as long as its latency", one)
            check(0 < one["concealed"] < 0.9, f"{system}: some was concealed, most was not", one)
            check(abs(one["R"] - jitter_live.rating(one["mean_ms"], one["concealed"])) < 0.1, f"{system}: the rating of its figures", one)
            wav = scratch / "tenth" / f"{system}.wav"
            check(wav.exists() and wav.stat().st_size > 4 * 96000, f"{system}: what was heard")
            marks = jitter_live.read_marks(scratch / "tenth" / f"{system}.csv")
            check(sum(mark["concealed_ms"] for mark in marks) > 0, f"{system}: marks of what was concealed")
        check((scratch / "tenth/original.wav").exists(), "what was said")
        latencies = [found.get(f"rtpjitterbuffer-{ms}ms", {}).get("latency_ms") for ms in (60, 100, 200)]
        extra = jitter_live.DECLARED_MS
        check(latencies == [60 + extra, 100 + extra, 200 + extra], "opusdec declares the latency that is told apart", latencies)

        run = subprocess.run([program, "cost=2", "streams=4", scratch / "speech.wav"], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
        costs = {line["system"]: line for line in map(json.loads, run.stdout.splitlines())}
        check(list(costs) == ["core", "adaptivejitter-10ms", "adaptivejitter-20ms", "rtpjitterbuffer-60ms"], "what a packet costs", run.stdout)
        waits = costs.get("adaptivejitter-10ms", {}).get("waits_per_packet", 0)
        check(1 < waits < 3, "frames of 10 ms: two waits for a packet of 20", waits)
        run = subprocess.run([program, scratch / "speech.wav", scratch / "none.csv"], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        check(run.returncode and "none.csv: cannot be read" in run.stderr, "a file that is not there is named", run.stderr)
    print(f"1..{len(results)}")
    for number, (right, what, detail) in enumerate(results, 1):
        print(f"{'ok' if right else 'not ok'} {number} - {what}")
        if not right and detail:
            print("# " + detail[-1000:].replace("\n", "\n# "))


main()
