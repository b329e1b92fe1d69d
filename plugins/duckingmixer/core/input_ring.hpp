// What has come for one input and is not mixed yet, in order. Frames are heard when their time has
// come, and what comes late at once; what an input holds is bounded. Positions are numbers of
// frames of running time. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ducking {

class InputRing {
 public:
  // `rate` in Hz, `channels` interleaved.
  InputRing(int rate, int channels);

  // Room for so many frames that are due at `due`, without throwing anything away?
  bool has_room(std::int64_t due, std::size_t frames) const;
  // `due`: when the first is to be heard. What does not fit makes room by throwing away the oldest.
  void put(std::span<const float> samples, std::int64_t due);
  void put(std::span<const std::int16_t> samples, std::int64_t due);
  // The block that begins at `at`. False: not all of it is here (or, with `ended`, nothing).
  bool take(std::span<float> block, std::int64_t at, bool ended = false);
  void clear();

  // The end of the last block taken, and of what is queued behind it.
  std::int64_t now() const { return now_; }
  std::int64_t end() const {
    return queued_ == 0 ? now_ : start_ + static_cast<std::int64_t>(queued_);
  }

  std::size_t queued() const { return queued_; }  // frames
  std::uint64_t queued_ns() const { return queued_ * 1'000'000'000 / rate_; }
  std::uint64_t dropped() const { return dropped_; }  // frames thrown away
  std::uint64_t skipped() const { return skipped_; }  // frames left out to be less behind
  std::uint64_t late() const { return late_; }        // pieces that came behind their time

 private:
  std::size_t capacity() const { return samples_.size() / channels_; }
  template <typename Sample>
  void put_any(std::span<const Sample> samples, std::int64_t due);
  template <typename Sample>
  void append(std::span<const Sample> samples);
  void append_silence(std::size_t frames);
  void drop(std::size_t frames);
  void catch_up(std::size_t block);

  const std::uint64_t rate_;
  const std::size_t channels_;
  const std::int64_t tolerance_;  // frames by which timestamps may differ from what was before
  const std::size_t watched_;     // frames of time after which what is too much is left out
  std::vector<float> samples_;
  std::size_t begin_ = 0;         // frame in samples_
  std::size_t queued_ = 0;        // frames
  std::int64_t start_ = 0;        // when the first of them is due
  std::int64_t now_ = 0;          // end of the last block taken
  std::int64_t behind_ = 0;       // frames by which what came last is heard after its time
  std::size_t least_ = SIZE_MAX;  // frames left behind a block, of those watched
  std::size_t waited_ = 0;        // frames of time, for the rest of a block
  std::size_t watch_ = 0;         // frames since
  std::uint64_t dropped_ = 0, skipped_ = 0, late_ = 0;
};

}  // namespace ducking
