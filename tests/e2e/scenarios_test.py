#!/usr/bin/env python3
"""The scenarios of the control API: what lies beside that of the line, with what is wrong with it, and
starting one by hand. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import os
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import control_api  # noqa: E402
import jackfield_server  # noqa: E402

TONE = """# A tone. Nobody hears it.
audiotestsrc is-live=true num-buffers=${BUFFERS:--1} ! audio/x-raw,rate=8000 ! wavenc ! filesink location=${RECORDING}
"""
FILES = {
    "tone.gst": TONE,
    "short.gst": TONE.replace("${BUFFERS:--1}", "3"),
    "needs.gst": "filesrc location=${IN} ! fakesink",
    "broken.gst": "# Broken\nfakesrc ! nosuchelement ! fakesink bogus=1\n",
    "bad.gst": b"\xff\xfe",
    "huge.gst": b" " * 3_000_000,
    "notes.txt": "none",
}


def write_files(folder, pipelines):
    for name in ("echo.gst", "phone-realtime.gst"):
        (folder / name).write_text((pipelines / name).read_text())
    for name, content in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    os.mkfifo(folder / "pipe.gst")  # nobody ever writes into it


def check_list(check, api, folder):
    found = {one["name"]: one for one in api.get("/scenarios").json["scenarios"]}
    check("every pipeline file is there, and nothing else",
          sorted(found) == sorted([*(name for name in FILES if name != "notes.txt"), "echo.gst", "phone-realtime.gst", "pipe.gst"]), found)  # fmt: skip
    tone, echo = found["tone.gst"], found["echo.gst"]
    check("a title, a kind, variables", tone["title"] == "A tone" and tone["kind"] == "once" and tone["runs-alone"]
          and tone["variables"] == [{"name": "BUFFERS", "default": "-1", "needed": False}] and not tone["errors"], tone)  # fmt: skip
    check("the line's has its line", echo["served-by"] == "echo" and echo["kind"] == "phone" and not echo["runs-alone"], echo)
    check("a missing key is a warning", any("OPENAI_API_KEY" in text for text in found["phone-realtime.gst"]["warnings"]), found["phone-realtime.gst"])
    places = [(error["line"], error["column"]) for error in found["broken.gst"]["errors"]]
    check("errors have their places", places == [(2, 11), (2, 36)], found["broken.gst"])
    check("a variable that is missing is one", found["needs.gst"]["errors"][0]["text"] == "the variable IN has no value", found["needs.gst"])
    check("what is no pipeline file says so", all(len(found[name]["errors"]) == 1 for name in ("bad.gst", "huge.gst", "pipe.gst")), found)
    (folder / "broken.gst").write_text("# Put right.\nfakesrc num-buffers=1 ! fakesink")
    api.wait(lambda: not next(one for one in api.get("/scenarios").json["scenarios"] if one["name"] == "broken.gst")["errors"], "a file put right")
    check("a file that is put right has no errors", True)


def start(api, name):
    return api.post("/sessions", {"scenario": name})


def check_start(check, api, server):
    for name, status, code in (
        ("echo.gst", 409, "serves-calls"),
        ("needs.gst", 409, "scenario-has-errors"),
        ("phone-realtime.gst", 409, "serves-calls"),
        ("tone", 404, "no-such-scenario"),
        ("../scenarios/tone.gst", 404, "no-such-scenario"),
        (str(server.scratch / "tone.gst"), 404, "no-such-scenario"),
    ):
        answer = start(api, name)
        check(f"{name} is not started: {code}", (answer.status, answer.code) == (status, code), answer.body)
    variables = api.post("/sessions", {"scenario": "tone.gst", "variables": {"BUFFERS": "5"}})
    check("no variable comes over the network", variables.code == "bad-member", variables.body)

    short = start(api, "short.gst")
    session = short.json.get("session", {})
    check("one is started", short.status == 201 and session["scenario"] == "short.gst" and session["kind"] == "once", short.body)
    path = f"/sessions/{session['id']}"
    ended = api.wait(lambda: (found := api.get(path).json)["state"] == "ended" and found, "its end")
    check("it runs to its end once, with records", not ended["failed"] and ended["end-reason"] == "end of stream" and ended["recording"], ended)
    check("its recording is there", api.get(path + "/recording").body[:4] == b"RIFF")

    first, second = (start(api, "tone.gst").json["session"]["id"] for _ in range(2))
    full = start(api, "tone.gst")
    check("it takes one of the places", (full.status, full.code) == (503, "busy"), full.body)
    hang_up = api.post(f"/sessions/{first}/hangup", {"reason": "enough"})
    ended = api.wait(lambda: (found := api.get(f"/sessions/{first}").json)["state"] == "ended" and found, "hanging up")
    check("hanging up ends it", hang_up.status == 202 and ended["end-reason"] == "enough" and not ended["failed"], ended)
    check("the other one goes on", [one["id"] for one in api.running()] == [second], api.running())


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="jackfield-scenarios-") as scratch:
        folder = pathlib.Path(scratch) / "scenarios"
        folder.mkdir()
        write_files(folder, source / "pipelines")
        environment = {"OPENAI_API_KEY": ""}
        with jackfield_server.Server(binary, folder / "echo.gst", scratch, "--max-calls", "2", environment=environment) as server:
            api = control_api.ControlApi(server.port)
            check_list(check, api, folder)
            check_start(check, api, server)
            server.stop(signal.SIGTERM)
            log = server.log.read_text()
        check("the server ends by itself, and what runs with it", server.exit_code == 0, log)
        check("and all have records", len(server.call_folders()) == 3, list(server.recordings.iterdir()))
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
