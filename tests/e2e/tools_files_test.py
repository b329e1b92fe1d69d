#!/usr/bin/env python3
"""`jackfield check` on the tools files that come with the scenarios: right with their variables, and with a mistake
told by its place. Prints TAP. Arguments: the jackfield binary, the source directory.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402

VARIABLES = {
    "browser.json": {"BROWSER_HOST": "www.example.com"},
    "mail.json": {"MAIL_ADDRESS": "desk@example.com", "MAIL_PASSWORD": "p", "MAIL_DOMAIN": "example.com",
                  "IMAP_HOST": "imap.example.com", "SMTP_HOST": "smtp.example.com"},
    "files.json": {"FILES_FOLDER": "/srv/desk"},
}  # fmt: skip
SCENARIOS = ["phone-agent.gst", "desk-agent.gst", "browser-agent.gst", "seat-agent.gst"]


def main():
    binary, pipelines = sys.argv[1], pathlib.Path(sys.argv[2]) / "pipelines"
    bare = {name: value for name, value in os.environ.items() if not any(name in needed for needed in VARIABLES.values())}

    def looked_at(tools, variables, scenarios=("phone-agent.gst",)):
        process = subprocess.run(
            [binary, "check", *[str(pipelines / name) for name in scenarios], f"TOOLS={tools}", "LLM=openaillm model=gpt-5.2"],
            env={**bare, "OPENAI_API_KEY": "sk-test", **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120,
        )  # fmt: skip
        return process.returncode, process.stdout

    check = Checks()
    check("every file is looked at here", {p.name for p in (pipelines / "tools").iterdir()} == set(VARIABLES), VARIABLES)
    for name, variables in VARIABLES.items():
        code, text = looked_at(pipelines / "tools" / name, variables, SCENARIOS)
        check(f"{name} is right in every scenario", code == 0 and text.count(": ok") == len(SCENARIOS), text)
        code, text = looked_at(pipelines / "tools" / name, {})
        first = next(iter(variables))
        check(f"{name} without its variables is not", code == 1 and f'the variable "{first}" has no value' in text, text)
    with tempfile.TemporaryDirectory(prefix="jackfield-tools-") as scratch:
        wrong = pathlib.Path(scratch) / "wrong.json"
        wrong.write_text((pipelines / "tools" / "files.json").read_text().replace('"allow"', '"allowed"'))
        code, text = looked_at(wrong, VARIABLES["files.json"])
        check("a mistake is told by its place", code == 1 and f'{wrong}:6:7: "mcpServers.files.allowed"' in text, text)
        wrong.write_text((pipelines / "tools" / "mail.json").read_text().replace('"maxLength": 4000', '"format": "text"', 1))
        code, text = looked_at(wrong, VARIABLES["mail.json"])
        check("a limit that would not hold is a mistake", code == 1 and "is not checked here" in text, text)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
