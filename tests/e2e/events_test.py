#!/usr/bin/env python3
"""What the control API tells of calls while they go on: the event socket, latencies, /metrics. A simulated
caller talks to the phone agent, and all three tell the same figures. Then strangers misuse the event socket
while a call goes on, which does not notice. Prints TAP.

Arguments: the jackfield binary, the source directory.
"""
import asyncio
import json
import pathlib
import re
import signal
import sys
import tempfile

import aiohttp

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE)]
import checks  # noqa: E402
import event_reader  # noqa: E402
import good_call  # noqa: E402
import jackfield_server  # noqa: E402

TOKEN = "a token of the test, long enough"
READERS = 64


class Reader(event_reader.Reader):
    """One who knows the token, unless another one is given."""

    def __init__(self, session, server, token=TOKEN, **headers):
        super().__init__(session, server.origin, token, **headers)


def metric(text, name, **labels):
    """The value of the sample with these labels among others."""
    for line in text.splitlines():
        match = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name and all(f'{key}="{value}"' in (match[2] or "") for key, value in labels.items()):
            return float(match[3])
    return None


async def get(session, server, path, token=TOKEN):
    async with session.get(server.origin + path, headers={"Authorization": f"Bearer {token}"} if token else {}) as answer:
        return answer.status, await answer.text()


async def follow_a_call(check, server, source, scratch):
    clips = json.loads((source / "pipelines/scripts/reception-clips.json").read_text())
    path = {c["expected"]: c["path"] for c in clips["clips"] if c["in_grammar"]}
    steps = [{"wait-reply": {"timeout": 20000}}]
    for phrase in ("telephone number", "goodbye"):
        steps += [{"say": path[phrase]}, {"wait-reply": {"timeout": 20000}}]
    steps += [{"expect-hang-up": {"timeout": 30000}}]
    script = scratch / "caller.json"
    script.write_text(json.dumps({"name": "events", "sounds": clips["sounds"], "timeout": 100000, "steps": steps}))
    async with aiohttp.ClientSession() as session, Reader(session, server) as reader:
        first = await reader.subscribe(sessions="all")
        check("a subscription is answered with the sessions there are", first["sessions"] == [], first)
        status, text = await get(session, server, "/api/v1/latency")
        check("the line is known before its first call", (status, json.loads(text)) == (200, {"lines": [{"line": "phone-agent", "stages": []}]}), text)
        simulation = jackfield_server.start_simulation(server, script, scratch, "events")
        opened = await reader.wait(lambda m: m.get("event") == "session-opened")
        await reader.wait(lambda m: m.get("event") == "session-ended")
        await asyncio.to_thread(simulation.communicate, timeout=100)
        await reader.wait(lambda m: m.get("event") == "latency" and stage_of(m["data"], "total").get("count") == len(reader.events("turn")))
        await reader.wait(lambda m: m.get("event") == "server")
        names = [m["event"] for m in reader.messages if m["type"] == "event" and m.get("session") == opened["session"]]
        whole = {"session-opened", "session-running", "session-changed", "transcript", "state", "turn", "session-ended"} <= set(names)
        check("a call is told from its begin to its end", whole and names[0] == "session-opened" and names[-1] == "session-ended", names)
        said = [m["data"] for m in reader.events("transcript")]
        finals = [(e["who"], e["text"].lower()) for e in said if e["final"]]
        check("what the caller said", any(who == "caller" and "telephone number" in text for who, text in finals), finals)
        check("and what the agent answered", any(who == "agent" and "our telephone number is" in text for who, text in finals), finals)
        check("the agent's states", any(m["data"]["state"] == "speaking" for m in reader.events("state")), reader.events("state"))
        ended = reader.events("session-ended")[0]["data"]
        check("a call that is over", ended["state"] == "ended" and ended["call"] and not ended["failed"] and ended["turns"] >= 2, ended)
        turns = [m["data"]["total"] for m in reader.events("turn")]
        told = stage_of(reader.events("latency")[-1]["data"], "total")
        _, text = await get(session, server, "/api/v1/latency?line=phone-agent")
        asked = stage_of(json.loads(text), "total")
        check("latencies: the events and the API agree", told == asked and asked["count"] == len(turns), f"{told}\n{asked}")
        exact = abs(asked["current"] - turns[-1]) < 0.01 and abs(asked["max"] - max(turns)) < 0.01 and abs(asked["min"] - min(turns)) < 0.01
        check("they are those of the turns", exact and asked["p50"] > 0 and asked["recent"]["count"] == len(turns), f"{turns}\n{asked}")
        _, text = await get(session, server, "/metrics")
        labels = {"line": "phone-agent", "stage": "total"}
        figures = {
            "p95": metric(text, "jackfield_turn_latency_seconds", quantile="0.95", window="recent", **labels),
            "current": metric(text, "jackfield_turn_latency_seconds_current", **labels),
            "count": metric(text, "jackfield_turn_latency_histogram_seconds_count", **labels),
        }
        same = all(
            value is not None and abs(value * scale - expected) < 0.01
            for value, scale, expected in (
                (figures["p95"], 1000, asked["recent"]["p95"]), (figures["current"], 1000, asked["current"]), (figures["count"], 1, asked["count"]),
            )
        )  # fmt: skip
        check("/metrics has the same figures", same, f"{figures}\n{asked}")
        calls = metric(text, "jackfield_sessions_total", line="phone-agent", result="ok"), metric(text, "jackfield_sessions", line="phone-agent")
        check("and has counted the call", calls == (1, 0), calls)


