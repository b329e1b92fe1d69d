#!/usr/bin/env python3
"""The control API on a conference with real callers: who sits there, who speaks, muting that is heard at
once by the others and by nobody later, sending out, the end of a room, and the commands and events to it.
Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks as tap  # noqa: E402
import control_api  # noqa: E402
import event_reader  # noqa: E402
import jackfield_server  # noqa: E402

ROOM = """# A room for telephones only, in which nothing sounds but its callers.
duckingmixer name=room rate=8000 seats="phone={source}/pipelines/seat-phone.gst"
callrecorder name=recorder location=${{RECORDING}}
room.src ! recorder.mix
"""
CONF = """
[server]
drain = 2
[line meeting]
pipeline = meeting.gst
rooms = main
room-size = 3
"""
ADA, BEN = "+15550000001", "+15550000002"
CLIP = "/usr/share/asterisk/sounds/en/tt-monkeysintro.wav"
# Talks for as long as it takes, with hardly a pause.
TALKER = {"name": "ada", "timeout": 120000, "line-noise": -90, "steps": [*[{"say": CLIP, "gap": 20, "text": "x"}] * 40, {"expect-hang-up": {"timeout": 60000}}]}
LISTENER = {"name": "ben", "timeout": 120000, "line-noise": -90, "steps": [{"expect-hang-up": {"timeout": 110000}}]}
SILENCE = -50  # dBFS; nobody is as soft while a clip of speech is said
# From the answer to the request until everybody hears it, on a busy machine; what the callers' lines hold is
# much less.
AT_ONCE = 2.0


class Caller:
    def __init__(self, server, scratch, name, number, script):
        self.wav, self.report = scratch / f"{name}.wav", scratch / f"{name}-report.json"
        file = scratch / f"{name}.json"
        file.write_text(json.dumps(script))
        self.process = jackfield_server.start_simulation(server, file, scratch, name, "--from", number)

    def finish(self):
        output, _ = self.process.communicate(timeout=60)
        call = json.loads(self.report.read_text())["calls"][0] if self.report.exists() else {"ok": False, "failures": [output[-800:]]}
        if call["ok"]:
            self.began = call["began-us"] * 1e-6
            self.rate, (_, self.heard) = call_audio.read_wav(self.wav)
        return call

    def loudness(self, begin, end):
        """Of what it heard between two times of the monotonic clock, dBFS, each 20 ms."""
        frame = self.rate // 50
        part = self.heard[max(0, int((begin - self.began) * self.rate)) : int((end - self.began) * self.rate)]
        part = part[: len(part) // frame * frame].reshape(-1, frame).astype(float)
        return 20 * numpy.log10(numpy.sqrt((part**2).mean(axis=1)) + 1e-9)


class Jackfield:
    def __init__(self, binary, folder, origin):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.environment = {**os.environ, "JACKFIELD_SERVER": origin}

    def rooms(self, *arguments):
        done = subprocess.run([self.binary, "rooms", *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr


def seats_of(api, room="main"):
    answer = api.get(f"/rooms/{room}")
    return {seat["name"]: seat for seat in answer.json["seats"]} if answer.status == 200 else {}


def check_list(check, api, jackfield):
    room = api.get("/rooms/main").json
    check("a room has its line, size and seats", (room["line"], room["size"], len(room["seats"])) == ("meeting", 3, 2), room)
    seats = seats_of(api)
    check("seats have the callers' numbers", set(seats) == {ADA, BEN} and all(s["kind"] == "phone" and s["hears"] == "all" and not s["muted"] for s in seats.values()), seats)
    check("the list is the same", [r["id"] for r in api.get("/rooms").json["rooms"]] == [room["id"]])
    check("by its id, too", api.get(f"/rooms/{room['id']}").json["name"] == "main")
    session = api.get(f"/sessions/{seats[ADA]['session']}").json
    check("a session knows where it sits", session["room"] == {"id": room["id"], "name": "main"} and session["kind"] == "phone", session)
    own = api.get(f"/sessions/{room['id']}").json
    check("the room is a session, too", own["kind"] == "room" and own["room"] is None, own)
    code, out, err = jackfield.rooms()
    check("jackfield rooms has a row for each seat", code == 0 and len(out.splitlines()) == 3 and ADA in out and "2/3" in out, (out, err))
    code, out, err = jackfield.rooms("--json")
    check("and as JSON what the API has", code == 0 and json.loads(out)["rooms"][0]["id"] == room["id"], (out, err))
    metrics = api.request("GET", "/metrics")
    if metrics.status == 200:
        text = metrics.body.decode()
        check("the metrics count them", 'jackfield_rooms{line="meeting"} 1' in text and 'jackfield_seats{line="meeting",kind="phone"} 2' in text, text[-3000:])
    return room["id"], seats[ADA]["session"], seats[BEN]["session"]


def check_hostile(check, api, room, ada):
    seat = f"/api/v1/rooms/{room}/seats/{ada}"
    patch = lambda body, **fields: api.request("PATCH", seat, body, **fields)  # noqa: E731
    refused = [
        patch({}), patch([]), patch(b"{"), patch({"mute": "yes"}), patch({"mute": None}), patch({"gain": 20.5}), patch({"gain": "x"}), patch({"hears": "none"}),
        patch({"hears": {"only": ["../x"]}}), patch({"hears": {"only": ["a"] * 256}}), patch({"hears": {"all-but": [], "only": []}}), patch({"muted": True}),
        patch({"mute": True, "x": {"a": [1]}}), patch(b'{"mute":true,"mute":false}'), patch(b'{"gain":1e999}'), patch(b"[" * 100),
    ]  # fmt: skip
    check("what is not as described is refused", {a.status for a in refused} == {400}, [(a.status, a.body) for a in refused])
    check("strangers hear nobody", patch({"hears": {"only": ["ffffffffffff"]}}).code == "no-such-seat")
    foreign = [patch({"mute": True}, Content_Type="text/plain"), patch({"mute": True}, Origin="http://evil.example.com"), patch({"mute": True}, Host="evil.example.com")]
    check("so are forms, foreign pages and foreign names", [a.status for a in foreign] == [415, 403, 403], [(a.status, a.body) for a in foreign])
    nobody = [api.request("PATCH", f"/api/v1/rooms/{r}/seats/{s}", {"mute": True}) for r, s in ((room, "ffffffffffff"), ("nowhere", ada), (ada, ada), (room, room))]
    nobody += [api.request("DELETE", f"/api/v1/rooms/{r}/seats/{s}", {"reason": "x"}) for r, s in ((room, "ffffffffffff"), ("nowhere", ada))]
    check("seats and rooms that are none are not found", {a.status for a in nobody} == {404}, [(a.status, a.body) for a in nobody])
    check("a line without an agent's seat has none", api.post("/rooms/main/agents").code == "no-agent")
    check("and nothing has changed", not seats_of(api)[ADA]["muted"] and seats_of(api)[ADA]["gain"] == 0, seats_of(api))


def wait_for_speech(api, levels, session):
    """Until it has said something for a second from now on, as the mixer tells, muted or not."""

    def told():
        return sum(s["session"] == session and s["voice"] and s["level"] > -40 for m in levels.events("room-levels") for s in m["data"]["seats"])

    before = told()
    api.wait(lambda: told() >= before + 5, "speech")


def check_mute(check, api, levels, ada):
    """Times at which things changed, for what the other one heard."""
    times = {"begin": time.monotonic()}
    wait_for_speech(api, levels, ada)
    seat = api.request("PATCH", f"/api/v1/rooms/main/seats/{ada}", {"mute": True})
    times["muted"] = time.monotonic()
    check("a seat is muted", seat.status == 200 and seat.json["muted"], seat.body)
    check("its session says so", api.get(f"/sessions/{ada}").json["muted"]["caller"])
    time.sleep(AT_ONCE)
    wait_for_speech(api, levels, ada)
    times["unmuted"] = time.monotonic()
    voices = api.post(f"/sessions/{ada}/mute", {"caller": False})
    check("the mute of its session is that of the seat", voices.status == 200 and not voices.json["muted"]["caller"] and not seats_of(api)[ADA]["muted"], voices.body)
    wait_for_speech(api, levels, ada)
    times["softened"] = time.monotonic()
    gain = api.post(f"/sessions/{ada}/gain", {"caller": -60})
    check("so is its gain", gain.status == 200 and seats_of(api)[ADA]["gain"] == -60, gain.body)
    time.sleep(AT_ONCE)
    wait_for_speech(api, levels, ada)
    times["loud"] = time.monotonic()
    return times


def check_heard(check, ben, times):
    before = ben.loudness(times["begin"], times["muted"])
    muted = ben.loudness(times["muted"] + AT_ONCE, times["unmuted"])
    after = ben.loudness(times["unmuted"], times["softened"] + AT_ONCE)
    softened = ben.loudness(times["softened"] + AT_ONCE, times["loud"])
    falls = ben.loudness(times["muted"], times["muted"] + AT_ONCE)
    delay = 20 * (1 + max((index for index, level in enumerate(falls) if level > SILENCE), default=-1))
    print(f"# what was on its way when the seat was muted: {delay} ms")
    levels = f"before {before.max():.0f}, muted {muted.max():.0f}, after {after.max():.0f}, softened {softened.max():.0f} dBFS"
    check("the other hears the voice until it is muted", before.max() > -30, levels)
    check("then nothing of it at all", muted.max() < SILENCE, levels)
    check("and again when it is unmuted", after.max() > -30, levels)
    check("and next to nothing 60 dB softer", softened.max() < SILENCE, levels)


def check_events(check, events, room, ada):
    names = [m["event"] for m in events.messages if m["type"] == "event"]
    opened = events.events("room-opened")
    check("the room's beginning is told", opened and opened[0]["session"] == room and opened[0]["data"]["name"] == "main", names)
    joined = [m["data"]["seat"]["name"] for m in events.events("seat-joined")]
    check("and who sits down", sorted(joined) == [ADA, BEN] and names.index("room-opened") < names.index("seat-joined"), joined)
    changed = [m["data"]["seat"] for m in events.events("seat-changed")]
    check("each change", [(s["muted"], s["gain"]) for s in changed[:3]] == [(True, 0), (False, 0), (False, -60)] and {s["session"] for s in changed[:3]} == {ada}, changed)
    left = [(m["data"]["seat"]["name"], m["data"]["reason"]) for m in events.events("seat-left")]
    check("who goes, and why", left == [(ADA, "too loud"), (BEN, "the office closes")], left)
    ended = events.events("room-ended")
    check("and the end", len(ended) == 1 and ended[0]["session"] == room and ended[0]["data"]["reason"] == "the office closes", ended)
    check("levels are for those who name the room", not events.events("room-levels"), names)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = tap.Checks()
    try:
        run(check, binary, source)
    except Exception as error:  # a check that fails says so; what breaks the test fails it, too
        check("the test came to its end", False, repr(error))
    check.print()


def run(check, binary, source):
    with tempfile.TemporaryDirectory(prefix="jackfield-rooms-") as folder:
        scratch = pathlib.Path(folder)
        (scratch / "meeting.gst").write_text(ROOM.format(source=source))
        (scratch / "jackfield.conf").write_text(CONF)
        with jackfield_server.Server(binary, scratch / "jackfield.conf", scratch) as server, event_reader.Listener(server.origin, sessions="all") as events:
            api = control_api.ControlApi(server.port)
            description = api.read_description()
            jackfield = Jackfield(binary, scratch, server.origin)
            check("at first there is no room", api.get("/rooms").json == {"rooms": []} and jackfield.rooms() == (0, "", ""))
            ada = Caller(server, scratch, "ada", ADA, TALKER)
            api.wait(lambda: ADA in seats_of(api), "the first seat")
            ben = Caller(server, scratch, "ben", BEN, LISTENER)
            api.wait(lambda: BEN in seats_of(api), "the second seat")
            room, ada_session, ben_session = check_list(check, api, jackfield)
            with event_reader.Listener(server.origin, sessions=[room], events=["room-levels"]) as levels:
                wait_for_speech(api, levels, ada_session)
                silent = [s["level"] for m in levels.events("room-levels") for s in m["data"]["seats"] if s["session"] == ben_session]
                check("levels tell who speaks, and who does not", max(silent) < SILENCE, silent)
                check_hostile(check, api, room, ada_session)
                times = check_mute(check, api, levels, ada_session)
            hears = api.request("PATCH", f"/api/v1/rooms/main/seats/{ben_session}", {"gain": 0, "hears": {"all-but": [ada_session]}})
            check("whom a seat hears is changed", hears.status == 200 and hears.json["hears"] == {"all-but": [ada_session]}, hears.body)
            check("and changed back", api.request("PATCH", f"/api/v1/rooms/main/seats/{ben_session}", {"hears": "all"}).json["hears"] == "all")
            code, out, err = jackfield.rooms("mute", "main", BEN)
            check("jackfield rooms mute", code == 0 and out == f"{ben_session} muted\n" and seats_of(api)[BEN]["muted"], (out, err))
            code, out, err = jackfield.rooms("unmute", room[:6], ben_session[:8])
            check("unmute, by the beginnings of ids", code == 0 and not seats_of(api)[BEN]["muted"], (out, err))
            code, out, err = jackfield.rooms("gain", "main", BEN, "-3")
            check("gain", code == 0 and seats_of(api)[BEN]["gain"] == -3, (out, err))
            code, out, err = jackfield.rooms("kick", "main", "nobody")
            check("who is not there cannot be sent out", code == 1 and "no seat 'nobody' in room main" in err, (out, err))
            code, out, err = jackfield.rooms("kick", "main", ADA, "--reason", "too loud")
            check("kick", code == 0, (out, err))
            gone = ada.finish()
            check("who is sent out is hung up on", gone["ok"] or "say" in str(gone["failures"]), gone["failures"])
            api.wait(lambda: set(seats_of(api)) == {BEN}, "one seat less")
            api.wait(lambda: api.get(f"/sessions/{ada_session}").json["state"] == "ended", "the end of the call")
            record = api.get(f"/sessions/{ada_session}").json
            check("its records say why", record["end-reason"] == "too loud" and record["room"] is None, record)
            ended = api.request("DELETE", f"/api/v1/rooms/{room}", {"reason": "the office closes"})
            check("a room is ended", ended.status == 202, ended.body)
            heard = ben.finish()
            check("and all its calls", heard["ok"], heard["failures"])
            api.wait(lambda: not api.running() and api.get("/rooms").json == {"rooms": []}, "the end of all")
            check("an ended room is none", api.get(f"/rooms/{room}").code == "no-such-room" and api.request("DELETE", f"/api/v1/rooms/{room}").status == 404)
            api.wait(lambda: events.events("room-ended"), "the last event")
            check_events(check, events, room, ada_session)
            check_heard(check, ben, times)
            kinds = {s["kind"] for s in api.get("/sessions").json["sessions"]}
            check("records of all of them", kinds == {"phone", "room"}, kinds)
            seen = {(method, path) for method, path, status in api.seen}
            left = [f"{method} {path}" for method, path in description.operations() if "/rooms" in path and (method, path) not in seen]
            check("every operation on rooms was tried", not left, left)
            server.stop()
        check("the server ends in order", server.exit_code == 0, server.log.read_text()[-1500:])


main()
