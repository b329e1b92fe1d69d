"""A way for datagrams that loses, doubles, delays and reorders them, and keeps books about it."""
import heapq
import random
import select
import socket
import threading
import time


class PacketPath(threading.Thread):
    """Passes what comes to `port` on to `target` on 127.0.0.1. `loss`, `doubled`, `detours`: shares of the packets;
    each is under way for `delay` to `delay + jitter` seconds, and one that makes a detour for up to 80 ms more."""

    def __init__(self, target, seed, loss=0.0, doubled=0.0, detours=0.0, delay=0.02, jitter=0.0):
        super().__init__(daemon=True)
        self.target = ("127.0.0.1", target)
        self.dice = random.Random(seed)
        self.loss, self.doubled_share, self.detours = loss, doubled, detours
        self.delay, self.jitter = delay, jitter
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.inside.bind(("127.0.0.1", 0))
        self.port = self.inside.getsockname()[1]
        self.under_way = []
        self.sent = self.lost = self.doubled = self.forwarded = self.overtaken = 0
        self.highest = None
        self.stopping = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()
        self.inside.close()

    def run(self):
        while not self.stopping:
            wait = max(0, min(0.05, self.under_way[0][0] - time.monotonic())) if self.under_way else 0.05
            if select.select([self.inside], [], [], wait)[0]:
                self.take(self.inside.recv(65536))
            while self.under_way and self.under_way[0][0] <= time.monotonic():
                self.forward(*heapq.heappop(self.under_way)[1:])

    def take(self, packet):
        number, self.sent = self.sent, self.sent + 1
        dice = self.dice  # drawn for each packet alike, so that what happens to one does not depend on time
        lost, doubled, detour = (dice.random() < share for share in (self.loss, self.doubled_share, self.detours))
        due = time.monotonic() + self.delay + dice.random() * self.jitter + detour * dice.uniform(0.02, 0.08)
        again = due + dice.uniform(0, 0.03)
        if lost:
            self.lost += 1
            return
        heapq.heappush(self.under_way, (due, number, packet))
        if doubled:
            self.doubled += 1
            heapq.heappush(self.under_way, (again, number, packet))

    def forward(self, number, packet):
        self.inside.sendto(packet, self.target)
        self.forwarded += 1
        self.overtaken += self.highest is not None and number < self.highest
        self.highest = max(number, self.highest or 0)

    def idle(self):
        return not self.under_way
