#!/usr/bin/env python3
"""Agents that hand callers over to people, and ask them: the real jackfield, called by `jackfield simulate`,
the strict fakes of OpenAI's API and of Twilio's REST API, which plays the people. Prints TAP.
Arguments: the jackfield binary, the source directory; node and the node_modules of playwright-core: what is asked is
answered in the console, in a real Chromium.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path[:0] = [str(SUPPORT), str(SUPPORT / "fakes")]
import jackfield_server  # noqa: E402
from checks import Checks  # noqa: E402
from control_api import ControlApi  # noqa: E402
from fake_openai import Service  # noqa: E402
from twilio_rest import ACCOUNT, TwilioRest  # noqa: E402

KEY = "sk-test-end-to-end-0123"
AUTH = "0123456789abcdef0123456789abcdef"
SECRET = "the-secret-of-an-api-key-01"
NUMBER = "+15552223333"
HEAR, ASK = "/audio/transcriptions", "/responses"
PEOPLE = {"anna": "+15550001", "bob": "+15550002", "carla": "+15550003", "dora": "+15550004", "emil": "+15550005", "frank": "+15550006"}
WHAT_THEY_DO = {"+15550001": "accept", "+15550002": "decline", "+15550003": "no-answer", "+15550004": "listens",
                "+15550005": "accept", "+15550006": "hang-up-first"}  # fmt: skip
SCRIPT = {
    "name": "people", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
    "steps": [
        {"wait-reply": {"timeout": 70000}},
        {"say": "hello-world.wav"},
        {"wait-reply": {"timeout": 90000}},
    ],
}  # fmt: skip


def transfer(person, summary="Mr. Miller asks for <b>a table</b> & a chair"):
    return {"name": "transfer_call", "arguments": {"person": person, "summary": summary}}


def wait_for(what, seconds=60):
    """The first true answer of `what`, or None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    return None


class Desk:
    """A server with people, and calls to it one after the other."""

    def __init__(self, binary, source, scratch, service, twilio):
        self.scratch, self.service, self.twilio = scratch, service, twilio
        text = (source / "pipelines/phone-agent.gst").read_text()
        # On a busy machine a filler would be said, and taken for the answer by the caller.
        (scratch / "desk.gst").write_text(text.replace("! agentbrain", '! agentbrain think-timeout=70000000000 tool-filler=""'))
        (scratch / "script.json").write_text(json.dumps(SCRIPT))
        people = "".join(f"[person {name}]\nphone={phone}\ndescription=knows {name}\n" for name, phone in PEOPLE.items())
        (scratch / "jackfield.conf").write_text(
            f"[line desk]\npipeline=desk.gst\nnumbers={NUMBER}\npeople={' '.join(PEOPLE)} gina closed\nask-timeout=20\n"
            "STT=openaistt model=gpt-4o-transcribe check-model=false\n"
            "LLM=openaillm model=gpt-5.2 api=responses check-model=false first-token-timeout=70000000000\n"
            "TTS=openaitts model=gpt-4o-mini-tts check-model=false\n"
            f"{people}[person gina]\ndescription=is asked only\n"
            f"[person closed]\nphone=+15550009\nhours={time.strftime('%a', time.gmtime(time.time() + 3 * 86400)).lower()} 09:00-10:00\ntime-zone=UTC\n"
        )
        self.server = jackfield_server.Server(binary, scratch / "jackfield.conf", scratch, "--events", str(scratch / "events"))
        self.caller = None
        self.callers = 0

    def __enter__(self):
        self.server.__enter__()
        self.api = ControlApi(self.server.port)
        return self

    def __exit__(self, *details):
        if self.caller and self.caller.poll() is None:
            self.caller.kill()
        self.server.__exit__(*details)

    def call(self, *steps):
        """The caller has said something; the model goes on with `steps`."""
        self.service.script([{"path": ASK, "text": "Hello."}, {"path": HEAR, "transcript": "Can I talk to somebody?"}]
                            + [{"path": ASK, **step} for step in steps])  # fmt: skip
        self.callers += 1
        self.caller = jackfield_server.start_simulation(self.server, self.scratch / "script.json", self.scratch, f"call-{self.callers}")

    def ended(self):
        """The record of the call, when it is over."""
        self.caller.communicate(timeout=200)
        if not wait_for(lambda: len(self.server.call_folders()) == self.callers):
            raise RuntimeError(f"no record of the call: {self.server.log.read_text()[-2000:]}")
        self.twilio.wait()
        folder = self.server.call_folders()[-1]
        lines = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
        return Record(folder, lines)


