#include "frame_cutter.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sharedopus {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBlock = kSecond / 100;

}  // namespace

FrameCutter::FrameCutter(int rate, std::size_t bytes) : rate_(rate), sample_bytes_(bytes) {
  set_frame(frame_ns_);
}

void FrameCutter::set_frame(std::int64_t nanoseconds) {
  frame_ns_ = nanoseconds;
  frame_bytes_ = static_cast<std::size_t>(nanoseconds * rate_ / kSecond) * sample_bytes_;
}

std::int64_t FrameCutter::duration(std::size_t bytes) const {
  return static_cast<std::int64_t>(bytes / sample_bytes_) * kSecond / rate_;
}

void FrameCutter::drop_pending() {
  dropped_ += pending_ / sample_bytes_;
  pieces_.clear();
  pending_ = 0;
}

bool FrameCutter::begins_a_frame(std::int64_t number) const {
  const std::int64_t blocks = frame_ns_ / kBlock;
  return blocks < 2 || number % blocks == 0;
}

void FrameCutter::add(Block block) {
  Slice& slice = block.slice;
  slice.bytes -= slice.bytes % sample_bytes_;
  if (slice.bytes == 0) return;
  const bool numbered = block.number != kNone;
  const bool jump =
      any_ && (numbered && next_number_ != kNone
                   ? block.number != next_number_
                   : block.time != kNone && std::abs(block.time - next_time_) > kTolerance);
  if (jump) {
    drop_pending();
    discont_ = true;
  }
  discont_ = discont_ || block.discont;
  any_ = true;
  if (block.time == kNone) block.time = next_time_;
  next_time_ = block.time + duration(slice.bytes);
  next_number_ = numbered ? block.number + 1 : kNone;
  // Once in step, whole frames follow each other. Who is not, because something else came before or
  // the frames have become longer, falls in at the first one that begins where all others' do.
  if (numbered && pending_ > 0 && begins_a_frame(block.number)) {
    drop_pending();
    discont_ = true;
  }
  if (numbered && pending_ == 0 && !begins_a_frame(block.number)) {
    dropped_ += slice.bytes / sample_bytes_;
    discont_ = true;
    return;
  }
  pending_ += slice.bytes;
  pieces_.push_back({std::move(slice), block.time, block.shareable});
}

void FrameCutter::cut(CutFrame& frame, std::size_t bytes) {
  frame.slices.clear();
  frame.time = pieces_.empty() ? next_time_ : pieces_.front().time;
  frame.discont = std::exchange(discont_, false);
  frame.shareable = !pieces_.empty();
  pending_ -= bytes;
  while (bytes > 0) {
    Piece& piece = pieces_.front();
    frame.shareable = frame.shareable && piece.shareable;
    const std::size_t taken = std::min(bytes, piece.slice.bytes);
    bytes -= taken;
    if (taken == piece.slice.bytes) {
      frame.slices.push_back(std::move(piece.slice));
      pieces_.pop_front();
      continue;
    }
    frame.slices.push_back(piece.slice);
    frame.slices.back().bytes = taken;
    piece.slice.offset += taken;
    piece.slice.skip += taken;
    piece.slice.bytes -= taken;
    piece.time += duration(taken);
  }
}

bool FrameCutter::take(CutFrame& frame) {
  if (pending_ < frame_bytes_) return false;
  cut(frame, frame_bytes_);
  return true;
}

void FrameCutter::take_rest(CutFrame& frame) { cut(frame, pending_); }

void FrameCutter::reset() {
  drop_pending();
  next_number_ = kNone;
  next_time_ = 0;
  any_ = false;
  discont_ = false;
}

}  // namespace sharedopus
