// A network between two ends of a call, on 127.0.0.1: datagrams are delayed at random, and media is lost.
// Each end sends to a port of the relay as if it were the other end.
const dgram = require("dgram");

// Mulberry32: the same seed, the same dice.
function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

// RFC 7983 and 5761: media and its reports, told apart from STUN and DTLS.
const isMedia = (packet) => packet[0] >= 128 && packet[0] < 192;
const isReport = (packet) => isMedia(packet) && packet[1] >= 192 && packet[1] < 224;

class LossyRelay {
  // `loss`: share of media packets. `delay`, `jitter`: ms; each datagram is late by the first and up to
  // the second. Order is not kept.
  constructor({ loss = 0, delay = 0, jitter = 0, seed = 1 }) {
    Object.assign(this, { loss, delay, jitter, random: dice(seed) });
    // Of each direction: what media came, and what of it was lost.
    this.counts = { toFar: { came: 0, lost: 0 }, toNear: { came: 0, lost: 0 } };
    // Which of them are lost is a matter of the seed alone.
    this.losing = new Map([[this.counts.toFar, dice(seed + 1)], [this.counts.toNear, dice(seed + 2)]]);
    this.waiting = new Set();
  }

  async open() {
    const bound = () => new Promise((resolve) => {
      const socket = dgram.createSocket("udp4");
      socket.bind(0, "127.0.0.1", () => resolve(socket));
    });
    // Each socket stands for the end on the other side. Of each end it knows one address, that of its first
    // candidate; what else an end tries is not on this network.
    this.nearSide = await bound();
    this.farSide = await bound();
    this.nearSide.on("message", (packet, { address, port }) => {
      if (address === "127.0.0.1" && port === this.nearPort) this.pass(packet, this.farSide, () => this.farPort, this.counts.toFar);
    });
    this.farSide.on("message", (packet, { address, port }) => {
      if (address === "127.0.0.1" && port === this.farPort) this.pass(packet, this.nearSide, () => this.nearPort, this.counts.toNear);
    });
  }

  pass(packet, socket, port, count) {
    if (isMedia(packet) && !isReport(packet)) {
      ++count.came;
      if (this.losing.get(count)() < this.loss) {
        ++count.lost;
        return;
      }
    }
    const timer = setTimeout(() => {
      this.waiting.delete(timer);
      if (port()) socket.send(packet, port(), "127.0.0.1");
    }, this.delay + this.jitter * this.random());
    this.waiting.add(timer);
  }

  // What the other end is told in place of an end's candidate; null: of another kind than UDP over IPv4,
  // for which there is no relay.
  forFar(candidate) {
    return this.rewritten(candidate, "nearPort", this.farSide);
  }
  forNear(candidate) {
    return this.rewritten(candidate, "farPort", this.nearSide);
  }

  rewritten(candidate, port, socket) {
    const parts = candidate.split(" ");
    if (parts[2].toLowerCase() !== "udp" || parts[4] !== "127.0.0.1") return null;
    this[port] ??= Number(parts[5]);
    if (this[port] !== Number(parts[5])) return null;
    parts[5] = String(socket.address().port);
    return parts.join(" ");
  }

  close() {
    for (const timer of this.waiting) clearTimeout(timer);
    this.nearSide.close();
    this.farSide.close();
  }
}

module.exports = { LossyRelay };
