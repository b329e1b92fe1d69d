#!/usr/bin/env python3
"""Calls over TLS that jackfield itself speaks: signed, checked by a real TLS client. Prints TAP.
Arguments: the jackfield binary, the source directory."""
import pathlib
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))
import secure_entry  # noqa: E402  (finds tests/support too)

import certificates  # noqa: E402
import jackfield_server  # noqa: E402
import tap  # noqa: E402


def serial_of(port, authority):
    with secure_entry.connect(port, authority) as connection:
        return int(connection.getpeercert()["serialNumber"], 16)


def wait_for(done, seconds=30):
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def reload_problems(server, authority, certificate, key, events):
    """A new certificate is used after SIGHUP; one that cannot be read changes nothing."""
    problems = []
    serial = authority.issue(certificate, key)
    server.process.send_signal(signal.SIGHUP)
    if not wait_for(lambda: '"certificate-read"' in events.read_text()):
        problems.append("no event certificate-read")
    if serial_of(server.port, authority) != serial:
        problems.append("the old certificate is used after SIGHUP")
    certificate.write_text("this is no certificate")
    server.process.send_signal(signal.SIGHUP)
    if not wait_for(lambda: '"certificate-kept"' in events.read_text()):
        problems.append("no event certificate-kept")
    if serial_of(server.port, authority) != serial:
        problems.append("a broken file changed the certificate")
    return problems


def strangers(port):
    """Connections that never get as far as a request: silent, half a handshake, plain HTTP, rubbish."""
    sockets = []
    for data in [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 500] * 8:
        stranger = socket.create_connection(("127.0.0.1", port), timeout=30)
        stranger.sendall(data)
        sockets.append(stranger)
    return sockets


def closed(sockets):
    """How many the server has closed within its time for a request's head."""
    count = 0
    for stranger in sockets:
        try:
            while stranger.recv(4096):
                pass
            count += 1
        except ConnectionError:
            count += 1
        except TimeoutError:
            pass
    return count


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    report = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="jackfield-tls-") as scratch:
        scratch = pathlib.Path(scratch)
        authority = certificates.Authority(scratch)
        certificate, key, events = scratch / "server.pem", scratch / "server.key", scratch / "events"
        first = authority.issue(certificate, key)
        server = jackfield_server.Server(
            binary, source / "pipelines/echo.gst", scratch, "--events", str(events),
            "--tls-certificate", str(certificate), "--tls-key", str(key),
            environment=secure_entry.SIGNED, ca=authority.ca,
        )  # fmt: skip
        with server:
            trusted = ("--ca-file", str(authority.ca))
            report.case("a client sees the certificate",
                        [] if serial_of(server.port, authority) == first else ["another one"])  # fmt: skip
            calls = secure_entry.simulate(binary, server.url, scratch, *trusted, "--calls", "5")
            report.case("signed calls over TLS", secure_entry.problems_of_calls(calls, 5))
            code, output, _ = secure_entry.simulate(binary, server.url, scratch)
            report.case("a client that does not trust the authority refuses",
                        [] if code != 0 and "certificate" in output else [f"exit code {code}: {output}"])  # fmt: skip
            code, output, _ = secure_entry.simulate(binary, server.url, scratch, *trusted, environment={"TWILIO_AUTH_TOKEN": ""})
            report.case("an unsigned call is refused", [] if code != 0 and "403" in output else [f"exit code {code}: {output}"])
            crowd = strangers(server.port)
            calls = secure_entry.simulate(binary, server.url, scratch, *trusted, "--calls", "2")
            report.case("calls go on beside connections that stall in the handshake", secure_entry.problems_of_calls(calls, 2))
            count = closed(crowd)
            report.case("all of those are closed", [] if count == len(crowd) else [f"{count} of {len(crowd)}"])
            report.case("SIGHUP reads the certificate again", reload_problems(server, authority, certificate, key, events))
            calls = secure_entry.simulate(binary, server.url, scratch, *trusted)
            report.case("a call after that", secure_entry.problems_of_calls(calls, 1))
            server.stop()
            log = server.log.read_text()
            report.case("the server ends in order", [] if server.exit_code == 0 else [f"exit code {server.exit_code}", log[-1500:]])
            report.case("its log does not have the token", ["it has"] if secure_entry.TOKEN in log + events.read_text() else [])
    report.end()


if __name__ == "__main__":
    main()
