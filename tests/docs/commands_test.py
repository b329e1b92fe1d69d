#!/usr/bin/env python3
"""Command lines on our pages against the commands themselves: `jackfield` and `./dev` know every
command and option that a page shows, and every option is on a page.

Arguments: source directory, the jackfield binary.
"""
import pathlib
import re
import shlex
import subprocess
import sys

import markdown
import tap

# Words in the place of a file or a value, as pages write them.
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*|-[a-zA-Z])(?![\w-])")


def help_of(*command):
    done = subprocess.run([*command], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def commands_of(binary, *words):
    """{command: options} of jackfield; "" stands for no command, "rooms kick" for one below another."""
    text = help_of(binary, *words, "--help")
    listed = text.partition("Subcommands:")[2].partition("\n\n")[0]
    found = {" ".join(words): options_in(text.partition("Subcommands:")[0])}
    for name in re.findall(r"^ {2}([a-z][\w-]*)", listed, re.MULTILINE):
        found.update(commands_of(binary, *words, name))
    return found


def options_in(help_text):
    """The options that a help text lists: at the beginnings of its lines."""
    found = set()
    for line in help_text.splitlines():
        match = re.match(r"\s{1,8}(-\S+)", line)
        if match:
            found.update(name.split("=")[0].split(":")[0].lstrip("!") for name in match.group(1).split(","))
            found.update(re.findall(r"--no-[\w-]+", line[:40]))
    return {name for name in found if OPTION.fullmatch(name)}


def command_lines(page, program):
    """(line, words) of each call of `program` on a page."""
    places = []
    for code in page.code:
        text = code.text.replace("\\\n", "  ")
        places += [(code.line + index, line) for index, line in enumerate(text.splitlines())]
    for number, text in page.prose:
        places += [(number, span) for span in markdown.names(text)]
    for number, text in places:
        for match in re.finditer(r"(?:^|[\s$(;&|`])" + re.escape(program) + r"(?=\s|$)([^|;&)]*)", text):
            yield number, match.group(1).split(" #")[0].split()


def jackfield_problems(page, commands):
    for line, words in command_lines(page, "jackfield"):
        name = words[0].strip("`") if words else ""
        if name.startswith("-") or not name:
            name, rest = "", words
        elif name.isupper() or not re.fullmatch(r"[a-z][\w-]*", name):
            continue  # COMMAND, FILE: a place for one
        else:
            rest = words[1:]
        if name not in commands:
            yield f"line {line}: jackfield has no command '{name}'"
            continue
        known = commands[name]
        if rest and f"{name} {rest[0]}" in commands:
            name = f"{name} {rest[0]}"
            known = known | commands[name]
        for word in rest:
            option = word.split("=")[0].strip("[]`,.")
            if OPTION.fullmatch(option) and option not in known:
                yield f"line {line}: 'jackfield {name}' has no option {option}"


def bench_options(root):
    """Those of the benchmarks that are scripts; ./dev passes them on."""
    options = set()
    for script in sorted((root / "tests/bench").glob("*_bench.py")):
        done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, timeout=60)
        options.update(OPTION.findall(done.stdout))
    return options


def dev_problems(page, text, bench):
    names = set(re.findall(r"^ {2}([a-z]+)", text, re.MULTILINE))
    options = {name: set() for name in names}
    for line in re.findall(r"^ {2}[a-z].*", text, re.MULTILINE):
        options[line.split()[0]].update(re.findall(r"(?<![\w-])--?[a-z][\w-]*", line))
    options["bench"] |= bench
    for line, words in command_lines(page, "./dev"):
        if not words or words[0].strip("`").isupper():
            continue
        name = words[0].strip("`,.")
        if name not in names:
            yield f"line {line}: ./dev has no command '{name}'"
            continue
        for word in words[1:]:
            if OPTION.fullmatch(word.strip("[]")) and word.strip("[]") not in options[name]:
                yield f"line {line}: './dev {name}' has no option {word}"


def stray_options(page, known):
    """`--option` on its own in the text, which no command of ours has."""
    for line, text in page.prose:
        for span in markdown.names(text):
            match = re.match(r"(--[a-z][\w-]*)", span)
            if match and match.group(1) not in known:
                yield f"line {line}: no command has an option {match.group(1)}"


def main():
    root, binary = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    report = tap.Tap()
    commands = commands_of(binary)
    report.case(
        "jackfield tells its commands and options",
        [] if {"run", "check", "simulate"} <= commands.keys() and "--listen" in commands["run"] else [str(commands)],
    )
    dev = help_of(str(root / "dev"), "help")
    report.case("./dev tells its commands", [] if re.search(r"^ {2}test ", dev, re.MULTILINE) else [dev])
    dev_options = set(re.findall(r"--[a-z][\w-]*", dev))
    bench = bench_options(root)
    known = set().union(*commands.values()) | dev_options | bench
    pages = markdown.all_pages(root)
    for page in pages:
        problems = [*jackfield_problems(page, commands), *dev_problems(page, dev, bench), *stray_options(page, known)]
        report.case(f"command lines of {page.path.relative_to(root)}", problems)
    for path in sorted((root / "pipelines").rglob("*.gst")):
        page = markdown.Page(path)
        page.prose = [(line, "`" + text.lstrip("# ").strip() + "`") for line, text in enumerate(page.text.splitlines(), 1) if text.startswith("#")]
        report.case(f"command lines of {path.relative_to(root)}", list(jackfield_problems(page, commands)))

    # A page of its own (docs/simulate.md), or docs/running.md, or any other that names the command.
    for name, options in sorted(commands.items()):
        if not name:
            continue
        about = [p for p in pages if f"jackfield {name}" in p.text and p.path.is_relative_to(root / "docs")]
        named = {o for p in about for o in OPTION.findall(p.text)}
        missing = sorted(o for o in options - {"-h", "--help"} if len(o) > 2 and o not in named)
        problems = [f"{option} is on none of {', '.join(p.path.name for p in about) or 'the pages'}" for option in missing]
        report.case(f"options of 'jackfield {name}' are documented", problems if about else ["no page speaks of it"])
    missing = [c for c in re.findall(r"^ {2}([a-z]+)", dev, re.MULTILINE) if c not in ("help",) and not re.search(rf"\./dev {c}\b|\./dev help", "".join(p.text for p in pages))]
    report.case("commands of ./dev are documented", [f"./dev {c}" for c in missing])
    report.end()


if __name__ == "__main__":
    main()
