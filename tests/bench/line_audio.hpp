// What the callers say: an endless loop of mu-law audio, cut into frames of 20 ms whose base64 is
// made beforehand, so that generating load costs as little as it can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

constexpr std::size_t kFrame = 160;  // bytes, 20 ms

class LineAudio {
 public:
  // Noise whose bytes tell where in the loop they are from.
  static LineAudio noise();
  // That of a telephone line on which nobody speaks: about -73 dBFS.
  static LineAudio quiet_line();
  // The samples of 16-bit WAV files behind one another, 400 ms of silence after each. Returns
  // nothing and `error` when one cannot be read.
  static std::optional<LineAudio> speech(const std::vector<std::string>& files, std::string& error);

  std::size_t frames() const { return base64_.size(); }
  std::string_view base64(std::uint64_t frame) const { return base64_[frame % frames()]; }
  // `count` bytes from position `from`, at most frames() frames.
  std::span<const std::uint8_t> bytes(std::uint64_t from, std::size_t count) const {
    return {twice_.data() + from % (frames() * kFrame), count};
  }

 private:
  explicit LineAudio(std::vector<std::uint8_t> mulaw);

  std::vector<std::uint8_t> twice_;  // the loop, two times in a row
  std::vector<std::string> base64_;
};

}  // namespace bench
