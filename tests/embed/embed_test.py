#!/usr/bin/env python3
"""Jackfield as somebody else's part: installed into an empty prefix, moved away from where it was
installed, and used there by applications that are compiled against nothing but GStreamer. No program
here knows of the source or build directory. Every call is placed by the installed `jackfield simulate`
with recordings of a human caller.

Prints TAP. Arguments: meson, the build directory, the source directory, names of the plugins built.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import wave

HERE = pathlib.Path(__file__).resolve().parent
for folder in ("../support", "../docs"):
    sys.path.insert(0, str((HERE / folder).resolve()))
import jackfield_server  # noqa: E402
import tap  # noqa: E402

VOICE = "en_US_f_Allison/"
LONGEST_S = 120
# Greeting, a question, an interruption, a key that is answered, a key that hangs up.
CONVERSATION = [
    {"wait-reply": {"silence": 900, "timeout": 20000}},
    {"say": VOICE + "location.wav"},
    {"barge-in": {"after": 1500, "say": VOICE + "telephone-number.wav"}},
    {"wait-reply": {"silence": 900}},
    {"dtmf": "1"},
    {"pause": 1500},
    {"dtmf": "#"},
    {"expect-hang-up": 15000},
]
GOODBYE = [
    {"wait-reply": {"silence": 900, "timeout": 20000}},
    {"say": VOICE + "vm-goodbye.wav"},
    {"expect-hang-up": {"timeout": 15000, "complete": True}},
]
PARROT = [
    {"wait-reply": {"silence": 900, "timeout": 20000}},
    {"say": VOICE + "do-not-disturb.wav"},
    {"barge-in": {"after": 600, "say": VOICE + "telephone-number.wav"}},
    {"wait-reply": {"silence": 900}},
    {"say": VOICE + "vm-goodbye.wav"},
    {"expect-hang-up": {"timeout": 15000, "complete": True}},
]


class Installation:
    def __init__(self, meson, build, scratch):
        done = subprocess.run(
            [meson, "install", "-C", build, "--no-rebuild", "--destdir", str(scratch / "staging")],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(done.stdout[-1000:] + done.stderr[-1000:])
        staged = next((scratch / "staging").rglob("bin/jackfield")).parent.parent
        self.prefix = scratch / "moved here"
        staged.rename(self.prefix)
        self.plugins = next(self.prefix.rglob("gstreamer-1.0"))
        self.data = self.prefix / "share/jackfield"
        self.docs = self.prefix / "share/doc/jackfield"
        self.scratch = scratch

    def environment(self, name, plugin_path=True, **more):
        """Nothing of the machine but the system's own folders."""
        found = {
            "PATH": f"{self.prefix / 'bin'}:/usr/bin:/bin", "HOME": str(self.scratch), "LC_ALL": "C.UTF-8",
            "GST_REGISTRY": str(self.scratch / f"{name}.registry"), **more,
        }  # fmt: skip
        if plugin_path:
            found["GST_PLUGIN_PATH"] = str(self.plugins)
        return found

    def run(self, name, *command, **options):
        done = subprocess.run(
            command, env=self.environment(name, **options), cwd=self.scratch, capture_output=True, text=True,
            timeout=LONGEST_S,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


# --- What is installed -----------------------------------------------------------------------------


def missing_files(installation, source, plugins):
    expected = [f"bin/{name}" for name in ("jackfield",)]
    expected += ["share/jackfield/models/silero_vad.onnx", "share/jackfield/models/silero_vad.LICENSE"]
    for path in (source / "pipelines").rglob("*"):
        if path.is_file() and path.name != "meson.build":
            expected.append("share/jackfield/" + str(path.relative_to(source)))
    for path in [*(source / "docs").rglob("*"), *(source / n for n in ("README.md", "LICENSE", "THIRD-PARTY.md"))]:
        if path.is_file():
            expected.append("share/doc/jackfield/" + str(path.relative_to(source)))
    missing = [name for name in expected if not (installation.prefix / name).is_file()]
    missing += [f"plugin {name}" for name in plugins if not list(installation.plugins.glob(f"*gst{name}.*"))]
    if not list(installation.plugins.parent.glob("*jackfieldcommon.*")):
        missing.append("the library jackfieldcommon above the plugins")
    return missing


def leaked_paths(installation, source, build):
    """Names of the source or build directory in what is installed. Debugging information may have them:
    it is for those who have the source."""
    problems = []
    for path in installation.prefix.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if content.startswith(b"\x7fELF"):
            bare = installation.scratch / "bare"
            subprocess.run(["strip", "--strip-debug", "-o", str(bare), str(path)], check=True)
            content = bare.read_bytes()
            dynamic = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True).stdout
            for rpath in re.findall(r"R(?:UN)?PATH.*\[(.*)\]", dynamic):
                problems += [f"{path.name} looks for libraries in {p}" for p in rpath.split(":") if not p.startswith("$ORIGIN")]
        for name in {str(source), str(build)}:
            if name.encode() in content:
                problems.append(f"{path.relative_to(installation.prefix)} holds {name}")
    return problems


