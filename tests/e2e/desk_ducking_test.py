#!/usr/bin/env python3
"""desk-ducking.gst on a real PulseAudio daemon with null sinks: music plays, a person speaks over it, the
agent answers over it. What the loudspeaker plays comes back into the microphone, late and quieter.

Prints TAP. Arguments: the jackfield binary, the source directory, and a folder to keep everything in
(default: none is kept).
"""
import math
import pathlib
import sys
import tempfile
import time
import wave

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
sys.path.insert(0, str(SUPPORT.parent / "docs"))
import pulse_server  # noqa: E402
import real_time  # noqa: E402

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE = 8000  # that of the person's clips
LATE_MS, QUIETER = 60, "50%"  # the echo: half the slider is -18 dB
BUFFER_S = 0.06  # of the loudspeaker, audio preset "standard"
DUCK = 0.2  # the default of the scenario, as a factor
HOLD_S, RELEASE_S = 0.5, 0.6
PILOT_HZ, PILOT = 1000, 0.04  # a tone in the music by which its loudness is measured
STEP_S = 0.1


def write_music(path, seconds):
    """Plucked notes, and the pilot tone beside them."""
    at = numpy.arange(int(seconds * RATE)) / RATE
    music = PILOT * numpy.sin(2 * math.pi * PILOT_HZ * at)
    for number in range(int(seconds * 3)):
        hertz = 220 * 2 ** ([0, 4, 7, 12, 7, 4][number % 6] / 12)
        since = at - number / 3
        tail = since[since >= 0]
        note = 0.04 * numpy.exp(-3 * tail) * numpy.sin(2 * math.pi * hertz * tail)
        music[since >= 0] += note * numpy.minimum(1, tail / 0.01)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((music * 32767).astype("<i2").tobytes())


def pilot_db(sound):
    """Loudness of the pilot tone against what it is in the music, every STEP_S, in dB."""
    frame = int(4 * STEP_S * RATE)  # so that of the voice hardly anything is in it
    window = numpy.hanning(frame)
    turn = numpy.exp(-2j * math.pi * PILOT_HZ / RATE * numpy.arange(frame)) * window
    levels = []
    for begin in range(0, len(sound) - frame, int(STEP_S * RATE)):
        level = abs(numpy.dot(sound[begin : begin + frame], turn)) / (window.sum() / 2)
        levels.append(20 * math.log10(max(level, 1e-5) / PILOT))
    return numpy.array(levels)


def spans_below(levels, db):
    """Seconds (begin, end) in which the levels are below; what is shorter than 0.5 s is none."""
    spans, begin = [], None
    for number, low in enumerate([*(levels < db), False]):
        if low and begin is None:
            begin = number
        if not low and begin is not None:
            if (number - begin) * STEP_S >= 0.5:
                spans.append((begin * STEP_S, number * STEP_S))
            begin = None
    return spans


def final_transcript(phrase):
    return lambda f: f["final"] and (f["text"] or "").lower() == phrase


def talk(desk, pulse, scratch):
    recorder = pulse.record("speaker.monitor", scratch / "speaker.raw", RATE)
    desk.wait("session-running")
    time.sleep(3)  # the canceller learns the room
    pulse.play(SOUNDS / "hours.wav", "room")
    desk.wait("agentbrain/transcript", final_transcript("hours"))
    desk.wait("agentbrain/reply", lambda f: "We are open" in f["full-text"], 30)
    alone = desk.fields("agentbrain/interrupted")
    time.sleep(HOLD_S + RELEASE_S + 1)
    pulse.play(SOUNDS / "location.wav", "room")
    desk.wait("agentbrain/state", lambda f: f["state"] == "speaking", count=2)
    time.sleep(2.5)
    pulse.play(SOUNDS / "telephone-number.wav", "room")
    desk.wait("agentbrain/interrupted", lambda f: f["confirmed"])
    desk.wait("agentbrain/reply", lambda f: "telephone number is" in f["full-text"].lower(), 30)
    time.sleep(1)
    pulse.play(SOUNDS / "vm-goodbye.wav", "room")
    desk.wait("agentbrain/reply", lambda f: f["hang-up"], 30)
    closed = desk.wait("session-closed", timeout=15)
    recorder.terminate()
    recorder.wait(timeout=10)
    desk.stop()
    return alone, closed


