#!/usr/bin/env python3
"""A conference: twelve simulated callers, two real browsers and the agent in one room, each with a sentence
of its own, one after the other and at the same time. Everyone hears all others and never itself; so do the
recordings. Two come late, one leaves early, one never reads, one sends rubbish, and nobody else notices.
The agent answers when it is called by its name, and everyone hears that, too.

Prints TAP. Arguments: the jackfield binary, the source directory, node, the node_modules of playwright-core.
"""
import concurrent.futures
import json
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks as tap  # noqa: E402
import conference  # noqa: E402
import control_api  # noqa: E402
import jackfield_server  # noqa: E402
import media_socket  # noqa: E402
import who_hears_whom  # noqa: E402

SENTENCES = {
    "ada": "agent-newlocation", "ben": "at-tone-time-exactly", "cleo": "cannot-complete-as-dialed", "dan": "conf-getchannel",
    "eve": "demo-nomatch", "finn": "dir-nomore", "gus": "feature-not-avail-line", "hal": "queue-holdtime",
    "ida": "tt-monkeysintro", "joe": "tt-weasels", "kim": "vm-nobodyavail", "lou": "call-fwd-no-ans",
    "mia": "something-terribly-wrong", "ned": "conf-invalid",
}  # fmt: skip
BROWSERS = ("mia", "ned")
LATE = ("kim", "lou")
EARLY = "ada"
# Seconds after the browsers' microphones were opened.
TURNS = {"ada": 6, "ben": 6.3, "cleo": 6.6, "dan": 10, "eve": 10.4, "finn": 10.8, "gus": 14.4, "hal": 18, "ida": 18.2, "joe": 18.4}
BROWSERS_SAY = 14
EARLY_LEAVES = 16.5
LATE_COME, LATE_SAY = 17, 22
# What calls the agent, who is named "seven" for want of a recording of a better name; and its answer.
CALLER_OF_AGENT, CALLS_AGENT, CALL = "ben", 26, ["en/digits/7.wav", "en/telephone-number.wav"]
ANSWER = "The telephone number of this conference is nine, seven, five, and then three, one, two, four."
# Pairs of a listener and another: 15 with 14 each, less those who came or went while the other spoke.
LEAST_JUDGED = 140
WORDS = """
please enter a new extension followed by pound | at the sound of the tone the time will be exactly
| your call cannot be completed as dialed | please enter the channel number followed by the pound key
| i'm sorry there are no matches for those keywords | there are no more compatible entries in the directory
| that feature is not available on this line | the estimated hold time is currently
| they have been carried away by monkeys | weasels have eaten our phone system
| nobody is available to take your call at the moment | call forward on no answer
| something is terribly wrong | that is not a valid conference number please try again
"""
DIALOGUE = {
    "intents": {"number": ["* telephone number *"]}, "start": "room", "greeting": "Hello.", "states": {"room": {"rules": []}},
    "always": [{"intent": "number", "say": ANSWER}],
    "not_understood": {"say": "I did not understand.", "limit": 9, "then": {"say": "I did not understand."}},
}  # fmt: skip


