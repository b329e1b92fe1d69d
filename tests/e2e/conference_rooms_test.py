#!/usr/bin/env python3
"""Rooms of conferences by telephone: who names one by Parameter, by PIN with a mistake, wrongly; a room that
is full, one that fails, one whose agent dies, a caller who is gone in the middle, a listener who becomes a
speaker. Everybody hears those of the same room and nobody else, the rooms end with the last, SIGTERM ends all, and the
recordings are complete.

Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import json
import pathlib
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks as tap  # noqa: E402
import conference  # noqa: E402
import jackfield_server  # noqa: E402
import who_hears_whom  # noqa: E402

SENTENCES = {
    "ada": "agent-newlocation", "ben": "at-tone-time-exactly", "cleo": "cannot-complete-as-dialed",
    "gus": "feature-not-avail-line", "hal": "queue-holdtime", "ida": "tt-monkeysintro",
}  # fmt: skip
ROOM = """# A room for telephones only.
duckingmixer name=room rate=8000 {mixer} seats="phone={source}/pipelines/seat-phone.gst {seats}"
callrecorder name=recorder location=${{RECORDING}}
room.src ! tee name=mix
mix. ! recorder.mix
{more}
"""
CONF = """[line meeting]
pipeline=room.gst
numbers=+15550000001
rooms=main, sales
pins=1234=main
room-size=2
[line lecture]
pipeline=lecture.gst
pins=9999=hall:speaker
[line brittle]
pipeline=brittle.gst
[line shaky]
pipeline=shaky.gst
[line echo]
pipeline={source}/pipelines/echo.gst
"""
AT_MOST = 30  # seconds for what comes after something
PART_OF_IT = 0.3  # of a sentence: this is about who hears whom, not how well on a busy machine


def write_files(folder, source):
    for name, mixer, seats, more in (
        ("room", "", "", ""),
        ("lecture", "join-muted=true", "", ""),
        # It breaks after 3 s.
        ("brittle", "", "", "mix. ! identity error-after=300 ! fakesink async=false sync=false"),
        ("shaky", "", f"agent={folder / 'agent.gst'}", ""),
    ):
        (folder / f"{name}.gst").write_text(ROOM.format(source=source, mixer=mixer, seats=seats, more=more))
    # An agent that says nothing, and breaks after 2 s.
    (folder / "agent.gst").write_text("mixerseat name=seat seat. ! identity error-after=200 ! volume mute=true ! seat.")
    (folder / "jackfield.conf").write_text(CONF.format(source=source))


class Conference:
    def __init__(self, server, scratch, sentences):
        self.server, self.scratch, self.sentences = server, scratch, sentences
        self.guests = {}

    def call(self, name, line, plan=(), leaves=0.0, steps=()):
        """`line`: with the query of its webhook. `plan`: (when, None for its sentence or keys)."""
        says = [(at, keys or [f"en/{SENTENCES[name]}.wav"]) for at, keys in plan]
        self.guests[name] = conference.Phone(
            name, self.sentences.voices.get(name), self.server.binary, f"{self.server.url}/{line}", self.scratch, says,
            leaves, steps,
        )  # fmt: skip

    def api(self, path):
        with urllib.request.urlopen(f"{self.server.origin}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)

    def wait(self, condition):
        deadline = time.monotonic() + AT_MOST
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        return False

    def seats(self):
        return {seat["session"]: room["name"] for room in self.api("rooms")["rooms"] for seat in room["seats"]}


def meet(check, talk):
    """Everybody calls at the same time, and goes."""
    begin = time.monotonic()
    at = lambda seconds: begin + seconds  # noqa: E731
    hung_up = {"expect-hang-up": 1000 * AT_MOST}
    talk.call("ada", "meeting?room=1234", [(at(6), None)], at(13))
    talk.call("ben", "meeting", [(at(1), "99#"), (at(2.2), "77*1234#"), (at(8.5), None)], at(14))
    talk.call("cleo", "meeting?room=Sales", [(at(7), None)], at(13))
    talk.call("dan", "meeting?room=nowhere", [(at(1), "1#"), (at(2), "2#"), (at(3), "1235#")], at(3), [hung_up])
    talk.call("finn", "brittle", [], at(0), [hung_up])
    talk.call("gus", "lecture", [(at(6), None)], at(13.5))
    talk.call("hal", "lecture?room=9999", [(at(8), None)], at(14))
    talk.call("ida", "lecture", [(at(4), "9999#"), (at(10), None)], at(14))
    talk.call("joe", "echo", [], at(2))
    talk.call("kim", "shaky", [], at(13))
    full = talk.wait(lambda: list(talk.seats().values()).count("main") == 2)
    check("two are in the room by its PIN, as Parameter and by keys", full, talk.server.log.read_text()[-1500:])
    talk.call("eve", "meeting?room=1234", [], time.monotonic(), [hung_up])
    for guest in talk.guests.values():
        guest.finish()
    for guest in talk.guests.values():
        check(f"{guest.name}'s call went as it should", guest.problem is None, guest.problem)
    for name in ("dan", "eve", "finn"):
        heard = talk.guests[name].heard
        said = heard is not None and call_audio.speech_spans(heard, talk.guests[name].rate)
        check(f"{name} is told why", sum(end - start for start, end in said or ()) > 1.5, said)
    check("no room is left behind", talk.wait(lambda: talk.api("rooms")["rooms"] == []), talk.seats())


def listen(check, talk):
    """Whoever may be heard is, and in the own room only."""
    of_rooms = {"main": ("ada", "ben"), "sales": ("cleo",), "hall": ("gus", "hal", "ida")}
    for room, names in of_rooms.items():
        guests = [talk.guests[name] for name in names]
        # gus is muted.
        speakers = [guest for guest in guests if guest.name != "gus"]
        for name, heard in conference.judge_all(guests, speakers, talk.sentences, PART_OF_IT).items():
            strangers = [
                f"hears {other}: {found}" for other, found in heard.found.items()
                # Half a second alone may sound like somebody else.
                if (other not in names or other == "gus") and found.there and found.share > PART_OF_IT
            ]  # fmt: skip
            wrong = heard.problems + strangers
            check(f"{name} hears all who speak in room {room}, and nobody else", not wrong, "\n".join(map(str, wrong)))


def end(check, talk):
    """One is suddenly gone, the other stays until the server is stopped."""
    now = time.monotonic()
    talk.call("cleo", "meeting?room=sales", [], now, [{"pause": 2000}, {"hang-up": "abrupt"}])
    talk.call("ada", "meeting?room=sales", [], now, [{"expect-hang-up": 1000 * AT_MOST}])
    check("two sit together", talk.wait(lambda: len(talk.seats()) == 2), talk.seats())
    check("one is gone, the other stays", talk.wait(lambda: len(talk.seats()) == 1), talk.seats())
    talk.server.stop()
    check("SIGTERM ends it in order", talk.server.exit_code == 0, talk.server.log.read_text()[-1500:])
    for name in ("cleo", "ada"):
        talk.guests[name].finish()
    check("who stayed was hung up", talk.guests["ada"].problem is None, talk.guests["ada"].problem)


def look_at_records(check, server):
    """What the sessions have left."""
    records = [(folder, json.loads((folder / "call.json").read_text())) for folder in server.call_folders()]
    reasons = lambda **given: sorted(  # noqa: E731
        record["end-reason"] for _, record in records if all(record.get(key) == value for key, value in given.items())
    )
    check("rooms end with the last, one by its failure", reasons(kind="room") == ["error"] + 5 * ["room-empty"], reasons(kind="room"))
    phones = reasons(kind="phone", line="meeting")
    check("who found no room or no place was hung up", "no-such-room" in phones and "room-full" in phones, phones)
    check("a caller whose room failed was told", reasons(line="brittle", kind="phone") == ["room-failed"], reasons(line="brittle"))
    agents = reasons(line="shaky", kind="agent")
    check("an agent that dies comes again", agents.count("error") >= 2, agents)
    check("and its room goes on", reasons(line="shaky", kind="room") == ["room-empty"], agents)
    check("the other line is none of that", reasons(line="echo") == ["stop"], reasons(line="echo"))
    for folder, record in records:
        if record["kind"] != "room" or record["failed"]:
            continue
        rate, channels = call_audio.read_wav(folder / "call.wav")
        seconds = len(channels[0]) / rate
        whole = len(channels) == 1 and seconds > record["duration-ms"] / 1000 - 2.5
        check(f"the mix of {folder.name} is whole", whole, f"{seconds:.1f} s in {len(channels)} channels of {record}")
        told = [json.loads(line)["message"] for line in (folder / "transcript.jsonl").read_text().splitlines()]
        came, went = told.count("conference/seat-joined"), told.count("conference/seat-left")
        check(f"{folder.name} knows who came and went", came == went > 0, told)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    sentences = who_hears_whom.Sentences.read({name: conference.SOUNDS / f"{clip}.wav" for name, clip in SENTENCES.items()})
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-rooms-") as folder:
        scratch = pathlib.Path(folder)
        write_files(scratch, source.resolve())
        with jackfield_server.Server(binary, scratch / "jackfield.conf", scratch, "--drain", "1") as server:
            talk = Conference(server, scratch, sentences)
            meet(check, talk)
            guests = dict(talk.guests)
            end(check, talk)
        talk.guests = guests
        listen(check, talk)
        look_at_records(check, server)
    check.print()


if __name__ == "__main__":
    main()
