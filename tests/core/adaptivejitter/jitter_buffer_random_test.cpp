// Millions of packets through networks of every kind: storms of a minute, then ten seconds of calm.
// Whatever comes, there is one frame for each tick, of numbers, from bounded memory, not held
// longer than it may be, and the statistics agree with what happened; in the calm all is well
// again.
//
// JACKFIELD_TEST_PACKETS: packets for each network. JACKFIELD_TEST_SEED: other dice.
#include <gtest/gtest.h>
#include <opus/opus.h>

#include <cstdlib>
#include <memory>
#include <numbers>
#include <string>

#include "counted_new.hpp"
#include "jitter_buffer.hpp"
#include "random_network.hpp"

namespace {

using namespace jitter_test;
using Kind = jitter::JitterBuffer::Kind;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// How often a decoder did what.
struct Decoded {
  uint64_t packets = 0, failed = 0, fec = 0;
};

class CountingDecoder : public jitter::SpeechDecoder {
 public:
  CountingDecoder(std::unique_ptr<jitter::SpeechDecoder> decoder, Decoded& decoded)
      : decoder_(std::move(decoder)), decoded_(decoded) {}
  int rate() const override { return decoder_->rate(); }
  int channels() const override { return decoder_->channels(); }
  int duration(jitter::Payload payload) const override { return decoder_->duration(payload); }
  bool decode(jitter::Payload payload, std::vector<float>& out) override {
    const bool good = decoder_->decode(payload, out);
    ++(good ? decoded_.packets : decoded_.failed);
    return good;
  }
  bool carries_fec(jitter::Payload payload) const override {
    return decoder_->carries_fec(payload);
  }
  bool decode_fec(jitter::Payload payload, int samples, std::vector<float>& out) override {
    const bool good = decoder_->decode_fec(payload, samples, out);
    decoded_.fec += good;
    return good;
  }
  void conceal(int samples, std::vector<float>& out) override { decoder_->conceal(samples, out); }
  bool is_pause(jitter::Payload payload) const override { return decoder_->is_pause(payload); }
  void reset() override { decoder_->reset(); }

 private:
  std::unique_ptr<jitter::SpeechDecoder> decoder_;
  Decoded& decoded_;
};

// 8 kHz with what G.711 has not: the first byte says what a packet is (bit 0: a pause follows, bit
// 1: holds the one before it once more, bit 2: looks valid and is not), its length how long.
class MarkedDecoder : public jitter::SpeechDecoder {
 public:
  enum : uint8_t { kPause = 1, kFec = 2, kBroken = 4 };
  int rate() const override { return 8000; }
  int channels() const override { return 1; }
  int duration(jitter::Payload payload) const override {
    return payload.size() % 80 == 0 ? static_cast<int>(payload.size()) : 0;
  }
  bool decode(jitter::Payload payload, std::vector<float>& out) override {
    if (payload[0] & kBroken) return false;
    for (const uint8_t byte : payload) out.push_back(static_cast<float>(byte - 128) / 128);
    return true;
  }
  bool carries_fec(jitter::Payload payload) const override { return payload[0] & kFec; }
  bool decode_fec(jitter::Payload payload, int samples, std::vector<float>& out) override {
    if (!carries_fec(payload)) return false;
    out.insert(out.end(), static_cast<size_t>(samples), 0.25F);
    return true;
  }
  void conceal(int samples, std::vector<float>& out) override {
    out.insert(out.end(), static_cast<size_t>(samples), 0.125F);
  }
  bool is_pause(jitter::Payload payload) const override { return payload[0] & kPause; }
  void reset() override {}
};

// The payloads of a codec.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::unique_ptr<jitter::SpeechDecoder> decoder() const = 0;
  virtual void payload(const SentPacket& packet, Dice& dice, std::vector<uint8_t>& out) const = 0;
  int rate() const { return decoder()->rate(); }
};

