#!/usr/bin/env python3
"""What the control API does to real calls: voices are muted and made softer without a click, levels are told,
typed texts are answered, and the graph keeps secrets. Prints TAP.

Arguments: the jackfield binary, the source directory.
"""
import asyncio
import audioop
import base64
import json
import pathlib
import select
import sys
import tempfile
import threading
import time
import wave

import aiohttp
import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import call_audio  # noqa: E402
import checks as tap  # noqa: E402
import control_api  # noqa: E402
import jackfield_server  # noqa: E402
import media_socket  # noqa: E402

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
FRAME = 160
KEY = "sk-very-secret-0123456789"
ECHO = """twiliosrc ! tee name=caller
caller. ! twiliosink
callrecorder name=recorder location=${RECORDING}
caller. ! recorder.caller
caller. ! recorder.agent
"""
# Never asked anything: nobody speaks to it.
SECRETIVE = f"""twiliosrc ! mulawdec ! agentbrain speak-first=false stt=pocketsphinxstt tts=flitetts
  llm="openaillm model=none api-key={KEY} base-url=http://me:{KEY}@127.0.0.1:9/v1"
  ! mulawenc ! twiliosink
"""

# Runs by itself; its packets never leave the pipeline.
JITTER = """audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay
  ! adaptivejitter name=jitter ! fakesink sync=false
"""


class Caller(threading.Thread):
    """A call in real time: says `tone` or what it is told to, and keeps what it hears."""

    def __init__(self, server, tone=False):
        super().__init__(daemon=True)
        self.line = media_socket.MediaSocket(server.port)
        self.line.start(media_socket.token_of(server))
        self.tone, self.frames = tone, 0
        self.said, self.heard = [], bytearray()
        self.over = False
        self.start()

    def say(self, path):
        """Until it was said."""
        with wave.open(str(path), "rb") as clip:
            mulaw = audioop.lin2ulaw(clip.readframes(clip.getnframes()), 2)
        self.said += [mulaw[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(mulaw), FRAME)]
        while self.said and not self.over:
            time.sleep(0.02)

    def next_frame(self):
        if self.tone:
            times = (self.frames * FRAME + numpy.arange(FRAME)) / 8000
            return audioop.lin2ulaw((9000 * numpy.sin(2 * numpy.pi * 150 * times)).astype("<i2").tobytes(), 2)
        return self.said.pop(0) if self.said else b"\xff" * FRAME

    def run(self):
        due = time.monotonic()
        while not self.over:
            if time.monotonic() >= due:
                self.line.send_media(self.next_frame())
                self.frames += 1
                due += 0.02
            select.select([self.line.sock], [], [], max(0, min(due - time.monotonic(), 0.02)))
            while text := self.line.receive(0):
                message = json.loads(text)
                if message["event"] == "media":
                    self.heard += base64.b64decode(message["media"]["payload"])
                if message["event"] == "mark":
                    self.line.send_json(event="mark", streamSid=self.line.sid, mark=message["mark"])
            self.over = self.over or self.line.close_code is not None

    def level(self):
        """Of the last 0.3 s heard, in dBFS."""
        if len(self.heard) < 2400:
            return None
        samples = numpy.frombuffer(audioop.ulaw2lin(bytes(self.heard[-2400:]), 2), dtype="<i2") / 32768
        return 20 * numpy.log10(max(call_audio.rms(samples), 1e-5))

    def hang_up(self):
        self.over = True
        self.join()
        self.line.stop()
        self.line.wait_closed(20)


