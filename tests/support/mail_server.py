"""A mail service of a test's own on 127.0.0.1, with TLS throughout: IMAP by Dovecot, SMTP by aiosmtpd, which
puts what is sent into the mailbox of the recipient. Both want the password, or a token that TokenService gave.
Runs as root or as anybody.
"""
import asyncio
import base64
import contextlib
import email.policy
import getpass
import grp
import imaplib
import json
import mailbox
import os
import pathlib
import pwd
import secrets
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from certificates import Authority
from jackfield_server import free_port
from web_page import Site

try:
    import aiosmtpd.smtp
except ImportError:
    aiosmtpd = None

DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
IMAP = "/usr/lib/dovecot/imap"


def missing():
    """Why it cannot run here; "" when it can."""
    if not DOVECOT or not os.path.exists(IMAP):
        return "dovecot-imapd is not installed"
    return "" if aiosmtpd else "python3-aiosmtpd is not installed"


CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
{users}first_valid_uid = 0
first_valid_gid = 0
{tokens}passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
mail_location = maildir:{folder}/mail/%u
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service auth {{
  user = {user}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


# Of anybody; root must name others, and the package has made them.
OWN_USERS = """default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
"""


TOKENS = """auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/tokens.conf
}}
"""


class TokenService(Site):
    """Gives access tokens for a refresh token, as OAuth 2.0 has it (RFC 6749, section 6), and tells Dovecot whose
    they are. `client` are the client's id and secret; `given` is the access token that it gave, and to whom."""

    def __init__(self, address, refresh_token, client):
        super().__init__({"/token": self.give, "/info": self.tell})
        self.owner, self.refresh_token, self.client = address, refresh_token, client
        self.given = {}

    def give(self, _path, body):
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body).items()}
        wanted = {"grant_type": "refresh_token", "refresh_token": self.refresh_token,
                  "client_id": self.client[0], "client_secret": self.client[1]}  # fmt: skip
        if form != wanted:
            return None
        token = secrets.token_urlsafe()
        self.given[token] = self.owner
        return json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def tell(self, path, _body):
        token = urllib.parse.unquote(path.partition("?access_token=")[2])
        return json.dumps({"email": self.given[token]}) if token in self.given else None


