// How long to hold packets: the delay at which the harm of waiting longer and the harm of
// concealing what comes later than that are the least together.
//
// The past is seen as intervals of half a second, each with its worst packet: media then stood
// still until that packet came, so with a margin of M, (worst - M) of the interval had to be
// filled: the first of it with a period of speech once more, the rest by concealment. Packets that
// were overtaken by others cost their own length, when their turn came before them.
//
// Audio leaves in ticks, and a packet that misses the one at which it is needed is late by a whole
// tick. So the margin is not the target, but anything from the target to a tick above it, as the
// ticks happen to lie between the packets.
//
// One thread. Times in ns on the callers' clock.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emodel.hpp"

namespace jitter {

class TargetDelay {
 public:
  // What delay by the buffer costs, on the scale of R: so much per ms, and more beyond a knee.
  struct DelayCurve {
    double per_ms = kImpairmentPerMs;
    double knee_ms = kKneeMs - kPathMs;
    double more_per_ms = kImpairmentBeyondKneePerMs;
  };

  struct Config {
    int64_t min_ns = 0;
    int64_t max_ns = 400'000'000;
    int64_t start_ns = 40'000'000;
    // Delay that is worth 1 % less concealment, ms. 0: by `curve`.
    double tradeoff_ms_per_percent = 0;
    DelayCurve curve{};
    // After a stall, audio is not played faster for so long: stalls come in groups.
    int64_t hold_ns = 200'000'000;
    double memory = 60;  // half seconds until a stall counts 1/e of what it did
    // What running out of audio harms at least, as if so much were concealed.
    double underrun_ms = 1;
  };
  // For who mostly listens: delay counts less against concealment than in a conversation.
  static Config meeting();

  explicit TargetDelay(const Config& config) : config_(config), target_ns_(config.start_ns) {}
  void set_config(const Config& config) { config_ = config; }

  struct Arrival {
    int64_t now_ns = 0;
    int64_t late_ns = 0;     // ArrivalHistory
    int64_t base_ns = 0;     // the same
    int64_t packet_ns = 0;   // length of its audio
    bool overtaken = false;  // a packet behind it in the stream came before it
    int lost_before = 0;     // packets missing between the highest before and this one, so far
    bool carries_fec = false;
  };
  void add(const Arrival& arrival);

  // What is concealed anyway, because packets never come: share of the audio, 0 to 1.
  void set_unavoidable(double share) { unavoidable_ = share; }

  int64_t target_ns() const { return std::max(target_ns_, floor_ns_); }
  // Audio is not played faster while its delay is no more than this.
  int64_t held_ns() const { return held_ns_; }
  // Share of packets that are lost, as it was lately.
  double loss() const { return loss_; }
  void reset();

 private:
  static constexpr int64_t kIntervalNs = 500'000'000;
  static constexpr int kIntervals = 512;  // remembered: 256 s
  static constexpr int64_t kBucketNs = 500'000;
  static constexpr int kBuckets = 1600;  // 800 ms
  static constexpr size_t kRecent = 5;   // packets: more than arrive together by chance

  struct Interval {
    int64_t worst_ns = 0;
    int64_t base_ns = 0;  // at its end
  };

  void overtake(const Arrival& arrival);
  void follow(int64_t late_ns);
  void hold(const Arrival& arrival);
  void end_interval();
  void update();
  double cost(double delay_ms, double concealed_percent) const;

  Config config_;
  std::vector<Interval> past_;  // a ring
  size_t newest_ = 0;
  Interval running_;
  int64_t interval_start_ns_ = -1;
  std::array<int64_t, kRecent> recent_{};  // lateness of the last packets, a ring
  size_t recent_place_ = 0;
  int64_t floor_ns_ = 0;
  int64_t held_ns_ = 0, held_until_ns_ = 0;
  double loss_ = 0;
  double fec_ = 0;  // share of packets that carry FEC
  double mean_late_ns_ = 0;
  double unavoidable_ = 0;
  int64_t packet_ns_ = 20'000'000;
  // Share of packets by their lateness, forgetting: what is stored times the scale.
  std::array<float, kBuckets> overtaken_{};
  float overtaken_scale_ = 1;
  int packets_ = 0;
  int64_t target_ns_;
};

}  // namespace jitter
