"""Packet arrivals on typical networks, made up but reproducible: 20 ms packets as lists of (send ms,
arrival ms or None when lost). The same as those on which NetEQ's figures (neteq.json) were measured,
for count=3000 and shift=0; another `shift` gives other dice."""
import random

PACKET_MS = 20
FASTEST_MS = 30.0


class Path:
    """Arrivals that are worked on; times in ms, None: lost."""

    def __init__(self, count, seed, late, stretch=1.0):
        self.dice = random.Random(seed)
        self.arrivals = [i * PACKET_MS * stretch + FASTEST_MS + late(self.dice, i) for i in range(count)]
        self.length_ms = count * PACKET_MS

    def in_order(self):
        """A queue: nothing overtakes, and each packet takes 0.3 ms of the line."""
        last = -1
        for i, arrival in enumerate(self.arrivals):
            if arrival is not None:
                last = self.arrivals[i] = max(arrival, last + 0.3)
        return self

    def stalled(self, stalls):
        """What arrives during (start, duration) waits for its end."""
        for start, duration in stalls:
            end = start + duration
            self.arrivals = [end if a is not None and start <= a < end else a for a in self.arrivals]
        return self.in_order()

    def lossy(self, share, burst):
        """Gilbert's model: two states, bursts of a mean length."""
        leave = 1 / burst
        enter = leave * share / (1 - share)
        bad = False
        for i in range(len(self.arrivals)):
            bad = self.dice.random() >= leave if bad else self.dice.random() < enter
            if bad:
                self.arrivals[i] = None
        return self

    def times(self, first, duration, pause):
        """Stalls one after the other."""
        stalls, start = [], first
        while start < self.length_ms:
            stalls.append((start, duration()))
            start += pause()
        return stalls


def gauss(spread):
    return lambda dice, _: abs(dice.gauss(0, spread))


def handover(dice, i):
    return (20 if i * PACKET_MS // 15000 % 2 else 0) + dice.lognormvariate(1.3, 0.6)


def make(count=3000, shift=0):
    """{name: [(send, arrival)]}"""
    made = {}

    def seed(number):
        return number + 1000 * shift

    made["steady"] = Path(count, seed(1), gauss(1)).in_order()

    path = Path(count, seed(2), lambda dice, _: dice.expovariate(1 / 4.0))
    made["wifi"] = path.stalled(path.times(500, lambda: path.dice.uniform(30, 120), lambda: path.dice.expovariate(1 / 1500.0) + 150))

    bad = Path(count, seed(3), lambda dice, _: dice.expovariate(1 / 8.0))
    stalls = bad.times(300, lambda: min(400, 30 * bad.dice.paretovariate(1.3)), lambda: bad.dice.expovariate(1 / 600.0) + 100)
    made["wifi_bad"] = bad.stalled(stalls).lossy(0.01, 2)

    path4 = Path(count, seed(4), handover)
    made["lte_ho"] = path4.stalled([(14000 + 15000 * k, path4.dice.uniform(250, 400)) for k in range(path4.length_ms // 15000 + 1)])

    for percent in (2, 5, 10):
        made[f"loss{percent}"] = Path(count, seed(10 + percent), gauss(3)).in_order().lossy(percent / 100, 2.0)

    made["drift+100ppm"] = Path(count, seed(5), gauss(2), 1 + 1e-4).in_order()
    made["drift-100ppm"] = Path(count, seed(5), gauss(2), 1 - 1e-4).in_order()

    path6 = Path(count, seed(6), gauss(3))
    for i in range(count):
        if path6.dice.random() < 0.03:
            path6.arrivals[i] += path6.dice.uniform(25, 60)
    made["reorder"] = path6

    made["step80"] = Path(count, seed(7), lambda dice, i: (80 if 20000 <= i * PACKET_MS < 40000 else 0) + abs(dice.gauss(0, 3))).in_order()

    mobile = Path(count, seed(8), lambda dice, _: dice.lognormvariate(2.2, 0.8))
    stalls = mobile.times(1000, lambda: mobile.dice.uniform(60, 220), lambda: mobile.dice.expovariate(1 / 4000.0) + 300)
    made["mobile"] = mobile.stalled(stalls).lossy(0.03, 2.5)
    return {name: [(i * PACKET_MS, a) for i, a in enumerate(path.arrivals)] for name, path in made.items()}


def drifting(count, ppms):
    """Clocks that drift by so many ppm, some jitter: {name: [(send, arrival)]}"""
    made = {}
    for ppm in ppms:
        path = Path(count, 5, gauss(2), 1 + ppm / 1e6).in_order()
        made[f"drift{ppm:+d}ppm"] = [(i * PACKET_MS, a) for i, a in enumerate(path.arrivals)]
    return made


def write(folder, traces):
    for name, packets in traces.items():
        with open(folder / f"{name}.csv", "w", encoding="ascii") as file:
            for i, (send, arrival) in enumerate(packets):
                file.write(f"{i},{send},{-1 if arrival is None else format(arrival, '.3f')}\n")
