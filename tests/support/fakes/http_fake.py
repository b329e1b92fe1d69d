"""A small HTTP/1.1 server for fakes of services: streaming, delays, and connections cut anywhere.

Behaviour is scripted by tests over the same port: POST /_script adds steps, one for each request to
come (the first that fits: a step with "path" waits for a request whose path ends so); GET /_requests
gives what was asked so far; DELETE /_requests forgets it. POST /_default sets the step of all requests
that have none of their own. With --log FILE a line is written for each request and each piece of a
stream: {"t": the monotonic clock (s), of what is sent just before it goes, "kind", "request", "data"}.

A step may have, for all services:
  status, error, headers   an answer with that status: `error` is its body (an object, or text)
  delay_ms                 before the head of the answer
  await_file               no answer before there is a file of that name
  gap_ms, jitter_ms        before each piece of a stream; jitter adds up to so much at random
  cut_after                closes the connection behind so many pieces (0: behind the head)
  hang_after               is silent, with the connection open, behind so many pieces

A request whose client left while the answer was delayed, paced or hanging is shown with "cancelled".
"""
import argparse
import asyncio
import json
import os
import random
import ssl
import sys
import time

MAX_BODY = 64 * 1024 * 1024


class Refusal(Exception):
    """What the real service would answer in place of what was asked for."""

    def __init__(self, status, message, code=None, kind="invalid_request_error", param=None, headers=None):
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Cut(Exception):
    """The connection is to be closed without a word."""


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers  # names in lower case
        self.body = body

    def content_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Reply:
    """One answer on the wire."""

    def __init__(self, writer, step, log=None, reader=None):
        self.writer, self.step, self.log, self.reader = writer, step, log, reader
        self.pieces = 0

    async def sleep(self, seconds):
        """Raises Cut when the client leaves meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, 0.05))
            if self.reader and (self.reader.at_eof() or self.reader.exception()):
                raise Cut("the client left")

    async def send(self, status, body, content_type="application/json", headers=None):
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.head(status, content_type, {**(headers or {}), "Content-Length": str(len(data))})
        self.writer.write(data)
        await self.writer.drain()

    def head(self, status, content_type, headers):
        lines = [f"HTTP/1.1 {status} Fake", f"Content-Type: {content_type}", "x-request-id: req_fake"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def begin_stream(self, content_type):
        self.head(200, content_type, {"Transfer-Encoding": "chunked", **self.step.get("headers", {})})
        await self.writer.drain()

    async def piece(self, data):
        """One piece of a stream, at the pace of the step."""
        await self.pace()
        data = data if isinstance(data, bytes) else data.encode()
        if data:
            if self.log:
                self.log("sent", data.decode("latin-1"))
            self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await self.writer.drain()

    async def pace(self):
        step = self.step
        if self.pieces == step.get("cut_after"):
            raise Cut
        if self.pieces == step.get("hang_after"):
            await self.sleep(3600)
        self.pieces += 1
        wait = step.get("gap_ms", 0) + random.random() * step.get("jitter_ms", 0)
        if wait:
            await self.sleep(wait / 1000)

    async def end_stream(self):
        await self.pace()
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()


class Fake:
    """Subclasses answer requests in `handle(request, step, reply)`; raise Refusal, or use the reply."""

    def __init__(self, log=None):
        self.log_file = open(log, "w", encoding="utf-8") if log else None
        self.steps = []
        self.default = {}
        self.requests = []
        self.connections = 0

    async def handle(self, request, step, reply):
        raise NotImplementedError

    def capture(self, request):
        """What tests see of a request."""
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            body = request.body.decode("latin-1")
        return {"method": request.method, "path": request.path, "headers": request.headers, "body": body}

    def logger(self, number):
        """What logs about the request of that number; None: nothing does."""

        def log(kind, data):
            line = {"t": round(time.monotonic(), 6), "kind": kind, "request": number, "data": data}
            self.log_file.write(json.dumps(line) + "\n")
            self.log_file.flush()

        return log if self.log_file else None

    def take_step(self, path):
        for index, step in enumerate(self.steps):
            if path.endswith(step.get("path", "")):
                return self.steps.pop(index)
        return self.default

    async def control(self, request, reply):
        if request.path == "/_script":
            self.steps += json.loads(request.body)
            await reply.send(200, {})
        elif request.path == "/_default":
            self.default = json.loads(request.body)
            await reply.send(200, {})
        elif request.method == "DELETE":
            self.requests.clear()
            await reply.send(200, {})
        else:
            await reply.send(200, {"requests": self.requests, "connections": self.connections, "unused": self.steps})

    async def answer(self, request, writer, reader):
        if request.path.startswith("/_"):
            return await self.control(request, Reply(writer, {}))
        step = self.take_step(request.path) if request.method == "POST" else {}
        log = self.logger(len(self.requests) + 1)
        if log:
            log("request", request.path)
        captured = self.capture(request)
        self.requests.append(captured)
        reply = Reply(writer, step, log, reader)
        try:
            await reply.sleep(step.get("delay_ms", 0) / 1000)
            while "await_file" in step and not os.path.exists(step["await_file"]):
                await reply.sleep(0.05)
            if "status" in step:
                content_type = "application/json" if not isinstance(step.get("error"), str) else "text/plain"
                await reply.send(step["status"], step.get("error", {}), content_type, step.get("headers"))
                return
            await self.handle(request, step, reply)
        except Refusal as refusal:
            captured["refused"] = str(refusal)
            await reply.send(refusal.status, refusal.body, headers=refusal.headers)
        except (Cut, ConnectionError) as end:
            if end.args:  # not what the step asked for
                captured["cancelled"] = True
            raise

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = {}
                for line in head[1:]:
                    if line:
                        name, _, value = line.partition(":")
                        headers[name.strip().lower()] = value.strip()
                body = await self.read_body(reader, headers)
                await self.answer(Request(method, target, headers, body), writer, reader)
        except (asyncio.IncompleteReadError, ConnectionError, Cut, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def read_body(self, reader, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int((await reader.readline()).split(b";")[0], 16)
                chunk = await reader.readexactly(size + 2)
                body += chunk[:-2]
                if size == 0:
                    return body
        length = int(headers.get("content-length", 0))
        if length > MAX_BODY:
            raise Cut
        return await reader.readexactly(length)

    async def run(self, tls=None):
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=context, limit=1 << 20)
        print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
        # Whoever started us holds our standard input open.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", default="sk-test-0123456789", help="the only key that is taken")
    parser.add_argument("--compatible", action="store_true", help="another server of the same API: no key, no own rules")
    parser.add_argument("--log", help="file for what came and went, with times")
    parser.add_argument("--tls", help="PEM file with certificate and key")
    return parser


def main(make_fake, parser=None):
    options = (parser or arguments()).parse_args()
    fake = make_fake(options)
    try:
        asyncio.run(fake.run(options.tls))
    except KeyboardInterrupt:
        pass
    # The thread that reads standard input must not keep us.
    sys.stdout.flush()
    import os

    os._exit(0)