class Record:
    def __init__(self, folder, lines):
        self.summary = json.loads((folder / "call.json").read_text())
        self.everything = "".join(p.read_text(errors="replace") for p in folder.iterdir() if p.suffix in (".txt", ".json", ".jsonl"))
        self.lines = lines

    def fields(self, name):
        return [line["fields"] for line in self.lines if line["message"] == name]

    def states(self):
        return [f["state"] for f in self.fields("people/transfer")]

    def results(self):
        return [(f["name"], f["outcome"], f["text"]) for f in self.fields("agentbrain/tool-result")]

    def replies(self):
        return [f["text"] for f in self.fields("agentbrain/reply")]


def accepted(desk, check):
    desk.call({"tool_calls": [transfer("anna")]}, {"text": "Goodbye."})
    record = desk.ended()
    check("a person takes the call", record.states() == ["calling", "answered", "accepted", "transferred"], record.states())
    check("and the call's record says why it ended", record.summary["end-reason"] == "transferred", record.summary)
    check("the model was told", [(n, o) for n, o, _ in record.results()] == [("transfer_call", "ok")], record.results())
    created = [r["form"] for r in desk.twilio.requests if r["path"].endswith("/Calls.json")]
    check("the person saw our number", created and created[0]["From"] == [NUMBER] and created[0]["To"] == [PEOPLE["anna"]], created)
    heard = [text for number, text in desk.twilio.heard if number == PEOPLE["anna"]]
    check("and heard the summary as it was written", "Mr. Miller asks for <b>a table</b> & a chair" in heard, heard)
    rooms = list(desk.twilio.rooms.values())
    check("both came into one conference", len(rooms) == 1 and len(rooms[0]["in"]) == 2, desk.twilio.rooms)
    check("whose name nobody can guess", all(len(name) > 40 for name in desk.twilio.rooms), desk.twilio.rooms)


def declined(desk, check):
    desk.call({"tool_calls": [transfer("bob")]}, {"text": "Bob cannot come now."})
    record = desk.ended()
    check("a person declines", record.states() == ["calling", "answered", "failed"], record.states())
    result = record.results()
    check("and the model is told", "bob cannot take the call now" in result[0][2], result)
    check("the agent is still there and says so", record.replies()[1:] == ["Bob cannot come now."], record.replies())