def wait(condition, timeout=20):
    """True once the condition holds; False when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def session_of(api):
    return api.wait(lambda: next((s for s in api.running() if s["call"]), None), "the call")["id"]


def recording(server):
    """The caller's and the agent's channel of the only call."""
    wait(lambda: server.call_folders())
    return call_audio.read_wav(server.call_folders()[0] / "call.wav")


async def read_events(server, session, names, enough):
    """Events of this session until enough(events); those that came, when it does not get there."""
    events = []
    async with aiohttp.ClientSession() as client:
        async with client.ws_connect(f"{server.origin}/api/v1/events", protocols=["jackfield.events.v1"]) as socket:
            await socket.send_json({"type": "subscribe", "sessions": [session], "events": names, "level-interval-ms": 100})
            try:
                async with asyncio.timeout(20):
                    while not enough(events):
                        message = json.loads((await socket.receive()).data)
                        if message["type"] == "event":
                            events.append(message)
            except TimeoutError:
                pass
    return events


def check_voices(check, binary, scratch):
    echo = scratch / "voices.gst"
    echo.write_text(ECHO)
    with jackfield_server.Server(binary, echo, scratch) as server:
        api = control_api.ControlApi(server.port)
        caller = Caller(server, tone=True)
        path = f"/sessions/{session_of(api)}"
        check("the caller hears the tone", wait(lambda: (caller.level() or -99) > -20), caller.level())
        time.sleep(0.3)
        usual = caller.level()

        def is_heard(decibels):
            return wait(lambda: abs(caller.level() - usual - decibels) < 0.7)

        api.post(path + "/gain", {"agent": -20})
        check("20 dB softer is what the caller receives", is_heard(-20), caller.level() - usual)
        api.post(path + "/gain", {"agent": 0})
        check("0 dB is as it was", is_heard(0), caller.level() - usual)
        api.post(path + "/gain", {"caller": 6})
        check("6 dB louder comes in", is_heard(6), caller.level() - usual)
        api.post(path + "/gain", {"caller": 0})
        check("and no more", is_heard(0), caller.level() - usual)
        for round in range(4):
            api.post(path + "/mute", {"caller": True})
            check(f"a muted caller is silent ({round})", wait(lambda: caller.level() < -80), caller.level())
            if round == 0:
                levels = asyncio.run(read_events(server, path[10:], ["level"], lambda events: len(events) >= 5))
                check("the level says so", len(levels) >= 5 and all(e["data"]["caller"]["peak"] == -100 for e in levels[2:]), levels)
            api.post(path + "/mute", {"caller": False})
            check(f"and heard again ({round})", is_heard(0), caller.level() - usual)
        api.post(path + "/mute", {"agent": True})
        check("a muted agent is silent", wait(lambda: caller.level() < -80), caller.level())
        levels = asyncio.run(read_events(server, path[10:], ["level"], lambda events: len(events) >= 5))
        last = levels[-1]["data"] if levels else {}
        check("levels are of each voice", levels and abs(last["caller"]["peak"] + 11.2) < 1.5 and last["agent"]["peak"] == -100, levels)
        api.post(path + "/mute", {"agent": False})
        check("and speaks again", is_heard(0), caller.level() - usual)
        caller.hang_up()
        rate, (left, right) = recording(server)
        sound = call_audio.envelope(left, rate) > 0.01
        # Stretches of silence between sound.
        edges = numpy.flatnonzero(numpy.diff(sound[numpy.argmax(sound) : len(sound) - numpy.argmax(sound[::-1])].astype(int)))
        check("the caller's silences are in the recording", len(edges) >= 8, edges)
        check("the agent's, too", call_audio.rms(right) > 0.02 and (call_audio.envelope(right, rate) < 0.001).any())
        # One may be a hole that a busy machine made; each of the nine changes cut hard would be one.
        cuts = call_audio.clicks(left, rate)
        check("no change clicks", len(cuts) <= 1, cuts)
        server.stop()


def check_conversation(check, binary, source, scratch):
    with jackfield_server.Server(binary, source / "pipelines" / "phone-agent.gst", scratch) as server:
        api = control_api.ControlApi(server.port)
        caller = Caller(server)
        session = session_of(api)
        path = f"/sessions/{session}"

        def said(who):
            return [e for e in api.get(path + "/transcript").json["entries"] if e["who"] == who and e["final"]]

        wait(lambda: caller.level() is not None and caller.level() > -50)  # the greeting sounds
        figures = asyncio.run(read_events(
            server, session, ["level", "elements"],
            lambda events: {"level", "elements"} <= {e["event"] for e in events}
            and any(e["event"] == "level" and e["data"]["agent"]["peak"] > -30 for e in events)))  # fmt: skip
        loudest = max((e["data"]["agent"]["peak"] for e in figures if e["event"] == "level"), default=None)
        check("the agent's level is told while it speaks", loudest is not None and -30 < loudest <= 0, figures[-3:])
        elements = next((e["data"]["elements"] for e in figures if e["event"] == "elements"), [])
        brain = next((e for e in elements if "replies" in e["stats"]), {})
        check("and what the elements count", brain.get("state") == "PLAYING" and brain["stats"]["state"] == "speaking", elements)
        answer = api.post(path + "/text", {"text": "hours"})
        check("a text is taken", answer.status == 202, answer.body)
        check("typed, it interrupts the greeting", wait(lambda: any(e["interrupted"] for e in said("agent"))), said("agent"))
        check("and is answered", wait(lambda: "nine to five" in said("agent")[-1]["text"]), said("agent"))
        typed = said("caller")
        check("the transcript has it, as typed", [(e["text"], e["typed"]) for e in typed] == [("hours", True)], typed)
        turns = api.get(path + "/latency").json["turns"]
        check("its turn has no hang-over", turns and turns[0]["typed"] and "hang-over" not in turns[0] and turns[0]["llm"] >= 0, turns)
        api.post(path + "/mute", {"caller": True})
        caller.say(SOUNDS / "digits" / "tomorrow.wav")
        time.sleep(1)  # its turn would end now
        api.post(path + "/mute", {"caller": False})
        time.sleep(0.5)
        caller.say(SOUNDS / "digits" / "tomorrow.wav")
        check("what is said unmuted is understood", wait(lambda: len(said("caller")) >= 2), said("caller"))
        spoken = [(e["text"], e["turn"]) for e in said("caller") if not e["typed"]]
        check("what was said muted was not heard", spoken == [("tomorrow", 2)], said("caller"))
        wait(lambda: len(said("agent")) >= 3)
        check("goodbye, typed, ends the call", api.post(path + "/text", {"text": "goodbye"}).status == 202 and wait(lambda: caller.over, 40))
        rate, (left, _) = recording(server)
        spans = call_audio.speech_spans(left, rate)
        check("nor was it recorded", len(spans) == 1, spans)
        text = (server.call_folders()[0] / "transcript.txt").read_text()
        check("the record says what was typed", "caller (typed): hours" in text and "caller: tomorrow" in text, text)
        late = api.post(path + "/text", {"text": "hello?"})
        check("a call that is over takes nothing", late.code == "no-such-session", late.body)
        server.stop()


def check_secrets(check, binary, scratch):
    pipeline = scratch / "secretive.gst"
    pipeline.write_text(SECRETIVE)
    with jackfield_server.Server(binary, pipeline, scratch) as server:
        api = control_api.ControlApi(server.port)
        caller = Caller(server)
        path = f"/sessions/{session_of(api)}"
        graph, dot, svg = (api.get(path + below) for below in ("/graph", "/graph.dot", "/graph.svg"))
        check("the graph is told", graph.status == 200 and "openaillm" in graph.body.decode() and b"digraph" in dot.body, graph.body[:300])
        check("without secrets", not [a for a in (graph, dot, svg) if KEY.encode() in a.body or b"very-secret" in a.body])
        llm = next(e for e in graph.json["elements"] if e["factory"] == "openaillm")
        check("the rest of what holds them is there", llm["properties"]["base-url"] == "http://***@127.0.0.1:9/v1", llm)
        caller.hang_up()
        server.stop()


def check_jitter(check, binary, scratch):
    pipeline = scratch / "jitter.gst"
    pipeline.write_text(JITTER)
    with jackfield_server.Server(binary, pipeline, scratch) as server:
        api = control_api.ControlApi(server.port)
        session = api.wait(api.running, "the session")[0]["id"]
        events = asyncio.run(read_events(
            server, session, ["jitter", "level"], lambda events: [e["event"] for e in events].count("jitter") >= 2
            and any(e["event"] == "level" and e["data"]["caller"] for e in events)))  # fmt: skip
        jitter = [e["data"] for e in events if e["event"] == "jitter"]
        check("a jitter buffer's figures are told",
              len(jitter) >= 2 and jitter[0]["element"] == "jitter" and jitter[1]["received"] > jitter[0]["received"] > 0
              and jitter[1]["lost"] == 0 and jitter[1]["delay-ms"] > 0 and jitter[1]["target-ms"] > 0, jitter)  # fmt: skip
        levels = [e["data"] for e in events if e["event"] == "level"]
        check("the level of a voice, and none of one that is not there",
              levels and levels[-1]["caller"]["peak"] > -5 and levels[-1]["agent"] is None, levels[-2:])  # fmt: skip
        server.stop()


def check_nobody(check, binary, source, scratch):
    with jackfield_server.Server(binary, source / "pipelines" / "echo.gst", scratch) as server:
        api = control_api.ControlApi(server.port)
        caller = Caller(server)
        answer = api.post(f"/sessions/{session_of(api)}/text", {"text": "anybody there?"})
        check("an echo cannot be written to", answer.status == 409 and answer.code == "no-agent", answer.body)
        caller.hang_up()
        server.stop()


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = tap.Checks()
    for test, arguments in ((check_voices, ()), (check_conversation, (source,)), (check_secrets, ()), (check_jitter, ()), (check_nobody, (source,))):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(check, binary, *arguments, pathlib.Path(folder))
            except Exception as error:  # a check that fails says so; what breaks the test fails it, too
                log = pathlib.Path(folder) / "server.log"
                check(f"{test.__name__} came to its end", False, f"{error!r}\n{log.read_text()[-1500:] if log.exists() else ''}")
    check.print()


if __name__ == "__main__":
    main()
