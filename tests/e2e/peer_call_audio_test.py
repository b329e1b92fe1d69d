#!/usr/bin/env python3
"""Two people call each other with peer-call.gst, on a real PulseAudio daemon with null sinks: what is played
into a "mouth" its monitor, the microphone, hears; an "ear" is a loudspeaker. What one says the other hears,
and nobody hears himself.

Prints TAP. Arguments: the jackfield binary, the source directory, and a folder to keep everything in
(default: none is kept).
"""
import pathlib
import signal
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
sys.path.insert(0, str(SUPPORT.parent / "docs"))
import call_audio  # noqa: E402
import numpy  # noqa: E402
import pulse_server  # noqa: E402
import real_time  # noqa: E402
from desk import Desk  # noqa: E402
from tap import Tap  # noqa: E402

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE = 8000  # that of the recordings
BUFFER_S = 0.06  # of a loudspeaker, audio preset "standard"
SETTLE_S = 4  # null sinks take up to two seconds until they play
PAUSE_S = 1  # what the other end has not heard yet
SAYS = {"one": "call-forwarding", "two": "do-not-disturb"}  # recordings
SINKS = ("mouth-one", "ear-one", "mouth-two", "ear-two")


def devices(who):
    """The variables of peer-call.gst for one of the two."""
    return (f"CAPTURE=pulsesrc device=mouth-{who}.monitor latency-time=20000",
            f"PLAYBACK=pulsesink device=ear-{who} latency-time=20000 buffer-time=60000 async=false processing-deadline=0",
            # What it makes of a voice is another matter; of a call's first word it leaves little.
            "ECHO_CANCEL=false", "NOISE_SUPPRESSION=false", "GAIN_CONTROL=false")  # fmt: skip


def likeness(clip, path):
    """How much a raw recording has of a clip, 0..1."""
    _, [said] = call_audio.read_wav(SOUNDS / f"{clip}.wav")
    heard = numpy.frombuffer(path.read_bytes()[: path.stat().st_size // 2 * 2], dtype="<i2").astype(float) / 32768
    return call_audio.find_speech(said, heard, RATE)[0]


def judge(notes, binary, source, pulse, scratch):
    pipeline = source / "pipelines/peer-call.gst"
    local = ("--media-address", "127.0.0.1")
    # From before the call on: a sink that nobody listens to is slow to start.
    heard = {who: scratch / f"ear-{who}.raw" for who in ("one", "two")}
    recorders = [pulse.record(f"ear-{who}.monitor", file, RATE) for who, file in heard.items()]
    with Desk(binary, pipeline, pulse, scratch / "one", *devices("one"), *local, "--listen", "127.0.0.1:0") as one:
        url = one.wait("listening")["signal"]
        with Desk(binary, pipeline, pulse, scratch / "two", *devices("two"), *local, command=("call", url)) as two:
            for desk in (one, two):
                desk.wait("webrtc/connected")
            time.sleep(SETTLE_S)
            for who, clip in SAYS.items():
                pulse.play(SOUNDS / f"{clip}.wav", f"mouth-{who}")
                time.sleep(PAUSE_S)
            two.stop(signal.SIGINT)
            problems = [] if two.exit_code == 0 else [f"exit code {two.exit_code}: {two.log.read_text()[-1000:]}"]
            notes.case("who hangs up goes", problems)
        ended = one.wait("webrtc/call-ended")
        one.stop()
        notes.case("and the other is told, and ends well, too",
                   [] if ended["reason"] and one.exit_code == 0 else [f"{ended}, exit code {one.exit_code}"])  # fmt: skip
    for recorder in recorders:
        recorder.terminate()
        recorder.wait(timeout=10)
    for who, other in (("one", "two"), ("two", "one")):
        alike, own = likeness(SAYS[who], heard[other]), likeness(SAYS[other], heard[other])
        notes.case(f"what {who} says {other} hears", [] if alike > 0.5 else [f"alike {alike:.2f}"])
        notes.case(f"and {other} does not hear himself", [] if own < 0.4 else [f"alike {own:.2f}"])


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    reason = pulse_server.missing()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-peers-") as folder:
        scratch = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else folder)
        scratch.mkdir(exist_ok=True)
        with pulse_server.PulseServer(scratch / "pulse.log", SINKS) as pulse:

            def call(notes):
                judge(notes, binary, source, pulse, pathlib.Path(tempfile.mkdtemp(dir=scratch)))

            real_time.attempt(tap, "a call between two people", call, BUFFER_S)
    tap.end()


if __name__ == "__main__":
    main()
