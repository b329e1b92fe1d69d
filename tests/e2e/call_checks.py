"""What must be true of a finished call with the reception desk: words, replies, interruption, goodbye,
recording. Every check returns a reason when it fails and None when it holds."""
import json
import pathlib

import numpy

import call_audio

# What the desk answers to each phrase: words that only this answer holds. Written by hand, so that the
# test does not believe the dialogue file.
ANSWERS = {
    "thank you for your patience": "all the time in the world",
    "i'm sorry": "please go on",
    "one moment please": "take your time",
    "call forwarding": "call forwarding is now on",
    "call waiting": "call waiting is now on",
    "telephone number": "our telephone number is",
    "to call this number": "dial nine first",
    "press zero for help": "no need to press anything",
    "hold time": "about three minutes",
    "time": "no clock at this desk",
    "password": "never tell me your password",
    "urgent": "marked your call as urgent",
    "family": "calls from your family",
    "friends": "your friends are welcome",
    "information about your last call": "your last call was yesterday",
    "speed dial": "speed dial list is empty",
    "weasels have eaten our phone system": "not the weasels again",
    "they have been carried away by monkeys": "oh dear, monkeys",
    "that conference is full": "larger conference room",
    "the number is not answering": "sorry that nobody answered",
    "do not disturb": "do not disturb is now on",
    "location": "12 exchange street",
}
ASKS_AGAIN = ("did not understand", "still did not get it", "do not understand you well")
GOODBYE = "thank you for calling jackfield. goodbye."


class Call:
    """One finished call: the folder that jackfield wrote and what the simulated caller saw."""

    def __init__(self, folder, report, caller_wav):
        self.folder = pathlib.Path(folder)
        self.report = report
        self.messages = []
        for line in (self.folder / "transcript.jsonl").read_text().splitlines():
            self.messages.append(json.loads(line))
        self.rate, (self.caller, self.agent) = call_audio.read_wav(self.folder / "call.wav")
        self.far_rate, (self.far_caller, self.far_agent) = call_audio.read_wav(caller_wav)

    def fields(self, name):
        return [m["fields"] for m in self.messages if m["message"] == name]

    def steps(self, name):
        return [s for s in self.report["steps"] if s["step"] == name]


def heard(call, expected):
    """The words of every turn in order; `expected` is a list of phrases, None for not understood."""
    finals = [f for f in call.fields("agentbrain/transcript") if f["final"]]
    got = [None if f["not-understood"] else f["text"].lower() for f in finals]
    return None if got == expected else f"heard {got}, expected {expected}"


def answered(call, expected):
    """Every phrase got its answer. The greeting comes first and answers nothing."""
    replies = [f["full-text"].lower() for f in call.fields("agentbrain/reply") if f["turn-id"] != 0]
    if len(replies) != len(expected):
        return f"{len(replies)} replies to {len(expected)} turns: {replies}"
    for phrase, reply in zip(expected, replies):
        if phrase is None:
            if not any(words in reply for words in ASKS_AGAIN):
                return f"something not understood was answered by {reply!r}"
        elif phrase == "goodbye":
            if reply.strip() != GOODBYE:
                return f"the goodbye was {reply!r}"
        elif ANSWERS[phrase] not in reply:
            return f"{phrase!r} was answered by {reply!r}"
    return None


def interrupted(call, reply_words):
    """Exactly one reply was cut: on the wire, in the history, and in the recording."""
    step = call.steps("barge-in")
    if len(step) != 1 or step[0]["result"] != "passed":
        return f"the caller's barge-in: {step}"
    if call.report["agent"]["clears"] < 1:
        return "no clear on the wire"
    if not step[0].get("silent-after-ms", 1e9) <= 250:
        return f"the agent fell silent {step[0].get('silent-after-ms')} ms after the caller's first word"
    cut = [f for f in call.fields("agentbrain/reply") if f["interrupted"]]
    if len(cut) != 1:
        return f"{len(cut)} interrupted replies"
    text, full = cut[0]["text"].strip(), cut[0]["full-text"].strip()
    if reply_words not in full.lower():
        return f"the wrong reply was interrupted: {full!r}"
    if not full.startswith(text) or not 0 < len(text) < 0.8 * len(full):
        return f"heard {text!r} of {full!r}"
    # In the recording the agent is silent from soon after the caller's first word to its next answer.
    begin, end = silent_span(call, cut[0])
    if begin is None:
        return "the interrupted reply is not followed by another"
    level = call_audio.rms(call.agent[int(begin * call.rate) : int(end * call.rate)])
    if level > 0.003:
        return f"cleared words are in the recording: level {level:.4f} from {begin:.2f} to {end:.2f} s"
    return None


