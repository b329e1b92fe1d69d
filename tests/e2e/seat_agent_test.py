#!/usr/bin/env python3
"""The agent of seat-agent.gst in a room with two who speak and one who listens, each in a pipeline of its
own, as the supervisor joins them.

Prints TAP. Arguments: the jackfield binary, the source directory, and a folder to keep everything in
(default: none is kept).
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import gi
import numpy

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
sys.path.insert(0, str(SUPPORT.parent / "docs"))
import call_audio  # noqa: E402
from tap import Tap  # noqa: E402

RATE = 16000
FRAME = RATE // 50
AGENDA_BEGIN = "There are three points on the agenda."
AGENDA_END = "The third is the plan for the summer."
WAIT_S = 20


def synthesize(text, voice):
    """What flite makes of a sentence, without the silence around it."""
    pipeline = Gst.parse_launch(
        f"appsrc name=text caps=text/x-raw,format=utf8 format=time ! flitetts voice={voice} ! audioconvert ! "
        f"audioresample ! audio/x-raw,format=S16LE,rate={RATE},channels=1 ! appsink name=out sync=false")  # fmt: skip
    pipeline.set_state(Gst.State.PLAYING)
    source = pipeline.get_by_name("text")
    source.emit("push-buffer", Gst.Buffer.new_wrapped(text.encode()))
    source.emit("end-of-stream")
    pieces = []
    while sample := pipeline.get_by_name("out").emit("pull-sample"):
        buffer = sample.get_buffer()
        pieces.append(buffer.extract_dup(0, buffer.get_size()))
    pipeline.set_state(Gst.State.NULL)
    samples = numpy.frombuffer(b"".join(pieces), dtype="<i2") / 32768
    loud = numpy.flatnonzero(numpy.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1]]


class Pipeline:
    """One that runs, with the element messages it posts."""

    running = []

    def __init__(self, text):
        self.pipeline = Gst.parse_launch(text)
        Pipeline.running.insert(0, self)
        self.bus = self.pipeline.get_bus()
        self.messages = []
        self.ended = False

    def get(self, name):
        return self.pipeline.get_by_name(name)

    def play(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        return self

    def look(self):
        while message := self.bus.pop():
            if message.type == Gst.MessageType.ERROR:
                raise RuntimeError(message.parse_error())
            if message.type == Gst.MessageType.EOS:
                self.ended = True
            if message.type == Gst.MessageType.ELEMENT:
                self.messages.append(message.get_structure())

    def of(self, name):
        self.look()
        return [m for m in self.messages if m.get_name() == name]

    def wait(self, name, good=lambda m: True, count=1):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = [m for m in self.of(name) if good(m)]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.02)
        raise RuntimeError(f"no {name} came; there were {[m.to_string() for m in self.messages[-12:]]}")

    @staticmethod
    def stop_all():
        for one in Pipeline.running:
            one.pipeline.set_state(Gst.State.NULL)


class Guest(Pipeline):
    """Says what it is given, and keeps what it hears."""

    def __init__(self, room, file):
        super().__init__(
            f"appsrc name=mouth is-live=true format=time caps=audio/x-raw,format=S16LE,layout=interleaved,"
            f"rate={RATE},channels=1 ! mixerseat name=seat ! filesink location={file} async=false sync=false")  # fmt: skip
        self.file = file
        self.mouth, self.seat = self.get("mouth"), self.get("seat")
        self.play()
        self.seat.set_property("mixer", room)

    def say(self, samples):
        """Begins now, and returns at once."""
        clock = self.pipeline.get_clock()
        at = clock.get_time() - self.pipeline.get_base_time() + 50 * Gst.MSECOND
        bytes_ = (numpy.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        for begin in range(0, len(bytes_), 2 * FRAME):
            buffer = Gst.Buffer.new_wrapped(bytes_[begin : begin + 2 * FRAME])
            buffer.pts = at + begin // 2 * Gst.SECOND // RATE
            buffer.duration = buffer.get_size() // 2 * Gst.SECOND // RATE
            self.mouth.emit("push-buffer", buffer)

    def heard_s(self):
        return self.file.stat().st_size / 2 / RATE

    def heard(self):
        return call_audio.read_raw(self.file)


def expanded(binary, pipeline, folder):
    """The text of a pipeline file as GStreamer takes it."""
    done = subprocess.run([binary, "check", "--print", str(pipeline), f"RECORDING={folder / 'agent.wav'}"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{pipeline}: {done.stdout} {done.stderr}")
    return done.stdout


def final(text):
    return lambda m: m.get_boolean("final")[1] and m.get_string("text") == text


def meet(binary, source, scratch):
    """Returns all that is needed to judge the meeting."""
    says = {
        "unnamed": synthesize("What is on the agenda?", "rms"),
        "question": synthesize("Jackfield, what is on the agenda?", "rms"),
        "interruption": synthesize("Thank you very much.", "awb"),
        "stop": synthesize("Jackfield, please be quiet.", "awb"),
        "leave": synthesize("Please leave us, Jackfield.", "rms"),
    }
    hall = Pipeline(
        f"duckingmixer name=room rate={RATE} ! recorder.mix "
        f"callrecorder name=recorder location={scratch / 'mix.wav'}").play()  # fmt: skip
    room = hall.get("room")
    agent = Pipeline(expanded(binary, source / "pipelines/seat-agent.gst", scratch)).play()
    agent.get("seat").set_property("mixer", room)
    ann, bob, listener = (Guest(room, scratch / f"{name}.raw") for name in ("ann", "bob", "listener"))
    time.sleep(1)

    ann.say(says["unnamed"])
    agent.wait("agentbrain/transcript", final("what is on the agenda"))
    time.sleep(2.5)
    silent_until = listener.heard_s()
    unanswered = not agent.of("agentbrain/reply") and not agent.of("agentbrain/turn")

    ann.say(says["question"])
    agent.wait("agentbrain/transcript", final("jackfield what is on the agenda"))
    agent.wait("agentbrain/state", lambda m: m.get_string("state") == "speaking")
    time.sleep(5)
    bob.say(says["interruption"])
    cut = agent.wait("agentbrain/interrupted", lambda m: m.get_boolean("confirmed")[1])
    agent.wait("agentbrain/reply", lambda m: m.get_string("full-text").startswith("You are welcome"))
    bob.say(says["stop"])
    agent.wait("agentbrain/reply", lambda m: m.get_string("full-text").startswith("All right"))
    # It leaves in order, and the room goes on without it.
    ann.say(says["leave"])
    agent.wait("agentbrain/reply", lambda m: m.get_boolean("hang-up")[1])
    deadline = time.monotonic() + WAIT_S
    while not agent.ended and time.monotonic() < deadline:
        agent.look()
        time.sleep(0.02)
    left = agent.ended and agent.get("seat").get_property("pad-number") == -1
    before = listener.heard_s()
    ann.say(says["question"])
    time.sleep(len(says["question"]) / RATE + 0.7)
    for pipeline in (hall, agent, ann, bob, listener):
        pipeline.look()
    Pipeline.stop_all()
    return {"says": says, "ann": ann, "bob": bob, "listener": listener, "agent": agent, "cut": cut, "left": left,
            "silent_until": silent_until, "unanswered": unanswered, "before": before}  # fmt: skip


def judge(tap, met, scratch):
    says, agent, listener = met["says"], met["agent"], met["listener"].heard()

    def likeness(piece, sound):
        return call_audio.find_speech(piece, sound, RATE)[0]

    transcripts = {m.get_string("text"): m.get_boolean("addressed")[1] for m in agent.of("agentbrain/transcript")
                   if m.get_boolean("final")[1]}  # fmt: skip
    problems = []
    if not met["unanswered"] or transcripts.get("what is on the agenda") is not False:
        problems.append(f"answered, or taken as meant: {transcripts}")
    before = listener[: int(met["silent_until"] * RATE)]
    if likeness(says["unnamed"], before) < 0.9:
        problems.append("the listener did not hear what was said without the name")
    if likeness(synthesize(AGENDA_BEGIN, "slt"), before) > 0.6:
        problems.append("the answer was heard all the same")
    tap.case("without its name the agent is silent", problems)

    begin, end = synthesize(AGENDA_BEGIN, "slt"), synthesize(AGENDA_END, "slt")
    problems = []
    if transcripts.get("jackfield what is on the agenda") is not True:
        problems.append(f"not taken as meant: {transcripts}")
    for name in ("ann", "bob", "listener"):
        heard = met[name].heard()
        if likeness(begin, heard) < 0.9:
            problems.append(f"{name} did not hear the answer ({likeness(begin, heard):.2f})")
    tap.case("by its name it answers, and all hear it", problems)

    problems = []
    reply = [m for m in agent.of("agentbrain/reply") if m.get_boolean("interrupted")[1]]
    if len(reply) != 1 or AGENDA_END in reply[0].get_string("text"):
        problems.append(f"cut replies: {[m.to_string() for m in reply]}")
    silent_after = met["cut"].get_uint64("onset-to-flush")[1] / 1e9
    if not silent_after < 1:
        problems.append(f"silent {silent_after:.2f} s after bob began")
    for name in ("ann", "listener"):
        heard = met[name].heard()
        if likeness(end, heard) > 0.6:
            problems.append(f"{name} heard the end of the reply all the same")
        # Behind the interruption only bob is there: nothing of the agent rings on.
        interruption, at = call_audio.find(says["interruption"], heard)
        alone = heard[at + int((silent_after + 0.3) * RATE) : at + len(says["interruption"])]
        bob = says["interruption"][int((silent_after + 0.3) * RATE) :][: len(alone)]
        if interruption < 0.5 or len(alone) < RATE // 5 or call_audio.find(bob, alone)[0] < 0.95:
            problems.append(f"{name}: bob is not alone {silent_after + 0.3:.2f} s after he began")
    tap.case("whoever speaks over it silences it at once for everybody", problems)

    problems = []
    full = [m.get_string("full-text") for m in agent.of("agentbrain/reply")]
    if [text.split(".")[0] for text in full[1:]] != ["You are welcome", "All right", "Goodbye everybody"]:
        problems.append(f"replies: {full}")
    if not met["left"]:
        problems.append("its stream did not end, or the seat is still in the room")
    rest = listener[int(met["before"] * RATE) :]
    if likeness(says["question"], rest) < 0.9:
        problems.append("the room did not go on")
    if likeness(begin, rest) > 0.6:
        problems.append("somebody answered who had left")
    tap.case("it leaves when it is asked to, and the room goes on", problems)

    problems = []
    rate, sides = call_audio.read_wav(scratch / "agent.wav")
    if len(sides) != 2 or rate != RATE:
        problems.append(f"{len(sides)} channels at {rate} Hz")
    else:
        heard, said = sides
        if likeness(begin, said) < 0.9 or likeness(begin, heard) > 0.6 or likeness(end, said) > 0.6:
            problems.append("right is not what the agent said and was heard")
        if likeness(says["question"], heard) < 0.9 or likeness(says["question"], said) > 0.6:
            problems.append("left is not what the agent heard")
    _, mix = call_audio.read_wav(scratch / "mix.wav")
    if len(mix) != 1 or min(likeness(begin, mix[0]), likeness(says["question"], mix[0])) < 0.9:
        problems.append("the recording of the room does not hold both")
    tap.case("its own recording has it alone, that of the room all", problems)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    Gst.init(None)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-seat-") as scratch:
        scratch = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else scratch)
        scratch.mkdir(exist_ok=True)
        try:
            judge(tap, meet(binary, source, scratch), scratch)
        finally:
            Pipeline.stop_all()
    tap.end()


if __name__ == "__main__":
    main()
