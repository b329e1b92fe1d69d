"""What the fakes of streaming speech services share: a server on 127.0.0.1, a script that says how it
behaves, and a log of all traffic.

A fake prints "port N" and serves until its standard input ends. Options:
  --script FILE   JSON, see below
  --log FILE      one JSON object a line: what came and went; "t" is the monotonic clock (s), of what is
                  sent just before it goes

Keys of a script that every fake knows (all optional):
  key            the only API key that is taken (default "test-key")
  log_binary     false: binary messages are not logged
  connections_of  an object of such lists by method of HTTP (GET: WebSockets), in place of `connections`
  connections    a list, one object for each connection in turn (the last one for all further ones):
    refuse         HTTP status in place of a connection, with `headers` and `body` (JSON)
    silent_connect seconds before the handshake is answered
    delay          seconds before each answer
    jitter         seconds, random, on top (seeded)
    cut_after_bytes  cut the connection, without a close frame, after so much audio
    cut_after_messages  the same, after so many answers
    malformed      texts that are sent before the first answer
"""
import argparse
import asyncio
import json
import random
import sys
import time

from aiohttp import WSMsgType, web


class Violation(Exception):
    """The client broke the protocol: code and reason of the close frame."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Cut(Exception):
    """The script ends the connection here."""


class Fake:
    """Subclasses add routes, and handle one connection in `serve(request, socket, how)`."""

    def __init__(self, routes):
        parser = argparse.ArgumentParser()
        parser.add_argument("--script")
        parser.add_argument("--log")
        arguments = parser.parse_args()
        self.script = {}
        if arguments.script:
            with open(arguments.script, encoding="utf-8") as file:
                self.script = json.load(file)
        self.log_file = open(arguments.log, "w", encoding="utf-8") if arguments.log else None
        self.key = self.script.get("key", "test-key")
        self.count = 0
        self.counts = {}  # by method
        self.dice = random.Random(self.script.get("seed", 1))
        self.routes = routes

    def log(self, kind, **fields):
        if self.log_file:
            fields = {"t": round(time.monotonic(), 6), "kind": kind, **fields}
            self.log_file.write(json.dumps(fields) + "\n")
            self.log_file.flush()

    def next_behaviour(self, method):
        behaviours = self.script.get("connections_of", {}).get(method)
        before = self.counts.get(method, 0) if behaviours else self.count
        behaviours = behaviours or self.script.get("connections") or [{}]
        self.count += 1
        self.counts[method] = self.counts.get(method, 0) + 1
        return behaviours[min(before, len(behaviours) - 1)]

    async def handle(self, request):
        how = self.next_behaviour(request.method)
        number = self.count
        self.log("request", connection=number, path=request.path, query=[list(q) for q in request.query.items()])
        if "silent_connect" in how:
            await asyncio.sleep(how["silent_connect"])
        if "refuse" in how:
            body = json.dumps(how["body"]) if "body" in how else None
            return web.Response(status=how["refuse"], headers=how.get("headers", {}), text=body)
        refusal = self.check(request)
        if refusal:
            self.log("refused", connection=number, status=refusal[0], reason=refusal[1])
            return self.refusal(*refusal)
        if request.method == "POST":
            try:
                return await self.answer(request, Answer(self, how, number))
            except (ConnectionResetError, asyncio.CancelledError):
                self.log("closed", connection=number, code=None)
                raise asyncio.CancelledError from None
        socket = web.WebSocketResponse(max_msg_size=16 * 1024 * 1024)
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return socket  # gone before the handshake was over
        connection = Connection(self, socket, how, number, request)
        try:
            await self.serve(request, connection)
        except Violation as violation:
            self.log("violation", connection=number, code=violation.code, reason=violation.reason)
            await socket.close(code=violation.code, message=violation.reason.encode())
        except Cut:
            self.log("cut", connection=number)
            request.transport.abort()
        except (ConnectionResetError, asyncio.CancelledError):
            pass
        self.log("closed", connection=number, code=socket.close_code)
        return socket

    error_header = "x-error"

    def check(self, request):
        """(status, reason) of a request that is refused."""
        return None

    def refusal(self, status, reason):
        return web.Response(status=status, headers={self.error_header: reason}, text=reason)

    async def serve(self, request, connection):
        raise NotImplementedError

    async def answer(self, request, answer):
        """The response to a POST; `answer` gives what the script says of it."""
        raise NotImplementedError

    def run(self):
        asyncio.run(self.main())

    async def main(self):
        application = web.Application()
        for method, path in self.routes:
            application.router.add_route(method, path, self.handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await site.start()
        print("port", site._server.sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def on_input():
            if not sys.stdin.buffer.read1(4096):
                loop.remove_reader(sys.stdin.fileno())
                ended.set()

        loop.add_reader(sys.stdin.fileno(), on_input)
        await ended.wait()
        await asyncio.wait_for(runner.cleanup(), 2)


class Answer:
    """A streamed answer of HTTP, at the pace of the script."""

    def __init__(self, fake, how, number):
        self.fake, self.how, self.number = fake, how, number
        self.audio = self.pieces = 0

    async def begin(self, request, content_type):
        if "delay" in self.how:
            await asyncio.sleep(self.how["delay"])
        self.request = request
        self.response = web.StreamResponse(headers={"Content-Type": content_type})
        await self.response.prepare(request)
        return self.response

    async def send(self, data):
        self.pieces += 1
        if self.pieces > self.how.get("cut_after_messages", 1 << 62):
            self.fake.log("cut", connection=self.number)
            await asyncio.sleep(0.05)  # what came before is on its way
            self.request.transport.abort()
            raise ConnectionResetError
        step = self.how.get("trickle", len(data) or 1)  # bytes at a time
        for at in range(0, len(data), step):
            await self.response.write(data[at:at + step])
            if "pace" in self.how:
                await asyncio.sleep(self.how["pace"])
        self.fake.log("piece", connection=self.number, size=len(data))


class Connection:
    def __init__(self, fake, socket, how, number, request):
        self.fake, self.socket, self.how, self.number, self.request = fake, socket, how, number, request
        self.answers = 0
        self.audio = 0

    async def receive(self, timeout=None):
        """The next message as (is_binary, data); None at the end. TimeoutError after `timeout` s."""
        try:
            message = await asyncio.wait_for(self.socket.receive(), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError from None
        if message.type == WSMsgType.TEXT:
            self.fake.log("text", connection=self.number, data=message.data)
            return False, message.data
        if message.type == WSMsgType.BINARY:
            if self.fake.script.get("log_binary", True):
                self.fake.log("binary", connection=self.number, size=len(message.data))
            return True, message.data
        return None

    def count_audio(self, size):
        self.audio += size
        if self.audio >= self.how.get("cut_after_bytes", 1 << 62):
            raise Cut

    async def send(self, message):
        if self.answers == 0:
            for text in self.how.get("malformed", []):
                await self.socket.send_str(text)
        delay = self.how.get("delay", 0) + self.fake.dice.random() * self.how.get("jitter", 0)
        if delay > 0:
            await asyncio.sleep(delay)
        self.answers += 1
        if self.answers > self.how.get("cut_after_messages", 1 << 62):
            raise Cut
        text = message if isinstance(message, str) else json.dumps(message)
        self.fake.log("sent", connection=self.number, data=text)
        await self.socket.send_str(text)


def read_object(text, known, where):
    """A JSON object with known keys only."""
    try:
        message = json.loads(text)
    except ValueError:
        raise Violation(1008, f"{where}: not JSON") from None
    if not isinstance(message, dict):
        raise Violation(1008, f"{where}: not an object")
    unknown = sorted(set(message) - set(known))
    if unknown:
        raise Violation(1008, f"{where}: unknown keys {unknown}")
    return message
