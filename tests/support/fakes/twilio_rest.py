"""A strict fake of Twilio's REST API for calls, and of the people who are called: it refuses what Twilio
refuses, asks for TwiML by signed webhooks, checks every element and attribute of it, and plays it to a person
who is busy, does not answer, presses a key, or is a voice mail. Written from Twilio's documentation.

    with TwilioRest(token, numbers=["+15552223333"], people={"+15550001": "accept"}) as twilio:
        os.environ["TWILIO_API_URL"] = twilio.address

What a person does: busy, no-answer, failed, accept, decline, voice-mail, hang-up-first (takes the call and
hangs up at once). What was asked, heard and refused is in `requests`, `heard`, `faults`.
"""
import base64
import http.server
import json
import re
import threading
import time
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree

from twilio_signing import signature

ACCOUNT = "AC" + "0123456789abcdef" * 2
E164 = re.compile(r"\+[1-9][0-9]{1,14}$")
SID = re.compile(r"CA[0-9a-f]{32}$", re.I)
CREATE = {
    "To", "From", "Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackEvent",
    "StatusCallbackMethod", "SendDigits", "Timeout", "TimeLimit", "Record", "MachineDetection",
}  # fmt: skip
UPDATE = {"Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackMethod", "TimeLimit", "Status"}
# Elements, their attributes, and what may be in them.
ELEMENTS = {
    "Response": (set(), {"Gather", "Say", "Play", "Pause", "Hangup", "Dial", "Redirect", "Reject", "Connect"}),
    "Gather": ({"action", "method", "input", "numDigits", "finishOnKey", "timeout", "actionOnEmptyResult", "language"}, {"Say", "Play", "Pause"}),
    "Say": ({"voice", "language", "loop"}, set()),
    "Pause": ({"length"}, set()),
    "Hangup": (set(), set()),
    "Redirect": ({"method"}, set()),
    "Connect": ({"action", "method"}, {"Stream"}),
    "Stream": ({"url", "name", "track", "statusCallback", "statusCallbackMethod"}, {"Parameter"}),
    "Parameter": ({"name", "value"}, set()),
    "Dial": ({"action", "method", "answerOnBridge", "callerId", "timeLimit", "timeout", "record"}, {"Conference", "Number"}),
    "Conference": (
        {"muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "participantLabel", "maxParticipants", "record",
         "waitUrl", "waitMethod", "statusCallback", "statusCallbackEvent", "statusCallbackMethod"},
        set(),
    ),
}  # fmt: skip
BOOLEANS = {"startConferenceOnEnter", "endConferenceOnExit", "muted", "answerOnBridge"}
EVENTS = {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Fault(Exception):
    """Something Twilio would complain about in its debugger."""


def read_twiml(text):
    root = xml.etree.ElementTree.fromstring(text)
    if root.tag != "Response":
        raise Fault(f"the root is {root.tag}")

    def check(element):
        attributes, children = ELEMENTS[element.tag]
        unknown = set(element.attrib) - attributes
        if unknown:
            raise Fault(f"{element.tag} has {unknown}")
        for name, value in element.attrib.items():
            if name in BOOLEANS and value not in ("true", "false"):
                raise Fault(f"{name}={value}")
        if not set(element.get("statusCallbackEvent", "").split()) <= EVENTS:
            raise Fault(f"statusCallbackEvent={element.get('statusCallbackEvent')}")
        for child in element:
            if child.tag not in children:
                raise Fault(f"{child.tag} within {element.tag}")
            check(child)
        if element.tag in ("Say", "Redirect", "Conference") and not (element.text or "").strip():
            raise Fault(f"an empty {element.tag}")

    check(root)
    return root


class Call:
    def __init__(self, sid, status, form=None):
        self.sid, self.status, self.form = sid, status, form or {}
        self.redirected = None  # TwiML that an update brought
        self.changed = threading.Condition()


class TwilioRest:
    def __init__(self, token, numbers, people, password=None, on_move=None, twice=False, ring=0.3):
        self.token, self.numbers, self.people = token, numbers, people
        self.user, self.password = (password or (ACCOUNT, token))
        self.on_move, self.twice, self.ring = on_move, twice, ring
        self.lock = threading.Lock()
        self.calls, self.ended_callers = {}, set()
        self.requests, self.heard, self.faults, self.failures = [], [], [], []
        self.rooms = {}  # name: the SIDs of calls in it
        self.threads = []

    def __enter__(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                try:
                    status, reply = fake.handle(self.command, self.path, self.headers, body)
                except Refused as refused:
                    status = refused.status
                    reply = {"code": refused.code, "message": str(refused), "status": status,
                             "more_info": f"https://www.twilio.com/docs/errors/{refused.code}"}  # fmt: skip
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for call in list(self.calls.values()):
            with call.changed:
                call.status = "completed"
                call.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def wait(self):
        """Until all the people have hung up."""
        for thread in list(self.threads):
            thread.join(timeout=60)

    # The API

    def handle(self, method, target, headers, body):
        login = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        form = urllib.parse.parse_qs(body, keep_blank_values=True, strict_parsing=True) if body else {}
        with self.lock:
            self.requests.append({"method": method, "path": target, "form": form})
            failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise Refused(*failure)
        if headers.get("Authorization") != login:
            raise Refused(401, 20003, "Authenticate")
        base = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
        if target == base + ".json" and method == "POST":
            return 201, self.create(headers, form)
        found = re.fullmatch(re.escape(base) + r"/(\w+)\.json", target)
        if not found or method not in ("GET", "POST"):
            raise Refused(404, 20404, f"The requested resource {target} was not found")
        call = self.find(found[1])
        if method == "POST":
            self.update(call, headers, form)
        return 200, self.shown(call)

    def find(self, sid):
        with self.lock:
            # Callers are in-progress without our having been told.
            if sid not in self.calls and SID.match(sid):
                self.calls[sid] = Call(sid, "completed" if sid in self.ended_callers else "in-progress")
            if sid not in self.calls:
                raise Refused(404, 20404, "no such call")
            return self.calls[sid]

    @staticmethod
    def shown(call):
        return {"sid": call.sid, "account_sid": ACCOUNT, "status": call.status, "to": call.form.get("To"),
                "from": call.form.get("From"), "direction": "outbound-api", "duration": None, "price": None}  # fmt: skip

    @staticmethod
    def single(headers, form, known):
        if headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise Refused(415, 21200, "Unsupported Media Type")
        unknown = set(form) - known
        if unknown:
            raise Refused(400, 21200, f"Unknown parameters {sorted(unknown)}")
        return {name: values[-1] for name, values in form.items()}

    def create(self, headers, form):
        form = self.single(headers, form, CREATE)
        if not E164.match(form.get("To", "")):
            raise Refused(400, 21211, f"Invalid 'To' Phone Number: {form.get('To')}")
        if form.get("From") not in self.numbers:
            raise Refused(400, 21210, f"'From' phone number not verified: {form.get('From')}")
        if not re.match(r"https?://", form.get("Url", "")):
            raise Refused(400, 21200, "Url is not a valid URL")
        if form.get("Method", "POST") not in ("GET", "POST") or not 1 <= int(form.get("Timeout", 60)) <= 600:
            raise Refused(400, 21200, "Invalid parameter")
        call = Call("CA" + uuid.uuid4().hex, "queued", form)
        with self.lock:
            self.calls[call.sid] = call
        thread = threading.Thread(target=self.person, args=(call,), daemon=True)
        self.threads.append(thread)
        thread.start()
        return self.shown(call)

    def update(self, call, headers, form):
        form = self.single(headers, form, UPDATE)
        if "Url" in form and "Twiml" in form:
            raise Refused(400, 21200, "Url and Twiml exclude each other")
        if call.status in ("completed", "busy", "failed", "no-answer", "canceled"):
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        if "Status" in form:
            if form["Status"] not in ("completed", "canceled"):
                raise Refused(400, 21200, "Invalid Status")
            with call.changed:
                call.status = form["Status"]
                call.changed.notify_all()
            return
        if call.status != "in-progress":
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        if not 0 < len(form.get("Twiml", "")) <= 4000:
            raise Refused(400, 21200, "Twiml has 1 to 4000 characters")
        try:
            read_twiml(form["Twiml"])
        except (Fault, KeyError, xml.etree.ElementTree.ParseError) as fault:
            raise Refused(400, 21200, f"TwiML: {fault}") from fault
        with call.changed:
            call.redirected = form["Twiml"]
            call.changed.notify_all()
        if not call.form:  # a caller
            if self.on_move:
                self.on_move(call.sid)
            thread = threading.Thread(target=self.play, args=(call, form["Twiml"], "accept"), daemon=True)
            self.threads.append(thread)
            thread.start()

    # Webhooks

    def webhook(self, call, url, extra=()):
        """Twilio's POST, signed; the body of the answer. Twilio may send the same twice."""
        form = {"CallSid": call.sid, "AccountSid": ACCOUNT, "From": call.form.get("From", ""), "To": call.form.get("To", ""),
                "CallStatus": call.status, "ApiVersion": "2010-04-01", "Direction": "outbound-api", **dict(extra)}  # fmt: skip
        answers = []
        for _ in range(2 if self.twice else 1):
            request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode())
            request.add_header("X-Twilio-Signature", signature(self.token, url, form.items()))
            with urllib.request.urlopen(request, timeout=15) as reply:
                kind = reply.headers.get_content_type()
                if kind not in ("text/xml", "application/xml"):
                    raise Fault(f"an answer of type {kind}")
                answers.append(reply.read().decode())
        if len(set(answers)) != 1:
            raise Fault("the same request was answered in two ways")
        return answers[0]

    def person(self, call):
        try:
            does = self.people.get(call.form["To"], "failed")
            call.status = "ringing"
            with call.changed:
                call.changed.wait_for(lambda: call.status == "completed", timeout=self.ring)
                if call.status == "completed":
                    call.status = "canceled"
                elif does in ("busy", "no-answer", "failed"):
                    call.status = does
                else:
                    call.status = "in-progress"
            if call.status == "in-progress":
                self.play(call, self.webhook(call, call.form["Url"]), does)
                call.status = "completed"
            if "StatusCallback" in call.form:
                self.webhook(call, call.form["StatusCallback"], {"CallbackSource": "call-progress-events", "SequenceNumber": "0"}.items())
        except Exception as fault:  # noqa: BLE001
            self.faults.append(repr(fault))

    def play(self, call, twiml, does):
        try:
            self.verbs(call, twiml, does)
        except Exception as fault:  # noqa: BLE001
            self.faults.append(f"{fault!r} of {twiml}")

    def verbs(self, call, twiml, does):
        for verb in read_twiml(twiml):
            if self.over(call):
                break
            self.heard += [(call.form.get("To", "caller"), say.text) for say in verb.iter("Say")]
            if verb.tag == "Hangup":
                return
            if verb.tag == "Redirect":
                return self.verbs(call, self.webhook(call, verb.text), does)
            if verb.tag == "Gather" and does in ("accept", "decline", "hang-up-first"):
                key = "2" if does == "decline" else "1"
                next_twiml = self.webhook(call, verb.get("action"), {"Digits": key, "FinishedOnKey": ""}.items())
                return self.verbs(call, next_twiml, does)
            if verb.tag == "Gather" and does == "listens":  # until something else happens
                with call.changed:
                    call.changed.wait_for(lambda: call.redirected or call.status == "completed", timeout=60)
            if verb.tag == "Dial":
                if does == "hang-up-first":
                    return
                self.confer(call, verb.find("Conference"))
        if call.form and call.redirected:
            twiml, call.redirected = call.redirected, None
            self.verbs(call, twiml, does)

    @staticmethod
    def over(call):
        return call.status == "completed" or bool(call.form and call.redirected)

    def confer(self, call, conference):
        name = conference.text
        with self.lock:
            room = self.rooms.setdefault(name, {"sid": "CF" + uuid.uuid4().hex, "in": []})
            room["in"].append(call.sid)
        if conference.get("statusCallback"):
            self.webhook(call, conference.get("statusCallback"), {
                "StatusCallbackEvent": "participant-join", "ConferenceSid": room["sid"], "FriendlyName": name}.items())  # fmt: skip
        # They talk for a moment, when both are there, and then hang up.
        deadline = time.monotonic() + 20
        while len(room["in"]) < 2 and time.monotonic() < deadline and not self.over(call):
            time.sleep(0.02)
        time.sleep(0.2)
