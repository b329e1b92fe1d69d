#include "records/waveform.hpp"

#include <algorithm>

namespace jackfield {

bool read_waveform(WavReader& reader, std::size_t points, std::vector<Envelope>& channels) {
  const std::uint64_t frames = reader.frames();
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(
      std::max<std::size_t>(points, 1), std::max<std::uint64_t>(frames, 1)));
  channels.assign(reader.channels(), {});
  for (Envelope& channel : channels) channel.ranges.assign(count, {});
  std::vector<std::int16_t> samples(8192);
  std::uint64_t frame = 0;
  std::size_t at = 0;
  std::uint64_t end = 0;  // of the range `at`
  while (const std::size_t got = reader.read(samples)) {
    for (std::size_t i = 0; i < got; ++i, ++frame) {
      while (frame >= end && at < count) end = ++at * frames / count;
      for (std::size_t c = 0; c < channels.size(); ++c) {
        Envelope::Range& range = channels[c].ranges[at - 1];
        const std::int16_t sample = samples[i * channels.size() + c];
        range.low = std::min(range.low, sample);
        range.high = std::max(range.high, sample);
      }
    }
  }
  return frame == frames;
}

}  // namespace jackfield
