// How long sound is on its way in a call over WebRTC, from mouth to ear, as the sum of what each
// part of the way adds, beside the budget of each part (docs/webrtc.md, "Latency"). Pure.
//
// Convention: of sound that is taken in blocks, the first sample of a block was spoken a block
// before it could be had, and is heard when the block begins to be played. A packet waits for as
// many blocks as it takes: the first is counted as capture, the others as encoding.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jackfield::webrtc {

// Where a figure comes from.
enum class Origin {
  kMeasured,  // in this call
  kKnown,     // follows from settings and from the codec
  kAssumed,   // of the peer, which does not tell
  kUnknown,   // nothing was measured (yet); counts as nothing
};

// "measured", "known", "assumed", "unknown".
const char* origin_name(Origin origin);

struct LatencyPart {
  const char* name = "";
  double ms = 0;
  Origin origin = Origin::kUnknown;
  // ms; both 0: the requirement has no budget for it.
  double budget_least = 0, budget_most = 0;

  bool over_budget() const { return budget_most > 0 && ms > budget_most; }
};

struct LatencySum {
  std::vector<LatencyPart> parts;  // in the order of the way
  double total_ms = 0;
  double assumed_ms = 0;  // of it
};

// The whole way: 65 to 120 ms.
inline constexpr double kBudgetLeast = 65, kBudgetMost = 120;

// What was measured in a call; means, in ms. nullopt: not known.
struct CallDelays {
  std::optional<double> round_trip;    // of the network, from RTCP's reports
  std::optional<double> held;          // by the jitter buffer
  std::optional<double> decode;        // work on a frame
  std::optional<double> stages;        // from the jitter buffer, or a voice, to the encoder
  std::optional<double> encode;        // work on a frame
  std::optional<double> capture;       // of our own sound card; without one nothing is captured
  std::optional<double> playback;      // likewise
  std::optional<double> peer_held;     // by the peer's jitter buffer, when the peer tells
  std::optional<double> output_frame;  // length of a frame that our jitter buffer puts out
  double received_frame = 20;          // length of the sound in a packet
  double sent_frame = 20;              // likewise
  // What we say is not spoken while it is sent: a voice that is synthesised comes in whole pieces,
  // and none waits for its end.
  bool ready_voice = false;
};

// From the peer's mouth to us (to our ear, if there is a sound card), and from us to the peer's
// ear.
LatencySum incoming_latency(const CallDelays& delays);
LatencySum outgoing_latency(const CallDelays& delays);

// The length of the sound in a packet, of the lengths that Opus has: what `samples` (at `rate`) of
// `packets` comes nearest to. nullopt: there is too little of it.
std::optional<double> packet_length(double samples, double packets, double rate);

// "62 ms: capture ~10, encode 26.5 (budget 5), network 0.4, jitter buffer 25.2". "~": assumed; "?":
// unknown. Budgets are told of what is over them.
std::string latency_text(const LatencySum& sum);

}  // namespace jackfield::webrtc
