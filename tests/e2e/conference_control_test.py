#!/usr/bin/env python3
"""A conference under the control API: who is muted is heard by nobody, who is made softer is softer, who is to
hear only one hears only that one, who is sent out is gone and the others go on, and a room that is ended ends
its calls. Each caller says the same again and again, so that it does not matter when the API has answered.

Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import conference  # noqa: E402
import control_api  # noqa: E402
import jackfield_server  # noqa: E402
import who_hears_whom  # noqa: E402

# What each says, and how often, in seconds.
SENTENCES = {"ann": "conf-kicked", "bob": "tt-weasels", "cat": "conf-getchannel", "dot": "queue-holdtime"}
OTHERS = ("agent-newlocation", "demo-nomatch", "vm-nobodyavail", "feature-not-avail-line", "call-fwd-no-ans")  # for the whitening
EVERY = {"ann": 3.0, "bob": None, "cat": 3.7, "dot": 3.4}
PHASE, MOST = 7.5, 60
SOFTER = -12


class Phases:
    """When it was how, on the monotonic clock; between two phases it is neither."""

    def __init__(self):
        self.times = {}

    def hold(self, name, most=PHASE):
        begin = time.monotonic() + 0.3  # what was said before is heard by then
        time.sleep(most)
        self.times[name] = (begin, time.monotonic())

    def within(self, name, said):
        begin, end = self.times[name]
        return begin < said.begin and said.end + 0.5 < end


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    files = {name: conference.SOUNDS / f"{clip}.wav" for name, clip in SENTENCES.items()}
    sentences = who_hears_whom.Sentences.read({**files, **{clip: conference.SOUNDS / f"{clip}.wav" for clip in OTHERS}})
    check = tap.Checks()
    phases = Phases()
    with tempfile.TemporaryDirectory(prefix="jackfield-conference-") as folder:
        scratch = pathlib.Path(folder)
        room_file = scratch / "conference.gst"
        text = (source / "pipelines/conference.gst").read_text().replace("${HERE}", str(source / "pipelines"))
        room_file.write_text(text.replace("duckingmixer name=room", "duckingmixer name=room duck-attenuation=1"))
        with jackfield_server.Server(binary, room_file, scratch, "RATE=8000", "JOIN_TONES=false") as server:
            phones = {name: call(server, scratch, sentences, name, number) for number, name in enumerate(SENTENCES)}
            room = direct(check, control_api.ControlApi(server.port), phases)
            for phone in phones.values():
                phone.finish()
            server.stop()
            log = server.log.read_text()
        check("the server ends by itself", server.exit_code == 0, log[-2000:])
    if room:
        judge(check, phones, phases, sentences)
    check.print()


def call(server, scratch, sentences, name, number):
    begin = time.monotonic() + 1
    says = [(begin + turn * EVERY[name], [f"en/{SENTENCES[name]}.wav"]) for turn in range(int(MOST / EVERY[name]))] if EVERY[name] else ()
    steps = [{"expect-hang-up": 60000}]
    return conference.Phone(name, sentences.voices[name], server.binary, server.url, scratch, says, begin, steps, number=number)


def direct(check, api, phases):
    """What the operator does."""
    def room():
        rooms = api.get("/rooms").json["rooms"]
        return rooms[0] if rooms and sum(seat["kind"] == "phone" for seat in rooms[0]["seats"]) == len(SENTENCES) else None

    held = api.wait(room, "four seats in a room")
    seats = {name: seat["session"] for name in SENTENCES for seat in held["seats"] if seat["name"] == conference.number_of(list(SENTENCES).index(name))}
    check("four callers have a seat each", len(seats) == 4 and len(set(seats.values())) == 4, held)
    path = f"/rooms/{held['id']}"

    def change(name, **how):
        answer = api.request("PATCH", f"/api/v1{path}/seats/{seats[name]}", how)
        check(f"{name}: {how}", answer.status == 200, answer.body)

    phases.hold("as usual")
    change("ann", mute=True)
    change("cat", gain=SOFTER)
    change("bob", hears={"only": [seats["cat"]]})
    phases.hold("changed")
    change("ann", mute=False)
    change("cat", gain=0)
    change("bob", hears="all")
    answer = api.request("DELETE", f"/api/v1{path}/seats/{seats['dot']}", {"reason": "too loud"})
    check("dot is sent out", answer.status == 202, answer.body)
    api.wait(lambda: seats["dot"] not in [seat["session"] for seat in api.get(path).json["seats"]], "dot gone")
    phases.hold("without dot")
    answer = api.request("DELETE", f"/api/v1{path}", {"reason": "closing time"})
    check("the room is ended", answer.status == 202, answer.body)
    api.wait(lambda: not api.get("/rooms").json["rooms"], "no room")
    return held


def judge(check, phones, phases, sentences):
    for name, phone in phones.items():
        last = phone.call["steps"][-1]
        gone = phone.call["hung-up-by"] == "agent"
        check(f"{name} was hung up on in order", gone, f"{phone.problem} {last}")

    def heard(by, whom, phase):
        """Of each time that one of them spoke in that phase, what the other heard."""
        listener, speaker = phones[by], phones[whom]
        found = []
        for said in speaker.said:
            if phases.within(phase, said) and said.end < listener.left:
                begin = said.begin - listener.came
                recording = who_hears_whom.Recording(sentences, listener.heard, listener.rate)
                found.append(recording.part(begin - 0.2, begin + said.end - said.begin + 0.5).find(whom))
        return found

    for phase, deaf in (
        ("as usual", set()),
        ("changed", {("bob", "ann"), ("cat", "ann"), ("dot", "ann"), ("bob", "dot")}),
        ("without dot", {(name, "dot") for name in phones}),
    ):
        for by in phones:
            for whom in phones:
                if by == whom or EVERY[whom] is None or (phase == "without dot" and "dot" in (by, whom)):
                    continue
                found = heard(by, whom, phase)
                there = (by, whom) not in deaf
                good = found and all(one.there == there for one in found)
                check(f"{phase}: {by} {'hears' if there else 'does not hear'} {whom}", good, "\n".join(map(str, found)))
    usual, softer = ([one.level for one in heard("ann", "cat", phase)] for phase in ("as usual", "changed"))
    check(f"cat is softer by {-SOFTER} dB", usual and softer and abs(max(softer) - max(usual) - SOFTER) < 2, [usual, softer])


if __name__ == "__main__":
    main()
