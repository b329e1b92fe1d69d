"""What the tests of TLS in process and behind a proxy have in common: signed calls with the simulator,
and requests over TLS by hand."""
import base64
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import twilio_signing  # noqa: E402

TOKEN = "0123456789abcdef0123456789abcdef"
SIGNED = {"TWILIO_AUTH_TOKEN": TOKEN}


def script(scratch):
    """A caller who says something twice, hears it, and hangs up."""
    path = pathlib.Path(scratch) / "caller.json"
    heard = {"say": "hello.wav"}, {"wait-agent-speaking": {"timeout": 10000}}, {"listen": {"silence": 500}}
    path.write_text(json.dumps({"name": "echo", "timeout": 60000, "steps": [*heard, *heard, {"hang-up": True}]}))
    clip = pathlib.Path(scratch) / "hello.wav"
    if not clip.exists():
        clip.write_bytes(pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/hello-world.wav").read_bytes())
    return path


def simulate(binary, url, scratch, *arguments, environment=None):
    """(exit code, output, report or None) of simulated calls."""
    report = pathlib.Path(scratch) / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [str(binary), "simulate", url, "--script", str(script(scratch)), "--json", str(report), "--quiet", *arguments],
        capture_output=True, text=True, timeout=120, env={**os.environ, **(SIGNED if environment is None else environment)},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, json.loads(report.read_text()) if report.exists() else None


def problems_of_calls(result, calls):
    code, output, report = result
    problems = [] if code == 0 else [f"exit code {code}: {output[-1500:]}"]
    good = [call for call in (report or {}).get("calls", []) if call["ok"]]
    if len(good) != calls:
        problems.append(f"{len(good)} of {calls} calls were good")
    return problems


def connect(port, authority, source="127.0.0.1"):
    """A TLS connection to the server, from an address of this machine."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
    return ssl.create_default_context(cafile=str(authority.ca)).wrap_socket(plain, server_hostname="127.0.0.1")


def exchange(connection, text):
    """Sends it; the status of the answer and all of it."""
    connection.sendall(text.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = connection.recv(65536)
        if not data:
            break
        answer += data
    return (int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0), answer


def upgrade(port, path, signed_url, *fields):
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
        f"X-Twilio-Signature: {twilio_signing.signature(TOKEN, signed_url)}", *fields,
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n\r\n"
