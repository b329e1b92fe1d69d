#!/usr/bin/env python3
"""Calls through a real HAProxy that terminates TLS in front of jackfield. Prints TAP.
Arguments: the jackfield binary, the source directory, the haproxy binary."""
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))
import secure_entry  # noqa: E402  (finds tests/support too)

import certificates  # noqa: E402
import jackfield_server  # noqa: E402
import tap  # noqa: E402

CONFIGURATION = """
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout tunnel 5m
frontend voice
    bind 127.0.0.1:{port} ssl crt {pem}
    option forwardfor
    default_backend jackfield
backend jackfield
    server a 127.0.0.1:{server}
"""


class Proxy:
    def __init__(self, binary, folder, authority, port, server_port):
        certificate, key, pem = folder / "proxy.pem", folder / "proxy.key", folder / "both.pem"
        authority.issue(certificate, key)
        pem.write_text(certificate.read_text() + key.read_text())
        self.configuration = folder / "haproxy.cfg"
        self.configuration.write_text(CONFIGURATION.format(port=port, pem=pem, server=server_port))
        self.command = [binary, "-db", "-f", str(self.configuration)]
        self.log = folder / "haproxy.log"
        self.authority, self.port = authority, port

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 30
        while True:
            try:
                secure_entry.connect(self.port, self.authority).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)


def status(port, authority, source, text):
    with secure_entry.connect(port, authority, source) as connection:
        return secure_entry.exchange(connection, text)[0]


def limit_problems(port, authority, public):
    """Three streams that never begin their call from one address, whatever they claim; then none more."""
    media = "wss" + public[5:] + "/twilio/media"
    problems, kept = [], []
    for claimed in ["", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 127.0.0.9", "X-Forwarded-For: 5.6.7.8"]:
        fields = [claimed] if claimed else []
        connection = secure_entry.connect(port, authority, "127.0.0.2")
        kept.append(connection)
        got, _ = secure_entry.exchange(connection, secure_entry.upgrade(port, "/twilio/media", media, *fields))
        wanted = 101 if len(kept) <= 3 else 429
        if got != wanted:
            problems.append(f"stream {len(kept)} got {got}, not {wanted}")
    other = secure_entry.connect(port, authority, "127.0.0.3")
    kept.append(other)
    got, _ = secure_entry.exchange(other, secure_entry.upgrade(port, "/twilio/media", media))
    if got != 101:
        problems.append(f"a stream from another address got {got}")
    for connection in kept:
        connection.close()
    return problems


def main():
    binary, source, haproxy = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    report = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-haproxy-") as scratch:
        scratch = pathlib.Path(scratch)
        authority = certificates.Authority(scratch)
        port = jackfield_server.free_port()
        public = f"https://127.0.0.1:{port}"
        server = jackfield_server.Server(
            binary, source / "pipelines/echo.gst", scratch, "--public-url", public, "--trusted-proxy", "127.0.0.1",
            "--max-pending-per-address", "3", environment=secure_entry.SIGNED,
        )  # fmt: skip
        with server, Proxy(haproxy, scratch, authority, port, server.port):
            trusted = ("--ca-file", str(authority.ca))
            calls = secure_entry.simulate(binary, f"{public}/twilio/voice", scratch, *trusted, "--calls", "5")
            report.case("signed calls through the proxy", secure_entry.problems_of_calls(calls, 5))
            plain = "POST /twilio/voice HTTP/1.1\r\nHost: voice.example.com\r\nContent-Length: 0\r\n" \
                "X-Forwarded-For: 1.2.3.4\r\nConnection: close\r\n\r\n"  # fmt: skip
            got = status(port, authority, "127.0.0.2", plain)
            report.case("an unsigned request is refused", [] if got == 403 else [f"status {got}"])
            log = server.log.read_text()
            report.case("the log names the client, not the proxy and not what the client claims",
                        [] if "from 127.0.0.2;" in log and "1.2.3.4" not in log else [log[-1500:]])  # fmt: skip
            report.case("each client has a limit of its own", limit_problems(port, authority, public))
            calls = secure_entry.simulate(binary, f"{public}/twilio/voice", scratch, *trusted)
            report.case("a call after that", secure_entry.problems_of_calls(calls, 1))
            server.stop()
            report.case("the server ends in order", [] if server.exit_code == 0 else [server.log.read_text()[-1500:]])
    report.end()


if __name__ == "__main__":
    main()