def stage_of(latencies, name):
    for line in latencies["lines"]:
        for stage in line["stages"]:
            if stage["stage"] == name:
                return stage
    return {}


# ---- strangers; each returns None or what went wrong


async def without_token(session, server):
    for path in ("/metrics", "/api/v1/latency", "/api/v1/server"):
        status, text = await get(session, server, path, token=None)
        if status != 401:
            return f"{path}: {status} {text}"
    return None


async def wrong_tokens(session, server):
    for _ in range(20):
        async with Reader(session, server, "a guess of about this length") as reader:
            try:
                await reader.subscribe()
                return "a wrong token was taken"
            except ConnectionError:
                if reader.messages[0]["type"] != "error":
                    return str(reader.messages)
    return None


async def foreign_page(session, server):
    for origin in ("https://evil.example.com", "http://evil.example.com", "null"):
        try:
            async with Reader(session, server, Origin=origin):
                return f"{origin} was let in"
        except aiohttp.WSServerHandshakeError as error:
            if error.status != 403:
                return f"{origin}: {error.status}"
    return None


async def giant_first_message(session, server):
    async with Reader(session, server) as reader:
        await reader.socket.send_str('{"type":"subscribe","token":"' + "x" * 4_000_000 + '"}')
        try:
            await reader.read()
            await reader.read()
            return "it was not cut off"
        except ConnectionError:
            return None if reader.messages[0]["error"]["code"] == "too-long" else str(reader.messages)


async def one_too_many(session, server):
    readers = [await Reader(session, server).__aenter__() for _ in range(READERS)]
    try:
        for reader in readers:
            await reader.subscribe()
        try:
            async with Reader(session, server):
                return "there was room for one more"
        except aiohttp.WSServerHandshakeError as error:
            return None if error.status == 503 else str(error.status)
    finally:
        for reader in readers:
            await reader.socket.close()


async def read_nothing(server):
    """Sockets that subscribe to everything and never read."""
    sockets = []
    for _ in range(10):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
        writer.transport.pause_reading()
        message = json.dumps({"type": "subscribe", "token": TOKEN}).encode()
        writer.write(
            f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {event_reader.PROTOCOL}\r\n\r\n".encode()
            + bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message
        )  # fmt: skip
        sockets.append(writer)
    return sockets


async def strangers(check, server):
    good = good_call.GoodCall(server)
    check("a call goes on", good.goes_on() is None, good.wrong())

    async def meet(session, function):
        wrong = await function(session, server)
        disturbed = await asyncio.to_thread(good.goes_on)
        check(function.__name__.replace("_", " "), not wrong and not disturbed, f"{wrong}\n{disturbed}")

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async with Reader(session, server) as reader:
            await reader.subscribe()
            deaf = await read_nothing(server)
            for function in (without_token, foreign_page, giant_first_message):
                await meet(session, function)
            told = len(reader.events("server"))
            await reader.wait(lambda m: len(reader.events("server")) > told)
            check("who behaves is told all the while", len(reader.events("server")) > told)
            for writer in deaf:
                writer.transport.abort()
        readers = None
        for _ in range(200):  # the server notices that they are gone
            readers = metric((await get(session, server, "/metrics"))[1], "jackfield_event_readers")
            if readers == 0:
                break
            await asyncio.sleep(0.1)
        check("who is gone takes no place", readers == 0, readers)
        await meet(session, one_too_many)
        await meet(session, wrong_tokens)
        async with Reader(session, server) as reader:
            await reader.subscribe()
            check("the right token does not wait behind wrong ones", True)
    wrong = await asyncio.to_thread(good.finish)
    check("the call was never disturbed", wrong is None, wrong)


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = checks.Checks()
    environment = {"JACKFIELD_API_TOKEN": TOKEN}
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder, "agent")
        scratch.mkdir()
        server = jackfield_server.Server(binary, source / "pipelines/phone-agent.gst", scratch, environment=environment)
        with server:
            asyncio.run(follow_a_call(check, server, source, scratch))
            server.stop(signal.SIGTERM)
        check("the agent's server ends in order", server.exit_code == 0, server.log.read_text())
        scratch = pathlib.Path(folder, "echo")
        scratch.mkdir()
        server = jackfield_server.Server(binary, source / "pipelines/echo.gst", scratch, environment=environment)
        with server:
            asyncio.run(strangers(check, server))
            server.stop(signal.SIGTERM)
        log = server.log.read_text()
        bad = [line for line in log.splitlines() if "CRITICAL" in line or "WARNING **" in line or "Sanitizer" in line]
        check("the echo's server ends in order", server.exit_code == 0 and not bad, log)
        check("the token is in no output", TOKEN not in log)
    check.print()


if __name__ == "__main__":
    main()
