"""Starts and stops the sample agent core (plugins/agentcore/sample/agent_core.py) on 127.0.0.1, and speaks to it as Jackfield does."""
import importlib
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

TOKEN = "core-token-4711"
SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "plugins/agentcore/sample/agent_core.py"


class Core:
    """The sample, or a program made of it, on one port; a context manager."""

    def __init__(self, *arguments, address="127.0.0.1:0", environment=None, program=SAMPLE):
        self.command = ["/usr/bin/python3", str(program), *arguments, "--listen"]
        self.environment = {**os.environ, "AGENT_CORE_TOKEN": TOKEN, **(environment or {})}
        self.address = address
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=60)

    def start(self):
        # Started again, it may find that a connection of another program has its port for a while.
        for _ in range(60):
            self.process = subprocess.Popen([*self.command, self.address], stdout=subprocess.PIPE, text=True, env=self.environment)
            listening = self.process.stdout.readline().split()
            if listening:
                self.address = listening[-1]
                return
            self.process.wait(timeout=60)
            time.sleep(0.5)
        raise RuntimeError(f"the agent core does not start on {self.address}")

    def stop(self, how):
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


class Call:
    """One stream to a core, as agentcorellm has it; a context manager."""

    def __init__(self, address, session="one", **opened):
        sys.path.insert(0, str(SAMPLE.parent))
        sample = importlib.import_module("agent_core")
        self.pb = sample.pb
        self.channel = sample.grpc.insecure_channel(address)
        self.outgoing, self.requests = queue.Queue(), 0
        stream = sample.pb_grpc.AgentCoreStub(self.channel).Converse(
            iter(self.outgoing.get, None), metadata=[("authorization", "Bearer " + TOKEN)])  # fmt: skip
        self.came, self.changed = [], threading.Condition()
        threading.Thread(target=self.read, args=(stream,), daemon=True).start()
        self.send(open=self.pb.Open(session_id=session, **opened))
        self.wait(lambda message: message.HasField("ready"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.send(close=self.pb.Close())
        self.outgoing.put(None)
        self.channel.close()

    def read(self, stream):
        try:
            for message in stream:
                with self.changed:
                    self.came.append(message)
                    self.changed.notify_all()
        except Exception as ended:  # told by who waits
            self.ended = ended

    def send(self, **message):
        self.outgoing.put(self.pb.ToCore(**message))

    def wait(self, wanted, seconds=30):
        """The first message that is wanted; what came is kept."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                found = next((message for message in self.came if wanted(message)), None)
                if found:
                    return found
                if not self.changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"it did not come; what came: {self.came}")

    def ask(self, turn, text="", **further):
        self.requests += 1
        self.send(turn=self.pb.Turn(request_id=self.requests, turn_id=turn, text=text, **further))
        return self.requests

    def texts(self, request):
        with self.changed:
            return [m.text.delta for m in self.came if m.HasField("text") and m.text.request_id == request]

    def answer(self, request):
        """(text, reply_end or error) of a turn."""
        ends = ("reply_end", "error")
        end = self.wait(lambda m: m.WhichOneof("message") in ends and getattr(m, m.WhichOneof("message")).request_id == request)
        return "".join(self.texts(request)), getattr(end, end.WhichOneof("message"))