def judge(tap, desk, pulse, scratch):
    alone, closed = talk(desk, pulse, scratch)
    replies = desk.fields("agentbrain/reply")
    problems = [f"interrupted while nobody spoke: {alone}"] if alone else []
    if [r["interrupted"] for r in replies] != [False, True, False, False]:
        problems.append(f"replies: {replies}")
    if closed["reason"] != "hang-up" or closed["failed"]:
        problems.append(f"the conversation ended like this: {closed}")
    tap.case("over the music the agent understands, can be interrupted, and does not hear itself", problems)

    rate, (person, agent) = call_audio.read_wav(desk.folders()[0] / "call.wav")
    voice = call_audio.speech_spans(agent, rate, gap_s=1.0)
    levels = pilot_db(call_audio.read_raw(scratch / "speaker.raw"))
    music = numpy.flatnonzero(levels > -3)
    levels = levels[music[0] : music[-1] + 1] if len(music) else levels
    defined = 20 * math.log10(DUCK)
    ducked = spans_below(levels, defined / 2)
    problems = []
    if len(voice) != 4 or len(ducked) not in (3, 4):  # the music may end while the goodbye has it ducked
        problems.append(f"the agent spoke at {voice}, the music gave way at {ducked}")
    for (begin, end), (low, high) in zip(voice, ducked):
        if not end - begin - 0.5 < high - low < end - begin + HOLD_S + RELEASE_S + 1:
            problems.append(f"it spoke for {end - begin:.1f} s, the music gave way for {high - low:.1f} s")
        inner = levels[int((low + 0.5) / STEP_S) : int((high - RELEASE_S - 0.3) / STEP_S)]
        if len(inner) == 0 or abs(numpy.median(inner) - defined) > 1.5:
            problems.append(f"attenuated by {numpy.round(inner, 1)} dB, {defined:.1f} are defined")
    tap.case(f"while it speaks the music is attenuated by {-defined:.0f} dB", problems)

    between = levels[: int((ducked[0][0] - 0.5) / STEP_S)] if ducked else levels[:0]
    after = levels[int((ducked[0][1] + 0.7) / STEP_S) :][:10] if ducked else levels[:0]
    problems = []
    for when, part in (("before", between), ("behind", after)):
        if len(part) < 5 or abs(numpy.median(part)) > 1:
            problems.append(f"{when} the reply the music is at {numpy.round(part, 1)} dB")
    tap.case("before and behind it the music is as loud as it is", problems)

    similar = [abs(level) for level in pilot_db(agent)] if rate == RATE else []
    problems = [] if rate == RATE and max(pilot_db(agent)) < -15 else [f"rate {rate}, pilot {max(similar, default=0)}"]
    tap.case("the music is not in the recording of the agent", problems)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    reason = pulse_server.missing()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-ducking-") as scratch:
        scratch = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else scratch)
        scratch.mkdir(exist_ok=True)
        write_music(scratch / "music.wav", 90)
        with pulse_server.PulseServer(scratch / "pulse.log") as pulse:
            pulse.pactl("set-default-source", "room.monitor")
            pulse.pactl("set-default-sink", "speaker")
            pulse.loop("speaker.monitor", "room", LATE_MS, QUIETER)

            def talk_over_music(notes):
                folder = pathlib.Path(tempfile.mkdtemp(prefix="talk-", dir=scratch))
                with Desk(binary, source / "pipelines/desk-ducking.gst", pulse, folder, f"RATE={RATE}",
                          f"MUSIC=filesrc location={scratch / 'music.wav'} ! wavparse", "--once") as desk:  # fmt: skip
                    judge(notes, desk, pulse, scratch)

            real_time.attempt(tap, "a conversation over music", talk_over_music, BUFFER_S)
    tap.end()


if __name__ == "__main__":
    import numpy

    import call_audio
    from desk import Desk
    from tap import Tap

    main()
