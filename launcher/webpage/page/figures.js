// What the browser measures of a call; asked once a second.

export class Figures {
  #connection;
  #before = null;

  constructor(connection) {
    this.#connection = connection;
  }

  // roundTrip, jitterBuffer (delay added by it): ms; lost, concealed: per cent of what came or was
  // played since the last time; null where unknown. path: "host", "srflx", "prflx" or "relay".
  async read() {
    const stats = [...(await this.#connection.getStats()).values()];
    const of = (type, test = () => true) => stats.find((entry) => entry.type === type && test(entry));
    const inbound = of("inbound-rtp", (entry) => entry.kind === "audio") ?? {};
    const transport = of("transport");
    const pair = stats.find((entry) => entry.id === transport?.selectedCandidatePairId) ?? of("candidate-pair", (entry) => entry.nominated && entry.state === "succeeded");
    const heard = of("remote-inbound-rtp", (entry) => entry.kind === "audio");
    const local = stats.find((entry) => entry.id === pair?.localCandidateId);
    const now = {
      delay: inbound.jitterBufferDelay ?? 0,
      emitted: inbound.jitterBufferEmittedCount ?? 0,
      received: inbound.packetsReceived ?? 0,
      lost: inbound.packetsLost ?? 0,
      played: inbound.totalSamplesReceived ?? 0,
      concealed: (inbound.concealedSamples ?? 0) - (inbound.silentConcealedSamples ?? 0),
    };
    const before = this.#before ?? { delay: 0, emitted: 0, received: 0, lost: 0, played: 0, concealed: 0 };
    this.#before = now;
    const grown = (name) => now[name] - before[name];
    const share = (part, whole) => (whole > 0 ? (100 * Math.max(0, part)) / whole : null);
    // Over RTCP, as the sound goes; that of the connectivity checks until the first report.
    const roundTrip = heard?.roundTripTime ?? pair?.currentRoundTripTime;
    return {
      roundTrip: roundTrip === undefined ? null : 1000 * roundTrip,
      jitterBuffer: grown("emitted") > 0 ? (1000 * grown("delay")) / grown("emitted") : null,
      lost: share(grown("lost"), grown("lost") + grown("received")),
      concealed: share(grown("concealed"), grown("played")),
      path: local?.candidateType ?? null,
    };
  }
}
