#include "caller_stamps.hpp"

#include <algorithm>
#include <utility>

namespace twilio {
namespace {

int64_t far_ns(CallerPosition at, uint64_t further_samples) {
  return static_cast<int64_t>((at.samples - at.behind + further_samples) * kSampleNs);
}

}  // namespace

void CallerStamps::restart() {
  clock_.restart();
  discontinuous_ = true;
}

uint64_t CallerStamps::time_of(CallerPosition at) {
  const bool first = !clock_.reading();
  int64_t time = clock_.read(far_ns(at, 0)) + static_cast<int64_t>(at.behind * kSampleNs);
  const auto least = static_cast<int64_t>(end_ns_);
  if (first && time < least) {
    // It began to sound before the pipeline played, or before what went out already.
    clock_.jump(least - time);
    time = least;
  }
  return static_cast<uint64_t>(std::max<int64_t>(time, 0));
}

CallerStamps::Stamp CallerStamps::finish(uint64_t time_ns, uint64_t samples, bool discontinuous) {
  end_ns_ = time_ns + samples * kSampleNs;
  return {.time_ns = time_ns,
          .discontinuous = std::exchange(discontinuous_, false) || discontinuous};
}

CallerStamps::Stamp CallerStamps::audio(std::span<const uint8_t> mulaw, CallerPosition at,
                                        bool discontinuous, bool remapped, uint64_t now_ns) {
  if (remapped) clock_.forget();
  clock_.observe(far_ns(at, mulaw.size()), static_cast<int64_t>(now_ns));
  uint64_t time = time_of(at);
  const int64_t error = clock_.error();
  if (error < -kMostError && is_quiet(mulaw)) {
    // The first payloads were late, so all are stamped late.
    clock_.jump(-static_cast<int64_t>(mulaw.size() * kSampleNs));
    discontinuous_ |= discontinuous;
    return {.time_ns = time, .skip = true};
  }
  if (error > kMostError && (discontinuous || is_quiet(mulaw))) {
    clock_.jump(error);
    time += static_cast<uint64_t>(error);
    discontinuous = true;
  }
  return finish(time, mulaw.size(), discontinuous);
}

CallerStamps::Stamp CallerStamps::silence(CallerPosition at, uint64_t samples, uint64_t left,
                                          uint64_t now_ns) {
  // Before anything came, silence that is made ends now.
  if (!clock_.known()) clock_.observe(far_ns(at, left), static_cast<int64_t>(now_ns));
  return finish(time_of(at), samples, false);
}

}  // namespace twilio
