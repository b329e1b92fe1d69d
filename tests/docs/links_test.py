#!/usr/bin/env python3
"""Every link of our pages leads somewhere: files exist, anchors are headings. Links to the web are not
followed. Argument: source directory."""
import os
import pathlib
import re
import sys

import markdown
import tap


def problems_of(page, root):
    for line, target in page.links():
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = pathlib.Path(os.path.normpath(page.path.parent / path)) if path else page.path
        if not file.is_relative_to(root):
            yield f"line {line}: {target} leads out of the repository"
        elif not file.exists():
            yield f"line {line}: there is no {target}"
        elif anchor and file.suffix == ".md" and anchor not in markdown.Page(file).anchors():
            yield f"line {line}: {path or 'this page'} has no heading #{anchor}"
    # Files of the repository that are named in the text or in a command line.
    texts = list(page.prose) + [(code.line + i, t) for code in page.code for i, t in enumerate(code.text.splitlines())]
    for line, text in texts:
        for name in re.findall(r"(?<![\w/.<>$}-])((?:docs|pipelines|plugins|launcher|tests)/[\w./-]*\w)", text):
            if not (root / name).exists() and not any(root.glob(name + "*")):
                yield f"line {line}: there is no {name}"


def main():
    root = pathlib.Path(sys.argv[1]).absolute()
    report = tap.Tap()
    pages = markdown.all_pages(root)
    for page in pages:
        report.case(str(page.path.relative_to(root)), list(problems_of(page, root)))
    linked = {p.resolve() for page in pages for _, t in page.links() for p in [(page.path.parent / t.partition("#")[0])]}
    report.case(
        "every page is linked from another",
        [f"{p.path.relative_to(root)} is not" for p in pages if p.path.name != "README.md" and p.path.resolve() not in linked],
    )
    report.end()


if __name__ == "__main__":
    main()
