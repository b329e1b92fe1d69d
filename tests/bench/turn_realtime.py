"""Speech to speech in the turn benchmark: pipelines/phone-realtime.gst and OpenAI's @openai/agents for
Node.js (agents_twilio.cjs), each between the same callers and the same fake of the Realtime API.

How long a system takes is read off two logs on one clock: that of the fake, and that of the callers.
"""
import contextlib
import json
import os
import subprocess
import sys
import time

from bench_tools import HERE, SOUNDS, SOURCE, distribution, say, wait_for_port

sys.path.insert(0, str(HERE.parent / "support"))
import jackfield_server  # noqa: E402
from fake_realtime import FakeRealtime  # noqa: E402

SYSTEMS = {"jackfield": "jackfield phone-realtime.gst", "agents": "Node @openai/agents"}
GAP_MS = 25  # between deltas of 100 ms: the service speaks four times faster than it sounds
REPLY = {"clip": str(SOUNDS / "auth-thankyou.wav"), "text": "Thank you.", "delay_ms": 100, "gap_ms": GAP_MS}
LONG_REPLY = {"clip": str(SOUNDS / "demo-congrats.wav"), "text": "Congratulations. " * 20, "delay_ms": 100, "gap_ms": GAP_MS}
KEY = "test-key"
LOGGED = ["input_audio_buffer.speech_started", "response.created", "response.output_audio.delta",
          "conversation.item.truncate", "error"]  # fmt: skip


