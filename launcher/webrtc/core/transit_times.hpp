// How long buffers take from one place of a pipeline to another, told apart by their timestamps.
// Pure: times are arguments, ns of any steady clock. Not for several threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace jackfield::webrtc {

class TransitTimes {
 public:
  static constexpr std::size_t kRemembered = 128;         // 2.56 s of frames of 20 ms
  static constexpr std::uint64_t kTolerance = 1'000'000;  // converters round timestamps

  // A buffer with the timestamp `pts` went by at the beginning of the way.
  void left(std::uint64_t pts, std::int64_t now);
  // … and at its end. nullopt for a buffer that is not known (any more).
  std::optional<std::int64_t> arrived(std::uint64_t pts, std::int64_t now) const;

 private:
  struct Departure {
    std::uint64_t pts = UINT64_MAX;
    std::int64_t at = 0;
  };
  std::array<Departure, kRemembered> departures_;
  std::size_t next_ = 0;
};

}  // namespace jackfield::webrtc
