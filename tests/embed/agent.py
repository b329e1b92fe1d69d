#!/usr/bin/env python3
"""Answers telephone calls one after the other: the elements are made and linked one by one, and the bus
is read without a main loop.

    python3 agent.py PORT CALLS FOLDER GRAMMAR SCRIPT

Waits on ws://127.0.0.1:PORT/calls; writes FOLDER/call-1.wav and so on. The key 1 is answered with the
key 5, and # hangs up.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402


class Agent:
    def __init__(self, port, folder, grammar, script):
        self.folder = folder
        self.pipeline = Gst.Pipeline.new("agent")
        self.source = self.make("twiliosrc", port=port, path="/calls")
        self.brain = self.make(
            "agentbrain",
            stt=f'pocketsphinxstt grammar="{grammar}"',
            llm=f'scriptedllm script="{script}"',
            tts="flitetts voice=rms",
            resume_after=600 * Gst.MSECOND,
        )
        self.sink = self.make("twiliosink")
        self.recorder = self.make("callrecorder")
        caller, voice = self.make("tee"), self.make("tee")
        chain = (self.source, caller, self.make("mulawdec"), self.brain, self.make("mulawenc"), voice, self.sink)
        for left, right in zip(chain, chain[1:]):
            if not left.link(right):
                raise SystemExit(f"{left.name} and {right.name} do not fit")
        caller.link_pads(None, self.recorder, "caller")
        voice.link_pads(None, self.recorder, "agent")

    def make(self, factory, **properties):
        element = Gst.ElementFactory.make(factory)
        if element is None:
            raise SystemExit(f"there is no element {factory}: is GST_PLUGIN_PATH set?")
        for name, value in properties.items():
            element.set_property(name.replace("_", "-"), value)
        self.pipeline.add(element)
        return element

    def call(self, number):
        """One call; True when it ended as it should."""
        self.recorder.set_property("location", f"{self.folder}/call-{number}.wav")
        self.pipeline.set_state(Gst.State.PLAYING)
        print(f"waiting for call {number} on port {self.source.get_property('current-port')}", flush=True)
        bus = self.pipeline.get_bus()
        try:
            while True:
                message = bus.timed_pop(Gst.CLOCK_TIME_NONE)
                if message.type == Gst.MessageType.ELEMENT:
                    self.on_message(message.get_structure())
                elif message.type == Gst.MessageType.EOS:
                    print("stats:", self.sink.get_property("stats").to_string(), flush=True)
                    return True
                elif message.type == Gst.MessageType.ERROR:
                    error, details = message.parse_error()
                    print(f"{message.src.name}: {error.message} ({details})", file=sys.stderr)
                    return False
        finally:
            self.pipeline.set_state(Gst.State.NULL)

    def on_message(self, message):
        name = message.get_name()
        if name == "agentbrain/transcript" and message.get_value("final"):
            print("caller:", "(?)" if message.get_value("not-understood") else message.get_value("text"), flush=True)
        elif name == "agentbrain/reply":
            print("agent:", message.get_value("text"), "-- interrupted" if message.get_value("interrupted") else "", flush=True)
        elif name == "agentbrain/interrupted":
            print("interrupted: confirmed" if message.get_value("confirmed") else "interrupted: paused", flush=True)
        elif name == "agentbrain/turn":
            print(f"latency: {message.get_value('total') // Gst.MSECOND} ms", flush=True)
        elif name == "twilio/call-ended":
            print("call ended:", message.get_value("reason"), flush=True)
        elif name == "callrecorder/finished":
            print(f"recorded: {message.get_value('duration') / Gst.SECOND:.1f} s", flush=True)
        elif name == "dtmf-event":
            print("key:", message.get_value("digit"), flush=True)
            if message.get_value("digit") == "1":
                self.press(5)
            elif message.get_value("digit") == "#":
                self.source.send_event(Gst.Event.new_eos())

    def press(self, number):
        """Plays a key to the caller."""
        for start in (True, False):
            key = Gst.Structure.new_from_string(f"dtmf-event,type=1,number={number},volume=8,start={str(start).lower()}")
            self.sink.send_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, key))


def main():
    Gst.init(None)
    port, calls, folder, grammar, script = sys.argv[1:]
    agent = Agent(int(port), folder, grammar, script)
    return 0 if all([agent.call(number) for number in range(1, int(calls) + 1)]) else 1


if __name__ == "__main__":
    sys.exit(main())