def no_answer_then_asked(desk, check):
    desk.call({"tool_calls": [transfer("carla")]}, {"tool_calls": [{"name": "ask_person", "arguments": {"question": "When is Carla back?", "person": "gina"}}]},
              {"text": "Carla is back on Tuesday."})  # fmt: skip
    question = wait_for(lambda: desk.api.request("GET", "/api/v1/questions").json["questions"])
    check("the question is shown", question and question[0]["question"] == "When is Carla back?" and question[0]["person"] == "gina"
          and question[0]["waiting"] and question[0]["line"] == "desk", question)  # fmt: skip
    listed = subprocess.run([desk.server.binary, "questions", "--server", desk.server.origin], capture_output=True, text=True, timeout=60)
    check("and by the command line", "When is Carla back?" in listed.stdout and listed.returncode == 0, listed)
    none = desk.api.request("POST", "/api/v1/questions/nobody/answer", {"answer": "x"})
    check("only questions that are open can be answered", none.status == 404 and none.code == "no-such-question", none.body)
    empty = desk.api.request("POST", f"/api/v1/questions/{question[0]['id']}/answer", {"answer": " "})
    check("with something", empty.status == 400, empty.body)
    done = subprocess.run([desk.server.binary, "answer", "--server", desk.server.origin, question[0]["id"][:6], "On", "Tuesday."],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    check("it is answered by the command line", done.returncode == 0, done)
    record = desk.ended()
    check("nobody answers the telephone", record.fields("people/transfer")[-1]["outcome"] == "no-answer", record.fields("people/transfer"))
    check("the model is told the answer", record.results()[1] == ("ask_person", "ok", "On Tuesday."), record.results())
    check("and says it", record.replies()[1:] == ["Carla is back on Tuesday."], record.replies())
    answers = record.fields("people/answer")
    check("the answer is in the record", len(answers) == 1 and answers[0]["answer"] == "On Tuesday." and answers[0]["late"] is False, answers)
    check("nothing is open any more", desk.api.request("GET", "/api/v1/questions").json["questions"] == [], "")


def refused_by_a_person(desk, check):
    desk.call({"tool_calls": [{"name": "ask_person", "arguments": {"question": "Is there cake?"}}]}, {"text": "Nobody knows."})
    question = wait_for(lambda: desk.api.request("GET", "/api/v1/questions").json["questions"])
    done = subprocess.run([desk.server.binary, "answer", "--server", desk.server.origin, question[0]["id"], "--refuse"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    check("a question is refused", done.returncode == 0 and "refused" in done.stdout, done)
    again = desk.api.request("POST", f"/api/v1/questions/{question[0]['id']}/refuse")
    check("once", again.status == 404 and again.code == "no-such-question", again.body)
    record = desk.ended()
    check("the model is told", "nobody can answer" in record.results()[0][2], record.results())
    check("the record says so", record.fields("people/no-answer")[0]["reason"] == "refused", record.fields("people/no-answer"))


def answered_too_late(desk, check):
    desk.call({"tool_calls": [{"name": "ask_person", "arguments": {"question": "Is it raining?"}}]})
    question = wait_for(lambda: desk.api.request("GET", "/api/v1/questions").json["questions"])
    desk.caller.kill()
    desk.ended()
    late = desk.api.request("POST", f"/api/v1/questions/{question[0]['id']}/answer", {"answer": "Cats and dogs."})
    check("who answers after the call is told so", late.status == 410 and late.code == "call-over", late.body)
    events = [json.loads(line) for line in (desk.scratch / "events").read_text().splitlines()]
    kept = [e for e in events if e["event"] == "missed-answer"]
    check("and the answer is kept", [(e["question"], e["answer"]) for e in kept] == [("Is it raining?", "Cats and dogs.")], kept)


def asked_in_the_console(desk, check):
    node, playwright = sys.argv[3:5]
    questions = ["When is Carla back?", "Is Bob there?"]
    browser = subprocess.Popen([node, str(SUPPORT / "browser/answer_in_console.cjs"), playwright, desk.server.origin, *questions, "On Tuesday."],
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    ready = browser.stdout.readline().strip()
    desk.call(*({"tool_calls": [{"name": "ask_person", "arguments": {"question": question, "person": "gina"}}]} for question in questions),
              {"text": "Carla is back on Tuesday."})  # fmt: skip
    record = desk.ended()
    shown, _ = browser.communicate(timeout=120)
    check("both questions were shown in the console", (ready, shown.strip()) == ("ready", "done"), (ready, shown))
    check("the model is told the answer", record.results()[0] == ("ask_person", "ok", "On Tuesday."), record.results())
    refused = record.fields("people/no-answer")
    check("and that nobody can answer the other", len(refused) == 1 and refused[0]["reason"] == "refused", refused)


def injected(desk, check):
    before = len(desk.twilio.requests)
    desk.call({"tool_calls": [transfer("+19005550100"), transfer("mallory"), transfer("gina"), transfer("closed"),
                              {"name": "transfer_call", "arguments": {"person": "anna", "summary": "x", "phone": "+19005550100"}}]},
              {"text": "I cannot do that."})  # fmt: skip
    record = desk.ended()
    outcomes = sorted(outcome for _, outcome, _ in record.results())
    check("whoever is not configured is not called", outcomes == ["ok"] + ["refused"] * 4, record.results())
    check("nor out of hours", any("closed can be called only" in text for _, _, text in record.results()), record.results())
    check("and Twilio is asked nothing", len(desk.twilio.requests) == before, desk.twilio.requests[before:])


def caller_hangs_up(desk, check):
    desk.call({"tool_calls": [transfer("dora")]}, {"text": "Never said."})
    listening = wait_for(lambda: any(number == PEOPLE["dora"] for number, _ in desk.twilio.heard))
    check("the person hears what it is about", listening, desk.twilio.heard)
    desk.caller.kill()
    record = desk.ended()
    check("the caller has gone", record.fields("people/transfer")[-1]["outcome"] == "caller-gone", record.fields("people/transfer"))
    heard = [text for number, text in desk.twilio.heard if number == PEOPLE["dora"]]
    check("and the person is told", heard[-1:] == ["The caller has hung up. Goodbye."], heard)


def refused_for_a_while(desk, check):
    desk.twilio.failures += [(429, 20429, "Too Many Requests"), (429, 20429, "Too Many Requests")]
    desk.twilio.twice = True
    before = len(desk.twilio.calls)
    desk.call({"tool_calls": [transfer("emil"), transfer("anna")]}, {"text": "Goodbye."})
    record = desk.ended()
    desk.twilio.twice = False
    check("what Twilio has not processed is sent again", record.summary["end-reason"] == "transferred", record.everything[-3000:])
    created = [c for c in list(desk.twilio.calls.values())[before:] if c.form]
    check("and nobody is called twice, nor two at a time", len(created) == 1, [c.form for c in created])
    check("the second is told so", any("under way" in text for _, _, text in record.results()), record.results())


def hung_up_at_the_last_moment(desk, check):
    desk.call({"tool_calls": [transfer("frank")]}, {"text": "Frank has just hung up."})
    desk.caller.communicate(timeout=200)
    back = wait_for(lambda: [r for r in desk.twilio.requests if "Redirect" in json.dumps(r["form"])])
    check("the caller comes back to the agent", back and "/twilio/voice/desk?back=" in json.dumps(back[-1]["form"]), desk.twilio.requests[-3:])


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = Checks()
    desk = None

    def move(_sid):
        # Twilio ends the stream before it answers.
        desk.caller.kill()

    with tempfile.TemporaryDirectory(prefix="jackfield-people-") as scratch, Service(KEY) as service, TwilioRest(
        AUTH, [NUMBER], WHAT_THEY_DO, password=("SK" + "ab" * 16, SECRET), on_move=move
    ) as twilio:
        scratch = pathlib.Path(scratch).resolve()
        os.environ.update({"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY, "TWILIO_AUTH_TOKEN": AUTH,
                           "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_API_KEY": "SK" + "ab" * 16, "TWILIO_API_SECRET": SECRET,
                           "TWILIO_API_URL": twilio.address})  # fmt: skip
        with Desk(binary, source, scratch, service, twilio) as desk:
            parts = (accepted, declined, no_answer_then_asked, refused_by_a_person, answered_too_late, injected, caller_hangs_up, refused_for_a_while, hung_up_at_the_last_moment)
            for part in (asked_in_the_console,) if len(sys.argv) > 3 else parts:
                try:
                    part(desk, check)
                except Exception as error:  # noqa: BLE001
                    check(f"{part.__name__} ends", False, repr(error))
                    if desk.caller.poll() is None:
                        desk.caller.kill()
            desk.server.stop()
        offered = {t["name"]: t for r in service.requests(ASK) for t in r["body"].get("tools", [])}
        check("the model was offered both functions", sorted(offered) == ["ask_person", "transfer_call"], sorted(offered))
        check("and nobody's number", "+1555" not in json.dumps(offered), offered)
        check("Twilio had nothing to complain about", twilio.faults == [], twilio.faults)
        refused = [r for r in service.requests(ASK) if "refused" in r]
        check("nor had OpenAI", not refused, refused)
        written = desk.server.log.read_text() + (scratch / "events").read_text()
        check("no secret was written", SECRET not in written and AUTH not in written, "one was")
        check("jackfield ended cleanly", desk.server.exit_code == 0, written[-2000:])
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
