"""Readers of the event socket of the control API. Needs aiohttp."""
import asyncio
import json
import threading

import aiohttp

PROTOCOL = "jackfield.events.v1"


class Reader:
    """A reader of the event socket: `messages` is all that it was told."""

    def __init__(self, session, origin, token, **headers):
        self.session, self.token, self.headers = session, token, headers
        self.url = f"{origin}/api/v1/events"
        self.messages = []

    async def __aenter__(self):
        self.socket = await self.session.ws_connect(self.url, protocols=[PROTOCOL], headers=self.headers)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def subscribe(self, **members):
        token = {"token": self.token} if self.token else {}
        await self.socket.send_json({"type": "subscribe", **token, **members})
        return await self.wait(lambda m: m["type"] == "subscribed")

    async def wait(self, wanted, timeout=60):
        """The first message, of those that came before too, for which this is true."""
        seen = 0
        while True:
            for message in self.messages[seen:]:
                if wanted(message):
                    return message
            seen = len(self.messages)
            await self.read(timeout)

    async def read(self, timeout=60):
        message = await self.socket.receive(timeout)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"closed with {self.socket.close_code}")
        self.messages.append(json.loads(message.data))

    def events(self, name):
        return [m for m in self.messages if m["type"] == "event" and m["event"] == name]


class Listener(threading.Thread):
    """A reader for tests that wait for other things: `messages` grows by itself. A context manager."""

    def __init__(self, origin, token=None, **members):
        super().__init__(daemon=True)
        self.origin, self.token, self.members = origin, token, members
        self.messages, self.fault = [], None
        self.subscribed, self.done = threading.Event(), threading.Event()

    def __enter__(self):
        self.start()
        if not self.subscribed.wait(30) or self.fault:
            raise ConnectionError(f"no subscription: {self.fault}")
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join(30)

    def run(self):
        try:
            asyncio.run(self.read())
        except Exception as error:  # told to who waits
            self.fault = error
        self.subscribed.set()

    async def read(self):
        async with aiohttp.ClientSession() as session, Reader(session, self.origin, self.token) as reader:
            reader.messages = self.messages
            await reader.subscribe(**self.members)
            self.subscribed.set()
            while not self.done.is_set():
                try:
                    await reader.read(timeout=0.2)
                except asyncio.TimeoutError:
                    pass

    def events(self, name):
        return [m for m in list(self.messages) if m["type"] == "event" and m["event"] == name]
