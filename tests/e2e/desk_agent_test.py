#!/usr/bin/env python3
"""The agent at the desk, on a real PulseAudio daemon with null sinks: a person speaks into "room", whose
monitor is the microphone; the agent speaks into "speaker". A loopback from the speaker into the room,
late and quieter, is the echo.

Prints TAP. Arguments: the jackfield binary, the source directory, and a folder to keep everything in
(default: none is kept).
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
sys.path.insert(0, str(SUPPORT.parent / "docs"))
import pulse_server  # noqa: E402
import real_time  # noqa: E402

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE = 8000  # that of the person's clips
LATE_MS, QUIETER = 60, "50%"  # the echo: half the slider is -18 dB
BUFFER_S = 0.06  # of the loudspeaker, audio preset "standard"
LOCATION_END = "The entrance is next to the bakery, and the bell has our name on it."


def synthesize(text, path):
    """What flite makes of a sentence, at RATE."""
    words = path.with_suffix(".txt")
    words.write_text(text)
    subprocess.run(
        ["gst-launch-1.0", "-q", "filesrc", f"location={words}", "!", "text/x-raw,format=utf8", "!",
         "flitetts", "voice=slt", "!", "audioconvert", "!", "audioresample", "!",
         f"audio/x-raw,format=S16LE,rate={RATE},channels=1", "!", "filesink", f"location={path}"],
        check=True, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return call_audio.read_raw(path)


def trimmed(samples):
    """Without the silence around it."""
    loud = numpy.flatnonzero(numpy.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1]] if len(loud) else samples


def heard_in(sentence, recording):
    """(how alike 0..1, seconds): where the sentence fits the recording best."""
    at = call_audio.offset_s(sentence, recording, RATE)
    begin = max(0, int(at * RATE))
    return call_audio.similarity(sentence, recording[begin : begin + len(sentence)], RATE), at


def final_transcript(phrase):
    return lambda f: f["final"] and (f["text"] or "").lower() == phrase


def talk(desk, pulse, scratch):
    """A conversation over an open loudspeaker. Returns what is needed to judge it."""
    recorder = pulse.record("speaker.monitor", scratch / "speaker.raw", RATE)
    desk.wait("session-running")
    time.sleep(2)
    pulse.play(SOUNDS / "location.wav", "room")
    desk.wait("agentbrain/transcript", final_transcript("location"))
    desk.wait("agentbrain/state", lambda f: f["state"] == "speaking")
    time.sleep(4)
    alone = desk.fields("agentbrain/interrupted")  # nobody has spoken but the agent
    pulse.play(SOUNDS / "telephone-number.wav", "room")
    cut = desk.wait("agentbrain/interrupted", lambda f: f["confirmed"])
    desk.wait("agentbrain/reply", lambda f: "telephone number is" in f["full-text"].lower(), 30)
    pulse.play(SOUNDS / "vm-goodbye.wav", "room")
    desk.wait("agentbrain/reply", lambda f: f["hang-up"], 30)
    closed = desk.wait("session-closed", timeout=15)
    desk.wait("session-running", count=2)
    recorder.terminate()
    recorder.wait(timeout=10)
    desk.stop()
    return alone, cut, closed


def judge_talk(tap, desk, pulse, scratch):
    alone, cut, closed = talk(desk, pulse, scratch)
    speaker = call_audio.read_raw(scratch / "speaker.raw")
    replies = desk.fields("agentbrain/reply")
    tap.case("the agent does not interrupt itself over an open loudspeaker",
             [f"interrupted while nobody spoke: {alone}"] if alone else [])  # fmt: skip

    first = replies[0]
    problems = []
    if not first["interrupted"]:
        problems.append(f"the first reply was not interrupted: {first}")
    heard, full = first["text"].strip(), first["full-text"].strip()
    if not heard or not full.startswith(heard) or len(heard) > 0.8 * len(full):
        problems.append(f"heard {heard!r} of {full!r}")
    if not cut["onset-to-flush"] < 800e6:
        problems.append(f"silent {cut['onset-to-flush'] / 1e6:.0f} ms after the person began")
    tap.case("a person who speaks interrupts it", problems)

    problems = []
    spans = call_audio.speech_spans(speaker, RATE, gap_s=0.8)
    said = spans[0][1] - spans[0][0] if spans else 0
    words = len(trimmed(synthesize(heard, scratch / "heard.raw"))) / RATE
    if abs(said - words) > 1.0:
        problems.append(f"{said:.1f} s were played, the words that count as heard take {words:.1f} s")
    alike, _ = heard_in(trimmed(synthesize(LOCATION_END, scratch / "end.raw")), speaker)
    if alike > 0.5:
        problems.append(f"the end of the interrupted reply was played (alike {alike:.2f})")
    tap.case("what counts as heard is what the loudspeaker played", problems)

    problems = []
    for reply in replies[1:]:
        if reply["interrupted"]:
            problems.append(f"interrupted: {reply}")
    last = speaker[-int(8 * RATE) :]
    for sentence in ["Thank you for calling Jackfield.", "Goodbye."]:
        sound = trimmed(synthesize(sentence, scratch / "sentence.raw"))
        alike, at = heard_in(sound, last)
        if alike < 0.65:
            problems.append(f"{sentence!r} is not what was played last (alike {alike:.2f})")
        end = int(at * RATE) + len(sound)
        quarter = len(sound) // 4
        if call_audio.rms(last[end - quarter : end]) < 0.5 * call_audio.rms(sound[-quarter:]):
            problems.append(f"the end of {sentence!r} was not played")
    alike, _ = heard_in(trimmed(synthesize("Please dial nine first.", scratch / "sentence.raw")), last)
    if alike > 0.5:
        problems.append(f"control: a sentence that was not said is found (alike {alike:.2f})")
    tap.case("the goodbye is played to its end", problems)

    problems = []
    if closed["reason"] != "hang-up" or closed["failed"]:
        problems.append(f"the conversation ended like this: {closed}")
    if len(desk.folders()) != 1:
        problems.append(f"{len(desk.folders())} conversations were kept, one was held")
    if desk.exit_code != 0:
        problems.append(f"exit code {desk.exit_code}")
    tap.case("after the goodbye the next conversation is waited for", problems)

    rate, (person, agent) = call_audio.read_wav(desk.folders()[0] / "call.wav")
    spans = call_audio.speech_spans(person, rate)
    problems = []
    if not spans or not 0.1 < spans[0][0] < 4:
        problems.append(f"the person begins at {spans[:1]}")
    if call_audio.rms(agent) < 0.01:
        problems.append("the agent is not in it")
    audio = json.loads((desk.folders()[0] / "call.json").read_text()).get("audio", {})
    if set(audio) != {"capture-overruns", "capture-lost-ms", "playback-underruns", "playback-missing-ms"}:
        problems.append(f"counts in call.json: {audio}")
    tap.case("the recording begins with the person, not with the waiting", problems)


def judge_without_cancellation(tap, desk, pulse):
    desk.wait("session-running")
    time.sleep(2)
    pulse.play(SOUNDS / "location.wav", "room")
    desk.wait("agentbrain/state", lambda f: f["state"] == "speaking")
    try:
        desk.wait("agentbrain/interrupted", timeout=15)
        problems = []
    except RuntimeError as error:
        problems = [error]
    tap.case("control: without echo cancellation it does interrupt itself", problems)


def judge_stall(tap, desk, pulse):
    """The process stands still in the middle of a reply; then nobody speaks any more."""
    desk.wait("session-running")
    time.sleep(3)  # the normal lag of the microphone is learnt
    pulse.play(SOUNDS / "location.wav", "room")
    desk.wait("agentbrain/state", lambda f: f["state"] == "speaking")
    time.sleep(2)
    before = sum(f["lost"] for f in desk.fields("sound/overrun"))
    desk.process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    desk.process.send_signal(signal.SIGCONT)
    problems = []
    try:
        desk.wait("sound/overrun", lambda f: f["lost"] > 500e6, 10)
        desk.wait("sound/underrun", timeout=10)
        lost = sum(f["lost"] for f in desk.fields("sound/overrun")) - before
        if not 0.8e9 < lost < 2e9:
            problems.append(f"1.5 s without reading, {lost / 1e9:.2f} s counted as lost")
    except RuntimeError as error:
        problems.append(error)
    tap.case("a stall is counted: microphone overrun, loudspeaker underrun", problems)

    problems = []
    try:
        desk.wait("agentbrain/reply", lambda f: LOCATION_END in f["full-text"], 30)
        closed = desk.wait("session-closed", timeout=20)
        if closed["reason"] != "idle" or closed["failed"]:
            problems.append(f"closed like this: {closed}")
        desk.wait("session-opened", count=2)
        audio = json.loads((desk.folders()[0] / "call.json").read_text())["audio"]
        if audio["capture-overruns"] < 1 or audio["playback-underruns"] < 1:
            problems.append(f"call.json says {audio}")
    except (RuntimeError, KeyError, IndexError) as error:
        problems.append(error)
    tap.case("the conversation goes on; when nobody speaks, it is over and the next begins", problems)


def judge_devices(tap, binary, pulse):
    pulse.pactl("set-default-source", "room.monitor")
    pulse.pactl("set-default-sink", "speaker")

    def devices(*arguments, **environment):
        return subprocess.run([binary, "devices", *arguments], capture_output=True, text=True, timeout=60,
                              env={**pulse.environment, **environment})  # fmt: skip

    listed = json.loads(devices("--json", "--audio-preset", "low").stdout)["devices"]
    found = {(d["class"], d["name"]): d for d in listed}
    problems = []
    for key in [("playback", "room"), ("playback", "speaker"), ("capture", "Monitor of room")]:
        if key not in found:
            problems.append(f"no {key} among {sorted(found)}")
    if [d["index"] for d in listed] != list(range(len(listed))):
        problems.append("indices do not count from 0")
    speaker = found.get(("playback", "speaker"), {})
    if not speaker.get("default") or found[("playback", "room")]["default"]:
        problems.append("the default loudspeaker is not marked")
    if speaker.get("variable") != "PLAYBACK" or "device=speaker latency-time=10000" not in speaker["launch"]:
        problems.append(f"launch text: {speaker}")
    if speaker.get("latency-ms") != 30 or speaker.get("max-rate", 0) < 48000:
        problems.append(f"latency, rates: {speaker}")
    text = devices().stdout
    if "PLAYBACK='pulsesink device=speaker" not in text:
        problems.append(f"for people: {text}")
    tap.case("devices lists the null sinks", problems)

    none = devices(PULSE_SERVER="unix:/nowhere/native")
    problems = []
    if none.returncode != 0 or "no microphone and no loudspeaker" not in none.stdout:
        problems.append(f"without a server: {none.returncode} {none.stdout} {none.stderr}")
    empty = json.loads(devices("--json", PULSE_SERVER="unix:/nowhere/native").stdout)
    if empty["devices"]:
        problems.append(f"without a server: {empty}")
    pulse.process.send_signal(signal.SIGSTOP)
    hung = devices()
    pulse.process.send_signal(signal.SIGCONT)
    if hung.returncode != 3 or "does not answer" not in hung.stderr:
        problems.append(f"a server that hangs: {hung.returncode} {hung.stdout} {hung.stderr}")
    tap.case("devices says so when there is no server, or it hangs", problems)


def new_folder(scratch, name):
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratch))


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    pipeline = source / "pipelines/desk-agent.gst"
    reason = pulse_server.missing()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-desk-") as scratch:
        scratch = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else scratch)
        scratch.mkdir(exist_ok=True)
        with pulse_server.PulseServer(scratch / "pulse.log") as pulse:
            judge_devices(tap, binary, pulse)  # also makes room and speaker the default devices

            def stall(notes):
                with Desk(binary, pipeline, pulse, new_folder(scratch, "stall"), f"RATE={RATE}", "--idle", "4",
                          "--audio-preset", "low") as desk:  # fmt: skip
                    judge_stall(notes, desk, pulse)

            def talk_over_echo(notes):
                with Desk(binary, pipeline, pulse, new_folder(scratch, "talk"), f"RATE={RATE}") as desk:
                    judge_talk(notes, desk, pulse, scratch)

            real_time.attempt(tap, "a stall", stall, BUFFER_S)
            pulse.loop("speaker.monitor", "room", LATE_MS, QUIETER)
            real_time.attempt(tap, "a conversation over an open loudspeaker", talk_over_echo, BUFFER_S)
            with Desk(binary, pipeline, pulse, scratch / "echo", f"RATE={RATE}", "ECHO_CANCEL=false") as desk:
                judge_without_cancellation(tap, desk, pulse)
    tap.end()


if __name__ == "__main__":
    import numpy

    import call_audio
    from desk import Desk
    from tap import Tap

    main()
