#!/usr/bin/env python3
"""A call in which the agent answers mail of an account that has no password: the server for mail fetches access
tokens with a refresh token, as of Gmail, from a service of the test's own, and logs in to Dovecot and to SMTP with
them (XOAUTH2). Prints TAP. Arguments: the jackfield binary, the source directory, the server's node_modules.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import mail_server  # noqa: E402
from checks import Checks  # noqa: E402
from fake_openai import Service  # noqa: E402
from tool_call import KEY, ToolCall, asks, call, hears, says  # noqa: E402

DESK, ANNA = "desk@example.com", "anna@example.com"
REFRESH_TOKEN, CLIENT = "refresh-5523", ("client-7", "client-secret-9184")
ACCOUNT = """[[accounts]]
name = "default"
email = "%s"
oauth2 = { provider = "custom", token_url = "%stoken", auth_url = "%sauth", client_id = "%s", client_secret = "%s", refresh_token = "%s" }
imap = { host = "localhost", port = %d }
smtp = { host = "localhost", port = %d, tls = true }
"""


def main():
    binary, source, modules = sys.argv[1:4]
    missing = mail_server.missing()
    if missing:
        print(f"1..0 # SKIP {missing}")
        return 0
    with tempfile.TemporaryDirectory(prefix="jackfield-post-") as scratch, Service(KEY) as service, \
            mail_server.TokenService(DESK, REFRESH_TOKEN, CLIENT) as tokens, \
            mail_server.MailServer({DESK: "not used", ANNA: "anna-secret-3377"}, tokens) as post:  # fmt: skip
        post.deliver(f"From: {ANNA}\nTo: {DESK}\nSubject: A table\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nIs one free?\n")
        scratch = pathlib.Path(scratch)
        (scratch / "email-mcp").mkdir()
        (scratch / "email-mcp/config.toml").write_text(
            ACCOUNT % (DESK, tokens.address, tokens.address, *CLIENT, REFRESH_TOKEN, post.imap_port, post.smtp_port))  # fmt: skip
        tools = json.loads((pathlib.Path(source) / "pipelines/tools/mail.json").read_text())
        tools["mcpServers"]["mail"]["env"] = {"XDG_CONFIG_HOME": str(scratch), "NODE_EXTRA_CA_CERTS": str(post.ca)}
        (scratch / "tools.json").write_text(json.dumps(tools))
        number = {"id": r"\[(\d+)\][^\n]*A table"}
        done = ToolCall(
            binary, source, scratch, service, scratch / "tools.json", 2,
            [
                hears("Is there mail? Then say yes."),
                asks(call("list_emails", account="default")),
                asks(call("reply_email", account="default", emailId="{id}", body="Yes."), find=number),
                says("Shall I say yes?"),
                hears("Yes."),
                asks(call("list_emails", account="default")),
                asks(call("reply_email", account="default", emailId="{id}", body="Yes."), find=number),
                says("I have said yes.", find={"sent": r"(sent successfully)"}),
            ],
            environment={"EMAIL_MCP": f"{modules}/.bin/email-mcp", "MAIL_DOMAIN": "example.com", "HOME": str(scratch)},
        )  # fmt: skip
        answers = [message.get_content().strip() for message in post.read(ANNA)]
        logins = (post.folder / "dovecot.log").read_text()
        own_log = "".join(p.read_text() for p in scratch.glob(".local/**/*") if p.is_file())

    check = Checks()
    check("the caller had a whole call", done.report["ok"], done.report["failures"])
    outcomes = [(r["name"], r["outcome"]) for r in done.results]
    check("the mail was read and answered", outcomes == [("list_emails", "ok"), ("reply_email", "asked"), ("list_emails", "ok"), ("reply_email", "ok")], done.results)
    check("the answer arrived", answers == ["Yes."], answers)
    check("the agent says so", done.replies()[1:] == ["Shall I say yes?", "I have said yes."], done.replies())
    check("a token was fetched, once", len(tokens.given) == 1 and tokens.asked.count("/token") == 1, tokens.asked)
    check("it was the login to SMTP", post.by_token > 0 and post.refused == 0, (post.by_token, post.refused))
    check("and to IMAP", f"Login: user=<{DESK}>, method=XOAUTH2" in logins, logins)
    secret = [text for text in (REFRESH_TOKEN, CLIENT[1], *tokens.given) if text in done.everything + own_log]
    check("no token is in a record or log", not secret, secret)
    check("jackfield ended cleanly", done.exit_code == 0, done.exit_code)
    check.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
