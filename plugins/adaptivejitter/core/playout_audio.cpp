#include "playout_audio.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace jitter {
namespace {

constexpr int kHistoryMs = 40;

// Normalised: 1 is the same but for the level.
float correlation(const float* a, const float* b, int count, int step) {
  // Four sums at a time: one alone would wait for each addition.
  constexpr int kLanes = 4;
  std::array<float, kLanes> cross{1e-9F}, first{1e-9F}, second{1e-9F};
  int i = 0;
  for (; i + (kLanes - 1) * step < count; i += kLanes * step) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const auto sum = static_cast<size_t>(lane);
      const float here = a[i + lane * step], there = b[i + lane * step];
      cross[sum] += here * there;
      first[sum] += here * here;
      second[sum] += there * there;
    }
  }
  for (; i < count; i += step) {
    cross[0] += a[i] * b[i];
    first[0] += a[i] * a[i];
    second[0] += b[i] * b[i];
  }
  const auto total = [](const auto& sums) { return sums[0] + sums[1] + sums[2] + sums[3]; };
  return total(cross) / std::sqrt(total(first) * total(second));
}

}  // namespace

PlayoutAudio::PlayoutAudio(int rate, int channels) : rate_(rate), channels_(channels) {}

std::span<const float> PlayoutAudio::take(int samples) {
  const int history = kHistoryMs * rate_ / 1000 * channels_;
  // Moving happens rarely, so the history grows to twice its size in between.
  if (place_ > 2 * history) {
    samples_.erase(samples_.begin(), samples_.begin() + (place_ - history));
    place_ = history;
  }
  const int count = std::min(samples, ahead()) * channels_;
  const std::span<const float> taken(samples_.data() + place_, static_cast<size_t>(count));
  place_ += count;
  return taken;
}

void PlayoutAudio::erase_ahead(int from, int count) {
  const auto begin = samples_.begin() + place_ + from * channels_;
  samples_.erase(begin, begin + count * channels_);
}

void PlayoutAudio::smooth(int from) {
  const int begin = place_ + from * channels_;
  const int frames = (static_cast<int>(samples_.size()) - begin) / channels_;
  if (begin < 2 * channels_ || frames < 2) return;
  const int fade = std::min(frames, rate_ / 500);
  for (int channel = 0; channel < channels_; ++channel) {
    float* first = samples_.data() + begin + channel;
    const float last = first[-channels_];
    // From sample to sample it goes on as it did on both sides.
    const float slope = (last - first[-2 * channels_] + first[channels_] - first[0]) / 2;
    const float step = last + slope - first[0];
    for (int i = 0; i < fade; ++i) {
      const float phase = static_cast<float>(i) / static_cast<float>(fade);
      float& sample = first[i * channels_];
      sample = std::clamp(
          sample + step * (0.5F + 0.5F * std::cos(std::numbers::pi_v<float> * phase)), -1.0F, 1.0F);
    }
  }
}

void PlayoutAudio::clear() {
  samples_.clear();
  place_ = 0;
}

float PlayoutAudio::power(int length) const {
  const int count = std::min(length, ahead()) * channels_;
  if (count == 0) return 0;
  const float* samples = samples_.data() + place_;
  constexpr int kSums = 8;  // one alone would wait for each addition
  std::array<float, kSums> sums{};
  int i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int lane = 0; lane < kSums; ++lane) {
      sums[static_cast<size_t>(lane)] += samples[i + lane] * samples[i + lane];
    }
  }
  for (; i < count; ++i) sums[0] += samples[i] * samples[i];
  float sum = 0;
  for (const float one : sums) sum += one;
  return sum / static_cast<float>(count);
}

float PlayoutAudio::likeness(int lag, int count, int step) const {
  const float* here = samples_.data() + place_;
  return correlation(here, here + lag * channels_, count * channels_, step);
}

int PlayoutAudio::match_window(int least, int most) const {
  if (least > most || -least > behind()) return 0;
  // It has to fit in behind the longest jump.
  const int window = std::min(match_samples(), ahead() - std::max(0, most));
  return window < fade_samples() ? 0 : window;
}

PlayoutAudio::Match PlayoutAudio::match_at(int lag) const {
  const int window = match_window(lag, lag);
  return window == 0 ? Match{} : Match{lag, likeness(lag, window, 1)};
}

void PlayoutAudio::jump(Match match) {
  const int count = std::min(fade_samples(), ahead() - std::max(0, match.lag)) * channels_;
  leaving_.assign(samples_.begin() + place_, samples_.begin() + place_ + std::max(0, count));
  place_ += match.lag * channels_;
  // Sounds that are alike add by amplitude, others by power: keep the level between both.
  const float alike = std::clamp(match.likeness, 0.0F, 1.0F);
  const int frames = count / channels_;
  for (int i = 0; i < frames; ++i) {
    const float phase = (static_cast<float>(i) + 0.5F) / static_cast<float>(frames);
    const float in = 0.5F - 0.5F * std::cos(std::numbers::pi_v<float> * phase);
    const float out = 1 - in;
    const float level = std::sqrt(in * in + out * out + 2 * alike * in * out);
    for (int channel = 0; channel < channels_; ++channel) {
      float& sample = samples_[static_cast<size_t>(place_ + i * channels_ + channel)];
      const float left = leaving_[static_cast<size_t>(i * channels_ + channel)];
      sample = (out * left + in * sample) / level;
    }
  }
}

PlayoutAudio::Match PlayoutAudio::find_period(int least, int most) const {
  const int total = static_cast<int>(samples_.size()) / channels_;
  const int window = match_samples();
  Match best{0, -2};
  if (least > most || total < most + window) return best;
  const float* end = samples_.data() + samples_.size() - window * channels_;
  const int coarse = rate_ > 8000 ? rate_ / 8000 : 1;
  const auto look = [&](int from, int to, int pace, int step) {
    for (int lag = from; lag <= to; lag += pace) {
      const float like = correlation(end, end - lag * channels_, window * channels_, step);
      if (like > best.likeness) best = {lag, like};
    }
  };
  look(least, most, coarse, (coarse / 2) | 1);
  if (coarse > 1) {
    const int around = best.lag;
    best.likeness = -2;
    look(std::max(least, around - coarse + 1), std::min(most, around + coarse - 1), 1, 1);
  }
  return best;
}

void PlayoutAudio::repeat(Match match) {
  const size_t count = static_cast<size_t>(match.lag * channels_), end = samples_.size();
  samples_.resize(end + count);
  std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(end - count), count,
              samples_.begin() + static_cast<std::ptrdiff_t>(end));
  // What is left of a step at the seam fades within 1 ms.
  const int fade = std::min(match.lag, rate_ / 1000);
  for (int channel = 0; channel < channels_; ++channel) {
    const size_t at = end + static_cast<size_t>(channel);
    const float step = samples_[end - static_cast<size_t>(channels_ - channel)] -
                       samples_[at - count - static_cast<size_t>(channels_)];
    for (int i = 0; i < fade; ++i) {
      samples_[at + static_cast<size_t>(i * channels_)] +=
          step * static_cast<float>(fade - i) / static_cast<float>(fade);
    }
  }
}

}  // namespace jitter
