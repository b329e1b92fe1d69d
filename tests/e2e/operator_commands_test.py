#!/usr/bin/env python3
"""`jackfield ps`, `tail`, `top` and `hangup` about a real server with real calls, on pseudo-terminals and pipes.

The agent greets with escape sequences, as a caller's words or a language model's might have them. Prints TAP.
Arguments: the jackfield binary, the source directory.
"""
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import jackfield_server  # noqa: E402
from pseudo_terminal import PseudoTerminal  # noqa: E402

TOKEN = "a-token-of-sixteen-or-more-characters"
# A title, a cleared screen, red, a cursor at the top, text that reads backwards.
HOSTILE = "Hello \x1b]0;owned\x07\x1b[2J\x1b[31m\x9b1;1H\u202e there. How can I help you?"
CALLER = {
    "name": "one question, then silence",
    "timeout": 90000,
    "line-noise": -65,
    "steps": [
        {"wait-reply": {"silence": 900, "timeout": 30000}},
        {"say": "en_US_f_Allison/hours.wav", "text": "hours"},
        {"pause": 60000},
        {"hang-up": True},
    ],
}
OBEYED = ("\x1b]0;", "\x1b[2J", "\x1b[31m", "\x9b", "\u202e", "\x07")


class Commands:
    """Jackfield's commands in a folder with the .env of the operator."""

    def __init__(self, binary, folder, server):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("JACKFIELD_") and k != "NO_COLOR"}
        self.environment["JACKFIELD_SERVER"] = server
        self.environment["LC_ALL"] = "C.UTF-8"

    def run(self, *arguments, **variables):
        done = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, env={**self.environment, **variables}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def on_terminal(self, *arguments, columns=100, rows=24):
        return PseudoTerminal([self.binary, *arguments], columns, rows, cwd=self.folder, env=self.environment)

    def on_pipe(self, name, *arguments):
        with open(self.folder / name, "wb") as out, open(self.folder / f"{name}.err", "wb") as err:
            return subprocess.Popen([self.binary, *arguments], cwd=self.folder, env=self.environment, stdout=out, stderr=err)

    def sessions(self):
        code, out, _ = self.run("ps", "--json")
        return json.loads(out)["sessions"] if code == 0 else []


def wait_until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


class Elsewhere:
    """HTTP servers that are no jackfield: `answer(handler)` decides. Remembers what was asked of it."""

    def __init__(self, answer):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(dict(self.headers))
                answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def not_found(handler):
    handler.send_error(404)


def check_access(check, commands):
    env = commands.folder / ".env"
    code, _, err = commands.run("ps")
    check("without a token ps says what to do", code == 2 and "wants a token" in err and "JACKFIELD_API_TOKEN" in err, err)
    code, _, err = commands.run("ps", JACKFIELD_API_TOKEN="x" * 20)
    check("a wrong one is told apart", code == 2 and "does not know this token" in err and "x" * 20 not in err, err)
    env.write_text(f"JACKFIELD_API_TOKEN={TOKEN}\n")
    env.chmod(0o600)
    code, out, err = commands.run("ps")
    check("the token in .env is taken", code == 0 and out == "" and err == "", (code, out, err))
    code, out, _ = commands.run("ps", "--json")
    check("no calls are an empty list", code == 0 and json.loads(out) == {"sessions": []}, out)
    with commands.on_terminal("ps") as terminal:
        code = terminal.wait()
        check("on a terminal there are words for it", code == 0 and "no calls at present" in terminal.screen.text(), terminal.output)


def check_other_servers(check, commands):
    code, _, err = commands.run("ps", "--server", f"http://127.0.0.1:{jackfield_server.free_port()}")
    check("where nobody listens", code == 3 and "nobody answers" in err and "JACKFIELD_SERVER" in err, err)
    code, _, err = commands.run("tail", "--server", "somewhere")
    check("what is no address", code == 2 and "no address of a server" in err, err)
    thief = Elsewhere(not_found)

    def send_on(handler):
        handler.send_response(302)
        handler.send_header("Location", thief.url + "/api/v1/sessions")
        handler.end_headers()

    code, _, err = commands.run("ps", "--server", Elsewhere(send_on).url)
    check("redirects are named, not followed", code == 3 and thief.url in err and not thief.asked, (err, thief.asked))
    code, _, err = commands.run("top", "--server", thief.url)
    check("what is no jackfield is told", code == 3 and "no control API" in err, err)


