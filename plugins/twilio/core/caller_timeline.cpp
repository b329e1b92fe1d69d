#include "caller_timeline.hpp"

namespace twilio {
namespace {

// After so long without a payload that comes faster than real time, there is no backlog.
constexpr uint64_t kNoBacklogNs = 2000 * kMillisecondNs;

}  // namespace

StreamClock::Placement CallerTimeline::on_media(uint64_t timestamp_ms,
                                                std::span<const uint8_t> mulaw, uint64_t now_ns) {
  const bool quiet = clock_.behind() > 0 && pauses_.is_pause(mulaw);
  const auto place = clock_.on_media(timestamp_ms, mulaw.size(), quiet, now_ns);
  if (place.remapped) far_.forget();
  if (place.verdict != StreamClock::Verdict::kDropLate) follow_arrival(now_ns);
  return place;
}

void CallerTimeline::follow_arrival(uint64_t now_ns) {
  const uint64_t behind = clock_.behind();
  const auto end = static_cast<int64_t>((clock_.position() - behind) * kSampleNs);
  const int64_t late = far_.observe(end, static_cast<int64_t>(now_ns));
  if (behind == 0) pauses_.restart();
  if (behind == 0 || late < static_cast<int64_t>(behind * kSampleNs / 4 * 3)) {
    in_step_ns_ = now_ns;
  } else if (now_ns - in_step_ns_ > kNoBacklogNs) {
    clock_.accept_pause();
  }
}

}  // namespace twilio
