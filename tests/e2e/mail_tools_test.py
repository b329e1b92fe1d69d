#!/usr/bin/env python3
"""A call in which the agent reads mail, asks, and answers it: the real jackfield with pipelines/tools/mail.json, a real
MCP server for mail from npm, and a real mail service on this machine: IMAP by Dovecot, SMTP by aiosmtpd, both with
TLS, certificates that are checked, and passwords. Prints TAP. Arguments: the jackfield binary, the source
directory, the server's node_modules.
"""
import json
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import mail_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from tool_call import KEY, ToolCall, asks, call, hears, says  # noqa: E402

DESK, ANNA = "desk@example.com", "anna@example.com"
PASSWORDS = {DESK: "desk-secret-8041", ANNA: "anna-secret-3377"}
ANSWER = "Yes, there is one. See you on Friday."
MAIL = f"""From: Anna Berg <{ANNA}>
To: {DESK}
Subject: A table for Friday
Message-ID: <friday@example.com>
Date: Mon, 23 Nov 2026 09:00:00 +0000

Hello, do you have a table for %d on Friday?
"""


def main():
    binary, source, modules = sys.argv[1:4]
    missing = mail_server.missing()
    if missing:
        print(f"1..0 # SKIP {missing}")
        return 0
    guests = random.randint(11, 99)
    with tempfile.TemporaryDirectory(prefix="jackfield-post-") as scratch, Service(KEY) as service, \
            mail_server.MailServer(PASSWORDS) as post:  # fmt: skip
        post.deliver(MAIL.replace("A table for Friday", "An older one").replace("friday@", "older@") % 3)
        post.deliver(MAIL % guests)
        newest = {"newest": r"\[(\d+)\][^\n]*A table for Friday"}
        done = ToolCall(
            binary, source, scratch, service, f"{source}/pipelines/tools/mail.json", 4,
            [
                hears("What is the newest mail?"),
                asks(call("list_emails", account="default", pageSize=5)),
                asks(call("get_email", account="default", emailId="{newest}", format="text"), find=newest),
                says("Anna asks for a table for {guests}.", find={"guests": r"table for (\d+) on Friday"}),
                hears("Write to her that there is one."),
                asks(call("search_emails", account="default", query="A table for Friday")),
                # It tries at once, and once more.
                asks(*[call("reply_email", account="default", emailId="{newest}", body=ANSWER)] * 2, find=newest),
                says("I would write that there is one. Shall I?"),
                hears("Yes, please."),
                asks(call("search_emails", account="default", query="A table for Friday")),
                asks(call("reply_email", body=ANSWER, emailId="{newest}", account="default"), find=newest),
                says("I have written to her.", find={"sent": r"(sent successfully)"}),
                hears("Now delete it."),
                # The server could.
                asks(call("delete_email", account="default", emailId="2", mailbox="INBOX")),
                says("That I may not."),
            ],
            environment={
                "EMAIL_MCP": f"{modules}/.bin/email-mcp", "MAIL_CA": str(post.ca), "MAIL_DOMAIN": "example.com",
                "MAIL_ADDRESS": DESK, "MAIL_PASSWORD": PASSWORDS[DESK],
                "IMAP_HOST": "localhost", "IMAP_PORT": str(post.imap_port),
                "SMTP_HOST": "localhost", "SMTP_PORT": str(post.smtp_port),
                # The server's own log of what it did.
                "HOME": scratch,
            },
        )  # fmt: skip
        answers, left = post.read(ANNA), post.read(DESK)
        audit = "".join(p.read_text() for p in pathlib.Path(scratch).rglob("tools.jsonl"))
        own_log = "".join(p.read_text() for p in pathlib.Path(scratch).glob(".local/**/*") if p.is_file())

    check = Checks()
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    check("the service refused nothing", not [r for r in done.asked if "refused" in r], done.asked)
    offered = [{t["name"] for t in r["body"].get("tools", [])} for r in done.asked]
    allowed = {"list_emails", "search_emails", "get_email", "reply_email", "send_email"}
    check("the model was offered what is allowed", offered[1:] and all(o == allowed for o in offered[1:]), offered)
    outcomes = [(r["name"], r["outcome"]) for r in done.results]
    expected = [("list_emails", "ok"), ("get_email", "ok"), ("search_emails", "ok"),
                ("reply_email", "asked"), ("reply_email", "asked"), ("search_emails", "ok"), ("reply_email", "ok")]  # fmt: skip
    check("the mail was read, and answered when the caller had agreed", outcomes == expected, done.results)
    audited = [json.loads(line) for line in audit.splitlines()]
    replies = [(a["event"], a.get("outcome"), a.get("confirmed")) for a in audited if a["tool"] == "reply_email"]
    check("the audit log tells that, too",
          replies == [("refused", "asked", None)] * 2 + [("begin", None, True), ("end", "ok", True)], audited)  # fmt: skip
    replies = done.replies()
    check("the agent says what the mail says", replies[1:2] == [f"Anna asks for a table for {guests}."], replies)
    check("it asks", replies[2:3] == ["I would write that there is one. Shall I?"], replies)
    check("and says that it was sent", replies[3:4] == ["I have written to her."], replies)
    check("one answer arrived", len(answers) == 1, answers)
    answer = answers[0] if answers else {}
    headers = {name: str(answer[name]) for name in ("From", "To", "Subject", "In-Reply-To")} if answers else {}
    check("from whom it should be, to whom, about what",
          headers == {"From": DESK, "To": ANNA, "Subject": "Re: A table for Friday", "In-Reply-To": "<friday@example.com>"},
          headers)  # fmt: skip
    body = answer.get_content().strip() if answers else ""
    check("it says what the caller wanted", body == ANSWER, body)
    asked_for = [f["name"] for f in done.fields("openaillm/tool-call")]
    check("what the model may not is in the record", "delete_email" in asked_for, asked_for)
    refused = done.told()[-1:]
    check("the model is told so", refused == [("delete_email", "error: there is no tool of that name")], refused)
    check("and nothing is deleted", len(left) == 2, left)
    check("every login was right", post.refused == 0, post.refused)
    secret = [password for password in PASSWORDS.values() if password in done.everything + own_log]
    check("no password is in a record or log", not secret, secret)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