# --- Calls --------------------------------------------------------------------------------------------


def simulate(installation, name, url, steps, calls=1):
    """One simulated call (or more at a time): (what went wrong, report)."""
    script, report = installation.scratch / f"{name}.json", installation.scratch / f"{name}-report.json"
    script.write_text(json.dumps({"name": name, "line-noise": -65, "timeout": 90000, "steps": steps}))
    status, output = installation.run(
        name, "jackfield", "simulate", url, "--script", str(script), "--json", str(report), "--calls", str(calls),
        "--wait", "30", "--quiet",
    )  # fmt: skip
    return ([] if status == 0 else [f"the caller's side ended with {status}:", output]), report


class Application:
    """An application of this folder and the calls it gets."""

    def __init__(self, installation, name, command, url, calls, **environment):
        self.installation, self.name, self.url, self.calls = installation, name, url, calls
        self.command, self.extra = command, environment

    def drive(self):
        """(problems, output)"""
        environment = self.installation.environment(self.name, **self.extra)
        log = self.installation.scratch / f"{self.name}.log"
        problems = []
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(word) for word in self.command], env=environment, cwd=self.installation.scratch,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            for index, (steps, at_a_time) in enumerate(self.calls):
                problems += simulate(self.installation, f"{self.name}-{index + 1}", self.url, steps, at_a_time)[0]
            status = process.wait(timeout=30)
            if status != 0:
                problems.append(f"the application ended with {status}")
        except subprocess.TimeoutExpired:
            problems.append("the application did not end")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        output = log.read_text(errors="replace")
        return problems + ([output[-2500:]] if problems else []), output


def lacks(output, *patterns):
    return [f"no {pattern!r} in: {output[-2500:]}" for pattern in patterns if not re.search(pattern, output)]


def bad_recording(path, least_s):
    """A stereo recording in which both sides speak."""
    try:
        with wave.open(str(path)) as file:
            seconds, channels = file.getnframes() / file.getframerate(), file.getnchannels()
            samples = memoryview(file.readframes(file.getnframes())).cast("h")
    except (OSError, wave.Error, EOFError) as error:
        return [f"{path.name}: {error}"]
    loudest = [max((abs(v) for v in samples[side::2]), default=0) for side in (0, 1)]
    if seconds < least_s or channels != 2 or min(loudest) < 3000:
        return [f"{path.name}: {seconds:.1f} s, {channels} channels, loudest {loudest}"]
    return []


# --- The applications -------------------------------------------------------------------------------


