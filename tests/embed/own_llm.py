#!/usr/bin/env python3
"""An agent with a language model stage of its own: an element written in Python, known to this process
only. It answers what the caller said last, and says goodbye to "goodbye".

    python3 own_llm.py PORT GRAMMAR

Answers one call on ws://127.0.0.1:PORT/calls.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst  # noqa: E402

Gst.init(None)
TEXT = Gst.Caps.from_string("text/x-raw,format=utf8")


class ParrotLlm(Gst.Element):
    """text -> text. Everything here runs in the thread of agentbrain that waits for the answer, so a
    model may take its time; a flush (the caller interrupts) comes from another thread meanwhile."""

    def __init__(self):
        super().__init__()
        self.sinkpad = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")
        self.srcpad = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")
        self.sinkpad.set_chain_function_full(self.on_text)
        self.sinkpad.set_event_function_full(self.on_event)
        self.add_pad(self.sinkpad)
        self.add_pad(self.srcpad)
        self.question, self.cancelled, self.started = "", False, False

    def on_text(self, _pad, _parent, buffer):
        self.question += buffer.extract_dup(0, buffer.get_size()).decode() + " "
        return Gst.FlowReturn.OK

    def on_event(self, _pad, _parent, event):
        structure = event.get_structure()
        name = structure.get_name() if structure else ""
        if event.type == Gst.EventType.FLUSH_START:
            self.cancelled = True
        elif event.type == Gst.EventType.FLUSH_STOP:
            self.cancelled, self.question = False, ""
        elif event.type in (Gst.EventType.STREAM_START, Gst.EventType.CAPS, Gst.EventType.SEGMENT):
            self.started = self.started or event.type == Gst.EventType.SEGMENT
        elif name == "VoiceTurnEnd":
            self.srcpad.push_event(event)
            self.answer(structure)
            return True
        elif name == "VoiceHeard":
            # Here a model's history is cut to what was heard of the reply before.
            print("heard of the last reply:", repr(structure.get_string("text")), flush=True)
            return True
        return self.srcpad.push_event(event)

    def answer(self, turn):
        question, self.question = self.question.strip(), ""
        if turn.get_uint("turn-id")[1] == 0:
            sentences = ["Hello, I am a parrot."]
        elif not question:
            sentences = ["I did not understand that."] if turn.get_boolean("not-understood")[1] else []
        elif question == "goodbye":
            sentences = ["Goodbye."]
        else:
            sentences = [f"You said {question}.", "What else?"]
        for sentence in sentences:  # one buffer a sentence, as soon as it is there
            if self.cancelled:
                return
            self.push(sentence)
        end = Gst.Structure.new_from_string(
            f"VoiceReplyEnd,turn-id=(uint){turn.get_uint('turn-id')[1]},"
            f"hang-up=(boolean){str(question == 'goodbye').lower()},transfer=(string)\"\""
        )
        self.srcpad.push_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, end))

    def push(self, sentence):
        if not self.started:  # the agent speaks before anything has come from the caller
            self.started = True
            self.srcpad.push_event(Gst.Event.new_stream_start("parrot"))
            self.srcpad.push_event(Gst.Event.new_caps(TEXT))
            segment = Gst.Segment()
            segment.init(Gst.Format.TIME)
            self.srcpad.push_event(Gst.Event.new_segment(segment))
        buffer = Gst.Buffer.new_wrapped(sentence.encode())
        buffer.pts = self.get_current_running_time()
        return self.srcpad.push(buffer)


GObject.type_register(ParrotLlm)
ParrotLlm.set_metadata("Parrot", "Filter/Text", "Says what the caller said", "A reader of docs/embedding.md")
for name, direction in (("sink", Gst.PadDirection.SINK), ("src", Gst.PadDirection.SRC)):
    ParrotLlm.add_pad_template(Gst.PadTemplate.new(name, direction, Gst.PadPresence.ALWAYS, TEXT))
Gst.Element.register(None, "parrotllm", Gst.Rank.NONE, ParrotLlm)


def main():
    port, grammar = sys.argv[1:]
    pipeline = Gst.parse_launch(
        f"twiliosrc port={port} path=/calls ! mulawdec ! agentbrain name=brain llm=parrotllm ! mulawenc ! twiliosink"
    )
    pipeline.get_by_name("brain").set_property("stt", f'pocketsphinxstt grammar="{grammar}"')
    loop, errors = GLib.MainLoop(), []

    def on_message(_bus, message):
        structure = message.get_structure()
        if message.type == Gst.MessageType.ERROR:
            errors.append(message.parse_error())
            loop.quit()
        elif message.type == Gst.MessageType.EOS:
            loop.quit()
        elif structure and structure.get_name() == "agentbrain/reply":
            print("agent:", structure.get_value("text"), flush=True)
        elif structure and structure.get_name() == "twilio/call-ended":
            print("call ended:", structure.get_value("reason"), flush=True)

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