class Realtime:
    """Measures with the tools of turn_bench.Bench."""

    def __init__(self, bench):
        self.bench, self.options = bench, bench.options

    def all(self):
        for calls in self.options.calls:
            for name in SYSTEMS:
                turns, interruptions = (self.bench.shared(n, calls) for n in (self.options.turns, self.options.interruptions))
                self.bench.attempt(self.measure, name, calls, turns, interruptions)

    @contextlib.contextmanager
    def system(self, name, fake, folder, calls):
        """(process id, address of the voice webhook)"""
        environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": KEY, "NODE_ENV": "production",
                       "OPENAI_AGENTS_DISABLE_TRACING": "1", "NODE_PATH": str(self.options.node_modules)}  # fmt: skip
        prefix = self.bench.bound(self.options.processors[0])
        if name == "jackfield":
            server = jackfield_server.Server(
                self.bench.jackfield, SOURCE / "pipelines/phone-realtime.gst", folder, "--quiet", "--max-calls", str(calls + 50),
                prefix=prefix, environment=environment,
            )  # fmt: skip
            with server:
                yield server.process.pid, server.url
                server.stop()
            return
        port = jackfield_server.free_port()
        with open(folder / "server.log", "wb") as log:
            process = subprocess.Popen(
                [*prefix, "node", str(HERE / "agents_twilio.cjs"), str(port), fake.url],
                env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            wait_for_port(process, port)
            yield process.pid, f"http://127.0.0.1:{port}/twilio/voice"
        finally:
            process.terminate()
            process.wait(timeout=20)

    def run(self, name, reply, steps, calls):
        """(report, figures, log of the fake)"""
        folder = self.bench.folder()
        script = {"greeting": REPLY, "replies": [reply], "log": LOGGED, "keep_audio": False}
        with FakeRealtime(script, folder, prefix=self.bench.bound(self.options.processors[2])) as fake:
            with self.system(name, fake, folder, calls) as (pid, url):
                self.bench.simulate(url, self.bench.greeting_steps(), folder, 1)
                time.sleep(0.5)
                report, figures = self.bench.measured(pid, url, steps, folder, calls)
            log = [json.loads(line) for line in (fake.folder / "events.jsonl").read_text().splitlines()]
        return report, figures, log

    def measure(self, name, calls, turns, interruptions):
        say(f"  {SYSTEMS[name]}, {calls} call{'s' if calls > 1 else ''}, {turns} turns, then {interruptions} interruptions each")
        report, figures, log = self.run(name, REPLY, self.bench.turn_steps(turns), calls)
        first_media, caller_to_agent = [], []
        for call, events in pairs(report, log):
            began = call["began-us"] / 1e6
            deltas = first_deltas(events)
            answers = [step for step in call["steps"] if "first-media-after-ms" in step]
            # The first is the greeting.
            if len(deltas) != len(answers) + 1:
                raise RuntimeError(f"{len(deltas)} replies were sent, {len(answers)} answers were heard")
            for sent, step in zip(deltas[1:], answers):
                heard = began + (step["speech-end-ms"] + step["first-media-after-ms"]) / 1000
                if heard < sent:
                    raise RuntimeError("a reply was heard before it was sent")
                first_media.append(1000 * (heard - sent))
                caller_to_agent.append(step["reply-latency-ms"])
        result = {"part": "realtime", "kind": "realtime", "system": name, **figures, "turns": len(first_media),
                  "first-media-ms": distribution(first_media), "caller-to-agent-ms": distribution(caller_to_agent),
                  "refused": refused(log)}  # fmt: skip
        report, _, log = self.run(name, LONG_REPLY, self.bench.barge_in_steps(interruptions), calls)
        clear, ours, truncated = [], [], 0
        for call, events in pairs(report, log):
            began = call["began-us"] / 1e6
            onsets = [e["at"] for e in events if e["event"]["type"] == "input_audio_buffer.speech_started"]
            truncated += sum(e["event"]["type"] == "conversation.item.truncate" for e in events)
            steps = [step for step in call["steps"] if "clear-after-ms" in step]
            # The first is the caller's first word, into no reply.
            for onset, step in zip(onsets[1:], steps):
                at = began + (step["speech-begin-ms"] + step["clear-after-ms"]) / 1000
                clear.append(step["clear-after-ms"])
                ours.append(1000 * (at - onset))
        result.update({"interruptions": len(clear), "truncated": truncated, "clear-ms": distribution(clear),
                       "onset-to-clear-ms": distribution(ours), "refused": result["refused"] + refused(log)})  # fmt: skip
        self.bench.results.append(result)


def refused(log):
    return [e["event"]["error"]["message"] for e in log if e["event"].get("type") == "error"]


def first_deltas(events):
    """When the first audio of each response was sent."""
    first = {}
    for entry in events:
        if entry["event"]["type"] == "response.output_audio.delta":
            first.setdefault(entry["event"]["response_id"], entry["at"])
    return sorted(first.values())


def pairs(report, log):
    """[(call, the fake's events about it)]: connections and calls come in the same order."""
    connections = {}
    for entry in log:
        connections.setdefault(entry["connection"], []).append(entry)
    spoke = [c for c in connections.values() if any(e["event"]["type"] == "input_audio_buffer.speech_started" for e in c)]
    calls = report["calls"]
    if len(spoke) != len(calls):
        raise RuntimeError(f"{len(calls)} calls, but {len(spoke)} connections heard a caller")
    found = list(zip(calls, spoke))
    for call, events in found:
        onsets = [e["at"] for e in events if e["event"]["type"] == "input_audio_buffer.speech_started"]
        words = [call["began-us"] / 1e6 + s["speech-begin-ms"] / 1000 for s in call["steps"] if "speech-begin-ms" in s]
        if len(onsets) != len(words):
            raise RuntimeError(f"the caller spoke {len(words)} times and was heard {len(onsets)} times")
        # Calls are 50 ms apart: were two exchanged, one would be heard before it spoke.
        if any(onset < word for onset, word in zip(onsets, words)):
            raise RuntimeError("which connection belongs to which call is not certain")
    return found


def rows(results):
    """Of a table: one line a system and number of calls."""
    out = [["system", "calls", "turns", "first delta to first media p50", "p95", "p99 (ms)", "caller to agent p50",
            "interruptions", "onset told to clear p50", "p95", "p99 (ms)", "caller's onset to clear p50", "truncations",
            "CPU % per call", "RSS MB per call"]]  # fmt: skip
    for run in results:
        shown = {key: [f"{run[key][p]:.1f}" for p in ("p50", "p95", "p99")] for key in ("first-media-ms", "onset-to-clear-ms")}
        out.append([
            SYSTEMS[run["system"]], str(run["calls"]), str(run["turns"]), *shown["first-media-ms"],
            f"{run['caller-to-agent-ms']['p50']:.0f}", str(run["interruptions"]), *shown["onset-to-clear-ms"],
            f"{run['clear-ms']['p50']:.0f}", str(run["truncated"]), f"{run['cpu-percent-per-call']:.3f}", f"{run['rss-mb-per-call']:.2f}",
        ])  # fmt: skip
    return out
