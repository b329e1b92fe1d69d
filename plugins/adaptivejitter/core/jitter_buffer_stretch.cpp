// Faster and slower, so that audio is held as long as it is to be.
#include <algorithm>
#include <cmath>

#include "jitter_buffer.hpp"

namespace jitter {
namespace {

// The delay stays between the target and this above it; below the target, audio is missing soon.
constexpr int64_t kAboveNs = 4'000'000;
constexpr int64_t kBelowNs = 1'000'000;
constexpr int64_t kEnoughNs = 500'000;  // below the target, for playing faster
// Beyond twice the target and this, playing faster may be heard a little.
constexpr int64_t kUrgentNs = 60'000'000;
constexpr double kPace = 0.15;  // of the time: not noticed in speech
constexpr double kUrgentPace = 0.30;
constexpr double kSilentPace = 0.50;  // in silence
constexpr int kShortestLagMs10 = 25;  // 2.5 ms: 400 Hz, the highest voice
constexpr int kLongestLagMs10 = 150;  // 15 ms: 67 Hz, the lowest
constexpr int kLongestRepeatMs = 20;  // a tick and a period
constexpr float kAlike = 0.9F;
constexpr float kUrgentAlike = 0.5F;
constexpr float kSilence = 1e-5F;  // power: −50 dBFS

}  // namespace

// A tick that begins shortly before the end of a packet needs the next one that much earlier than
// its own time: so much of the delay is of no use. `ahead` as counted at a tick.
int JitterBuffer::early(int ahead) const { return ((ahead % frame()) + frame()) % frame(); }

// The last period, or a few, once more, when it is like what was before it. Speech goes on behind
// it as if nothing had been, which concealment cannot promise: so as in urgent cases.
bool JitterBuffer::repeat(int missing) {
  if (repeated_) return false;
  const int most = kLongestRepeatMs * rate() / 1000;
  const auto match = audio_.find_period(std::max(missing, kShortestLagMs10 * rate() / 10000), most);
  if (match.lag == 0 || match.likeness < kUrgentAlike) return false;
  repeated_ = true;
  audio_.repeat(match);
  // What is like itself enough is a stretch, as at any other time; else it is made up for what is
  // missing, though nobody may hear it.
  if (match.likeness >= kAlike) {
    statistics_.inserted_samples += static_cast<uint64_t>(match.lag);
  } else {
    count_concealed(missing);
    concealed_ahead_ = match.lag - missing;
    repeated_for_late_ = match.lag;
  }
  return true;
}

void JitterBuffer::stretch(int64_t now_ns) {
  const auto target = static_cast<int>(to_samples(target_.target_ns()));
  const auto delay = static_cast<int>(to_samples(delay_ns(now_ns)));
  const int ahead = audio_.ahead();
  const int excess = delay - target;
  const int above = static_cast<int>(to_samples(kAboveNs)),
            below = static_cast<int>(to_samples(kBelowNs));
  const bool slower = excess - early(ahead) < -below;
  const bool faster = !slower && excess > above && delay > to_samples(target_.held_ns());
  if (!slower && !faster) {
    credit_ = std::min<double>(credit_ + kPace * frame(), frame());
    return;
  }
  const bool urgent = faster && excess > target + to_samples(kUrgentNs);
  const int longest = kLongestLagMs10 * rate() / 10000;
  prepare(frame() + 2 * longest);
  const float power = audio_.power(frame());
  const bool silent = power < kSilence || power < 4 * noise_floor_;
  const double pace = silent ? kSilentPace : urgent ? kUrgentPace : kPace;
  credit_ = std::min(credit_ + pace * frame(), 1.5 * frame());
  // In silence any lag will do.
  const int least = silent ? rate() / 2000 : kShortestLagMs10 * rate() / 10000;
  int most = longest;
  if (faster) most = std::min({most, excess, audio_.ahead() - frame()});
  if (slower) most = std::min(most, audio_.behind());
  if (most < least || credit_ < least) return;
  PlayoutAudio::Match match;
  if (faster) {
    const auto enough = static_cast<int>(to_samples(-kEnoughNs));
    const auto allowed = [&](int lag) { return excess - lag - early(ahead - lag) >= enough; };
    if (silent) {
      int lag = most;
      while (lag >= least && !allowed(lag)) --lag;
      if (lag >= least) match = audio_.match_at(lag);
    } else {
      match = audio_.find_match(least, most, allowed);
    }
  } else {
    const int useful = excess - early(ahead);
    const auto allowed = [&](int lag) { return excess - lag - early(ahead - lag) > useful; };
    const auto enough = [&](int lag) { return excess - lag - early(ahead - lag) >= 0; };
    if (silent) {
      int lag = -least;
      while (-lag < most && !enough(lag)) --lag;
      match = audio_.match_at(lag);
    } else {
      match = audio_.find_match(-most, -least, allowed);
    }
  }
  if (match.lag == 0) return;
  if (!silent && match.likeness < (urgent ? kUrgentAlike : kAlike)) return;
  const int length = std::abs(match.lag);
  if (credit_ < length && !silent) return;
  credit_ -= length;
  audio_.jump(match);
  (faster ? statistics_.removed_samples : statistics_.inserted_samples) +=
      static_cast<uint64_t>(length);
}

void JitterBuffer::skip_ahead(int64_t now_ns) {
  const int64_t limit = std::max(config_.max_ns, target_.target_ns()) + kUrgentNs;
  if (delay_ns(now_ns) <= limit) return;
  const int64_t surplus = to_samples(delay_ns(now_ns) - target_.target_ns());
  // Only what is there can be skipped.
  const Packet* last = packets_.last();
  const int64_t end = last ? last->media : next_media_;
  const int64_t to = std::min(play_media() + surplus, end);
  const int64_t skipped = to - play_media();
  if (skipped < frame()) return;
  // What leaves fades out over the beginning of what comes.
  prepare(audio_.fade_samples());
  const int fade = std::min(audio_.ahead(), audio_.fade_samples());
  if (audio_.ahead() > fade) {
    const int cut = audio_.ahead() - fade;
    audio_.erase_ahead(fade, cut);
    next_media_ -= cut;
  }
  while (const Packet* packet = packets_.first()) {
    if (packet->media + decoder_->duration(packet->payload) > to) {
      next_sequence_ = packet->sequence;
      next_media_ = std::max(packet->media, to);
      break;
    }
    packets_.discard_before(packet->sequence + 1);
    ++statistics_.packets_discarded;
  }
  statistics_.skipped_samples += static_cast<uint64_t>(skipped);
  prepare(fade + frame());
  if (audio_.ahead() > 2 * fade) audio_.jump({fade, 0});
}

}  // namespace jitter
