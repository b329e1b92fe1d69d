#include "target_delay.hpp"

#include <algorithm>
#include <cmath>

namespace jitter {
namespace {

constexpr double kMs = 1e6;  // ns
// Another path: the fastest packet changed by more than drift or luck.
constexpr int64_t kPathChangeNs = 10'000'000;
constexpr double kLossForget = 0.996;        // per packet
constexpr float kOvertakenForget = 0.9993F;  // per packet, as WebRTC's ReorderOptimizer
constexpr float kLeastScale = 1e-12F;
constexpr int64_t kTickNs = 10'000'000;
// JitterBuffer::repeat() fills 10 to 20 ms, but it is no concealment only where speech is as like
// itself as for any stretch, the smaller part of the time.
constexpr int64_t kRepeatedNs = 2'000'000;
// Over the fastest of the last packets: jitter around a delay that has risen.
constexpr int64_t kAboveRecentNs = 8'000'000;

}  // namespace

// Chosen by measuring (docs/performance.md): about the concealment of WebRTC's NetEQ, at less
// delay. The E-model's curve, which is for conversation, is far steeper beyond its knee.
TargetDelay::Config TargetDelay::meeting() {
  Config config;
  config.max_ns = 1'000'000'000;
  config.start_ns = 80'000'000;
  config.curve = {0.0165, 82, 0.015};
  config.hold_ns = 850'000'000;
  config.memory = 52;
  config.underrun_ms = 18;
  return config;
}

void TargetDelay::reset() {
  past_.clear();
  newest_ = 0;
  running_ = {};
  interval_start_ns_ = -1;
  loss_ = fec_ = mean_late_ns_ = unavoidable_ = 0;
  overtaken_.fill(0);
  overtaken_scale_ = 1;
  packets_ = 0;
  recent_.fill(0);
  floor_ns_ = held_ns_ = held_until_ns_ = 0;
  target_ns_ = config_.start_ns;
}

void TargetDelay::add(const Arrival& arrival) {
  packet_ns_ = arrival.packet_ns;
  // First, so that all that comes at the end of a stall is in one interval.
  if (interval_start_ns_ < 0) interval_start_ns_ = arrival.now_ns;
  const int64_t since = arrival.now_ns - interval_start_ns_;
  if (since >= kIntervalNs) {
    interval_start_ns_ += since / kIntervalNs * kIntervalNs;
    end_interval();
  }
  if (arrival.lost_before > 0) {
    for (int i = 0; i < std::min(arrival.lost_before, 100); ++i) {
      loss_ = loss_ * kLossForget + (1 - kLossForget);
    }
  }
  // A packet that was taken for lost came after all.
  loss_ = arrival.overtaken ? std::max(0.0, loss_ - (1 - kLossForget)) : loss_ * kLossForget;
  fec_ += (arrival.carries_fec - fec_) / 50;
  mean_late_ns_ += (static_cast<double>(arrival.late_ns) - mean_late_ns_) / 50;

  overtake(arrival);
  if (!arrival.overtaken) {
    running_.worst_ns = std::max(running_.worst_ns, arrival.late_ns);
    follow(arrival.late_ns);
  }
  hold(arrival);
  running_.base_ns = arrival.base_ns;
  if (!past_.empty() && !arrival.overtaken && arrival.late_ns == running_.worst_ns &&
      arrival.late_ns > target_ns_) {
    update();  // a stall: what was learnt from it counts before the interval ends
  }
}

void TargetDelay::overtake(const Arrival& arrival) {
  // At first a plain mean over a second or more.
  packets_ = std::min(packets_ + 1, 1'000'000);
  const float newest = std::max(1 - kOvertakenForget, 1 / static_cast<float>(packets_ + 50));
  overtaken_scale_ *= 1 - newest;
  if (overtaken_scale_ < kLeastScale) {
    for (float& share : overtaken_) share *= overtaken_scale_;
    overtaken_scale_ = 1;
  }
  if (arrival.overtaken) {
    const auto bucket = std::min<int64_t>(arrival.late_ns / kBucketNs, kBuckets - 1);
    overtaken_[static_cast<size_t>(bucket)] += newest / overtaken_scale_;
  }
}

// When even the fastest of the last packets is later than the target, the path has become longer:
// with a shorter delay each packet would be missing. Behind a stall, packets catch up at once.
void TargetDelay::follow(int64_t late_ns) {
  recent_[recent_place_] = late_ns;
  recent_place_ = (recent_place_ + 1) % kRecent;
  const int64_t least = *std::min_element(recent_.begin(), recent_.end());
  floor_ns_ = least <= kPathChangeNs ? 0 : std::min(least + kAboveRecentNs, config_.max_ns);
}

void TargetDelay::hold(const Arrival& arrival) {
  if (arrival.now_ns > held_until_ns_) held_ns_ = 0;
  if (config_.hold_ns == 0 || arrival.late_ns < held_ns_) return;
  held_ns_ = arrival.late_ns;
  held_until_ns_ = arrival.now_ns + config_.hold_ns;
}

void TargetDelay::end_interval() {
  if (past_.size() < kIntervals) {
    past_.push_back(running_);
    newest_ = past_.size() - 1;
  } else {
    newest_ = (newest_ + 1) % kIntervals;
    past_[newest_] = running_;
  }
  running_.worst_ns = 0;
  update();
}

double TargetDelay::cost(double delay_ms, double concealed_percent) const {
  if (config_.tradeoff_ms_per_percent > 0) {
    return delay_ms + config_.tradeoff_ms_per_percent * concealed_percent;
  }
  return config_.curve.per_ms * delay_ms +
         config_.curve.more_per_ms * std::max(0.0, delay_ms - config_.curve.knee_ms) +
         concealment_impairment(concealed_percent);
}

void TargetDelay::update() {
  // The weight of every interval by its lateness.
  std::array<double, kBuckets> histogram{};
  const double forget = 1 - 1 / config_.memory;
  double weight = 1, total = 0;
  const int64_t base = past_[newest_].base_ns;
  for (size_t age = 0; age < past_.size(); ++age) {
    const Interval& interval = past_[(newest_ + past_.size() - age) % past_.size()];
    // Seen from the path as it is now; drift does not count.
    const int64_t moved = base - interval.base_ns;
    const int64_t late =
        moved > kPathChangeNs ? std::max<int64_t>(0, interval.worst_ns - moved) : interval.worst_ns;
    histogram[static_cast<size_t>(std::min<int64_t>(late / kBucketNs, kBuckets - 1))] += weight;
    total += weight;
    weight *= forget;
  }
  if (running_.worst_ns > target_ns_) {
    histogram[static_cast<size_t>(
        std::min<int64_t>(running_.worst_ns / kBucketNs, kBuckets - 1))] += 1;
    ++total;
  }
  // Of an interval, by the margin: the share that is later, and by how many buckets.
  constexpr int kTick = kTickNs / kBucketNs, kRepeated = kRepeatedNs / kBucketNs;
  constexpr size_t kAll = kBuckets + std::max(kTick, kRepeated) + 1;
  std::array<double, kAll> later{}, by{};
  for (size_t margin = kBuckets; margin-- > 0;) {
    later[margin] = later[margin + 1] + histogram[margin] / total;
    by[margin] = by[margin + 1] + later[margin + 1];
  }
  const auto filled_ms = [&](size_t margin) {
    if (margin >= kBuckets) return 0.0;
    return config_.underrun_ms * later[margin] +
           by[margin + kRepeated] * static_cast<double>(kBucketNs) / kMs;
  };
  // From long delays to short ones: what a shorter delay would have cost.
  // What is missing is restored from the next packet, if that is there when its turn comes.
  const int64_t fec_from_ns = packet_ns_ + 3'000'000 + static_cast<int64_t>(1.5 * mean_late_ns_);
  double best = HUGE_VAL;
  double over_ticks_ms = 0, overtaken_above = 0;
  int64_t target = 0;
  for (size_t bucket = kBuckets; bucket-- > 0;) {
    over_ticks_ms += filled_ms(bucket) - filled_ms(bucket + kTick);
    const int64_t delay_ns = static_cast<int64_t>(bucket + 1) * kBucketNs;
    const double stood_still = over_ticks_ms / kTick / (static_cast<double>(kIntervalNs) / kMs);
    const double restored = delay_ns >= fec_from_ns ? fec_ : 0;
    const double share = unavoidable_ + stood_still + overtaken_above * (1 - restored);
    const double here = cost(static_cast<double>(delay_ns) / kMs, 100 * share);
    if (here <= best) {
      best = here;
      target = delay_ns;
    }
    overtaken_above += static_cast<double>(overtaken_[bucket] * overtaken_scale_);
  }
  if (loss_ > 0.004 && fec_ > 0.5) target = std::max(target, fec_from_ns);
  target_ns_ = std::clamp(target, config_.min_ns, std::max(config_.min_ns, config_.max_ns));
}

}  // namespace jitter
