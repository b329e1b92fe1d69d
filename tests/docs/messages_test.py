#!/usr/bin/env python3
"""docs/events-and-messages.md against the code: every structure that a plugin makes is on the page with
the same fields and types, and everything on the page is made by a plugin. Messages that other pages
speak of are on that page, too.

The page's tables begin with one of the columns message, event, query, structure; then field, type,
unit, meaning. A row with an empty first cell belongs to the entry above it.

Argument: source directory.
"""
import pathlib
import re
import sys

import markdown
import tap

KINDS = ("message", "event", "query", "structure")
TYPES = {"GST_TYPE_STRUCTURE": "structure", "GST_TYPE_ARRAY": "array", "GST_TYPE_BUFFER": "buffer"}
PLAIN = {"boolean", "int", "uint", "int64", "uint64", "float", "double", "string", "strv"}
# Fields that are not given where the structure is made.
SET_LATER = {
    "VoicePlayed": {"position": "uint64"},
    "VoiceWords": {"words": "array"},
    "VoiceHistory": {"from-turn": "uint", "said": "array"},
    "VoiceSentence": {"text": "string", "offset": "uint64"},
    "elevenlabsstt/words": {"words": "array"},
    "webrtc/latency": {"incoming": "structure", "outgoing": "structure"},
    "webrtc/stats": {"jitter-buffer": "structure", "latency": "structure"},
    "way": {"parts": "array"},
}


def arguments_of(text, start):
    """From an opening bracket to the one that closes it; strings may hold brackets."""
    depth, index, quoted = 0, start, False
    while index < len(text):
        character = text[index]
        if character == '"' and text[index - 1] != "\\":
            quoted = not quoted
        elif not quoted and character == "(":
            depth += 1
        elif not quoted and character == ")":
            depth -= 1
            if depth == 0:
                return text[start + 1 : index]
        index += 1
    return text[start + 1 :]


def type_of(macro):
    plain = macro.removeprefix("G_TYPE_").lower()
    return plain if plain in PLAIN else TYPES.get(macro, macro)


def made_by_plugins(root):
    """[(place, name, {field: type})] of each structure, and every string in the plugins' code."""
    found, strings, constants = [], set(), {}
    files = sorted((root / "plugins").rglob("*.cpp")) + sorted((root / "plugins").rglob("*.hpp"))
    for folder in ("launcher/audio", "launcher/conference", "launcher/people", "launcher/webrtc"):  # the supervisor's own
        files += sorted((root / folder).rglob("*.cpp"))
    texts = {file: re.sub(r"//[^\n]*", "", file.read_text(encoding="utf-8")) for file in files}
    # Of messages that several elements post, each under its own name.
    owners = set()
    for file in (root / "plugins").rglob("*.?pp"):
        owners.update(re.findall(r'\.?\bmessages = "(\w+)"', file.read_text(encoding="utf-8")))
    for text in texts.values():
        strings.update(re.findall(r'"([^"\\\n]*)"', text))
        constants.update(re.findall(r'constexpr char (k\w+)\[\] = "([^"]+)";', text))
    for file, text in texts.items():
        for match in re.finditer(r'gst_structure_new(?:_empty)?\(\s*(?:"([^"]+)"|(k\w+)|\(prefix \+ "(/[^"]+)"\))', text):
            literal, constant, suffix = match.groups()
            names = [owner + suffix for owner in sorted(owners)] if suffix else [literal or constants.get(constant)]
            arguments = arguments_of(text, text.index("(", match.start()))
            fields = dict(re.findall(r'"([\w-]+)",\s*(GS?T?_TYPE_\w+)', arguments))
            line = text[: match.start()].count("\n") + 1
            place = f"{file.relative_to(root)}:{line}"
            for name in names:
                if name and not name.startswith("application/"):
                    found.append((place, name, {field: type_of(macro) for field, macro in fields.items()}))
    return found, strings


def on_page(page):
    """[(kind, line, name, {field: type})]"""
    entries, problems = [], []
    for kind in KINDS:
        for table in page.table(kind):
            if table.header[1:4] != ["field", "type", "unit"]:
                problems.append(f"line {table.line}: the columns are {kind}, field, type, unit, meaning")
                continue
            for offset, row in enumerate(table.rows):
                if row[kind]:
                    entries.append((kind, table.line + 2 + offset, markdown.names(row[kind])[0], {}))
                fields, types = markdown.names(row["field"]), [t.strip() for t in row["type"].split(",") if t.strip()]
                if len(types) not in (1, len(fields)) and fields:
                    problems.append(f"line {table.line + 2 + offset}: {len(fields)} fields, {len(types)} types")
                    continue
                for index, field in enumerate(fields):
                    entries[-1][3][field] = types[index if len(types) > 1 else 0]
    return entries, problems


def fields_text(fields):
    return ", ".join(f"{name} {kind}" for name, kind in sorted(fields.items())) or "no fields"


def main():
    root = pathlib.Path(sys.argv[1])
    page = markdown.Page(root / "docs/events-and-messages.md")
    entries, problems = on_page(page)
    code, strings = made_by_plugins(root)
    report = tap.Tap()
    report.case("the tables can be read", problems + ([] if len(entries) > 15 else ["there are hardly any entries"]))
    report.case("structures are found in the code", [] if len(code) > 15 else [f"only {len(code)}"])

    known = {}
    for _, _, name, fields in entries:
        known.setdefault(name, []).append(fields)
    wrong = []
    for place, name, fields in code:
        # A query is made without its fields, which come with the answer.
        allowed = known.get(name, []) + ([{}] if name.startswith("Voice") else [])
        if name not in known:
            wrong.append(f"{place}: `{name}` is not on the page")
        elif fields not in allowed and {**fields, **SET_LATER.get(name, {})} not in allowed:
            said = " or ".join(fields_text(f) for f in known[name])
            wrong.append(f"{place}: `{name}` has {fields_text(fields)}; the page says {said}")
    report.case("what the plugins make is on the page", wrong)

    made = {name: [f for _, n, f in code if n == name] for name in {n for _, n, _ in code}}
    wrong = []
    for kind, line, name, fields in entries:
        later = SET_LATER.get(name, {})
        candidates = made.get(name, [])
        if name not in made and name not in strings:
            wrong.append(f"line {line}: no plugin makes the {kind} `{name}`")
        elif not any({**f, **later} == fields or f == fields for f in candidates) and fields != later:
            wrong.append(f"line {line}: no plugin makes `{name}` with {fields_text(fields)}")
    report.case("what is on the page is made by a plugin", wrong)

    families = sorted({name.split("/")[0] for name in known if "/" in name})
    pattern = re.compile(r"`((?:" + "|".join(families) + r")/[a-z][\w-]*)`|`(Voice[A-Z]\w+)`")
    for other in markdown.all_pages(root):
        wrong = []
        for line, text in other.prose:
            for groups in pattern.findall(text):
                name = groups[0] or groups[1]
                if name not in known:
                    wrong.append(f"line {line}: `{name}` is not in docs/events-and-messages.md")
        report.case(f"messages named in {other.path.relative_to(root)}", wrong)
    report.end()


if __name__ == "__main__":
    main()
