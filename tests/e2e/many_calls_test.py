#!/usr/bin/env python3
"""Thousands of short calls, one after the other: memory, threads and descriptors stay what they were.

Prints TAP. Arguments: the jackfield binary, the source directory; then, if other than usual, how many
echo calls and how many agent calls.
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jackfield_server  # noqa: E402
import many_calls  # noqa: E402


class Kind:
    def __init__(self, name, pipeline, script, calls, warm_up, at_a_time, rate, growth_kb, *variables):
        self.name, self.pipeline, self.script = name, pipeline, script
        self.calls, self.warm_up, self.at_a_time, self.rate = calls, warm_up, at_a_time, rate
        self.growth_kb = growth_kb  # allowed per call, from the warm-up on
        self.variables = variables


def run(kind, source, binary, scratch):
    """[(what, right)]"""
    folder = pathlib.Path(scratch, kind.name)
    folder.mkdir()
    pipeline = source / "pipelines" / kind.pipeline
    with jackfield_server.Server(binary, pipeline, folder, "--quiet", "--max-calls", "200", *kind.variables) as server:
        pid = server.process.pid
        # Models are loaded, pools are filled and heaps are laid out by then.
        warm = kind.warm_up
        failed, said = many_calls.place(server, kind.script, warm, kind.at_a_time, kind.rate)
        before = many_calls.settled_usage(pid)
        failed_later, said_later = many_calls.place(server, kind.script, kind.calls - warm, kind.at_a_time, kind.rate, seed=warm + 1)
        after = many_calls.settled_usage(pid)
        server.stop()
        ended = server.exit_code
    failed += failed_later
    # Not the pages of models and libraries, which come as they are needed.
    growth = after["anonymous"] - before["anonymous"]
    print(f"# {kind.name}: {kind.calls} calls; after {warm}: {before}; at the end: {after}")
    if failed:
        print("\n".join("# " + line for line in (said + said_later).splitlines()))
    # A crowded machine may make some agent call fail; what they leave behind is counted all the same.
    bearable = kind.calls // 20 if kind.script is many_calls.AGENT else 0
    return [
        (f"{kind.name} calls were served ({failed} of {kind.calls} failed)", failed <= bearable),
        (f"{kind.name}: memory is flat ({growth} kB)", growth <= 1024 + kind.growth_kb * (kind.calls - warm)),
        (f"{kind.name}: descriptors are flat", after["descriptors"] <= before["descriptors"]),
        (f"{kind.name}: threads are flat", after["threads"] <= before["threads"] + 1),
        (f"{kind.name}: the server ends by itself", ended == 0),
    ]


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    echo_calls, agent_calls = (int(n) for n in (sys.argv[3:5] or ("2000", "120")))
    # So few recognizers that the warm-up fills their pool: else each coincidence of turns adds one.
    stt = f'STT=pocketsphinxstt grammar="{source / "pipelines/scripts/reception.gram"}" max-decoders=2'
    kinds = [
        Kind("echo", "echo.gst", many_calls.ECHO, echo_calls, echo_calls // 4, 40, 250, 1),
        Kind("agent", "phone-agent.gst", many_calls.AGENT, agent_calls, agent_calls // 2, 20, 20, 80, stt),
    ]
    checks = []
    with tempfile.TemporaryDirectory(prefix="jackfield-many-") as scratch:
        for kind in kinds:
            checks += run(kind, source, binary, scratch)
    for number, (what, right) in enumerate(checks, 1):
        print(f"{'ok' if right else 'not ok'} {number} - {what}")
    print(f"1..{len(checks)}")


if __name__ == "__main__":
    main()