def check_top(check, commands, session):
    with commands.on_terminal("top") as terminal:
        shown = terminal.wait_for(lambda s: session[:4] in s.text() and "hours" in s.text() + "hours" and "agent: " in s.text())
        screen = terminal.screen
        check("top shows the call", shown and screen.alternate and screen.cursor_hidden, screen.text())
        check("and the server and its line", "jackfield " in screen.lines[0] and "phone-agent  phone  1/" in screen.text(), screen.text())
        terminal.type("\r")
        check("Enter shows what was said", terminal.wait_for(lambda s: "agent: Hello" in s.text() and f"call {session}" in s.text()), screen.text())
        answered = terminal.wait_for(lambda s: "caller: hours" in s.text() and "nine to five" in s.text() and "turn 1: " in s.text(), 60)
        check("and what is said, and how fast the answer came", answered, screen.text())
        terminal.type("\x1b")
        check("Escape leads back", terminal.wait_for(lambda s: "q quit" in s.text()), screen.text())
        check("where the answer's latency stands", terminal.wait_for(lambda s: "LAST ms" in s.text() and "ANSWER" in s.text()), screen.text())
        terminal.set_size(60, 12)
        fits = terminal.wait_for(lambda s: s.lines[11].startswith("q quit") and session[:4] in s.text())
        check("another size is another picture", fits and all(len(line) <= 60 for line in screen.lines), screen.text())
        terminal.type("h")
        check("h asks back", terminal.wait_for(lambda s: f"hang up {session}?" in s.text()), screen.text())
        terminal.type("n")
        check("any other key keeps the call", terminal.wait_for(lambda s: "q quit" in s.text()) and len(commands.sessions()) == 1, screen.text())
        terminal.type("h")
        terminal.wait_for(lambda s: "y: yes" in s.text())
        terminal.type("y")
        check("y hangs up", terminal.wait_for(lambda s: "no calls at present" in s.text()), screen.text())
        terminal.type("q")
        check("q ends top", terminal.wait() == 0, terminal.output[-300:])
        check("and the terminal is as it was", terminal.is_as_before(), terminal.output[-300:])
        check("nothing that was said was obeyed", not screen.unknown and not any(mark in terminal.output.decode() for mark in OBEYED[:1] + OBEYED[2:]), screen.unknown)


def check_ends_of_top(check, commands):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV):
        with commands.on_terminal("top") as terminal:
            ready = terminal.wait_for(lambda s: "no calls at present" in s.text())
            terminal.process.send_signal(number)
            code = terminal.wait()
            expected = 0 if number in (signal.SIGTERM, signal.SIGINT) else -number
            check(f"{number.name} leaves the terminal as it was", ready and code == expected and terminal.is_as_before(), (code, terminal.output[-200:]))
    # Only what a shell has started can be stopped.
    job = 'set -m; "$0" top; echo given back; read -r _; fg; echo "code $?"'
    with PseudoTerminal(["bash", "-c", job, commands.binary], cwd=commands.folder, env=commands.environment) as terminal:
        terminal.wait_for(lambda s: "no calls at present" in s.text())
        terminal.type("\x1a")
        stopped = terminal.wait_for(lambda s: "given back" in s.text())
        check("stopped by Ctrl+Z, it gives the terminal back", stopped and terminal.is_as_before(), terminal.output[-200:])
        terminal.type("\r")
        check("and takes it again", terminal.wait_for(lambda s: s.alternate and "no calls at present" in s.text()), terminal.output[-200:])
        terminal.type("q")
        check("and ends", terminal.wait_for(lambda s: "code 0" in s.text()) and terminal.wait() == 0 and terminal.is_as_before(), terminal.output[-200:])
    code, _, err = commands.run("top")
    check("without a terminal it says so", code == 2 and "no terminal" in err, err)


def check_calls(check, commands, server, scratch):
    tail = commands.on_pipe("tail.txt", "tail")
    as_json = commands.on_pipe("tail.jsonl", "tail", "--json")
    with commands.on_terminal("tail") as terminal:
        terminal.wait_for(lambda s: "Ctrl+C ends" in s.text())
        caller = jackfield_server.start_simulation(server, scratch / "caller.json", scratch, "first")
        check("a call begins", wait_until(lambda: len(commands.sessions()) == 1))
        session = commands.sessions()[0]["id"]
        _, out, _ = commands.run("ps")
        rows = out.splitlines()
        check("ps lists it", len(rows) == 2 and rows[0].startswith("ID ") and session in rows[1] and "running" in rows[1] and "+15550001111" in rows[1], out)
        check_top(check, commands, session)
        caller.communicate(timeout=60)
        ended = terminal.wait_for(lambda s: b"call over" in terminal.output)
        text = terminal.output.decode()
        check("tail on a terminal shows words as they are said", ended and "caller: hours" in text and "\r\x1b[K" in text, text)
        check("and obeys none of them", not any(mark in text for mark in OBEYED[:2] + OBEYED[3:]), repr(text))
        terminal.process.send_signal(signal.SIGINT)
        check("Ctrl+C ends it in order", terminal.wait() == 0, terminal.output[-200:])
    text = (commands.folder / "tail.txt").read_text()
    check("tail on a pipe has whole lines only", "caller: hours" in text and "nine to five" in text and "\x1b" not in text and "\r" not in text, text)
    check("and the end of the call", wait_until(lambda: "call over" in (commands.folder / "tail.txt").read_text()), text)
    text = (commands.folder / "tail.txt").read_text()
    check("its beginning and its end are told once", text.count("call started") == 1 and text.count("call over") == 1 and "call ended" not in text, text)
    events = [json.loads(line) for line in (commands.folder / "tail.jsonl").read_text().splitlines()]
    said = [event["data"] for event in events if event["event"] == "transcript"]
    check("tail --json has an event a line", {event["session"] for event in events} == {session} and any(e["text"] == "hours" for e in said), events)
    check("with texts as they are, in escapes", any(e["text"].startswith("Hello \x1b]0;") for e in said) and "\x1b" not in (commands.folder / "tail.jsonl").read_text(), said)
    check("and finals only", all(e["final"] for e in said), said)
    return tail, as_json, session


