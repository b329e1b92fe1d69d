// RTP packets as a stranger sends them, every byte of them: through GStreamer's reading of the
// header (extensions, contributing sources, padding), the jitter buffer and its decoders, as
// adaptivejitter does it. Input: codec, then packets: ticks before it (6 bits) and what is done to
// it (2 bits), length (2 bytes), the packet.
#include <gst/gst.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gstpp.hpp"
#include "rtp_input.hpp"

namespace {

constexpr int64_t kTickNs = 10'000'000;
constexpr std::size_t kHead = 3;
constexpr uint8_t kFollows = 0x40;  // gets the number and the time that come next
constexpr uint8_t kSplit = 0x80;    // lies in two pieces of memory

void require(bool ok) {
  if (!ok) std::abort();
}

std::unique_ptr<jitter::SpeechDecoder> make_decoder(int codec) {
  if (codec < 2) return jitter::make_opus_decoder(codec + 1);
  return jitter::make_g711_decoder(codec == 2 ? jitter::G711::kMulaw : jitter::G711::kAlaw);
}

// Memory of exactly this size: a byte read beyond it is noticed.
gstpp::BufferPtr wrap(std::span<const uint8_t> bytes, bool split) {
  gstpp::BufferPtr buffer{gst_buffer_new()};
  const std::size_t first = split ? bytes.size() / 2 : bytes.size();
  for (const auto piece : {bytes.first(first), bytes.subspan(first)}) {
    if (piece.empty()) continue;
    auto* copy = static_cast<uint8_t*>(g_memdup2(piece.data(), piece.size()));
    gst_buffer_append_memory(
        buffer.get(), gst_memory_new_wrapped(static_cast<GstMemoryFlags>(0), copy, piece.size(), 0,
                                             piece.size(), copy, g_free));
  }
  return buffer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  static const bool ready = [] {
    gst_init(nullptr, nullptr);
    return true;
  }();
  require(ready);
  std::span<const uint8_t> rest(data, size);
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
  uint64_t ticks = 0, packets = 0;
  const auto pull = [&](int count) {
    for (; count > 0; --count, now += kTickNs, ++ticks) {
      out.assign(frame, NAN);
      buffer.pull(out, now);
      for (const float sample : out) require(std::isfinite(sample) && std::abs(sample) < 4);
    }
  };
  std::vector<uint8_t> bytes;
  uint16_t sequence = 65530;
  uint32_t timestamp = 0xffffff00;
  while (rest.size() >= kHead) {
    const uint8_t how = rest[0];
    pull(how & 0x3f);
    const auto length = std::min<std::size_t>(static_cast<std::size_t>(rest[1] << 8 | rest[2]),
                                              rest.size() - kHead);
    bytes.assign(rest.begin() + kHead, rest.begin() + static_cast<std::ptrdiff_t>(kHead + length));
    rest = rest.subspan(kHead + length);
    if ((how & kFollows) && bytes.size() >= 12) {
      bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3f));
      for (std::size_t i = 0; i < 2; ++i)
        bytes[2 + i] = static_cast<uint8_t>(sequence >> (8 - 8 * i));
      for (std::size_t i = 0; i < 4; ++i)
        bytes[4 + i] = static_cast<uint8_t>(timestamp >> (24 - 8 * i));
      ++sequence;
      timestamp += static_cast<uint32_t>(buffer.rate() / 50);
    }
    jitter::insert_rtp(buffer, wrap(bytes, how & kSplit).get(), now);
    ++packets;
  }
  pull(50);
  const auto& statistics = buffer.statistics();
  require(statistics.packets_received + statistics.packets_damaged >= packets);
  require(statistics.packets_received <= packets);
  require(statistics.total_samples == ticks * static_cast<uint64_t>(buffer.rate() / 100));
  require(statistics.concealed_samples <= statistics.total_samples);
  require(statistics.target_delay_ns >= 0 && statistics.target_delay_ns <= config.max_ns);
  return 0;
}
