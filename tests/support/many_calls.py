"""Many short calls into one `jackfield run`, and what the process holds in between (Linux)."""
import json
import os
import pathlib
import re
import subprocess
import time

ECHO = {"name": "a few frames", "timeout": 20000, "steps": [{"pause": 60}, {"hang-up": True}]}
AGENT = {
    "name": "one question",
    "timeout": 60000,
    "line-noise": -65,
    "steps": [
        {"pause": 1200},
        {"say": "en_US_f_Allison/hours.wav", "text": "hours"},
        {"wait-agent-speaking": {"timeout": 15000}},
        {"pause": 400},
        {"hang-up": True},
    ],
}

# Comes, says this or that, and goes, sometimes without a word: never two alike.
CONFERENCE = {
    "name": "comes and goes",
    "timeout": 60000,
    "line-noise": -65,
    "steps": [
        {
            "shuffle": [
                [{"pause": 300}],
                [{"pause": 2500}],
                [{"say": "en/conf-getchannel.wav"}, {"pause": 700}],
                [{"say": "en/tt-weasels.wav", "gain": -6}],
                [{"say": ["en/digits/1.wav", "en/digits/2.wav"], "gap": 300}, {"pause": 1500}],
                [{"dtmf": "12#"}, {"pause": 400}],
            ],
            "pick": 3,
        },
        {"shuffle": [[{"hang-up": True}], [{"hang-up": "abrupt"}]], "pick": 1},
    ],
}
# Is there as long as the room.
KEEPER = {"name": "stays", "timeout": 7200000, "line-noise": -65, "steps": [{"pause": 7000000}, {"hang-up": True}]}


def usage(pid):
    """Kilobytes in memory (all, and without files), threads and descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()

    def field(name):
        return int(re.search(rf"^{name}:\s+(\d+)", status, re.M).group(1))

    return {
        "rss": field("VmRSS"), "anonymous": field("RssAnon"), "threads": field("Threads"),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
    }  # fmt: skip


def settled_usage(pid, seconds=10):
    """Usage once it stands still: calls end a moment after the caller has gone."""
    deadline = time.monotonic() + seconds
    before = usage(pid)
    while True:
        time.sleep(0.5)
        now = usage(pid)
        same = all(now[key] == before[key] for key in ("threads", "descriptors")) and abs(now["rss"] - before["rss"]) < 256
        if same or time.monotonic() > deadline:
            return now
        before = now


def place(server, script, calls, at_a_time, rate, seed=1):
    """Places calls; returns how many did not go as they should, and what was said about them."""
    scratch = pathlib.Path(server.scratch)
    (scratch / "caller.json").write_text(json.dumps(script))
    report = scratch / "calls.json"
    report.unlink(missing_ok=True)
    run = subprocess.run(
        [
            server.binary, "simulate", server.url, "--script", str(scratch / "caller.json"), "--calls", str(calls),
            "--concurrency", str(at_a_time), "--rate", str(rate), "--spread", "--seed", str(seed), "--quiet",
            "--json", str(report),
        ],  # fmt: skip
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if run.returncode == 0:
        return 0, ""
    try:
        failed = json.loads(report.read_text())["summary"]["failed"]
    except (OSError, KeyError, ValueError):
        failed = calls
    return failed, run.stdout[-1500:]
