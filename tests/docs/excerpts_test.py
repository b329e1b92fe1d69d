#!/usr/bin/env python3
"""The C, C++ and Python on docs/embedding.md is that of the programs in tests/embed, which are compiled
and called: each block is, line by line, a part of one of them. Argument: source directory."""
import pathlib
import sys
import textwrap

import markdown
import tap

SUFFIXES = {"c": ".c", "cpp": ".cpp", "python": ".py"}


def main():
    root = pathlib.Path(sys.argv[1])
    page = markdown.Page(root / "docs/embedding.md")
    programs = {path: path.read_text() for path in sorted((root / "tests/embed").iterdir()) if path.suffix in SUFFIXES.values()}
    report = tap.Tap()
    blocks = [code for code in page.code if code.language in SUFFIXES]
    report.case("there are blocks to compare", [] if len(blocks) > 4 else [f"only {len(blocks)}"])
    for code in blocks:
        sources = [t for path, t in programs.items() if path.suffix == SUFFIXES[code.language]]
        # The indentation of a method may be left out.
        found = any(code.text in text or code.text in textwrap.dedent(text) for text in sources)
        report.case(f"docs/embedding.md:{code.line}", [] if found else [f"is in no {SUFFIXES[code.language]} file of tests/embed:", code.text])
    mentioned = {target.split("/")[-1] for _, target in page.links()}
    missing = [p.name for p in programs if p.name not in mentioned and p.name != "embed_test.py"]
    report.case("every program is on the page", missing)
    report.end()


if __name__ == "__main__":
    main()