def check_hang_up(check, commands, server, scratch):
    callers = [jackfield_server.start_simulation(server, scratch / "caller.json", scratch, name) for name in ("one", "two", "three")]
    check("three calls begin", wait_until(lambda: len(commands.sessions()) == 3))
    ids = [session["id"] for session in commands.sessions()]
    code, _, err = commands.run("hangup")
    check("hangup wants to know whom", code == 2 and "no call is named" in err, err)
    code, _, err = commands.run("hangup", "--line", "phone-agent")
    check("--line goes with --all", code == 2, err)
    code, out, err = commands.run("hangup", ids[0][:10], "zzzz")
    check("one of two is known: it is hung up, the other one named", code == 1 and f"{ids[0]} hung up" in out and "'zzzz'" in err, (code, out, err))
    check("and it is gone", wait_until(lambda: ids[0] not in [s["id"] for s in commands.sessions()]))
    code, _, err = commands.run("hangup", "--all", "--line", "nobody")
    check("of another line there is none", len(commands.sessions()) == 2, err)
    code, out, err = commands.run("hangup", "--all", "--line", "phone-agent", "--reason", "the office closes")
    check("all of a line", code == 0 and out.count("hung up") == 2, (code, out, err))
    check("and none is left", wait_until(lambda: commands.sessions() == []))
    for caller in callers:
        caller.communicate(timeout=60)
    return ids


def check_records(check, commands, session):
    code, out, err = commands.run("ps", "--all")
    check("ps --all shows calls that are over", code == 0 and session in out and len(out.splitlines()) == 5, (out, err))
    code, out, err = commands.run("ps", "--all", "--limit", "2")
    check("as many as are wanted", len(out.splitlines()) == 3 and "--limit" in err, (out, err))
    code, out, err = commands.run("tail", session[:10])
    check("tail of a call that is over is its transcript", code == 0 and "caller: hours" in out, (code, out, err))
    code, _, err = commands.run("tail", "zzzz")
    check("tail of none says so", code == 1 and "'zzzz'" in err, err)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-operator-") as folder:
        scratch = pathlib.Path(folder)
        script = json.loads((source / "pipelines/scripts/reception.json").read_text())
        script["greeting"] = HOSTILE
        (scratch / "script.json").write_text(json.dumps(script))
        (scratch / "caller.json").write_text(json.dumps(CALLER))
        (scratch / "operator").mkdir()
        arguments = (source / "pipelines/phone-agent.gst", scratch, f"SCRIPT={scratch / 'script.json'}", "--drain", "0")
        environment = {"JACKFIELD_API_TOKEN": TOKEN}
        with jackfield_server.Server(binary, *arguments, environment=environment) as server:
            commands = Commands(binary, scratch / "operator", server.origin)
            check_access(check, commands)
            check_other_servers(check, commands)
            tail, as_json, session = check_calls(check, commands, server, scratch)
            check_ends_of_top(check, commands)
            check_hang_up(check, commands, server, scratch)
            check_records(check, commands, session)
            server.stop()
            log = server.log.read_text()
            check("what run prints is as harmless", "agent: Hello" in log and not any(mark in log for mark in OBEYED), repr(log[:2000]))
            err = commands.folder / "tail.txt.err"
            check("tail tells that the server has gone", wait_until(lambda: "trying again" in err.read_text()), err.read_text())
        again = jackfield_server.Server(binary, *arguments, environment=environment)
        again.command[again.command.index("--listen") + 1] = f"127.0.0.1:{server.port}"
        again.port, again.origin, again.url = server.port, server.origin, server.url
        with again:
            check("and that it is there again", wait_until(lambda: "there again" in err.read_text()), err.read_text())
            before = len((commands.folder / "tail.txt").read_text())
            caller = jackfield_server.start_simulation(again, scratch / "caller.json", scratch, "again")
            heard = wait_until(lambda: "agent: Hello" in (commands.folder / "tail.txt").read_text()[before:])
            check("and follows its calls", heard, (commands.folder / "tail.txt").read_text()[before:])
            commands.run("hangup", "--all")
            caller.communicate(timeout=60)
            for process in (tail, as_json):
                process.send_signal(signal.SIGTERM)
            check("both tails end in order", [tail.wait(30), as_json.wait(30)] == [0, 0])
            again.stop()
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
