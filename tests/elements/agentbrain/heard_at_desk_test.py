#!/usr/bin/env python3
"""What counts as heard, beside what a sound card's sink really played: PulseAudio with a null sink, whose
monitor is recorded, and a buffer of 200 ms in the sink. Also that a goodbye is played to its end there.

Prints TAP. Arguments: the program heard_at_desk, and the folder of the tests' Python modules.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, sys.argv[2])
sys.path.insert(0, str(pathlib.Path(sys.argv[2]).parent / "docs"))
import pulse_server  # noqa: E402
import real_time  # noqa: E402
import tap as tap_module  # noqa: E402

RATE = 8000
WORDS, WORD_MS, TIMES = 20, 80, 4
BOUND_S = 0.04  # half a word
BUFFER_US = 200_000
SINK = f"audioconvert ! audioresample ! pulsesink device=speaker provide-clock=false buffer-time={BUFFER_US} latency-time=10000"


def replies_in(samples):
    """Of each reply, the words played to their end: word n is the constant sample 100 * (n + 1)."""
    numbers = numpy.rint(samples / 100).astype(int) - 1
    numbers[(numbers < 1) | (numbers > WORDS)] = 0
    replies, last, silence = [], 0, True
    edges = numpy.flatnonzero(numpy.diff(numbers)) + 1
    for begin, end in zip([0, *edges], [*edges, len(numbers)]):
        word, length = numbers[begin], (end - begin) * 1000 / RATE
        silence = silence or (word == 0 and length >= 40)
        # Less is the edge between two words, where the resampler overshoots.
        if word == 0 or length < 8:
            continue
        if word < last or (word == 1 and silence):
            replies.append({})
        silence = False
        replies[-1][word] = replies[-1].get(word, 0) + length
        last = word
    complete = []
    for played in replies:
        n = 0
        while played.get(n + 1, 0) >= WORD_MS - 12:
            n += 1
        complete.append(n)
    return complete


def judge(tap, program, pulse, raw, told):
    recorder = pulse.record("speaker.monitor", raw, RATE)
    time.sleep(0.5)
    done = subprocess.run([program, SINK, told, str(TIMES), str(WORDS), str(WORD_MS)],
                          env=pulse.environment, capture_output=True, text=True, timeout=120)  # fmt: skip
    time.sleep(0.5)
    recorder.terminate()
    recorder.wait(timeout=10)
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: {done.stdout} {done.stderr[-800:]}")
    samples = numpy.frombuffer(raw.read_bytes()[: raw.stat().st_size // 2 * 2], dtype="<i2")
    played = replies_in(samples)
    heard = [int(line) for line in done.stdout.split()]
    if len(played) != TIMES + 3 or len(heard) != TIMES:
        raise RuntimeError(f"{TIMES} replies were cut, one before and two behind them not; played: {played}, heard: {heard}")
    whole, cut = played[:1] + played[TIMES + 1 :], played[1 : TIMES + 1]
    print(f"# {told}: heard {heard}, played {cut}")
    problems = [f"heard {heard}, played {cut}"] if max(abs(h - p) for h, p in zip(heard, cut)) > 1 else []
    tap.case(f"{told}: words in the sink's buffer were not heard, those that were played were", problems)
    problems = [f"played: {whole}"] if whole != [WORDS] * 3 else []
    tap.case(f"{told}: replies that nobody interrupts, and the goodbye, are played to their end", problems)


def main(program):
    tap = tap_module.Tap()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        with pulse_server.PulseServer(scratch / "pulse.log", sinks=("speaker",)) as pulse:
            # Silence all along, with a low latency: the null sink begins with two seconds, played ahead.
            silence = subprocess.Popen(
                ["pacat", "-d", "speaker", "--rate=48000", "--channels=1", "--latency-msec=20", "/dev/zero"],
                env=pulse.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
            time.sleep(2.5)
            for told in ("words", "nothing"):
                real_time.attempt(tap, told, lambda notes: judge(notes, program, pulse, scratch / told, told),
                                  BOUND_S)  # fmt: skip
            silence.kill()
            silence.wait(timeout=10)
    tap.end()


if __name__ == "__main__":
    try:
        import numpy
    except ImportError:
        print("1..0 # SKIP needs python3-numpy")
        sys.exit(0)
    if pulse_server.missing():
        print(f"1..0 # SKIP {pulse_server.missing()}")
        sys.exit(0)
    main(sys.argv[1])
