#!/usr/bin/env python3
"""docs/pipeline-files.md against the command, and the scenarios we ship: variables and their order, the
examples of inserting, the example of checking; every variable of a scenario is documented; every
scenario's printed text is what GStreamer takes, and runs in gst-launch-1.0 when it needs no supervisor.

Arguments: source directory, the jackfield binary.
"""
import configparser
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import markdown  # noqa: E402
import tap  # noqa: E402

CLIP = "/usr/share/asterisk/sounds/en/hello-world.wav"
# What a scenario gets on a machine without a microphone.
DEVICES = {"IN": CLIP, "CAPTURE": "audiotestsrc is-live=true wave=silence", "PLAYBACK": "fakesink sync=true"}
LONGEST_S, ENDLESS_S = 60, 6


class Command:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def check(self, *arguments, **environment):
        done = subprocess.run(
            [self.binary, "check", *map(str, arguments)], cwd=self.folder, env={**os.environ, **environment},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def words(self, text, *variables, **environment):
        """The words of a pipeline text after the command has worked on it."""
        (self.folder / "one.gst").write_text(text)
        status, out, err = self.check("--print", "one.gst", *variables, **environment)
        return shlex.split(out) if status == 0 else [f"exit code {status}: {err}"]


def mismatch(words, expected):
    return [] if words == expected else [f"{words}, expected {expected}"]


def variables(command, page):
    folder = str(command.folder.resolve())
    text = "fakesrc ! filesink location=${%s}"
    end = lambda name, *given, **environment: command.words(text % name, *given, **environment)[-1:]  # noqa: E731
    yield "HERE is the folder of the file", mismatch(end("HERE"), [f"location={folder}"])
    got = end("RECORDING")
    yield "RECORDING is call.wav here", [] if got[0].endswith("call.wav") else got
    yield "SESSION has a value", [] if re.fullmatch(r"location=[0-9a-z]+", end("SESSION")[0]) else end("SESSION")
    yield "the environment gives values", mismatch(end("X_Y", X_Y="/e"), ["location=/e"])
    yield "the command line goes before it", mismatch(end("X_Y", "X_Y=/c", X_Y="/e"), ["location=/c"])
    yield "and before the supervisor", mismatch(end("HERE", "HERE=/c"), ["location=/c"])
    yield "the supervisor goes before the environment", mismatch(end("HERE", HERE="/e"), [f"location={folder}"])
    elements = [word for word in command.words("${CAPTURE} ! ${PLAYBACK}") if "=" not in word]
    yield "the platform has devices", mismatch(elements, ["pulsesrc", "!", "pulsesink"])
    yield "the environment goes before the platform", mismatch(
        command.words("${CAPTURE} ! fakesink", CAPTURE="audiotestsrc num-buffers=3"), ["audiotestsrc", "num-buffers=3", "!", "fakesink"]
    )
    yield "a default stands in", mismatch(command.words("fakesrc ! filesink location=${NOT_SET:-/d}")[-1:], ["location=/d"])
    yield "without value and default it is an error", [] if "exit code" in end("NOT_SET")[0] else ["it is not"]
    said = {name for table in page.table("variable") for row in table.rows for name in markdown.names(row["variable"])}
    missing = {"HERE", "RECORDING", "SESSION"} ^ said
    yield "the page's table has the supervisor's variables", [f"{name}" for name in sorted(missing)]


def value_of(words, element, name):
    pipeline = Gst.parse_launchv(words)
    return pipeline.get_by_name(element).get_property(name)


def inserting(command, page):
    """The page's table has five rows; each is tried with a value that needs escaping."""
    rows = [row["where"] for table in page.table("where") for row in table.rows]
    yield "the page has five ways of inserting", [] if len(rows) == 5 else rows
    odd = "/my \"odd\" \\ 'files'; $x"
    words = command.words("${WHAT} ! fakesink", "WHAT=audiotestsrc num-buffers=1 ! identity")
    yield "a word of its own", mismatch(words, ["audiotestsrc", "num-buffers=1", "!", "identity", "!", "fakesink"])
    words = command.words("fakesrc ! filesink name=f location=${DIR}/a.wav", f"DIR={odd}")
    yield "in the value of a property", mismatch([value_of(words, "f", "location")], [odd + "/a.wav"])
    words = command.words('fakesrc ! filesink name=f location="Hello ${WHO}"', f"WHO={odd}")
    yield "inside quotes", mismatch([value_of(words, "f", "location")], ["Hello " + odd])
    words = command.words('audiotestsrc ! mulawenc ! mulawdec ! agentbrain name=b stt="pocketsphinxstt grammar=${G}" llm=identity ! fakesink', "G=/a b.gram")
    missing = "no file '/a b.gram'" in words[0]
    yield "as a value in a description in quotes", [] if missing else [f"the grammar was to be looked for: {words}"]
    words = command.words("audiotestsrc ! audio/x-raw,rate=${RATE} ! fakesink", "RATE=8000")
    yield "in caps", mismatch(words[2:3], ["audio/x-raw,rate=8000"])
    words = command.words("audiotestsrc ! audio/x-raw,rate=${RATE} ! fakesink", "RATE=8000 ! x")
    yield "in caps nothing but plain characters", [] if "exit code" in words[0] else words


def checking(command, page):
    block = next(code for code in page.code if "$ jackfield check agent.gst" in code.text)
    shown = [line for line in block.text.splitlines()[1:] if line.strip()]
    line = next(text for text in block.text.splitlines() if "tts=" in text).removeprefix("    ")
    (command.folder / "agent.gst").write_text("audiotestsrc ! audioconvert\n  ! audioresample ! agentbrain\n" + line + "\n")
    status, _, err = command.check("agent.gst")
    missing = [text for text in shown if text not in err.splitlines()]
    return ([] if status == 1 else [f"exit code {status}"]) + [f"{text!r} is not in: {err}" for text in missing]


def undocumented(source, page):
    """Variables of scenarios that neither the page nor pipelines/README.md names."""
    known = set(markdown.names(page.text)) | set(markdown.names((source / "pipelines/README.md").read_text()))
    known = {name.split("=")[0] for name in known}
    for path in sorted((source / "pipelines").glob("*.gst")):
        text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
        for name in sorted(set(re.findall(r"\$\{([A-Za-z_]\w*)", text)) - known):
            yield f"{path.name}: ${{{name}}} is on no page"


def profiles(source, page):
    """The page's table of profiles against the files: which there are, their models, their keys, their variables."""
    rows = {name: row for table in page.table("profile") for row in table.rows for name in markdown.names(row["profile"])}
    files = {path.stem: path for path in (source / "pipelines/profiles").glob("*.conf")}
    yield from (f"{name}: only the page or only the folder has it" for name in sorted(set(rows) ^ set(files)))
    known = {name.split("=")[0] for name in markdown.names(page.text)}
    for name in sorted(set(rows) & set(files)):
        profile = configparser.RawConfigParser()
        profile.optionxform = str
        profile.read(files[name])
        for column, variable in (("speech to text", "STT"), ("language model", "LLM"), ("text to speech", "TTS")):
            models = re.findall(r"model=\$\{\w+:-([^}]*)\}", profile["variables"].get(variable, ""))
            if models != markdown.names(rows[name][column]):
                yield f"{name}: {variable} has {models}, the page says {rows[name][column]}"
        needs = profile["profile"].get("needs", "").split()
        if needs != [key for key in markdown.names(rows[name]["keys"]) if key.isupper()]:
            yield f"{name}: needs {needs}, the page says {rows[name]['keys']}"
        for variable in sorted(set(re.findall(r"\$\{([A-Za-z_]\w*)", files[name].read_text())) - known):
            yield f"{name}: ${{{variable}}} is not on the page"


def run_in_gst_launch(words, folder):
    process = subprocess.Popen(
        ["gst-launch-1.0", "-e", *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        if any(word in ("audiotestsrc", "autoaudiosrc") for word in words):
            time.sleep(ENDLESS_S)
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return [f"running after {LONGEST_S} s", process.communicate()[0][-1500:]]
    good = process.returncode == 0 and not re.search("^ERROR", output, re.MULTILINE) and "PLAYING" in output
    return [] if good else [f"exit code {process.returncode}", output[-1500:]]


def scenario(command, path):
    mentioned = path.read_text()
    (command.folder / "call.wav").unlink(missing_ok=True)  # of the scenario before
    given = [f"{name}={value}" for name, value in DEVICES.items() if re.search(r"\$\{" + name + r"[:}]", mentioned)]
    status, out, err = command.check("--print", path, *given)
    if status != 0:
        return [f"exit code {status}: {err}"]
    words = shlex.split(out)
    try:
        Gst.parse_launchv(words)
    except gi.repository.GLib.Error as error:
        return [error.message]
    # With a telephone or a browser at the other end the supervisor is needed, and in a conference.
    if {"twiliosrc", "webrtcbin", "mixerseat"} & set(words) or any(word.startswith("seats=") for word in words):
        return []
    return run_in_gst_launch(words, command.folder)


def main():
    Gst.init(None)
    source, binary = pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve())
    page = markdown.Page(source / "docs/pipeline-files.md")
    report = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-docs-") as scratch:
        command = Command(binary, pathlib.Path(scratch))
        for name, problems in [*variables(command, page), *inserting(command, page)]:
            report.case(name, problems)
        report.case("the example of checking is what the command says", checking(command, page))
        report.case("the profiles are as the page says", list(profiles(source, page)))
        report.case("every variable of a scenario is on a page", list(undocumented(source, page)))
        listed = (source / "pipelines/README.md").read_text()
        for path in sorted((source / "pipelines").glob("*.gst")):
            problems = [] if f"`{path.name}`" in listed else ["it is not in pipelines/README.md"]
            report.case(f"{path.name} as GStreamer takes it", problems + scenario(command, path))
    report.end()


if __name__ == "__main__":
    main()
