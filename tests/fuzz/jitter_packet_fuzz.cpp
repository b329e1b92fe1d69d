// Packets of voice, as a stranger sends them: the numbers of their RTP headers and their payloads,
// through the jitter buffer and its decoders, while the clock goes on.
// Input: codec, then packets: ticks before it, sequence (2 bytes), timestamp (4), SSRC, length,
// payload.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "jitter_buffer.hpp"

namespace {

constexpr int64_t kTickNs = 10'000'000;
constexpr std::size_t kHeader = 9;

void require(bool ok) {
  if (!ok) std::abort();
}

std::unique_ptr<jitter::SpeechDecoder> make_decoder(int codec) {
  switch (codec) {
    case 0:
      return jitter::make_opus_decoder(1);
    case 1:
      return jitter::make_opus_decoder(2);
    case 2:
      return jitter::make_g711_decoder(jitter::G711::kMulaw);
    default:
      return jitter::make_g711_decoder(jitter::G711::kAlaw);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> rest(data, size);
  if (rest.empty()) return 0;
  auto decoder = make_decoder(rest[0] % 4);
  require(decoder != nullptr);
  rest = rest.subspan(1);
  jitter::TargetDelay::Config config;
  config.start_ns = kTickNs;
  jitter::JitterBuffer buffer(std::move(decoder), config);
  const auto frame = static_cast<std::size_t>(buffer.rate() / 100 * buffer.channels());
  std::vector<float> out(frame);
  int64_t now = 0;
  uint64_t ticks = 0;
  const auto pull = [&](int count) {
    for (; count > 0; --count, now += kTickNs, ++ticks) {
      out.assign(frame, NAN);
      buffer.pull(out, now);
      for (const float sample : out) require(std::isfinite(sample) && std::abs(sample) < 4);
    }
  };
  uint64_t packets = 0;
  while (rest.size() >= kHeader) {
    pull(rest[0] % 64);
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(rest[at]); };
    const auto sequence = static_cast<std::uint16_t>(byte(1) << 8 | byte(2));
    const auto timestamp = byte(3) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6);
    const std::size_t length = std::min<std::size_t>(byte(8), rest.size() - kHeader);
    buffer.insert({byte(7), sequence, timestamp, rest.subspan(kHeader, length)}, now);
    ++packets;
    rest = rest.subspan(kHeader + length);
  }
  pull(50);
  const auto& statistics = buffer.statistics();
  require(statistics.packets_received == packets);
  require(statistics.packets_discarded + statistics.packets_duplicated +
              statistics.packets_damaged <=
          packets);
  require(statistics.total_samples == ticks * static_cast<uint64_t>(buffer.rate() / 100));
  require(statistics.concealed_samples <= statistics.total_samples);
  require(statistics.target_delay_ns >= 0 && statistics.target_delay_ns <= config.max_ns);
  require(buffer.delay_percentile_ns(0.5) <= buffer.delay_percentile_ns(0.95));
  return 0;
}
