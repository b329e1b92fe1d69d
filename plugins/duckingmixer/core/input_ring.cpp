#include "input_ring.hpp"

#include <algorithm>

#include "kernels.hpp"

namespace ducking {
namespace {

constexpr int kCapacityMs = 200;
constexpr int kToleranceMs = 20;
constexpr int kWatchedMs = 1000;

std::size_t frames_of(int rate, int ms) {
  return static_cast<std::size_t>(rate) / 1000 * static_cast<std::size_t>(ms) +
         static_cast<std::size_t>(rate) % 1000 * static_cast<std::size_t>(ms) / 1000;
}

void copy_samples(const float* from, std::size_t count, float* to) { std::copy_n(from, count, to); }
void copy_samples(const std::int16_t* from, std::size_t count, float* to) {
  kernels().from_s16(from, to, count);
}

}  // namespace

InputRing::InputRing(int rate, int channels)
    : rate_(static_cast<std::uint64_t>(rate)),
      channels_(static_cast<std::size_t>(channels)),
      tolerance_(static_cast<std::int64_t>(frames_of(rate, kToleranceMs))),
      watched_(frames_of(rate, kWatchedMs)),
      samples_(frames_of(rate, kCapacityMs) * channels_) {}

bool InputRing::has_room(std::int64_t due, std::size_t frames) const {
  const auto most = static_cast<std::int64_t>(capacity());
  if (queued_ == 0 || due > start_ + static_cast<std::int64_t>(queued_) + tolerance_)
    return due + static_cast<std::int64_t>(frames) <= now_ + most;
  return queued_ + frames <= capacity();
}

void InputRing::put(std::span<const float> samples, std::int64_t due) { put_any(samples, due); }
void InputRing::put(std::span<const std::int16_t> samples, std::int64_t due) {
  put_any(samples, due);
}

template <typename Sample>
void InputRing::put_any(std::span<const Sample> samples, std::int64_t due) {
  if (queued_ == 0) {
    late_ += due < now_;
    start_ = std::max(due, now_);
  } else if (const std::int64_t hole = due - (start_ + static_cast<std::int64_t>(queued_));
             hole > tolerance_) {
    append_silence(static_cast<std::size_t>(std::min(hole, static_cast<std::int64_t>(capacity()))));
  }
  behind_ = end() - due;
  append(samples);
}

template <typename Sample>
void InputRing::append(std::span<const Sample> samples) {
  std::size_t frames = samples.size() / channels_;
  if (frames > capacity()) {
    dropped_ += frames - capacity();
    samples = samples.last(capacity() * channels_);
    frames = capacity();
  }
  if (queued_ + frames > capacity()) drop(queued_ + frames - capacity());
  const std::size_t at = (begin_ + queued_) % capacity() * channels_;
  queued_ += frames;
  const std::size_t first = std::min(samples.size(), samples_.size() - at);
  copy_samples(samples.data(), first, samples_.data() + at);
  copy_samples(samples.data() + first, samples.size() - first, samples_.data());
}

void InputRing::append_silence(std::size_t frames) {
  constexpr std::size_t kPiece = 64;
  const float silence[kPiece] = {};
  for (std::size_t left = frames * channels_; left > 0;) {
    const std::size_t piece = std::min(left, kPiece / channels_ * channels_);
    append(std::span<const float>{silence, piece});
    left -= piece;
  }
}

void InputRing::drop(std::size_t frames) {
  frames = std::min(frames, queued_);
  begin_ = (begin_ + frames) % capacity();
  queued_ -= frames;
  dropped_ += frames;
}

bool InputRing::take(std::span<float> block, std::int64_t at, bool ended) {
  const std::size_t frames = block.size() / channels_;
  now_ = at + static_cast<std::int64_t>(frames);
  if (queued_ == 0 || start_ >= now_) return false;
  const std::size_t before = start_ > at ? static_cast<std::size_t>(start_ - at) : 0;
  const std::size_t taken = std::min(frames - before, queued_);
  if (before + taken < frames && !ended) {
    // The rest of the block will come, or nothing more for long, and then this was its end.
    waited_ += frames;
    start_ = now_;
    if (waited_ > watched_ / 4) clear();
    return false;
  }
  waited_ = 0;
  std::fill_n(block.begin(), before * channels_, 0.0F);
  const std::size_t whole = std::min(taken, capacity() - begin_);
  const auto from = samples_.begin() + static_cast<std::ptrdiff_t>(begin_ * channels_);
  const auto to = block.begin() + static_cast<std::ptrdiff_t>(before * channels_);
  const auto rest = std::copy_n(from, whole * channels_, to);
  std::copy_n(samples_.begin(), (taken - whole) * channels_, rest);
  if (const std::size_t end = before + taken; end < frames) {
    for (std::size_t i = before * channels_; i < end * channels_; ++i) {
      const std::size_t left = end - i / channels_;
      block[i] *= static_cast<float>(left) / static_cast<float>(taken);
    }
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(end * channels_), block.end(), 0.0F);
  }
  queued_ -= taken;
  // Empty, it begins anew: memory that is used again and again stays in the nearest cache.
  begin_ = queued_ == 0 ? 0 : (begin_ + taken) % capacity();
  start_ = now_;
  catch_up(frames);
  return true;
}

// What was never needed during a second is delay, of a clock that is faster than ours or of a
// stall long ago.
void InputRing::catch_up(std::size_t block) {
  least_ = std::min(least_, queued_);
  watch_ += block;
  if (watch_ < watched_) return;
  if (least_ > 2 * block && behind_ > static_cast<std::int64_t>(2 * block)) {
    // What is left out fades away over what follows it.
    for (std::size_t i = 0; i < block * channels_; ++i) {
      const std::size_t frame = i / channels_;
      const float share = (static_cast<float>(frame) + 1) / static_cast<float>(block);
      const float gone = samples_[(begin_ * channels_ + i) % samples_.size()];
      float& stays = samples_[((begin_ + block) * channels_ + i) % samples_.size()];
      stays = gone + (stays - gone) * share;
    }
    begin_ = (begin_ + block) % capacity();
    queued_ -= block;
    skipped_ += block;
  }
  least_ = SIZE_MAX;
  watch_ = 0;
}

void InputRing::clear() {
  begin_ = 0;
  queued_ = 0;
  least_ = SIZE_MAX;
  watch_ = 0;
  waited_ = 0;
}

}  // namespace ducking
