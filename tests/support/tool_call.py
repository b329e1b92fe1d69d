"""A simulated call to the phone agent, whose model is the strict fake of OpenAI's API and scripted, with real
servers of tools."""
import json
import os
import pathlib
import subprocess
import threading
import time

import jackfield_server

KEY = "sk-test-end-to-end-0123"
GREETING = "Hello, this is the test desk."
HEAR, ASK = "/audio/transcriptions", "/responses"
STAGES = [
    "STT=openaistt model=gpt-4o-transcribe check-model=false",
    "LLM=openaillm model=gpt-5.2 api=responses check-model=false first-token-timeout=70000000000",
    "TTS=openaitts model=gpt-4o-mini-tts check-model=false",
]


def without_browser():
    """Why the server for a browser cannot run here; "" when it can."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    return "" if int(version.lstrip("v").split(".")[0]) >= 20 else f"Playwright needs Node.js 20; this is {version}"


def browser_sandbox():
    """The value of BROWSER_SANDBOX: Chromium's cannot be as root, nor without namespaces."""
    possible = os.getuid() != 0 and subprocess.run(["unshare", "--user", "true"], capture_output=True, timeout=60).returncode == 0
    return "true" if possible else "false"


def call(name, **arguments):
    """What a model asks for."""
    return {"name": name, "arguments": arguments}


def asks(*calls, **step):
    return {"path": ASK, "tool_calls": list(calls), **step}


def says(text, **step):
    return {"path": ASK, "text": text, **step}


def hears(text):
    return {"path": HEAR, "transcript": text}


def tell_when_ready(recordings, servers, file):
    """Makes `file` when the record of a call says that so many servers of tools are there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for record in recordings.glob("*/transcript.jsonl") if recordings.exists() else []:
            messages = [json.loads(line) for line in record.read_text().splitlines(keepends=True) if line.endswith("\n")]
            ready = {m["fields"]["server"] for m in messages
                     if m["message"] == "agentbrain/tool-server" and m["fields"]["ready"]}  # fmt: skip
            if len(ready) >= servers:
                file.touch()
                return
        time.sleep(0.05)
    file.touch()


class ToolCall(jackfield_server.OneCall):
    """One call: the agent greets when its servers are there, and then answers each of the caller's `turns`.
    `script` is what the model and the recognizer do (tests/support/fakes); `asked` is what the model was asked."""

    def __init__(self, binary, source, scratch, service, tools, turns, script, servers=1, environment=None, before=None):
        scratch = pathlib.Path(scratch)
        caller = {"name": "tools", "sounds": "/usr/share/asterisk/sounds/en", "timeout": 200000,
                  "steps": [{"wait-reply": {"timeout": 70000}}]
                  + [{"say": "hello-world.wav"}, {"wait-reply": {"timeout": 60000}}] * turns}  # fmt: skip
        # On a busy machine a filler would be said, and taken for the answer by the caller.
        pipeline = scratch / "agent.gst"
        text = (pathlib.Path(source) / "pipelines/phone-agent.gst").read_text()
        pipeline.write_text(text.replace("! agentbrain", '! agentbrain think-timeout=70000000000 tool-filler=""')
                            .replace("${HERE}", str(source) + "/pipelines"))  # fmt: skip
        service.script([says(GREETING, await_file=str(scratch / "ready")), *script])
        variables = {"OPENAI_BASE_URL": service.address + "/v1", "OPENAI_API_KEY": KEY, **(environment or {})}
        watching = threading.Thread(target=tell_when_ready, args=(scratch / "recordings", servers, scratch / "ready"))
        watching.start()
        try:
            super().__init__(binary, pipeline, scratch, caller, f"TOOLS={tools}", *STAGES, environment=variables, before=before)
        finally:
            watching.join()
        self.asked = service.requests(ASK)
        self.calls, self.results = self.fields("agentbrain/tool-call"), self.fields("agentbrain/tool-result")

    def told(self, request=-1):
        """The results of tools that the model was told with that request, by the function's name, in order."""
        given = self.asked[request]["body"]["input"]
        names = {item["call_id"]: item["name"] for item in given if item.get("type") == "function_call"}
        return [(names[item["call_id"]], item["output"]) for item in given if item.get("type") == "function_call_output"]