def compile_programs(scratch):
    """[(name, problems)]; plain compilers, GStreamer's own flags, nothing of ours."""
    found = []
    for name, compiler, standard, packages in (
        ("agent.c", "cc", "c11", ["gstreamer-1.0"]),
        ("server.c", "cc", "c11", ["gstreamer-1.0", "gio-2.0"]),
        ("own_llm.cpp", "c++", "c++17", ["gstreamer-1.0"]),
    ):
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], capture_output=True, text=True, check=True)
        shutil.copy(HERE / name, scratch)
        done = subprocess.run(
            [compiler, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-g", name, "-o", name.replace(".", "_"), *flags.stdout.split()],
            cwd=scratch, capture_output=True, text=True,
        )  # fmt: skip
        found.append((name, [] if done.returncode == 0 else [done.stderr[-2000:]]))
    for name in ("agent.py", "own_llm.py"):
        shutil.copy(HERE / name, scratch)
    return found


def applications(installation):
    scratch, scripts = installation.scratch, installation.data / "pipelines/scripts"
    grammar, dialogue = scripts / "reception.gram", scripts / "reception.json"
    python = sys.executable
    ports = [jackfield_server.free_port() for _ in range(5)]
    stream = "ws://127.0.0.1:{}/calls".format
    for name in ("c", "py"):
        (scratch / f"recordings-{name}").mkdir()
    strict = {"G_DEBUG": "fatal-criticals"}
    # Everything that is still alive when the C program has left GStreamer is told.
    leaks = {"GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_NO_COLOR": "1"}
    two = [(CONVERSATION, 1), (GOODBYE, 1)]
    return {
        "agent.c": Application(installation, "agent-c", [scratch / "agent_c", ports[0], 2, scratch / "recordings-c", grammar, dialogue], stream(ports[0]), two, **strict, **leaks),
        "agent.py": Application(installation, "agent-py", [python, scratch / "agent.py", ports[1], 2, scratch / "recordings-py", grammar, dialogue], stream(ports[1]), two, **strict),
        "server.c": Application(installation, "server-c", [scratch / "server_c", ports[2], 3, grammar, dialogue], f"http://127.0.0.1:{ports[2]}/voice", [(GOODBYE, 3)], **strict),
        "own_llm.cpp": Application(installation, "own-llm-cpp", [scratch / "own_llm_cpp", ports[3], grammar], stream(ports[3]), [(PARROT, 1)], **strict),
        # PyGObject sinks the elements that it makes, about which GStreamer complains (and no more).
        "own_llm.py": Application(installation, "own-llm-py", [python, scratch / "own_llm.py", ports[4], grammar], stream(ports[4]), [(PARROT, 1)]),
    }  # fmt: skip


def check_agent(output, recordings):
    problems = lacks(
        output, "caller: location", "caller: telephone number", r"agent: .*-- interrupted", "agent: Our telephone number is",
        "agent: Thank you for calling", "key: 1", "key: #", r"latency: \d+ ms",
    )  # fmt: skip
    if len(re.findall("call ended: hang-up", output)) != 2:
        problems.append(f"there were two calls: {output[-2500:]}")
    return problems + bad_recording(recordings / "call-1.wav", 10) + bad_recording(recordings / "call-2.wav", 5)


def check_outputs(outputs, scratch):
    found = {
        "agent.c": check_agent(outputs["agent.c"], scratch / "recordings-c")
        + lacks(outputs["agent.c"], "stats: 2 turns, 1 interruptions, some media messages, speech began at times")
        + [line for line in outputs["agent.c"].splitlines() if "object-alive, type-name" in line and "%s" not in line][:5],
        "agent.py": check_agent(outputs["agent.py"], scratch / "recordings-py")
        + lacks(outputs["agent.py"], "interrupted: paused", "interrupted: confirmed", r"recorded: \d\d\.\d s", r"clears=\(guint64\)1"),
        "server.c": [] if len(re.findall("caller: goodbye", outputs["server.c"])) == 3 else ["three callers said goodbye: " + outputs["server.c"]],
    }  # fmt: skip
    found["server.c"] += lacks(outputs["server.c"], r"call from \+15550001111", "agent: Thank you for calling")
    for name in ("own_llm.cpp", "own_llm.py"):
        found[name] = lacks(
            outputs[name], "agent: Hello, I am a parrot", "heard of the last reply: 'You said", "You said telephone number. What else",
            "agent: Goodbye", "call ended: hang-up",
        )  # fmt: skip
    return found


# --- The installed command --------------------------------------------------------------------------


def run_scenario(installation):
    """`jackfield run phone-agent.gst` with nothing set: it finds plugins, scenario, grammar and model."""
    port = jackfield_server.free_port()
    environment = installation.environment("run", plugin_path=False)
    log = installation.scratch / "run.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            ["jackfield", "run", "phone-agent.gst", "--listen", f"127.0.0.1:{port}", "--calls", "1", "--recordings", "calls"],
            env=environment, cwd=installation.scratch, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        problems, _ = simulate(installation, "run-caller", f"http://127.0.0.1:{port}/twilio/voice", GOODBYE)
        status = process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        status, problems = "no end", []
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if status != 0 or problems:
        return problems + [f"jackfield run: {status}", log.read_text()[-2500:]]
    text = "\n".join(path.read_text() for path in (installation.scratch / "calls").rglob("transcript.txt"))
    return lacks(text, "goodbye", "Thank you for calling")


def main():
    meson, build, source, plugins = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:]
    report = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-embed-") as folder:
        scratch = pathlib.Path(folder)
        installation = Installation(meson, str(build), scratch)
        report.case("everything is installed", missing_files(installation, source, plugins))
        report.case("nothing installed knows the source or build directory", leaked_paths(installation, source, build))
        problems = []
        for path in sorted((source / "docs/elements").glob("*.md")):
            status, output = installation.run("inspect", "gst-inspect-1.0", path.stem)
            if status != 0 or str(installation.plugins) not in output:
                problems.append(f"{path.stem}: {output[-500:]}")
        report.case("GStreamer finds the elements with GST_PLUGIN_PATH alone", problems)
        names = [path.name for path in sorted((source / "pipelines").glob("*.gst"))]
        status, output = installation.run("check", "jackfield", "check", *names, f"IN={source / 'README.md'}", plugin_path=False)
        report.case("jackfield finds its plugins and scenarios by itself", [] if status == 0 else [output])
        compiled = compile_programs(scratch)
        for name, problems in compiled:
            report.case(f"{name} compiles with GStreamer alone", problems)
        if any(problems for _, problems in compiled):
            report.end()

        running = applications(installation)
        with concurrent.futures.ThreadPoolExecutor(len(running) + 1) as pool:
            scenario = pool.submit(run_scenario, installation)
            drives = {name: pool.submit(application.drive) for name, application in running.items()}
            results = {name: drive.result() for name, drive in drives.items()}
            report.case("jackfield run phone-agent.gst answers from the installation", scenario.result())
        checks = check_outputs({name: output for name, (_, output) in results.items()}, scratch)
        for name, (problems, _) in results.items():
            report.case(f"{name} answers its calls", problems + checks[name])
    report.end()


if __name__ == "__main__":
    main()
