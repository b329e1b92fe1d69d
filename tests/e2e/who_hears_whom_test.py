#!/usr/bin/env python3
"""The tool that says who hears whom, on mixes made here: what is there is found through all that is done to
sound on its way, what is not there is not, with room between the two. Prints TAP."""
import pathlib
import subprocess
import sys
import tempfile
import wave

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks  # noqa: E402
from who_hears_whom import FAINT, RATE, THERE, Recording, Sentences  # noqa: E402

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en")
NAMES = (
    "agent-newlocation at-tone-time-exactly cannot-complete-as-dialed conf-getchannel demo-nomatch dir-nomore "
    "feature-not-avail-line queue-holdtime tt-monkeysintro tt-weasels vm-nobodyavail call-fwd-no-ans"
).split()
SENTENCES = Sentences.read({name: SOUNDS / f"{name}.wav" for name in NAMES})
# All of the first eight, one after the other, and four at once.
IN_TURN = {name: (1 + 3.7 * number, 1.0) for number, name in enumerate(NAMES[:8])}
AT_ONCE = {name: (1 + 0.4 * number, 1.0) for number, name in enumerate(NAMES[:4])}


def mixed(parts, seconds):
    sound = numpy.random.default_rng(1).normal(size=int(seconds * RATE)) * 10 ** (-75 / 20)
    for name, (at, gain) in parts.items():
        samples = SENTENCES.voices[name]
        sound[int(at * RATE) : int(at * RATE) + len(samples)] += gain * samples
    return sound


def mulaw(sound):
    bent = numpy.round(127 * numpy.log1p(255 * numpy.minimum(1, abs(sound))) / numpy.log(256)) / 127
    return numpy.sign(sound) * (256**bent - 1) / 255


def opus(sound):
    """(sound, rate) as a browser gets it: 48 kHz."""
    with tempfile.TemporaryDirectory(prefix="who-hears-") as scratch:
        with wave.open(f"{scratch}/in.wav", "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((32767 * numpy.clip(sound, -1, 1)).astype("<i2").tobytes())
        launch = (
            f"filesrc location={scratch}/in.wav ! wavparse ! audioconvert ! audioresample ! audio/x-raw,rate=48000 ! "
            "opusenc bitrate=24000 bitrate-type=vbr inband-fec=true packet-loss-percentage=10 ! opusdec ! audioconvert ! "
            f"audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! wavenc ! filesink location={scratch}/out.wav"
        )
        subprocess.run(["gst-launch-1.0", "-q", *launch.split()], check=True)
        rate, channels = call_audio.read_wav(f"{scratch}/out.wav")
        return channels[0], rate


def shortened(sound, every=RATE // 2, by=RATE // 100):
    """10 ms are left out of each half second, as by a jitter buffer that makes up for a delay."""
    return numpy.concatenate([sound[at + by : at + every] for at in range(0, len(sound), every)])


def lengthened(sound, every=RATE // 2, by=RATE // 50):
    """20 ms are doubled in each half second."""
    return numpy.concatenate([sound[max(0, at - by) : at + every] for at in range(0, len(sound), every)])


def with_holes(sound, every=RATE * 3 // 5, hole=RATE // 25):
    sound = sound.copy()
    for at in range(0, len(sound), every):
        sound[at : at + hole] = 0
    return sound


def main():
    check = checks.Checks()
    in_turn, at_once = mixed(IN_TURN, 31), mixed(AT_ONCE, 7)
    scenes = {
        "one after the other, mu-law": (mulaw(in_turn), RATE, IN_TURN),
        "four at once, mu-law": (mulaw(at_once), RATE, AT_ONCE),
        "one 10 dB below three others": (mulaw(mixed({**AT_ONCE, NAMES[0]: (1, 0.316)}, 7)), RATE, AT_ONCE),
        "one after the other, Opus": (*opus(in_turn), IN_TURN),
        "four at once, mu-law and Opus": (*opus(mulaw(at_once)), AT_ONCE),
        "shortened by 2 %": (shortened(in_turn), RATE, IN_TURN),
        "lengthened by 4 %": (lengthened(in_turn), RATE, IN_TURN),
        "four at once, Opus, shortened": (shortened(Recording(SENTENCES, *opus(at_once)).heard), RATE, AT_ONCE),
        "with holes of 40 ms": (with_holes(in_turn), RATE, IN_TURN),
    }
    least, most = 1e9, 0.0
    for scene, (sound, rate, parts) in scenes.items():
        found = Recording(SENTENCES, sound, rate).look()
        there, absent = min(found[name].score for name in parts), max(found[name].score for name in NAMES if name not in parts)
        least, most = min(least, there), max(most, absent)
        print(f"# {scene}: there at least {there:.1f}, not there at most {absent:.1f}")
        told = {name for name in NAMES if found[name].there}
        check(f"{scene}: those who speak are found, and nobody else", told == set(parts), f"{told} instead of {set(parts)}")
    print(f"# there: at least {least:.1f}; not there: at most {most:.1f}")
    check("there is room between what is there and what is not", least > THERE + 3 and most < THERE - 3, f"{least} {most}")

    found = Recording(SENTENCES, scenes["one after the other, mu-law"][0], RATE).look(IN_TURN)
    off = max(abs(found[name].at - at) for name, (at, _) in IN_TURN.items())
    check("it tells when", off < 0.001, f"{off} s off")
    check("and that all of it is there", min(one.share for one in found.values()) == 1, found)
    half = mixed({NAMES[0]: (1, 1.0)}, 6)
    half[int(2.2 * RATE) :] = 0
    share = Recording(SENTENCES, half, RATE).find(NAMES[0]).share
    check("or only a part", 0.2 < share < 0.6, share)
    for gain in (-6, -20):
        level = Recording(SENTENCES, mixed({**IN_TURN, NAMES[2]: (8.4, 10 ** (gain / 20))}, 31), RATE).find(NAMES[2]).level
        check(f"and how loud: {gain} dB", abs(level - gain) < 0.5, level)

    missing = {name: how for name, how in IN_TURN.items() if name != NAMES[5]}
    found = Recording(SENTENCES, mulaw(mixed(missing, 31)), RATE).look()
    check("a voice that is missing is missed", not found[NAMES[5]].there and sum(one.there for one in found.values()) == 7, found)

    leak = {**IN_TURN, NAMES[0]: (1, 10 ** (-30 / 20))}
    found = Recording(SENTENCES, mulaw(mixed(leak, 31)), RATE).find(NAMES[0])
    check("a self-leak of -30 dB is found", found.there and abs(found.level + 30) < 1, found)
    found = Recording(SENTENCES, *opus(mixed(leak, 31))).find(NAMES[0])
    check("through Opus, too", found.there and abs(found.level + 30) < 2, found)

    # While three others speak it takes that their voices are taken away.
    leak = {**AT_ONCE, NAMES[0]: (1, 10 ** (-30 / 20))}
    clean = {name: how for name, how in AT_ONCE.items() if name != NAMES[0]}
    for sound, heard in (("leaking", leak), ("tight", clean)):
        rest = Recording(SENTENCES, mulaw(mixed(heard, 7)), RATE).without(NAMES[1:]).find(NAMES[0])
        print(f"# under three others, {sound}: {rest}")
        far = rest.score > FAINT + 3 if heard is leak else rest.score < FAINT - 2
        check(f"under three others, {sound}: it is told so", far, rest)
    check.print()


if __name__ == "__main__":
    main()
