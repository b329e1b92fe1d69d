#include "stereo_timeline.hpp"

#include <algorithm>
#include <cmath>

namespace callrecorder {
namespace {

// A discard and the flush it belongs to arrive within this time of each other.
constexpr Time kDiscardBelongsToFlush = 500 * kMillisecond;
// Timestamps that jump further than this are broken.
constexpr Time kLongestJump = 600 * kSecond;

Placement::Config placement_config(const StereoTimeline::Config& config) {
  const int64_t ms = std::max(config.rate / 1000, 1);
  return {.tolerance = samples_of(config.jitter_tolerance, config.rate),
          .averaging = config.rate,
          .start_above = 2 * ms,
          .stop_below = std::max<int64_t>(ms / 2, 1)};
}

}  // namespace

int64_t samples_of(Time time, int rate) noexcept {
  // Split, because time * rate overflows after some days at 48 kHz.
  const int64_t seconds = time >= 0 ? time / kSecond : -((-time + kSecond - 1) / kSecond);
  const int64_t rest = time - seconds * kSecond;
  return seconds * rate + (rest * rate + kSecond / 2) / kSecond;
}

Time time_of(int64_t samples, int rate) noexcept {
  const int64_t seconds = samples >= 0 ? samples / rate : -((-samples + rate - 1) / rate);
  const int64_t rest = samples - seconds * rate;
  return seconds * kSecond + (rest * kSecond + rate / 2) / rate;
}

StereoTimeline::StereoTimeline(const Config& config)
    : config_(config),
      hold_(samples_of(config.hold, config.rate)),
      fade_(std::max<int64_t>(samples_of(config.fade, config.rate), 1)),
      ring_(static_cast<size_t>(
          samples_of(std::max(config.hold, config.unconfirmed_hold) + config.lead + kSecond / 2,
                     config.rate))),
      sides_{SideState{placement_config(config)}, SideState{placement_config(config)}},
      scratch_(static_cast<size_t>(config.rate / 10)) {}

void StereoTimeline::set_active(Side side, bool active) noexcept { state(side).active = active; }

void StereoTimeline::begin_at(int64_t position) noexcept {
  if (!anchored_) {
    // The other side may turn out to have begun a little earlier.
    ring_.start_at(position - hold_ / 2);
    earliest_ = position;
    anchored_ = true;
  } else if (!start_ && position < earliest_) {
    // The first block may have been far ahead of time. Nothing was taken yet, so the ring can go
    // back as far as it still holds what it has.
    int64_t latest = earliest_;
    for (const SideState& s : sides_) {
      if (s.pushed) latest = std::max(latest, s.end);
    }
    const int64_t furthest_back = latest - static_cast<int64_t>(ring_.frames());
    if (position < ring_.begin()) {
      ring_.start_at(std::min(ring_.begin(), std::max(position, furthest_back)));
    }
    earliest_ = std::max(position, ring_.begin());
  }
}

void StereoTimeline::reach(SideState& side, int64_t position) noexcept {
  side.end = side.ever ? std::max(side.end, position) : position;
  side.ever = true;
}

void StereoTimeline::push(Side side, std::optional<Time> time, std::span<const int16_t> samples,
                          std::optional<Time> now) {
  if (samples.empty() || finished_at_) return;
  SideState& s = state(side);
  const auto n = static_cast<int64_t>(samples.size());
  const bool first = !s.pushed;
  if (time && now) {
    // Dropped here, so that one broken timestamp cannot set the place of the whole file.
    const Time span = time_of(static_cast<int64_t>(ring_.frames()), config_.rate);
    if (*time < *now - span) {
      counters_.late += samples.size();
      return;
    }
    if (*time > *now + span) {
      counters_.overrun += samples.size();
      return;
    }
  }
  const Placement::Placed placed =
      time ? s.placement.place(samples_of(*time, config_.rate), n)
           : s.placement.append(s.ever ? s.end : (anchored_ ? ring_.begin() + hold_ / 2 : 0), n);
  begin_at(placed.position);

  const bool fade_in = (placed.discontinuity || !s.sounding) && !first;
  if (placed.discontinuity && !first) {
    ++counters_.gaps;
    if (s.sounding && placed.position > s.end) ring_.ramp_down(side, s.end - fade_, s.end);
  }
  if (placed.adjust != 0) {
    // Drift: the block is stretched by one sample, by linear interpolation.
    const int64_t m = n + placed.adjust;
    scratch_.resize(static_cast<size_t>(m));
    const double step = m > 1 ? static_cast<double>(n - 1) / static_cast<double>(m - 1) : 0.0;
    for (int64_t i = 0; i < m; ++i) {
      const double at = static_cast<double>(i) * step;
      const auto left = std::min<int64_t>(static_cast<int64_t>(at), n - 1);
      const auto right = std::min<int64_t>(left + 1, n - 1);
      const double fraction = at - static_cast<double>(left);
      const double value = samples[static_cast<size_t>(left)] * (1.0 - fraction) +
                           samples[static_cast<size_t>(right)] * fraction;
      scratch_[static_cast<size_t>(i)] = static_cast<int16_t>(std::lround(value));
    }
    samples = scratch_;
    ++counters_.corrected;
  } else if (fade_in) {
    scratch_.assign(samples.begin(), samples.end());
    const int64_t length = std::min(fade_, n);
    for (int64_t i = 0; i < length; ++i) {
      int16_t& sample = scratch_[static_cast<size_t>(i)];
      sample = static_cast<int16_t>(sample * i / length);
    }
    samples = scratch_;
  }

  const StereoRing::Stored stored = ring_.write(side, placed.position, samples);
  counters_.late += stored.late;
  counters_.overrun += stored.overrun;
  if (stored.overrun == samples.size()) {
    s.placement.forget();  // a block far away must not pull the side's end along
    return;
  }
  s.pushed = true;
  s.sounding = true;
  reach(s, placed.position + static_cast<int64_t>(samples.size()));
  if (side == Side::kAgent && new_generation_) {
    generation_start_ = placed.position;
    new_generation_ = false;
  }
}

void StereoTimeline::gap(Side side, Time time, Time duration) noexcept {
  if (duration <= 0 || duration > kLongestJump) return;
  SideState& s = state(side);
  const int64_t to = samples_of(time + duration, config_.rate);
  // Silence does not begin a file: a line may be open long before its call.
  if (!anchored_ || to <= ring_.end() + samples_of(kLongestJump, config_.rate)) reach(s, to);
}

void StereoTimeline::cut(int64_t position) noexcept {
  SideState& agent = state(Side::kAgent);
  if (!agent.ever) return;
  // Audio pushed after the last flush is the next reply; a late message about the one before it
  // must not touch it.
  const bool older = generation_start_ && position < *generation_start_ && !new_generation_;
  const int64_t limit = older ? *generation_start_ : agent.end;
  if (position >= limit) return;
  const int64_t ramp_from = std::max(position - fade_, ring_.begin());
  const int64_t ramp_to = std::min(ramp_from + fade_, limit);
  if (ramp_to > ramp_from) ring_.ramp_down(Side::kAgent, ramp_from, ramp_to);
  const int64_t from = std::max(ramp_to, ramp_from);
  ring_.silence(Side::kAgent, from, limit);
  if (limit > from) counters_.discarded += static_cast<uint64_t>(limit - from);
  if (older) return;
  agent.end = std::min(agent.end, from);
  agent.sounding = false;
  agent.placement.forget();
}

void StereoTimeline::played(Time position, bool discarded, std::optional<Time> now) noexcept {
  const int64_t at = samples_of(position, config_.rate);
  heard_ = heard_ ? std::max(*heard_, at) : at;
  if (!discarded) return;
  discard_ = at;
  discard_at_ = now.value_or(0);
  cut(at);
}

void StereoTimeline::flush_started(std::optional<Time> now) noexcept {
  if (!now) return;  // not live: a flush is a seek, and what was pushed stays
  const bool fresh = discard_ && *now - discard_at_ <= kDiscardBelongsToFlush;
  cut(fresh ? std::min(*discard_, samples_of(*now, config_.rate)) : samples_of(*now, config_.rate));
}

void StereoTimeline::flush_stopped() noexcept {
  discard_.reset();
  new_generation_ = true;
}

bool StereoTimeline::has_room(Side side, std::optional<Time> time, size_t samples) noexcept {
  if (!anchored_ || finished_at_) return true;
  const SideState& s = state(side);
  int64_t from = s.ever ? s.end : ring_.begin();
  if (time) from = samples_of(*time, config_.rate);
  // Placement may move the block by its tolerance.
  const int64_t to =
      from + static_cast<int64_t>(samples) + samples_of(config_.jitter_tolerance, config_.rate);
  if (to <= ring_.end() || samples >= ring_.frames()) return true;
  if (to - std::max(latest_end(), ring_.end()) > samples_of(kLongestJump, config_.rate)) {
    return true;
  }
  room_wished_ = std::max(room_wished_, to);
  return false;
}

int64_t StereoTimeline::latest_end() const noexcept {
  int64_t end = INT64_MIN;
  for (const SideState& s : sides_) {
    if (s.ever) end = std::max(end, s.end);
  }
  return end;
}

int64_t StereoTimeline::progress() const noexcept {
  int64_t least = INT64_MAX;
  for (const SideState& s : sides_) {
    if (s.active) least = std::min(least, s.ever ? s.end : ring_.begin());
  }
  return least == INT64_MAX ? latest_end() : least;
}

int64_t StereoTimeline::final_until(std::optional<Time> now) noexcept {
  if (!now) {
    const int64_t wished =
        room_wished_ == INT64_MIN ? INT64_MIN : room_wished_ - static_cast<int64_t>(ring_.frames());
    return std::max(progress() - hold_, wished);
  }
  const int64_t at = samples_of(*now, config_.rate);
  int64_t until = at - hold_;
  if (heard_ && *heard_ < until) {
    const auto unheard = ring_.first_sound(Side::kAgent, *heard_, until);
    const int64_t patience = at - samples_of(config_.unconfirmed_hold, config_.rate);
    if (unheard && *unheard < until) {
      const int64_t kept_back = std::max(*unheard, patience);
      until = std::min(until, kept_back);
      const int64_t from = std::max(*unheard, unconfirmed_until_);
      if (until > from) {
        counters_.unconfirmed += static_cast<uint64_t>(until - from);
        unconfirmed_until_ = until;
      }
    }
  }
  return until;
}

int64_t StereoTimeline::close_edges(int64_t until, bool may_wait) noexcept {
  // A side that fell silent without a word must not end in a step: fade before the edge is taken.
  for (size_t i = 0; i < kSides; ++i) {
    SideState& s = sides_[i];
    if (!s.sounding) continue;
    if (until >= s.end) {
      ring_.ramp_down(static_cast<Side>(i), s.end - fade_, s.end);
      s.sounding = false;
    } else if (may_wait && until > s.end - fade_) {
      until = s.end - fade_;
    }
  }
  return until;
}

size_t StereoTimeline::take(std::optional<Time> now, std::span<int16_t> out) noexcept {
  if (!anchored_) return 0;
  int64_t until = finished_at_ ? *finished_at_ : final_until(now);
  if (!start_) {
    if (until <= earliest_ && room_wished_ <= ring_.end()) return 0;
    start_ = earliest_;
    // What lies before the first audio is empty and not part of the file.
    ring_.start_at(*start_);
  }
  if (until <= ring_.begin()) return 0;
  if (!finished_at_) until = close_edges(until, now.has_value());
  return ring_.take(until, out);
}

void StereoTimeline::drop_taken() noexcept {
  if (start_) start_ = ring_.begin();
}

bool StereoTimeline::all_heard(Time now) const noexcept {
  const SideState& agent = state(Side::kAgent);
  if (!agent.ever) return true;
  const int64_t at = samples_of(now, config_.rate);
  return agent.end <= std::max(at, heard_.value_or(at));
}

void StereoTimeline::finish(std::optional<Time> now) noexcept {
  if (finished_at_) return;
  if (now) {
    const int64_t at = samples_of(*now, config_.rate);
    cut(std::max(at, heard_.value_or(at)));
  }
  finished_at_ = anchored_ ? std::max(latest_end(), ring_.begin()) : 0;
}

std::optional<Time> StereoTimeline::start() const noexcept {
  if (!start_) return std::nullopt;
  return time_of(*start_, config_.rate);
}

Time StereoTimeline::end() const noexcept {
  return anchored_ ? time_of(std::max(latest_end(), ring_.begin()), config_.rate) : 0;
}

}  // namespace callrecorder
