#!/usr/bin/env python3
"""The phone agent end to end: the real jackfield, called by `jackfield simulate` over the wire protocol.

One call with human clips in seeded random order is checked in every respect; two control calls, one
with silence in place of the clips and one with the clips swapped, must fail the same checks.
Prints TAP. Arguments: the jackfield binary, the source directory, a seed (default 1), and a folder to
keep everything in (default: none is kept).
"""
import json
import pathlib
import random
import signal
import sys
import tempfile
import wave

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import call_checks  # noqa: E402
import jackfield_server  # noqa: E402

UNDERSTOOD = 9
NOT_UNDERSTOOD = 4
# Its answer lasts about ten seconds: time enough to interrupt it.
LONG_ANSWER = "location"


def choose(clips, seed):
    """[(clip, phrase or None)] in random order: phrases each once, never two of the same answer."""
    dice = random.Random(seed)
    known = {}
    for clip in clips["clips"]:
        if clip["in_grammar"] and clip["expected"] in call_checks.ANSWERS and clip["expected"] != LONG_ANSWER:
            known.setdefault(clip["expected"], []).append(clip["path"])
    phrases = dice.sample(sorted(known), UNDERSTOOD)
    chosen = [(dice.choice(known[p]), p) for p in phrases]
    strangers = [c["path"] for c in clips["clips"] if not c["in_grammar"]]
    chosen += [(path, None) for path in dice.sample(strangers, NOT_UNDERSTOOD)]
    dice.shuffle(chosen)
    return chosen


def clip_of(clips, phrase):
    return next(c["path"] for c in clips["clips"] if c["in_grammar"] and c["expected"] == phrase)


def caller_script(clips, paths, long_path, barge_path, goodbye_path):
    steps = [{"wait-reply": {"timeout": 8000}}]
    for path in paths:
        steps += [{"say": path}, {"wait-reply": {"timeout": 9000}}]
    steps += [
        {"say": long_path},
        {"barge-in": {"after": 2500, "say": barge_path, "timeout": 9000}},
        {"wait-reply": {"timeout": 9000}},
        {"say": goodbye_path},
        {"expect-hang-up": {"timeout": 20000}},
    ]
    return {"name": "phone agent test", "sounds": clips["sounds"], "timeout": 300000, "steps": steps}


def silent_clip(path, seconds=1.0):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return str(path)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    chosen = choose(clips, seed)
    barge_phrase = next(p for _, p in sorted(chosen, key=lambda c: c[0]) if p)
    expected = [p for _, p in chosen] + [LONG_ANSWER, barge_phrase, "goodbye"]
    paths = [path for path, _ in chosen]
    last = [clip_of(clips, p) for p in (LONG_ANSWER, barge_phrase, "goodbye")]

    with tempfile.TemporaryDirectory(prefix="jackfield-e2e-") as scratch:
        scratch = pathlib.Path(sys.argv[4] if len(sys.argv) > 4 else scratch)
        scratch.mkdir(exist_ok=True)
        quiet = silent_clip(scratch / "silence.wav")
        swapped = paths + last[:2]
        swapped = swapped[1:] + swapped[:1]
        scripts = {
            "call": caller_script(clips, paths, *last),
            "silence": caller_script(clips, [quiet] * 3, quiet, quiet, quiet),
            "swapped": caller_script(clips, swapped[:-2], swapped[-2], swapped[-1], last[2]),
        }
        results = {}
        with jackfield_server.Server(binary, source / "pipelines/phone-agent.gst", scratch) as server:
            running = {}
            for name, script in scripts.items():
                path = scratch / f"{name}.json"
                path.write_text(json.dumps(script))
                running[name] = jackfield_server.start_simulation(server, path, scratch, name, seed=seed)
            for name, process in running.items():
                output, _ = process.communicate(timeout=400)
                report = scratch / f"{name}-report.json"
                if not report.exists():
                    print(f"Bail out! simulate left no report: {output[-800:]}")
                    return 1
                results[name] = json.loads(report.read_text())["calls"][0]
            server.stop(signal.SIGTERM)
            folders = {f: json.loads((f / "call.json").read_text()) for f in server.call_folders()}

        print(f"1..{7 + 1 + 2 + 1}")
        number = 0

        def tell(good, name, detail=None):
            nonlocal number
            number += 1
            print(f"{'ok' if good else 'not ok'} {number} - {name}")
            if detail:
                print(f"# {detail}")

        checks = {}
        for name, report in results.items():
            folder = next(f for f, call in folders.items() if call.get("call-sid") == report["call-sid"])
            call = call_checks.Call(folder, report, scratch / f"{name}.wav")
            checks[name] = call_checks.check_call(call, expected, call_checks.ANSWERS[LONG_ANSWER])
        for name, wrong in checks["call"].items():
            tell(wrong is None, name, wrong)
        report = results["call"]
        tell(report["ok"], "the caller's own steps passed", "; ".join(report["failures"]))
        for control in ("silence", "swapped"):
            wrong = checks[control]["every turn was heard as it was said"]
            wrong_answers = checks[control]["every turn got its answer"]
            tell(wrong and wrong_answers, f"control: {control} fails these checks", None)
        tell(server.exit_code == 0, "jackfield ended cleanly", f"exit code {server.exit_code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
