#!/usr/bin/env python3
"""A conference: twelve simulated callers, two real browsers and the agent in one room, each with a sentence
of its own, one after the other and at the same time. Everyone hears all others and never itself. One comes
late, one leaves early, one never reads, one sends rubbish, and nobody notices.

Prints TAP. Arguments: the jackfield binary, the source directory, node, the node_modules of playwright-core.
"""
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks as tap  # noqa: E402
import conference  # noqa: E402
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
# When each begins to speak, in seconds after the browsers' microphones were opened; and when they are there.
TURNS = {"ada": 6, "ben": 6.3, "cleo": 6.6, "dan": 10, "eve": 10.4, "finn": 10.8, "gus": 14.4, "hal": 18, "ida": 18.2, "joe": 18.4}
BROWSERS_SAY = 14
EARLY_LEAVES = 16.5
LATE_COME, LATE_SAY = 16, 22
CALLS_AGENT, END = 26, 33


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
                self.call.send_media(bytes([number % 256]) * 160, timestamp=10**12 - number)
                time.sleep(0.01)
            self.call.send(7, b"\x00" * 100, reserved=7)
        except OSError:
            pass


def agent_sentence(folders):
    """What the agent said, as its own recording has it."""
    raise NotImplementedError


def main():
    binary, source, node, playwright = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    sentences = who_hears_whom.Sentences.read({name: conference.SOUNDS / f"{clip}.wav" for name, clip in SENTENCES.items()})
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-conference-") as folder:
        scratch = pathlib.Path(folder)
        with jackfield_server.Server(binary, source / "pipelines/conference.gst", scratch) as server:
            guests, browsers = hold(check, server, scratch, sentences, node, playwright)
            server.stop()
        judge(check, server, guests, sentences)
    check.print()


def hold(check, server, scratch, sentences, node, playwright):
    """The conference itself."""
    invited = {}
    for name in BROWSERS:
        microphone = scratch / f"{name}-microphone.wav"
        conference.microphone_file(microphone, sentences.voices[name], BROWSERS_SAY, END + 10)
        invited[name] = (sentences.voices[name], f"{server.origin}/call", microphone)
    browsers = conference.Browsers(node, playwright, scratch, invited, BROWSERS_SAY)
    try:
        begin = browsers.arrive()
        phones = [place(server, scratch, sentences, name, begin) for name in TURNS]
        nuisances = [Staller(server), Rubbish(server)]
        time.sleep(max(0, begin + LATE_COME - time.monotonic()))
        phones += [place(server, scratch, sentences, name, begin) for name in LATE]
        for phone in phones:
            phone.finish()
        for name in BROWSERS:
            browsers.leave(name)
        for nuisance in nuisances:
            nuisance.close()
    finally:
        browsers.close()
    guests = phones + list(browsers.guests.values())
    for guest in guests:
        check(f"{guest.name} was there and spoke", guest.problem is None and len(guest.said) >= 1, guest.problem)
    return guests, browsers


def place(server, scratch, sentences, name, begin):
    says = [(begin + (LATE_SAY if name in LATE else TURNS[name]), [f"en/{SENTENCES[name]}.wav"])]
    leaves = begin + (EARLY_LEAVES if name == EARLY else END)
    return conference.Phone(name, sentences.voices[name], server.binary, server.url, scratch, says, leaves)


def judge(check, server, guests, sentences):
    check("the server ends by itself", server.exit_code == 0, server.log.read_text()[-2000:])
    heard = conference.judge_all(guests, guests, sentences)
    for name, one in heard.items():
        check(f"{name} hears all others and never itself", not one.problems, "\n".join(one.problems))
    least, most = conference.margins(heard, guests)
    print(f"# heard: scores of at least {least:.1f}; not heard: at most {most:.1f}")


if __name__ == "__main__":
    main()