class Marked : public Codec {
 public:
  std::unique_ptr<jitter::SpeechDecoder> decoder() const override {
    return std::make_unique<MarkedDecoder>();
  }
  void payload(const SentPacket& packet, Dice& dice, std::vector<uint8_t>& out) const override {
    out.resize(static_cast<size_t>(packet.length_ms * 8));
    // A tone of 200 Hz, whose phase follows the time.
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = kTone[(packet.timestamp + static_cast<uint32_t>(i)) % kTone.size()];
    out[0] = 0;
    if (dice.chance(0.5)) out[0] |= MarkedDecoder::kFec;
    if (packet.kind == SentPacket::Kind::kPause) out[0] |= MarkedDecoder::kPause;
    if (packet.kind != SentPacket::Kind::kDamaged) return;
    out[0] |= MarkedDecoder::kBroken;
    if (dice.chance(0.5)) out.resize(static_cast<size_t>(dice.between(0, 79)) + 1);
  }

 private:
  static std::vector<uint8_t> tone() {
    std::vector<uint8_t> bytes;
    for (int i = 0; i < 40; ++i) {
      bytes.push_back(
          static_cast<uint8_t>(128 + std::lround(60 * std::sin(std::numbers::pi * i / 20))));
    }
    return bytes;
  }
  const std::vector<uint8_t> kTone = tone();
};

// Any byte is good G.711, any number of them a packet.
class Mulaw : public Codec {
 public:
  std::unique_ptr<jitter::SpeechDecoder> decoder() const override {
    return jitter::make_g711_decoder(jitter::G711::kMulaw);
  }
  void payload(const SentPacket& packet, Dice& dice, std::vector<uint8_t>& out) const override {
    const bool damaged = packet.kind == SentPacket::Kind::kDamaged;
    out.resize(static_cast<size_t>(damaged ? dice.below(700) : packet.length_ms * 8));
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = damaged ? static_cast<uint8_t>(dice.bits())
                       : tone_[(packet.timestamp + static_cast<uint32_t>(i)) % tone_.size()];
    }
  }

 private:
  // The tone of 1000 Hz of G.711, table 6, an octave lower.
  std::vector<uint8_t> tone_{0x1e, 0x1e, 0x0b, 0x0b, 0x0b, 0x0b, 0x1e, 0x1e,
                             0x9e, 0x9e, 0x8b, 0x8b, 0x8b, 0x8b, 0x9e, 0x9e};
};

class Opus : public Codec {
 public:
  Opus() {
    int error = 0;
    OpusEncoder* encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error);
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(10));
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
    std::vector<float> voice(960);
    for (int k = 0; k < 100; ++k) {
      for (int i = 0; i < 960; ++i) {
        const double at = (k * 960 + i) / 48000.0;
        voice[static_cast<size_t>(i)] =
            static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * 180 * at) *
                               (0.6 + 0.4 * std::sin(2 * std::numbers::pi * 4 * at)));
      }
      std::vector<uint8_t> bytes(1000);
      const int length = opus_encode_float(encoder, voice.data(), 960, bytes.data(), 1000);
      bytes.resize(static_cast<size_t>(std::max(length, 1)));
      packets_.push_back(std::move(bytes));
    }
    opus_encoder_destroy(encoder);
  }
  std::unique_ptr<jitter::SpeechDecoder> decoder() const override {
    return jitter::make_opus_decoder(1);
  }
  void payload(const SentPacket& packet, Dice& dice, std::vector<uint8_t>& out) const override {
    out = packets_[packet.number % packets_.size()];
    if (packet.kind == SentPacket::Kind::kPause) out = {out[0]};  // a frame without data
    if (packet.kind != SentPacket::Kind::kDamaged) return;
    out.resize(static_cast<size_t>(dice.below(std::ssize(out) + 1)));
    for (auto& byte : out) byte ^= static_cast<uint8_t>(dice.chance(0.1) ? dice.bits() : 0);
  }

 private:
  std::vector<std::vector<uint8_t>> packets_;
};

struct Network {
  const char* name;
  std::shared_ptr<Codec> (*codec)();
  Weather weather;
  // Packets cost more with some codecs.
  uint64_t share = 1;
};

template <typename Kind>
std::shared_ptr<Codec> make() {
  return std::make_shared<Kind>();
}