class Staller(threading.Thread):
    """Takes a seat and then neither reads nor says anything, with the connection open."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.call = media_socket.MediaSocket(server.port, receive_buffer=4096)
        self.call.start(media_socket.token_of(server))

    def close(self):
        self.call.sock.close()


class Rubbish(Staller):
    """Takes a seat and then says what nobody can understand, in all ways, until it is thrown out."""

    def __init__(self, server):
        super().__init__(server)
        self.start()

    def run(self):
        try:
            for number in range(400):
                self.call.send_text('{"event":"media","media":{"payload":"%%%"}}')
                self.call.send_text("{" * 50)
                self.call.send_media(b"\xfe" * 160, timestamp=10**12 - number)
                time.sleep(0.01)
            self.call.send(7, b"\x00" * 100, reserved=7)
        except OSError:
            pass


# Callers who are so late that words are lost say nothing about the room: then it is held once more.
LATE_MS, ATTEMPTS = 100, 3


def main():
    for attempt in range(1, ATTEMPTS + 1):
        check = tap.Checks()
        late = attempt_it(check)
        failed = any(line.startswith("not ok") for line in check.lines)
        if not failed or late < LATE_MS or attempt == ATTEMPTS:
            break
        print(f"# void: callers were up to {late:.0f} ms late, and then " + "; ".join(line for line in check.lines if not line.startswith("ok"))[:500])
    check.print()


def attempt_it(check):
    """How late the callers themselves were at most, in ms."""
    binary, source, node, playwright = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    sentences = who_hears_whom.Sentences.read({name: conference.SOUNDS / f"{clip}.wav" for name, clip in SENTENCES.items()})
    with tempfile.TemporaryDirectory(prefix="jackfield-conference-") as folder:
        scratch = pathlib.Path(folder)
        (scratch / "words.gram").write_text(f"#JSGF V1.0;\ngrammar words;\npublic <utterance> = seven telephone number | {WORDS};\n")
        (scratch / "dialogue.json").write_text(json.dumps(DIALOGUE))
        room = source / "pipelines/conference.gst"
        with_agent = "seat-agent.gst" in room.read_text()
        names = [f"GRAMMAR={scratch}/words.gram", f"SCRIPT={scratch}/dialogue.json", "NAMES=seven"] if with_agent else []
        with jackfield_server.Server(binary, room, scratch, "JOIN_TONES=false", *names) as server:
            guests = hold(check, server, scratch, sentences, node, playwright, with_agent)
            server.stop()
        check("the server ends by itself", server.exit_code == 0, server.log.read_text()[-2000:])
        records = [Record(folder, call) for folder, call in conference.seats_of(server)]
        agent = judge_agent(check, records) if with_agent else None
        if agent:
            guests.append(agent)
            sentences = who_hears_whom.Sentences({**sentences.voices, "agent": agent.sentence})
        judge(check, guests, sentences)
        judge_records(check, records, sentences)
    return max(guest.late_ms for guest in guests)


def hold(check, server, scratch, sentences, node, playwright, with_agent):
    """The conference itself."""
    invited = {}
    for name in BROWSERS:
        microphone = scratch / f"{name}-microphone.wav"
        conference.microphone_file(microphone, sentences.voices[name], BROWSERS_SAY, 60)
        invited[name] = (sentences.voices[name], f"{server.origin}/call", microphone)
    browsers = conference.Browsers(node, playwright, scratch, invited, BROWSERS_SAY)
    api = control_api.ControlApi(server.port)
    try:
        begin = browsers.arrive()
        phones = [place(server, scratch, sentences, name, begin, with_agent) for name in TURNS]
        nuisances = [Staller(server), Rubbish(server)]
        time.sleep(max(0, begin + LATE_COME - time.monotonic()))
        phones += [place(server, scratch, sentences, name, begin, with_agent) for name in LATE]
        answered(api, begin + CALLS_AGENT, with_agent)
        for name in BROWSERS:
            browsers.leave(name)
        end = api.request("DELETE", f"/api/v1/rooms/{api.get('/rooms').json['rooms'][0]['id']}", {"reason": "closing time"})
        check("the room is ended", end.status == 202, end.body)
        for phone in phones:
            phone.finish()
        for nuisance in nuisances:
            nuisance.close()
    finally:
        browsers.close()
    guests = phones + list(browsers.guests.values())
    for guest in guests:
        check(f"{guest.name} was there and spoke", guest.problem is None and guest.said, guest.problem)
    return guests


def place(server, scratch, sentences, name, begin, with_agent):
    says = [(begin + (LATE_SAY if name in LATE else TURNS[name]), [f"en/{SENTENCES[name]}.wav"])]
    if name == CALLER_OF_AGENT and with_agent:
        says.append((begin + CALLS_AGENT, CALL))
    leaves = begin + EARLY_LEAVES if name == EARLY else 0
    steps = () if name == EARLY else [{"expect-hang-up": 60000}]
    return conference.Phone(name, sentences.voices[name], server.binary, server.url, scratch, says, leaves, steps, number=list(SENTENCES).index(name))


def answered(api, called, with_agent):
    """Waits until the agent was called and has said all of its answer."""
    time.sleep(max(0, called - time.monotonic()))
    if not with_agent:
        return

    def said():
        return any(session["kind"] == "agent" and "three, one" in (session["last-said"] or {}).get("text", "") for session in api.running())

    try:
        api.wait(said, "an answer of the agent", 20)
        time.sleep(1.5)
    except AssertionError as error:
        print(f"# {error}")


class Record:
    """What is left of a session: its folder, call.json, and both channels of its recording, or the only one."""

    def __init__(self, folder, call):
        self.folder, self.call, self.kind = folder, call, call["kind"]
        wav = folder / "call.wav"
        self.rate, self.channels = call_audio.read_wav(wav) if wav.exists() else (8000, [])
        lines = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
        self.messages = [(line["message"], line["fields"]) for line in lines]

    def fields(self, name):
        return [fields for message, fields in self.messages if message == name]


def judge_agent(check, records):
    """The agent as one more guest: its sentence is what its own recording has."""
    agents = [record for record in records if record.kind == "agent"]
    check("there was an agent", len(agents) == 1, [record.call for record in agents])
    replies = [reply for record in agents for reply in record.fields("agentbrain/reply")]
    check("it answered when it was named, and at no other time", [reply["text"].strip() for reply in replies] == [ANSWER], replies)
    if len(replies) != 1 or len(agents[0].channels) != 2:
        return None
    voice = agents[0].channels[1]
    spans = [span for span in call_audio.speech_spans(voice, agents[0].rate, gap_s=0.6) if span[1] - span[0] > 2]
    check("its recording has its answer", len(spans) == 1, spans)
    if not spans:
        return None
    begin, end = (int(second * agents[0].rate) for second in spans[0])
    agent = conference.Guest("agent", who_hears_whom.resampled(voice[begin:end], agents[0].rate))
    return agent


def judge(check, guests, sentences):
    listeners = [guest for guest in guests if guest.heard is not None]
    # All who were there at the end heard the agent's answer.
    end = min(guest.left for guest in listeners if guest.name != EARLY)
    for guest in guests:
        if guest.name == "agent":
            guest.said = [conference.Said("agent", end - 10, end - 2.5)]
    heard = conference.judge_all(listeners, guests, sentences)
    for name, one in heard.items():
        check(f"{name} hears all others and never itself", not one.problems, "\n".join(one.problems))
    words, judged = conference.margins(heard)
    print(f"# {words}")
    check("nearly all pairs could be judged", judged >= LEAST_JUDGED, judged)


def judge_records(check, records, sentences):
    """The mix has all; of each seat one channel has only the one who sits there."""
    with concurrent.futures.ProcessPoolExecutor() as pool:
        jobs = [(record, [pool.submit(voices_in, sentences, channel, record.rate) for channel in record.channels]) for record in records]
        found = [(record, [job.result() for job in channels]) for record, channels in jobs]
    rooms = [channels for record, channels in found if record.kind == "room"]
    check("one room was opened", len(rooms) == 1, [record.call for record in records])
    for channels in rooms:
        check("its recording is the mix, of one channel", len(channels) == 1, len(channels))
        check("all are in it", channels and channels[0] == set(sentences.voices), sorted(set(sentences.voices) - channels[0]) if channels else "")
    alone = [channels[0] for record, channels in found if record.kind in ("phone", "browser") and channels]
    own = [voices for voices in alone if voices]
    check("each seat's recording has one voice alone", sorted(own, key=str) == sorted(({name} for name in SENTENCES), key=str), own)


def voices_in(sentences, channel, rate):
    return {name for name, found in who_hears_whom.Recording(sentences, channel, rate).look().items() if found.there}


if __name__ == "__main__":
    main()
