#!/usr/bin/env python3
"""An agent that remembers who calls: the real jackfield, called by `jackfield simulate` as Twilio calls, and
the strict fake of OpenAI's API. A number that nobody vouches for does not count. Prints TAP.
Arguments: the jackfield binary, the source directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import control_api  # noqa: E402
import jackfield_server  # noqa: E402
import media_socket  # noqa: E402
import twilio_signing  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from tool_call import ASK, KEY, STAGES, asks, call, hears, says  # noqa: E402

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
ANNA, BERT, EVE = "+15550001111", "+15550002222", "+15550003333"
NOTE = "takes her coffee without sugar"


class Line:
    """A server with a directory of callers, and calls to it."""

    def __init__(self, binary, source, scratch, service):
        self.binary, self.scratch, self.service = binary, scratch, service
        self.directory = scratch / "callers.db"
        self.control = None
        pipeline = scratch / "agent.gst"
        text = (pathlib.Path(source) / "pipelines/phone-agent.gst").read_text()
        # On a busy machine a filler would be said, and taken for the answer by the caller.
        pipeline.write_text(text.replace("! agentbrain", '! agentbrain think-timeout=70000000000 tool-filler=""')
                            .replace("${HERE}", str(source) + "/pipelines"))  # fmt: skip
        (scratch / "tools.json").write_text(json.dumps({"functions": [{
            "name": "open_gate", "description": "Opens the gate.", "parameters": {"type": "object"},
            "permission": "gate"}]}))  # fmt: skip
        caller = {"name": "callers", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
                  "steps": [{"wait-reply": {"timeout": 70000}}]}  # fmt: skip
        turn = [{"say": "hello-world.wav"}, {"wait-reply": {"timeout": 60000}}]
        (scratch / "listens.json").write_text(json.dumps(caller))
        (scratch / "speaks.json").write_text(json.dumps({**caller, "steps": caller["steps"] + turn}))
        environment = {"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
        self.server = jackfield_server.Server(
            binary, pipeline, scratch, "--callers", str(self.directory), f"TOOLS={scratch / 'tools.json'}", *STAGES,
            environment=environment)  # fmt: skip

    def asked(self):
        """What models were told so far, a text for each request."""
        return [json.dumps(r["body"]["input"], ensure_ascii=False) for r in self.service.requests(ASK)]

    def offered(self):
        return [{t["name"] for t in r["body"].get("tools", [])} for r in self.service.requests(ASK)]

    def call(self, number, steps):
        """The requests to the model of one call from there."""
        before = len(self.asked())
        self.service.script(steps)
        script = "speaks" if len(steps) > 1 else "listens"
        done = subprocess.run(
            [self.binary, "simulate", self.server.url, "--script", str(self.scratch / f"{script}.json"), "--from", number,
             "--quiet"], capture_output=True, text=True, timeout=240, env={**os.environ, "TWILIO_AUTH_TOKEN": AUTH_TOKEN})  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"the call from {number}: {done.stdout[-800:]} {done.stderr[-800:]} {self.server.log.read_text()[-1500:]}")
        return self.asked()[before:], self.offered()[before:]

    def forged_call(self, number, claimed):
        """A call from `number` whose stream says that it is from `claimed`."""
        before = len(self.asked())
        self.service.script([says("Hello there.")])
        form = [("From", number), ("To", "+15552223333"), ("CallSid", "CA" + os.urandom(16).hex())]
        request = urllib.request.Request(self.server.url, urllib.parse.urlencode(form).encode(), {
            "X-Twilio-Signature": twilio_signing.signature(AUTH_TOKEN, self.server.url, form)})  # fmt: skip
        twiml = xml.etree.ElementTree.fromstring(urllib.request.urlopen(request, timeout=30).read())
        parameters = {p.get("name"): p.get("value") for p in twiml.iter("Parameter")}
        media = self.server.origin.replace("http", "ws") + "/twilio/media"
        stream = media_socket.MediaSocket(self.server.port, signature=twilio_signing.signature(AUTH_TOKEN, media))
        stream.call_sid = form[2][1]
        stream.start(parameters["token"], parameters={**parameters, "from": claimed})
        deadline = time.monotonic() + 60
        while len(self.asked()) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        stream.stop()
        stream.sock.close()
        return self.asked()[before:]

    def api(self, method="GET", query="", **body):
        """Each answer is held against the description."""
        if not self.control:
            self.control = control_api.ControlApi(self.server.port)
            self.control.read_description()
        return self.control.request(method, "/api/v1/callers" + query, body or None).json

    def on_disk(self, words):
        files = (self.directory, self.directory.with_name("callers.db-wal"))
        return any(words.encode() in file.read_bytes() for file in files if file.exists())


def main():
    binary, source = sys.argv[1:3]
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-callers-") as scratch, Service(KEY) as service:
        scratch = pathlib.Path(scratch).resolve()
        line = Line(binary, source, scratch, service)
        with line.server:
            first, tools = line.call(ANNA, [
                says("Hello, who is there?"), hears("I am Anna."),
                asks({"name": "set_caller_name", "arguments": {"name": "Anna", "language": "de"}}, call("remember", note=NOTE)),
                says("Hello, Anna."),
            ])  # fmt: skip
            check("at first nothing is known", first and "Nothing is known of the caller" in first[0], first[:1])
            own = {"remember", "set_caller_name", "forget_caller"}
            check("the agent may write down", tools and tools[0] == own, tools)
            check("it stands in the file", line.on_disk(NOTE), "it does not")
            known = line.api(query="?" + urllib.parse.urlencode({"caller": ANNA}))["callers"][0]
            check("the API tells of it", known["name"] == "Anna" and known["notes"][0]["text"] == NOTE, known)
            check("and of which session it is", len(known["notes"][0]["source"]) == 12, known)

            changed = line.api("PATCH", caller="+1 555 000 1111", permissions=["gate"], note="Is a regular.")
            check("a person gives permissions", changed.get("permissions") == ["gate"], changed)
            second, tools = line.call(ANNA, [says("Welcome back, Anna.")])
            told = "".join(second)
            check("the next time she is known", "Anna" in told and NOTE in told and "Is a regular." in told, second)
            check("her number is not the model's business", ANNA not in told, second)
            check("and may have the gate opened", tools and tools[0] == own | {"open_gate"}, tools)
            third, tools = line.call(BERT, [says("Hello.")])
            check("another caller is not she", third and "Anna" not in "".join(third) and NOTE not in "".join(third), third)
            check("nor may they open the gate", tools and tools[0] == own, tools)
            withheld, tools = line.call("anonymous", [says("Hello.")])
            check("who tells no number is nobody", withheld and "Nothing is known" in withheld[0] and not tools[0], (withheld, tools))
            forged = line.forged_call(EVE, ANNA)
            check("a number that nobody signed does not count", forged and "Anna" not in "".join(forged)
                  and NOTE not in "".join(forged), forged)  # fmt: skip
            signed = line.forged_call(ANNA, ANNA)
            check("and one that was signed does", "Anna" in "".join(signed), signed)
            refused = line.api("PATCH", caller="5550001111", name="x")
            check("numbers need their country", refused["error"]["code"] == "bad-caller", refused)

            line.call(ANNA, [
                says("Hello, Anna."), hears("Forget me, please. Yes, I am sure."), asks(call("forget_caller", confirmed=True)),
                says("It is done."),
            ])  # fmt: skip
            left = [words for words in (NOTE, "Anna", "Is a regular.", "5550001111") if line.on_disk(words)]
            check("who is forgotten is in no file", not left, left)
            gone = line.api(query="?" + urllib.parse.urlencode({"caller": ANNA}))
            check("nor does the API know them", gone["error"]["code"] == "no-such-caller", gone)
            last, _ = line.call(ANNA, [says("Hello.")])
            check("the next time they are a stranger", last and "Nothing is known" in last[0], last)

            subprocess.run([binary, "callers", "--callers", str(line.directory), "note", BERT, "SecretOfBert"], check=True,
                           capture_output=True, timeout=60)  # fmt: skip
            listed = line.api()["callers"]
            check("the command line and the API have one file", [c["caller"] for c in listed] == [BERT], listed)
            deleted = line.api("DELETE", caller=BERT)
            check("the API forgets, too", deleted == {"forgotten": BERT, "erased": True} and not line.on_disk("SecretOfBert"), deleted)
            line.server.stop()
        audit = [json.loads(entry) for entry in (line.server.recordings / "tools.jsonl").read_text().splitlines()]
        check("the audit log names who called", {e["tool"] for e in audit} == own and all(e["caller"] == ANNA for e in audit), audit)
        log = line.server.log.read_text()
        records = "".join(p.read_text() for p in line.server.recordings.glob("*/*.json*"))
        check("no record has the number's signature", records and "from-signature" not in records + log, "one has")
        check("jackfield ended cleanly", line.server.exit_code == 0, log[-1500:])
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