const std::vector<Network>& networks() {
  static const std::vector<Network> all{
      {"Losing",
       make<Marked>,
       {.loss = 0.08, .burst = 2.5, .jitter_ms = 30, .duplicates = 0.01, .drift_ppm = 300}},
      {"Jittering",
       make<Mulaw>,
       {.loss = 0.005,
        .jitter_ms = 80,
        .stalls_per_s = 0.3,
        .stall_ms = 900,
        .duplicates = 0.02,
        .reordered = 0.05,
        .drift_ppm = -500}},
      {"Restarting",
       make<Marked>,
       {.loss = 0.01,
        .jitter_ms = 20,
        .stalls_per_s = 0.05,
        .stall_ms = 400,
        .reordered = 0.01,
        .restarts_per_s = 0.3,
        .jumps_per_s = 0.2,
        .strays = 0.01,
        .damaged = 0.01}},
      {"Pausing",
       make<Marked>,
       {.loss = 0.02,
        .jitter_ms = 40,
        .stalls_per_s = 0.1,
        .stall_ms = 300,
        .reordered = 0.01,
        .pauses_per_s = 0.5,
        .settings_per_s = 1,
        .packet_ms = {10, 20, 40, 60}},
       2},
      {"Everything",
       make<Mulaw>,
       {.loss = 0.05,
        .burst = 3,
        .jitter_ms = 60,
        .stalls_per_s = 0.2,
        .stall_ms = 3000,
        .duplicates = 0.05,
        .reordered = 0.05,
        .drift_ppm = 500,
        .restarts_per_s = 0.1,
        .jumps_per_s = 0.1,
        .strays = 0.02,
        .damaged = 0.02,
        .pauses_per_s = 0.1,
        .steps_per_s = 0.1,
        .settings_per_s = 0.5,
        .packet_ms = {10, 20, 30, 60}}},
      {"Opus",
       make<Opus>,
       {.loss = 0.05,
        .burst = 2,
        .jitter_ms = 50,
        .stalls_per_s = 0.1,
        .stall_ms = 600,
        .duplicates = 0.01,
        .reordered = 0.02,
        .drift_ppm = 200,
        .restarts_per_s = 0.02,
        .strays = 0.002,
        .damaged = 0.01,
        .pauses_per_s = 0.2,
        .settings_per_s = 0.2},
       12},
  };
  return all;
}

class JitterBufferRandomTest : public testing::TestWithParam<Network> {
 protected:
  static constexpr int64_t kStormTicks = 6000, kCalmTicks = 1000;
  // What a storm leaves behind may last so long: stalls, and the five seconds of ArrivalHistory.
  static constexpr int64_t kRecoveryTicks = 700;
  static constexpr int64_t kLongestPayload = 1000;

  JitterBufferRandomTest()
      : codec_(GetParam().codec()),
        network_(GetParam().weather, codec_->rate(),
                 from_environment("JACKFIELD_TEST_SEED", 1) * 1000 +
                     static_cast<uint64_t>(GetParam().name[0])),
        before_(test_support::bytes_in_use),
        buffer_(std::make_unique<jitter::JitterBuffer>(
            std::make_unique<CountingDecoder>(codec_->decoder(), decoded_), config_)),
        frame_(static_cast<size_t>(buffer_->rate() / 100 * buffer_->channels())),
        out_(frame_) {}

  bool happens(double per_second) {
    return per_second > 0 && network_.dice().chance(per_second / 100);
  }

  void change_settings() {
    Dice& dice = network_.dice();
    config_ = dice.chance(0.2) ? jitter::TargetDelay::meeting() : jitter::TargetDelay::Config{};
    if (dice.chance(0.3)) config_.min_ns = dice.below(300) * kMs;
    if (dice.chance(0.3)) config_.max_ns = dice.below(1000) * kMs;
    if (dice.chance(0.3)) config_.start_ns = dice.below(200) * kMs;
    if (dice.chance(0.3)) config_.tradeoff_ms_per_percent = static_cast<double>(dice.below(200));
    buffer_->set_config(config_);
    buffer_->set_use_fec(dice.chance(0.7));
  }

