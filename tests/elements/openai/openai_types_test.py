#!/usr/bin/env python3
"""What our elements send to OpenAI's API, and what the fakes answer, fits the types of npm's official
client, judged by TypeScript's compiler. The traffic is that of the elements' own tests. Prints TAP.
Arguments: source directory, node_modules of openai, node_modules of typescript, the elements' tests.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SENT = ["ChatCompletionCreateParams", "ResponseCreateParams", "SpeechCreateParams", "TranscriptionCreateParams", "RealtimeClientEvent"]
ANSWERED = ["ChatCompletionChunk", "ResponseStreamEvent", "TranscriptionStreamEvent", "RealtimeServerEvent"]
# The Realtime tests run in real time: those with the most kinds of events.
# The list `languages` of the newest transcription models is newer than this version of the client.
FILTERS = {
    "openairealtime_test": "*AConversationWith*:*TurnsFromUpstream*:*AToolIsAnswered*:*SpeechIntoAReply*",
    "openaistt_test": "-*ListOfLanguages",
    "openaistt_live_test": "*TurnsBecomeTexts:*WideBand*:*ATurnFails*:*AModelThatDoesNotExist*:*InAnotherOrder",
}


def judge(source, modules, folder):
    return json.loads(subprocess.run(
        ["node", str(source / "tests/support/sdk/openai_types.cjs"), str(folder)],
        env=dict(os.environ, NODE_PATH=os.pathsep.join(modules)), stdout=subprocess.PIPE, text=True, timeout=120, check=True,
    ).stdout)  # fmt: skip


def main():
    source, modules, tests = pathlib.Path(sys.argv[1]), sys.argv[2:4], sys.argv[4:]
    with tempfile.TemporaryDirectory(prefix="jackfield-types-") as scratch:
        wrong, seen = pathlib.Path(scratch) / "wrong", pathlib.Path(scratch) / "seen"
        wrong.mkdir()
        seen.mkdir()
        running = []
        for test in tests:
            name = pathlib.Path(test).name
            env = dict(os.environ, JACKFIELD_CAPTURE=str(seen), GST_REGISTRY=f"{os.environ['GST_REGISTRY']}.{name}")
            command = [test, f"--gtest_filter={FILTERS.get(name, '*')}"]
            running.append((name, subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
        results = []
        for name, process in running:
            output = process.communicate(timeout=200)[0]
            results.append((f"{name} ran", process.returncode == 0, output[-2000:]))
        request = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}], "no_such_option": 1}
        (wrong / "1.jsonl").write_text(json.dumps({"type": "ChatCompletionCreateParams", "value": request}) + "\n")
        results.append(("an unknown option is noticed", len(judge(source, modules, wrong)["errors"]) == 1, ""))
        found = judge(source, modules, seen)
    for kind in SENT + ANSWERED:
        strangers = [e for e in found["errors"] if e.startswith(kind)]
        count = found["checked"].get(kind, 0)
        results.append((f"{kind}: {count} different ones fit the type", count > 0 and not strangers, "\n".join(strangers[:5])))
    others = [e for e in found["errors"] if not e.startswith(tuple(SENT + ANSWERED))]
    results.append(("no other error", not others, "\n".join(others[:5])))
    print(f"1..{len(results)}")
    for number, (name, good, detail) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("# " + detail.replace("\n", "\n# "))


main()