def silent_span(call, cut):
    """From 250 ms after the interruption to the start of the next reply, in seconds of the recording."""
    interruptions = [f["at"] for f in call.fields("agentbrain/interrupted")]
    starts = sorted(f["start"] for f in call.fields("agentbrain/reply") if f["start"] > cut["start"])
    if not interruptions or not starts:
        return None, None
    return min(interruptions) / 1e9 + 0.25, starts[0] / 1e9 - 0.05


def goodbye_complete(call):
    agent = call.report["agent"]
    if call.report["hung-up-by"] == "caller":
        return "the caller hung up, not the agent"
    if agent["marks-outstanding"] or agent["unplayed-ms"]:
        return f"{agent['marks-outstanding']} marks and {agent['unplayed-ms']} ms were cut off"
    last = call.fields("agentbrain/reply")[-1]
    if last["text"].strip() != last["full-text"].strip():
        return f"only {last['text']!r} of the goodbye was heard"
    spoken = (last["end"] - last["start"]) / 1e9
    tail = call.far_agent[-int((spoken + 1.5) * call.far_rate) :]
    spans = call_audio.speech_spans(tail, call.far_rate, gap_s=0.6)
    if not spans or spans[-1][1] - spans[0][0] < 0.8 * spoken:
        return f"a goodbye of {spoken:.1f} s, heard {spans}"
    return None


def channels_aligned(call):
    """Both channels stand in the recording as they were on the caller's end of the line: the caller's
    words and every reply at the same time within 20 ms, and the same sound. Where the machine was so
    busy that the caller's own line ran late, it cannot tell better than that."""
    tolerance = 0.020 + call.report["line"]["worst-lateness-ms"] / 1000
    if call.rate != call.far_rate:
        return f"rates {call.rate} and {call.far_rate}"
    rate = call.rate
    caller = call_audio.offset_s(call.far_caller, call.caller, rate)
    alike = call_audio.similarity(call.far_caller, call.caller, rate)
    if alike < 0.95:
        return f"the caller's channel is not what was said (similarity {alike:.2f})"
    for reply in call.fields("agentbrain/reply"):
        begin, end = int(reply["start"] / 1e9 * rate), int(reply["end"] / 1e9 * rate)
        margin = min(begin, rate // 2)
        recorded = call.agent[begin:end]
        heard_there = call.far_agent[begin - margin : end + rate // 2]
        late = call_audio.offset_s(recorded, heard_there, rate) - margin / rate
        if abs(late + caller) > tolerance:
            return f"{reply['full-text']!r} stands {1000 * (late + caller):.1f} ms off the caller's words"
        alike = call_audio.similarity(recorded, heard_there, rate)
        if alike < 0.95:
            return f"{reply['full-text']!r} is not what was heard (similarity {alike:.2f})"
    return None


def sounds_clean(call):
    """No clicks, no clipping, a steady level: the listener's check, measured."""
    spoilt = call.agent.copy()
    spoilt[len(spoilt) // 2 :] += 0.2
    if len(call_audio.clicks(spoilt, call.rate)) != len(call_audio.clicks(call.agent, call.rate)) + 1:
        return "a step put into the recording was not found: this check is blind"
    clicks = call_audio.clicks(call.agent, call.rate)
    if clicks:
        return f"clicks in the agent's channel at {[round(c, 3) for c in clicks[:8]]} s"
    if call_audio.clipped(call.agent):
        return f"{call_audio.clipped(call.agent)} clipped samples"
    levels = []
    for reply in call.fields("agentbrain/reply"):
        part = call.agent[int(reply["start"] / 1e9 * call.rate) : int(reply["end"] / 1e9 * call.rate)]
        if len(part) > call.rate // 2:
            frames = call_audio.envelope(part, call.rate)
            levels.append(20 * numpy.log10(call_audio.rms(frames[frames > 0.006]) + 1e-9))
    if len(levels) < 3:
        return f"only {len(levels)} replies long enough to measure"
    if max(levels) - min(levels) > 6:
        return f"levels of the replies from {min(levels):.1f} to {max(levels):.1f} dBFS"
    return None


def no_violations(call):
    return f"violations: {call.report['violations']}" if call.report["violation-count"] else None


def check_call(call, expected, reply_words):
    """All checks by name: None, or what is wrong."""
    results = {}
    for name, check in {
        "every turn was heard as it was said": lambda: heard(call, expected),
        "every turn got its answer": lambda: answered(call, expected),
        "the interruption took effect everywhere": lambda: interrupted(call, reply_words),
        "the goodbye was heard to its end": lambda: goodbye_complete(call),
        "both channels are in step": lambda: channels_aligned(call),
        "the recording sounds clean": lambda: sounds_clean(call),
        "the protocol was kept": lambda: no_violations(call),
    }.items():
        try:
            results[name] = check()
        except (KeyError, IndexError, ValueError, TypeError) as error:
            results[name] = f"{type(error).__name__}: {error}"
    return results