class MailServer:
    """`users` is {address: password}, `tokens` a TokenService. `refused` and `by_token` count logins to SMTP. After it has begun: imap_port, smtp_port, ca (a certificate file)."""

    def __init__(self, users, tokens=None):
        self.users, self.tokens = users, tokens
        self.refused = 0
        self.by_token = 0
        # Dovecot gives no mail to root.
        self.owner = pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self.folder = pathlib.Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="jackfield-mail-")))
            # Dovecot's other users have to get through.
            self.folder.chmod(0o711)
            authority = Authority(self.folder)
            authority.issue(self.folder / "server.pem", self.folder / "server.key")
            self.ca = authority.ca
            for user in self.users:
                for folder in ("", "cur", "new", "tmp"):
                    (self.folder / "mail" / user / folder).mkdir(parents=True)
                    os.chown(self.folder / "mail" / user / folder, self.owner.pw_uid, self.owner.pw_gid)
            self.start_dovecot()
            undo.callback(self.stop_dovecot)
            self.start_smtp()
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        with self.undo:
            asyncio.run_coroutine_threadsafe(self.stop_smtp(), self.loop).result(60)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(60)
            self.loop.close()

    def add(self, address, data):
        """Puts a message into somebody's mailbox."""
        folder = self.folder / "mail" / address
        box = mailbox.Maildir(folder)
        name = box.add(data)
        os.chown(folder / "new" / name, self.owner.pw_uid, self.owner.pw_gid)

    def deliver(self, text):
        """Puts a message into the mailboxes of those in its To, as if it had come from elsewhere."""
        message = email.message_from_string(text, policy=email.policy.SMTP)
        for address in message["To"].addresses:
            self.add(address.addr_spec, message.as_bytes())

    def read(self, address):
        """The messages in somebody's INBOX, as that one reads them: over IMAP."""
        with imaplib.IMAP4_SSL("localhost", self.imap_port, ssl_context=ssl.create_default_context(cafile=str(self.ca))) as client:
            client.login(address, self.users[address])
            client.select("INBOX", readonly=True)
            numbers = client.search(None, "ALL")[1][0].split()
            return [email.message_from_bytes(client.fetch(number, "(RFC822)")[1][0][1], policy=email.policy.default) for number in numbers]

    # ---- IMAP ----

    def start_dovecot(self):
        (self.folder / "users").write_text("".join(f"{name}:{{PLAIN}}{password}\n" for name, password in self.users.items()))
        (self.folder / "users").chmod(0o600)
        if self.tokens:
            (self.folder / "tokens.conf").write_text(
                f"tokeninfo_url = {self.tokens.address}info?access_token=\nusername_attribute = email\n")
        log = self.folder / "dovecot.log"
        for _ in range(5):
            # Somebody else may take the port meanwhile.
            self.imap_port = free_port()
            log.write_text("")
            (self.folder / "dovecot.conf").write_text(CONFIGURATION.format(
                folder=self.folder, user=getpass.getuser(), uid=self.owner.pw_uid, gid=self.owner.pw_gid, port=self.imap_port,
                tokens=TOKENS.format(folder=self.folder) if self.tokens else "",
                users="" if os.getuid() == 0 else OWN_USERS.format(
                    user=getpass.getuser(), group=grp.getgrgid(os.getgid()).gr_name)))  # fmt: skip
            self.dovecot = subprocess.Popen([DOVECOT, "-F", "-c", str(self.folder / "dovecot.conf")],
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
            if self.answers():
                return
            self.stop_dovecot()
            if "Address already in use" not in log.read_text():
                break
        raise RuntimeError(f"dovecot does not run: {self.dovecot.stdout.read().decode()} {log.read_text()}")

    def answers(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.dovecot.poll() is None:
            try:
                self.read(next(iter(self.users)))
                return True
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.05)
        return False

    def stop_dovecot(self):
        self.dovecot.terminate()
        try:
            self.dovecot.wait(20)
        except subprocess.TimeoutExpired:
            self.dovecot.kill()
            self.dovecot.wait(20)

    # ---- SMTP ----

    def start_smtp(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        self.loop = asyncio.new_event_loop()
        self.smtp = self.loop.run_until_complete(self.loop.create_server(
            lambda: aiosmtpd.smtp.SMTP(self, hostname="localhost", authenticator=self.authenticate, auth_required=True,
                                       auth_require_tls=False, loop=self.loop),
            "127.0.0.1", 0, ssl=context))  # fmt: skip
        self.smtp_port = self.smtp.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    async def stop_smtp(self):
        self.smtp.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def authenticate(self, _server, _session, _envelope, mechanism, given):
        fits = mechanism in ("LOGIN", "PLAIN") and self.users.get(given.login.decode()) == given.password.decode()
        self.refused += not fits
        return aiosmtpd.smtp.AuthResult(success=fits)

    async def auth_XOAUTH2(self, _server, arguments):  # noqa: N802
        fields = base64.b64decode(arguments[1]).decode().split("\1")
        token = fields[1].removeprefix("auth=Bearer ")
        fits = bool(self.tokens) and self.tokens.given.get(token) == fields[0].removeprefix("user=")
        self.refused += not fits
        self.by_token += fits
        return aiosmtpd.smtp.AuthResult(success=fits, auth_data=fields[0])

    async def handle_RCPT(self, _server, _session, envelope, address, options):  # noqa: N802
        if address not in self.users:
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        for address in envelope.rcpt_tos:
            self.add(address, envelope.content)
        return "250 accepted"