  void insert(const SentPacket& packet, int64_t now_ns) {
    codec_->payload(packet, network_.dice(), payload_);
    const auto before = buffer_->statistics();
    buffer_->insert({packet.ssrc, packet.sequence, packet.timestamp, payload_}, now_ns);
    const auto& after = buffer_->statistics();
    if (inserted_++ == 0) first_number_ = packet.number;
    last_number_ = std::max(last_number_, packet.number);
    const bool restarted = after.restarts != before.restarts;
    // A restart throws away what waited, but not this one.
    if (!restarted && (after.packets_damaged != before.packets_damaged ||
                       after.packets_discarded != before.packets_discarded ||
                       after.packets_duplicated != before.packets_duplicated)) {
      return;
    }
    if (restarted || !any_ || static_cast<int32_t>(packet.timestamp - newest_) > 0)
      newest_ = packet.timestamp;
    any_ = true;
  }

  // One tick, and what is true behind each.
  void tick(bool calm) {
    const int64_t now_ns = tick_ * kTick;
    network_.run(now_ns);
    SentPacket packet;
    while (network_.receive(now_ns, packet)) insert(packet, packet.arrives_ns + clock_ns_);
    out_.assign(frame_, NAN);
    const Kind kind = buffer_->pull(out_, now_ns + clock_ns_);
    ++tick_;
    // Noise of full scale faded into other noise adds up to 3 dB, and may be faded again. NaN is
    // not.
    for (const float sample : out_) ASSERT_LE(std::abs(sample), 2.0F) << tick_;
    const auto& s = buffer_->statistics();
    const auto length = static_cast<uint64_t>(buffer_->rate() / 100);
    waiting_ += kind == Kind::kWaiting;
    ASSERT_EQ(s.total_samples, static_cast<uint64_t>(tick_) * length);
    ASSERT_EQ(s.emitted_samples + s.concealed_samples + waiting_ * length, s.total_samples);
    ASSERT_EQ(s.packets_received, inserted_);
    ASSERT_GE(s.target_delay_ns, 0);
    check_delay(kind);
    if (tick_ % 1000 == 0) check_sums();
    if (!calm) return;
    ASSERT_NE(kind, Kind::kConcealed) << tick_;
    ASSERT_NE(kind, Kind::kWaiting) << tick_;
  }

  // Beyond the longest delay there is nothing that could be skipped, for longer than it takes to
  // tell a new stream from packets of the old one.
  void check_delay(Kind kind) {
    const auto& s = buffer_->statistics();
    const int64_t most =
        std::max({config_.max_ns, config_.min_ns, s.target_delay_ns}) + 60 * kMs + kTick;
    const auto played = static_cast<uint32_t>(buffer_->played_media());
    const auto ahead = static_cast<int32_t>(newest_ - played);
    const bool too_long =
        kind != Kind::kWaiting && s.current_delay_ns > most && ahead > buffer_->rate() / 10;
    too_long_ = too_long ? too_long_ + 1 : 0;
    ASSERT_LE(too_long_, 10) << tick_ << ": held " << s.current_delay_ns / kMs << " ms of at most "
                             << most / kMs;
  }

