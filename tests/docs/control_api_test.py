#!/usr/bin/env python3
"""docs/control-api.md against the description of the API: each path that one has, the other has, and
every query parameter of a path on the page is one. Arguments: source directory.
"""
import json
import pathlib
import re
import sys
import urllib.parse

import tap

PATH = re.compile(r"(/api/v1/[\w{}./-]*[\w}]|(?<=[`\d])/metrics)(\?[^\s'\"`]*)?")
EXAMPLES = {re.compile(r"/sessions/[0-9a-f]{12}(?=/|$)"): "/sessions/{id}", re.compile(r"/rooms/main(?=/|$)"): "/rooms/{id}",
            re.compile(r"/questions/[0-9a-f]{8}(?=/|$)"): "/questions/{id}",
            re.compile(r"/task-runs/\d+(?=/|$)"): "/task-runs/{id}", re.compile(r"/schedules/evening(?=/|$)"): "/schedules/{id}",
            re.compile(r"/seats/[0-9a-f]{12}(?=/|$)"): "/seats/{session}"}  # fmt: skip


def main():
    source = pathlib.Path(sys.argv[1])
    page = (source / "docs" / "control-api.md").read_text(encoding="utf-8")
    document = json.loads((source / "launcher" / "control" / "openapi.json").read_text(encoding="utf-8"))
    described = document["paths"]
    cases = tap.Tap()
    shown = {}
    for match in PATH.finditer(page):
        path = match[1]
        for example, pattern in EXAMPLES.items():
            path = example.sub(pattern, path)
        shown.setdefault(path, set()).update(urllib.parse.parse_qs((match[2] or "")[1:], keep_blank_values=True))
    cases.case("the page has paths", [] if len(shown) > 5 else [f"only {sorted(shown)}"])
    for path in described:
        cases.case(f"{path} is on the page", [] if path in shown else ["no word of it"])
        for operation in described[path]:
            if operation in ("post", "patch", "put", "delete"):
                there = re.search(rf"`{operation.upper()} {re.escape(path)}`", page)
                cases.case(f"{operation.upper()} {path} is, too", [] if there else ["no word of it"])
    # A WebSocket, which OpenAPI cannot describe.
    for path in sorted(set(shown) - {"/api/v1/events"}):
        operation = described.get(path, {}).get("get", {})
        known = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        problems = [] if path in described else ["there is no such path"]
        problems += [f"there is no parameter {name!r}" for name in sorted(shown[path] - known)]
        cases.case(f"what the page says of {path} is there", problems)
    cases.end()


main()
