#!/usr/bin/env python3
"""A call in which the agent looks something up in a browser: the real jackfield with pipelines/tools/browser.json,
the real Playwright MCP server, Debian's Chromium, and a page that nothing but a browser can read: what the form
gives is made by a script. Prints TAP. Arguments: the jackfield binary, the source directory, the server's
node_modules, chromium.
"""
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from tool_call import KEY, ToolCall, asks, browser_sandbox, call, hears, says, without_browser  # noqa: E402
from web_page import Site  # noqa: E402

PAGE = """<!doctype html><title>Our offices</title><h1>Our offices</h1>
<form id="form"><label>Town <input id="town"></label><button>Look up</button></form><p id="answer"></p>
<script>
  form.onsubmit = (event) => {
    event.preventDefault();
    answer.textContent = `${town.value} office: open until ${%d / 4 + 1}:${30 + 3}`;
  };
</script>"""


def main():
    binary, source, modules, chromium = sys.argv[1:5]
    missing = without_browser()
    if missing:
        print(f"1..0 # SKIP {missing}")
        return 0
    hour = random.randint(12, 22)
    with tempfile.TemporaryDirectory(prefix="jackfield-browser-") as scratch, Service(KEY) as service, \
            Site({"/": PAGE % (4 * (hour - 1))}) as site, Site({"/": "elsewhere"}) as elsewhere:  # fmt: skip
        done = ToolCall(
            binary, source, scratch, service, f"{source}/pipelines/tools/browser.json", 2,
            [
                hears("How long is the office in Hanover open?"),
                asks(call("browser_navigate", url=site.address)),
                asks(call("browser_snapshot")),
                # The name that the server gave to the element, as a model would read it.
                asks(call("browser_type", element="Town", target="{box}", text="Hanover", submit=True),
                     find={"box": r'textbox "Town"[^\n]*\[ref=(\w+)\]'}),
                asks(call("browser_snapshot")),
                says("Hanover is open until {hours}.", find={"hours": r"Hanover office: open until (\d+:\d+)"}),
                hears("And what do the others say?"),
                asks(call("browser_navigate", url=elsewhere.address)),
                says("There I may not look."),
            ],
            environment={
                "PLAYWRIGHT_MCP": f"{modules}/.bin/playwright-mcp", "CHROMIUM": chromium,
                "BROWSER_SCHEME": "http", "BROWSER_HOST": site.host,
                "HOME": scratch,
                "BROWSER_SANDBOX": browser_sandbox(),
            },
        )  # fmt: skip

    check = Checks()
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    check("the service refused nothing", not [r for r in done.asked if "refused" in r], done.asked)
    offered = [[t["name"] for t in r["body"].get("tools", [])] for r in done.asked]
    allowed = {"browser_navigate", "browser_navigate_back", "browser_snapshot", "browser_find", "browser_click",
               "browser_type", "browser_select_option"}  # fmt: skip
    check("the model was offered what is allowed", offered[1:] and all(set(o) == allowed for o in offered[1:]), offered)
    outcomes = [(r["name"], r["outcome"]) for r in done.results]
    looked = ["browser_navigate", "browser_snapshot", "browser_type", "browser_snapshot"]
    check("the browser did it", outcomes[:4] == [(name, "ok") for name in looked], done.results)
    replies = done.replies()
    check("the agent says what the page gave", replies[1:2] == [f"Hanover is open until {hour}:33."], replies)
    check("the page had no such text in it", f"{hour}:33" not in PAGE % (4 * (hour - 1)), PAGE)
    check("another site is refused", outcomes[4:] == [("browser_navigate", "refused")], done.results)
    refused = [output for _, output in done.told()][-1:]
    check("and the model is told so", refused and refused[0].startswith("error: these arguments are not allowed: url"), refused)
    check("nobody asked the other site", not elsewhere.asked, elsewhere.asked)
    check("the call goes on", replies[2:] == ["There I may not look."], replies)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
