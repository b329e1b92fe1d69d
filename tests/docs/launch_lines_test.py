#!/usr/bin/env python3
"""Every block of commands with a gst-launch-1.0 line runs as it stands on its page, in a folder that has
pipelines/ and a few recordings. Blocks of a call bring their caller: a line with `jackfield simulate`.
Only the telephone port and the loudspeaker are exchanged, and OPENAI_BASE_URL
names a server of this machine.

A block must end by itself with success; one that has no end is interrupted after it has played for a
while, and must then end with success.

Arguments: source directory, folder of the jackfield binary.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402

import markdown  # noqa: E402
import tap  # noqa: E402

SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en")
LONGEST_S = 90
ENDLESS_S = 6  # how long a block without an end is let run
# What a line is shown for. Other lines just have to run.
EXPECTED = {
    "docs/elements/agentbrain.md": ["agentbrain/transcript", "hello world", "agentbrain/turn"],
    "docs/elements/openaistt.md": ["hello"],
    "docs/elements/pocketsphinxstt.md": ["call forw"],
    "docs/elements/turndetector.md": ["VoiceTurnStart", "VoiceTurnEnd"],
}


def blocks(page):
    for code in page.code:
        if code.language in ("", "sh", "bash") and re.search(r"^(eval \")?gst-launch-1\.0 ", code.text, re.MULTILINE):
            yield code


def endless(text):
    """A live source, nobody who calls, and no number of buffers."""
    return bool(re.search(r"autoaudiosrc|audiotestsrc|pulsesrc|dtmfsrc", text)) and not re.search(
        r"num-buffers|simulate", text
    )


def prepared(folder, source):
    (folder / "pipelines").symlink_to(source / "pipelines")
    for name, clip in {"question.wav": "hello-world.wav", "hello.wav": "hello-world.wav"}.items():
        shutil.copy(SPEECH / clip, folder / name)


def script_of(text):
    text = text.replace("port=8080", f"port={(port := jackfield_server.free_port())}").replace(":8080/", f":{port}/")
    text = re.sub(r"\bautoaudiosink\b", "fakesink sync=true", text)
    text = re.sub(r"\bautoaudiosrc\b", "audiotestsrc is-live=true", text)
    # No service is asked: where nobody listens, the element says so, and the line ends all the same.
    text = re.sub(r"\b(deepgramstt|elevenlabs(?:stt|tts))\b", r"\1 base-url=ws://127.0.0.1:9", text)
    return "set -e\n" + text + "\nfor job in $(jobs -p); do wait $job; done\n"


def run(code, source, launcher, service_environment):
    environment = dict(os.environ, **service_environment, PATH=f"{launcher}:{os.environ['PATH']}")
    with tempfile.TemporaryDirectory(prefix="jackfield-docs-") as scratch:
        folder = pathlib.Path(scratch)
        prepared(folder, source)
        log = folder / "output.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", script_of(code.text)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            if endless(code.text):
                time.sleep(ENDLESS_S)
                os.killpg(process.pid, signal.SIGINT)
            status = process.wait(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            status = f"running after {LONGEST_S} s"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        return status, log.read_text(errors="replace")


def problems_of(path, status, output):
    problems = []
    if status not in (0, -signal.SIGINT) or re.search(r"^ERROR|^WARNING: erroneous pipeline", output, re.MULTILINE):
        problems += [f"it ended with {status}:", output[-1500:]]
    plain = output.replace("\\", "")  # GStreamer escapes spaces in the strings it prints
    problems += [f"its output has no {text!r}" for text in EXPECTED.get(path, []) if text not in plain]
    return problems


def service(source, program, *arguments):
    """One API of OpenAI on this machine, for the lines that use it: the process, and the environment."""
    fake = subprocess.Popen(
        ["/usr/bin/python3", "-W", "ignore", str(source / "tests/support/fakes" / program), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    port = fake.stdout.readline().split()[1]
    return fake, {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "sk-docs"}


def main():
    source, launcher = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    report = tap.Tap()
    found = [(str(p.path.relative_to(source)), code) for p in markdown.all_pages(source) for code in blocks(p)]
    missing = {str(p.relative_to(source)) for p in (source / "docs/elements").glob("*.md")} - {path for path, _ in found}
    report.case("every element's page has a block that can be run", [f"{path} has none" for path in sorted(missing)])
    requests, environment = service(source, "openai_server.py", "--key", "sk-docs")
    realtime, realtime_environment = service(source, "openai_realtime.py", "--key", "sk-docs")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run, code, source, launcher, realtime_environment if "realtime" in path or "gpt-live" in code.text else environment)
            for path, code in found
        ]
        for (path, code), done in zip(found, runs):
            report.case(f"{path}:{code.line}", problems_of(path, *done.result()))
    for fake in (requests, realtime):
        fake.stdin.close()
        fake.wait(timeout=60)
    report.end()


if __name__ == "__main__":
    main()
