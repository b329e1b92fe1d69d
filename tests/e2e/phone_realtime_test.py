#!/usr/bin/env python3
"""Whole calls to phone-realtime.gst: the real jackfield, human clips, and a strict fake of the Realtime
API behind it. Prints TAP.

Arguments: the jackfield binary, the source directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
from exact_audio import channel, decoded, find  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER, NOTE = "+15550001111", "comes for the late shift"
VOICE = "en_US_f_Allison/"
GREETING = "Good morning, this is the reception. What can I do for you?"
LONG = "We are open from nine in the morning to five in the afternoon, every day but Sunday, when all of us are asleep."
PERSONA = f"---\nname: Rita\nvoice: coral\ngreeting: {GREETING}\nmay: end_call\n---\nYou are ${{name}}, the receptionist.\n"
SCRIPT = {
    "replies": [
        {"text": GREETING, "ms": 2500},
        {"text": LONG, "ms": 9000},
        {"text": "Our number is five five five.", "ms": 2000},
        {"text": "Good bye.", "ms": 1000, "tool": {"name": "end_call"}},
    ],
    "heard": ["hours", "telephone number", "thank you"],
}
CALLER = {
    "name": "realtime",
    "timeout": 90000,
    "steps": [
        {"wait-reply": {"silence": 700, "timeout": 15000}},
        {"say": VOICE + "hours.wav", "text": "hours"},
        {"barge-in": {"after": 2500, "say": VOICE + "telephone-number.wav", "text": "telephone number"}},
        {"wait-reply": {"silence": 900}},
        {"say": VOICE + "auth-thankyou.wav", "text": "thank you"},
        {"expect-hang-up": {"timeout": 20000, "complete": True}},
    ],
}


def main():
    jackfield, source = sys.argv[1], pathlib.Path(sys.argv[2])
    checks = []

    def check(what, good, details=""):
        checks.append(bool(good))
        print(f"{'ok' if good else 'not ok'} {len(checks)} - {what}")
        if not good and details:
            print("\n".join("# " + line for line in str(details).splitlines()[-40:]))

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "caller.json").write_text(json.dumps(CALLER))
        (scratch / "rita.md").write_text(PERSONA)
        callers = scratch / "callers.db"
        subprocess.run([jackfield, "callers", "--callers", callers, "note", NUMBER, NOTE], check=True, capture_output=True, timeout=60)
        os.environ["TWILIO_AUTH_TOKEN"] = AUTH_TOKEN  # of the caller, too: its webhooks are signed
        with FakeRealtime(SCRIPT, scratch) as fake:
            environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "test-key", "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
            with jackfield_server.Server(
                jackfield, source / "pipelines" / "phone-realtime.gst", scratch, "--calls", "1",
                f"PERSONA={scratch}/rita.md", "--callers", str(callers), environment=environment,
            ) as server:
                call = jackfield_server.start_simulation(server, scratch / "caller.json", scratch, "call", "--from", NUMBER)
                output, _ = call.communicate(timeout=180)
                check("the caller does all steps, within Twilio's protocol", call.returncode == 0, output)
                try:
                    server.exit_code = server.process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    pass
                check("the server ends well", server.exit_code == 0, server.log.read_text())
                lines = (server.call_folders()[0] / "transcript.jsonl").read_text().splitlines()
            messages = [json.loads(line) for line in lines]
            log = fake.events("sent")
            errors = [event for event in log if event["type"] == "error"]
            check("the service refused nothing", not errors, errors)
            check("the key is in no log", "test-key" not in server.log.read_text())
            session = fake.events("received", "session.update")[0]["session"]
            greeting = fake.events("received", "response.create")[0]["response"]["instructions"]
            told = [e for e in fake.events("received") if e["type"] == "response.create" or NOTE in json.dumps(e)]
            check("who calls is known before the greeting is asked for", told[0]["type"] == "conversation.item.create", told[:3])
            outputs = list(fake.outputs().values())
            items = list(fake.outputs())
            truncated = fake.events("received", "conversation.item.truncate")
            heard_input = fake.input()
        samples = channel(scratch / "call.wav", 1)
        replies = [m["fields"] for m in messages if m["message"] == "agentbrain/reply"]
        caller = [m["fields"]["text"] for m in messages if m["message"] == "agentbrain/transcript" and m["fields"]["final"]]
        cut = [m["fields"] for m in messages if m["message"] == "agentbrain/interrupted" and m["fields"]["confirmed"]]

        check("the model is who the persona says", session["instructions"].startswith("You are Rita, the receptionist."), session)
        check("with its voice, and what it may do", session["audio"]["output"]["voice"] == "coral" and [t["name"] for t in session["tools"]] == ["end_call"], session)
        check("it is told to say the persona's greeting", greeting.endswith(GREETING), greeting)
        check("four replies are reported", len(replies) == 4, replies)
        check("what the caller said is reported", caller == SCRIPT["heard"], caller)
        check("whole replies are reported whole", replies and replies[0]["text"] == GREETING, replies)
        check("one reply was interrupted", len(cut) == 1 and len(truncated) == 1, [cut, truncated])
        for index in (0, 2, 3):
            whole = decoded(outputs[index])
            check(f"reply {index} was heard sample by sample as it was sent", find(samples, whole) is not None)
        # The interrupted one: its beginning was heard, and the service was told how much.
        if truncated:
            whole = decoded(outputs[1])
            at = find(samples, whole[:8000])
            count = 8000
            while at is not None and count < len(whole) and at + count < len(samples) and samples[at + count] == whole[count]:
                count += 1
            told = truncated[0]["audio_end_ms"]
            check("the truncated item is the interrupted one", truncated[0]["item_id"] == items[1], truncated)
            check(
                f"the service was told of {told} ms, {count / 8:.0f} ms were heard",
                at is not None and abs(told - count / 8) < 250,
            )
            words = replies[1]["text"].split()
            check(
                "the words heard are a beginning of the reply",
                0 < len(words) < len(LONG.split()) and LONG.startswith(replies[1]["text"]),
                replies[1],
            )
        # The caller's audio, too, is what was said.
        left = channel(scratch / "call.wav", 0)
        sent = decoded(heard_input)
        loud = int(numpy.argmax(numpy.abs(left) > 1000))
        check("the caller's audio arrives sample by sample", find(sent, left[loud : loud + 8000]) is not None)
    print(f"1..{len(checks)}")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
