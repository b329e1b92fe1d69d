#include "webrtc/core/latency_budget.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace jackfield::webrtc {
namespace {

// What Opus' encoder looks ahead for voice: 2.5 ms overlap of its transform, and 4 ms that let
// SILK's resamplers and CELT agree (RFC 6716, section 2; OPUS_GET_LOOKAHEAD is 312 at 48 kHz).
constexpr double kOpusLookahead = 6.5;
// Chromium takes sound from the microphone, and asks for what is to be played, 10 ms at a time.
constexpr double kBrowserBlock = 10;
// On a steady network NetEQ holds sound a block longer than a packet is long.
constexpr double kBrowserHeldBeyondPacket = 10;
// adaptivejitter decodes 10 ms at a time; a longer frame waits for its last ones.
constexpr double kTick = 10;

struct Budget {
  double least, most;
};
// Of the requirement, in its words: capture buffer, encoding, network, jitter buffer, decoding,
// playback buffer. There is none for stages, which are no part of a call between people.
constexpr Budget kCapture{5, 10}, kEncode{2.5, 5}, kNetwork{30, 50}, kJitterBuffer{20, 40},
    kDecode{2.5, 5}, kPlayback{5, 10}, kNone{0, 0};

class Adder {
 public:
  void add(const char* name, Budget budget, Origin origin, double ms) {
    const double counted = origin == Origin::kUnknown || !std::isfinite(ms) || ms < 0 ? 0 : ms;
    sum_.parts.push_back({.name = name,
                          .ms = counted,
                          .origin = origin,
                          .budget_least = budget.least,
                          .budget_most = budget.most});
    sum_.total_ms += counted;
    if (origin == Origin::kAssumed) sum_.assumed_ms += counted;
  }
  void add_measured(const char* name, Budget budget, const std::optional<double>& ms,
                    double more = 0) {
    add(name, budget, ms ? Origin::kMeasured : Origin::kUnknown, ms.value_or(0) + more);
  }
  LatencySum take() { return std::move(sum_); }

 private:
  LatencySum sum_;
};

// How long the first sample of a packet waits for the last one, after its block was captured.
double rest_of_packet(double packet, double block) { return std::max(0.0, packet - block); }

std::optional<double> half(const std::optional<double>& round_trip) {
  return round_trip ? std::optional{*round_trip / 2} : std::nullopt;
}

}  // namespace

const char* origin_name(Origin origin) {
  switch (origin) {
    case Origin::kMeasured:
      return "measured";
    case Origin::kKnown:
      return "known";
    case Origin::kAssumed:
      return "assumed";
    case Origin::kUnknown:
      break;
  }
  return "unknown";
}

LatencySum incoming_latency(const CallDelays& delays) {
  Adder way;
  way.add("capture", kCapture, Origin::kAssumed, kBrowserBlock);
  way.add("encode", kEncode, Origin::kKnown,
          rest_of_packet(delays.received_frame, kBrowserBlock) + kOpusLookahead);
  way.add_measured("network", kNetwork, half(delays.round_trip));
  way.add_measured("jitter buffer", kJitterBuffer, delays.held,
                   delays.output_frame.value_or(kTick) - kTick);
  way.add_measured("decode", kDecode, delays.decode);
  if (delays.playback) {
    way.add_measured("stages", kNone, delays.stages);
    way.add_measured("playback", kPlayback, delays.playback);
  }
  return way.take();
}

LatencySum outgoing_latency(const CallDelays& delays) {
  Adder way;
  if (delays.capture) way.add_measured("capture", kCapture, delays.capture);
  way.add_measured("stages", kNone, delays.stages);
  const double wait =
      delays.ready_voice ? 0 : rest_of_packet(delays.sent_frame, delays.capture.value_or(0));
  way.add("encode", kEncode, delays.encode ? Origin::kMeasured : Origin::kKnown,
          wait + kOpusLookahead + delays.encode.value_or(0));
  way.add_measured("network", kNetwork, half(delays.round_trip));
  if (delays.peer_held) {
    way.add_measured("jitter buffer", kJitterBuffer, delays.peer_held);
  } else {
    way.add("jitter buffer", kJitterBuffer, Origin::kAssumed,
            delays.sent_frame + kBrowserHeldBeyondPacket);
  }
  way.add("playback", kPlayback, Origin::kAssumed, kBrowserBlock);
  return way.take();
}

std::optional<double> packet_length(double samples, double packets, double rate) {
  constexpr std::array kLengths{2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0};
  constexpr double kFewPackets = 10;
  if (!(packets >= kFewPackets) || !(samples > 0) || !(rate > 0)) return std::nullopt;
  const double mean = samples / packets * 1000 / rate;
  double best = kLengths.front();
  for (const double length : kLengths) {
    if (std::abs(std::log(length / mean)) < std::abs(std::log(best / mean))) best = length;
  }
  return best;
}

std::string latency_text(const LatencySum& sum) {
  char text[96];
  std::snprintf(text, sizeof text, "%.0f ms", sum.total_ms);
  std::string all = text;
  const char* between = ": ";
  for (const LatencyPart& part : sum.parts) {
    if (part.origin == Origin::kUnknown) {
      std::snprintf(text, sizeof text, "%s%s ?", between, part.name);
    } else {
      std::snprintf(text, sizeof text, "%s%s %s%.1f", between, part.name,
                    part.origin == Origin::kAssumed ? "~" : "", part.ms);
    }
    all += text;
    if (part.over_budget()) {
      std::snprintf(text, sizeof text, " (budget %g)", part.budget_most);
      all += text;
    }
    between = ", ";
  }
  return all;
}

}  // namespace jackfield::webrtc
