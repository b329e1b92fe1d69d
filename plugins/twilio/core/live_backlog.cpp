#include "live_backlog.hpp"

#include <algorithm>
#include <cstdlib>

#include "g711.hpp"
#include "line_units.hpp"

namespace twilio {
namespace {

// Smaller backlogs are worth having: they hide the next jitter.
constexpr uint64_t kKeepNs = 40 * kMillisecondNs;
constexpr uint64_t kBeginAboveNs = 60 * kMillisecondNs;
// After such a pause, with all played, what comes is another reply, or time has stood still.
constexpr uint64_t kPauseNs = 1000 * kMillisecondNs;

// The sample that is missed least: the one between the two most alike.
size_t least_missed(std::span<const uint8_t> mulaw) {
  size_t best = 0;
  int least = INT32_MAX;
  for (size_t i = 1; i + 1 < mulaw.size(); ++i) {
    const int step = std::abs(jackfield::mulaw_to_linear(mulaw[i + 1]) -
                              jackfield::mulaw_to_linear(mulaw[i - 1]));
    if (step < least) {
      least = step;
      best = i;
    }
  }
  return best;
}

}  // namespace

void LiveBacklog::restart() {
  delay_.restart();
  least_ahead_ns_ = kNever;
  too_much_ns_ = 0;
}

LiveBacklog::Cut LiveBacklog::push(std::span<const uint8_t> mulaw, uint64_t pts_ns, uint64_t now_ns,
                                   uint64_t ahead_ns) {
  if (ahead_ns == 0 && now_ns > last_push_ns_ + kPauseNs) restart();
  last_push_ns_ = now_ns;
  least_ahead_ns_ = std::min(least_ahead_ns_, ahead_ns);
  if (delay_.add(static_cast<int64_t>(now_ns + ahead_ns - pts_ns), now_ns)) {
    const auto excess = static_cast<uint64_t>(std::max<int64_t>(delay_.excess(), 0));
    too_much_ns_ = std::min(excess, least_ahead_ns_);
    too_much_ns_ = too_much_ns_ > kBeginAboveNs ? too_much_ns_ - kKeepNs : 0;
    least_ahead_ns_ = ahead_ns;
  }
  if (too_much_ns_ < kSampleNs) {
    pauses_.restart();
    return {};
  }
  Cut cut;
  const bool pause = pauses_.is_pause(mulaw);
  if (pause && too_much_ns_ >= mulaw.size() * kSampleNs) {
    cut.size = mulaw.size();
  } else if (mulaw.size() >= kFrameBytes) {
    cut = {least_missed(mulaw), 1};
  }
  too_much_ns_ -= cut.size * kSampleNs;
  return cut;
}

}  // namespace twilio