  void check_sums() {
    const auto& s = buffer_->statistics();
    const uint64_t accounted =
        decoded_.packets + s.packets_discarded + s.packets_duplicated + s.packets_damaged;
    ASSERT_LE(accounted, s.packets_received) << tick_;
    // The rest waits.
    ASSERT_LE(s.packets_received - accounted,
              static_cast<uint64_t>(jitter::PacketBuffer::kCapacity))
        << tick_;
    const Weather& weather = GetParam().weather;
    if (s.restarts == 0 && weather.strays == 0 && weather.damaged == 0) {
      const auto expected = static_cast<int64_t>(last_number_ - first_number_ + 1);
      ASSERT_EQ(s.packets_lost, expected - static_cast<int64_t>(inserted_)) << tick_;
    }
    ASSERT_LE(s.silent_concealed_samples, s.concealed_samples);
    ASSERT_LE(s.comfort_samples, s.total_samples);
    ASSERT_LE(s.interruptions, s.concealment_events);
    ASSERT_EQ(s.fec_packets_used, decoded_.fec);
    ASSERT_LE(s.fec_packets_used, s.fec_packets_received);
    const auto concealed_ns =
        s.concealed_samples * 1'000'000'000 / static_cast<uint64_t>(buffer_->rate());
    ASSERT_LE(s.interruption_ns, concealed_ns);
    ASSERT_TRUE(std::isfinite(s.delay_sum_ns) && std::isfinite(s.target_sum_ns));
    ASSERT_LE(buffer_->delay_percentile_ns(0.5), buffer_->delay_percentile_ns(0.95));
    const int64_t in_use = test_support::bytes_in_use - before_ - sent_bytes();
    ASSERT_LT(in_use, jitter::PacketBuffer::kCapacity * kLongestPayload + 300'000) << tick_;
  }
  // What the test itself holds is not much: the network's queue of a few seconds.
  static int64_t sent_bytes() { return 100'000; }

  std::shared_ptr<Codec> codec_;
  RandomNetwork network_;
  int64_t before_;
  Decoded decoded_;
  jitter::TargetDelay::Config config_;
  std::unique_ptr<jitter::JitterBuffer> buffer_;
  const size_t frame_;
  std::vector<float> out_;
  std::vector<uint8_t> payload_;
  int64_t tick_ = 0;
  int too_long_ = 0;
  int64_t clock_ns_ = 0;
  uint64_t inserted_ = 0, waiting_ = 0;
  uint64_t first_number_ = 0, last_number_ = 0;
  uint32_t newest_ = 0;
  bool any_ = false;
};

TEST_P(JitterBufferRandomTest, AlwaysAFrameAlwaysBoundedAndWellAgain) {
  const Weather& weather = GetParam().weather;
  const uint64_t packets = from_environment("JACKFIELD_TEST_PACKETS", 700'000) / GetParam().share;
  uint64_t calms = 0;
  while (inserted_ < packets) {
    network_.set_storm(true);
    for (int64_t i = 0; i < kStormTicks; ++i) {
      if (happens(weather.settings_per_s)) change_settings();
      if (happens(weather.steps_per_s)) clock_ns_ += network_.dice().between(-3000, 3000) * kMs;
      ASSERT_NO_FATAL_FAILURE(tick(false));
    }
    network_.set_storm(false);
    config_ = {};
    buffer_->set_config(config_);
    for (int64_t i = 0; i < kCalmTicks; ++i) ASSERT_NO_FATAL_FAILURE(tick(i >= kRecoveryTicks));
    ++calms;
    ASSERT_LE(buffer_->statistics().current_delay_ns, config_.max_ns + 60 * kMs) << tick_;
  }
  ASSERT_NO_FATAL_FAILURE(check_sums());
  const auto& s = buffer_->statistics();
  std::printf(
      "%llu packets, %llu h %02llu min, %llu storms, %.2f %% concealed, %llu restarts\n",
      static_cast<unsigned long long>(inserted_), static_cast<unsigned long long>(tick_ / 360'000),
      static_cast<unsigned long long>(tick_ / 6000 % 60), static_cast<unsigned long long>(calms),
      100 * static_cast<double>(s.concealed_samples) / static_cast<double>(s.total_samples),
      static_cast<unsigned long long>(s.restarts));
  // What the network does was met, if it had the time.
  if (inserted_ < 20'000) return;
  EXPECT_GT(s.concealed_samples, 0U);
  if (weather.restarts_per_s > 0 || weather.steps_per_s > 0) {
    EXPECT_GT(s.restarts, 0U);
  } else {
    EXPECT_LE(s.restarts, inserted_ / 1'000'000);  // a packet of chance in hours of storms
  }
  EXPECT_TRUE(s.comfort_samples > 0 || weather.pauses_per_s == 0);
}

INSTANTIATE_TEST_SUITE_P(, JitterBufferRandomTest, testing::ValuesIn(networks()),
                         [](const auto& network) { return std::string(network.param.name); });

}  // namespace
