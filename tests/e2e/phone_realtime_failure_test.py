#!/usr/bin/env python3
"""Calls to a speech-to-speech agent whose service fails: what the caller hears, and what the operator reads.
The real jackfield, and a strict fake of the Realtime API. Prints TAP.

Arguments: the jackfield binary, the source directory.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import wave

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402

VOICE = "en_US_f_Allison/"
SORRY = "I am sorry, we have a technical problem. Please call again later."
PATIENCE = "One moment, please."
RATE, FRAME = 8000, 160
# One element in place of three stages, as agentbrain takes it.
BRAIN = """twiliosrc ! tee name=caller
caller. ! agentbrain realtime="openairealtime transcription-model=gpt-live-transcribe filler-after=300000000 outage-limit={limit}"
  ! tee name=voice
voice. ! twiliosink
callrecorder name=recorder location=${{RECORDING}}
caller. ! recorder.caller
voice. ! recorder.agent
"""


def caller(*steps):
    return {"name": "failure", "timeout": 60000, "steps": list(steps)}


WAIT_FOR_END = {"expect-hang-up": {"timeout": 30000, "complete": True}}


def right_channel(path):
    """What the caller heard, as samples."""
    with wave.open(str(path)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return samples.reshape(-1, file.getnchannels())[:, 1].astype(float)


def spoken(text, scratch):
    """The sentence by Flite."""
    (scratch / "sentence.txt").write_text(text)
    subprocess.run(
        ["gst-launch-1.0", "-q", "filesrc", f"location={scratch}/sentence.txt", "!", "text/x-raw,format=utf8", "!", "flitetts", "!",
         "audioconvert", "!", "audioresample", "!", f"audio/x-raw,format=S16LE,channels=1,rate={RATE}", "!", "filesink",
         f"location={scratch}/sentence.raw"],
        check=True, timeout=120, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return numpy.fromfile(scratch / "sentence.raw", dtype="<i2").astype(float)


def loudness(samples):
    """By frames of 20 ms, logarithmic: the voice's breath is never the same, its melody of loudness is."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return numpy.log10(numpy.sqrt((frames**2).mean(axis=1)) + 50)


def likeness(heard, sentence):
    """The best correlation of a sentence with any part of what was heard, and where that part begins (s)."""
    best, where = 0.0, None
    wanted = loudness(sentence)
    for shift in range(0, FRAME, 40):
        line = loudness(heard[shift:])
        for at in range(len(line) - len(wanted) + 1):
            part = line[at : at + len(wanted)]
            if part.std() > 0.05:
                value = float(numpy.corrcoef(part, wanted)[0, 1])
                if value > best:
                    best, where = value, (at * FRAME + shift) / RATE
    return best, where


def main():
    jackfield, source = sys.argv[1], pathlib.Path(sys.argv[2])
    checks = []

    def check(what, good, details=""):
        checks.append(bool(good))
        print(f"{'ok' if good else 'not ok'} {len(checks)} - {what}", flush=True)
        if not good and details:
            print("\n".join("# " + line for line in str(details).splitlines()[-40:]))

    def call(name, pipeline, script, steps, key="test-key"):
        """One call: what was heard, the messages of its record, the server's log, the fake's log."""
        folder = scratch / name
        folder.mkdir()
        (folder / "caller.json").write_text(json.dumps(caller(*steps)))
        (folder / "phone.gst").write_text(pipeline)
        with FakeRealtime(script, folder) as fake:
            environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": key}
            with jackfield_server.Server(
                jackfield, folder / "phone.gst", folder, "--calls", "1", environment=environment
            ) as server:
                simulation = jackfield_server.start_simulation(server, folder / "caller.json", folder, "call")
                output, _ = simulation.communicate(timeout=180)
                check(f"{name}: the call goes as it should, within Twilio's protocol", simulation.returncode == 0, output)
                try:
                    server.exit_code = server.process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    pass
                log = server.log.read_text()
                check(f"{name}: the server ends well", server.exit_code == 0, log)
                lines = (server.call_folders()[0] / "transcript.jsonl").read_text().splitlines()
            refusals = [event for event in fake.events("sent", "error") if event["error"]["code"] != "model_not_found"]
            check(f"{name}: the service refused no message", not refusals, refusals)
            received = fake.events("received")
        messages = [json.loads(line) for line in lines]
        check(f"{name}: the key is in no log", key not in log and key not in json.dumps(messages), log)
        return right_channel(folder / "call.wav"), messages, log, received

    def causes(messages):
        return [m["fields"]["cause"] for m in messages if m["message"] == "openairealtime/error"]

    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        sorry, patience = spoken(SORRY, scratch), spoken(PATIENCE, scratch)

        # The scenario as it is, with a key that is not taken.
        text = (source / "pipelines" / "phone-realtime.gst").read_text()
        heard, messages, log, _ = call("wrong key", text, {}, [WAIT_FOR_END], key="sk-not-taken")
        best, _ = likeness(heard, sorry)
        check(f"wrong key: the caller hears the sentence (correlation {best:.2f})", best > 0.8)
        other, _ = likeness(heard, sorry[::-1])
        check(f"wrong key: another sentence would not do (correlation {other:.2f})", other < 0.7)
        check("wrong key: its cause is in the record", causes(messages) == ["key"], messages)
        check("wrong key: the log says what to do", "OPENAI_API_KEY" in log, log)

        # The service goes in the middle of a call, and does not come back.
        script = {"replies": [{"text": "Yes?", "ms": 800}], "connections": [{"cut_after_ms": 2500}, {"refuse": 503}]}
        heard, messages, log, _ = call("outage", BRAIN.format(limit=4_000_000_000), script, [{"wait-reply": True}, WAIT_FOR_END])
        asked, asked_at = likeness(heard, patience)
        best, told_at = likeness(heard, sorry)
        check(f"outage: the caller is asked to wait (correlation {asked:.2f})", asked > 0.8)
        check(f"outage: then hears the sentence (correlation {best:.2f})", best > 0.8)
        check("outage: in this order", asked_at is not None and told_at is not None and asked_at < told_at, [asked_at, told_at])
        check("outage: the record names the causes", "network" in causes(messages) and causes(messages)[-1] == "server", causes(messages))
        check("outage: the log says that the service cannot be used", "cannot be used" in log, log)

        # It comes back, and the conversation goes on.
        script = {
            "replies": [{"text": "Good morning.", "ms": 800}, {"text": "From nine to five.", "ms": 1200}],
            "heard": ["hours"],
            "connections": [{"cut_after_ms": 2200}, {}],
        }
        steps = [
            {"wait-reply": {"silence": 2500, "timeout": 15000}},
            {"say": VOICE + "hours.wav", "text": "hours"},
            {"wait-reply": {"silence": 700, "timeout": 15000}},
        ]
        _, messages, _, received = call("break", BRAIN.format(limit=15_000_000_000), script, steps)
        replies = [m["fields"]["text"] for m in messages if m["message"] == "agentbrain/reply"]
        check("break: both replies are heard", replies == ["Good morning.", "From nine to five."], replies)
        told = [event for event in received if event["type"] == "conversation.item.create"]
        check("break: the new session knows what was said", "Good morning." in json.dumps(told), told)
        check("break: the record has the break", causes(messages) == ["network"], causes(messages))
    print(f"1..{len(checks)}")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
