#include <gtest/gtest.h>
#include <opus/opus.h>

#include <cmath>
#include <random>

#include "jitter_speech.hpp"
#include "speech_decoder.hpp"

namespace {

std::vector<std::vector<uint8_t>> packets(const std::vector<float>& speech, bool fec,
                                          int channels = 1) {
  int error = 0;
  OpusEncoder* encoder = opus_encoder_create(16000, channels, OPUS_APPLICATION_VOIP, &error);
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(fec));
  opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(15));
  std::vector<std::vector<uint8_t>> made;
  std::vector<float> frame(static_cast<size_t>(320 * channels));
  for (size_t at = 0; at + 320 <= speech.size() && made.size() < 500; at += 320) {
    for (size_t i = 0; i < frame.size(); ++i)
      frame[i] = speech[at + i / static_cast<size_t>(channels)];
    uint8_t bytes[1500];
    const int length = opus_encode_float(encoder, frame.data(), 320, bytes, sizeof bytes);
    made.emplace_back(bytes, bytes + length);
  }
  opus_encoder_destroy(encoder);
  return made;
}

TEST(OpusDecoder, DecodesAndSaysHowLong) {
  const auto speech = jitter_test::speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  for (const int channels : {1, 2}) {
    auto decoder = jitter::make_opus_decoder(channels);
    std::vector<float> out;
    for (const auto& packet : packets(speech, false)) {
      EXPECT_EQ(decoder->duration(packet), 960);
      EXPECT_FALSE(decoder->carries_fec(packet));
      const size_t before = out.size();
      ASSERT_TRUE(decoder->decode(packet, out));
      ASSERT_EQ(out.size() - before, static_cast<size_t>(960 * channels));
    }
  }
}

TEST(OpusDecoder, ConcealsTheSameInWhateverPieces) {
  const auto speech = jitter_test::speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  const auto sent = packets(speech, false);
  auto whole = jitter::make_opus_decoder(1), pieces = jitter::make_opus_decoder(1);
  std::mt19937 dice(1);
  for (size_t i = 0; i < sent.size(); ++i) {
    std::vector<float> one, many;
    if (i % 10 == 5) {
      whole->conceal(1920, one);
      while (many.size() < 1920) {
        const auto left = static_cast<int>(1920 - many.size());
        pieces->conceal(std::min(left, std::uniform_int_distribution<int>(1, 300)(dice)), many);
      }
    } else {
      whole->decode(sent[i], one);
      pieces->decode(sent[i], many);
    }
    ASSERT_EQ(one, many) << i;
  }
}

TEST(OpusDecoder, RestoresALostPacketFromTheNext) {
  const auto speech = jitter_test::speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  for (const int channels : {1, 2}) {
    const auto sent = packets(speech, true, channels);
    auto whole = jitter::make_opus_decoder(1), holed = jitter::make_opus_decoder(1);
    size_t carrying = 0;
    double restored = 0, concealed = 0, power = 0;
    auto plain = jitter::make_opus_decoder(1);
    for (size_t i = 0; i + 1 < sent.size(); ++i) {
      std::vector<float> right, fec, plc;
      whole->decode(sent[i], right);
      if (i % 10 == 5) {
        if (holed->carries_fec(sent[i + 1]) && holed->decode_fec(sent[i + 1], 960, fec)) {
          ++carrying;
          plain->conceal(960, plc);
          for (size_t s = 0; s < 960; ++s) {
            restored += std::pow(fec[s] - right[s], 2);
            concealed += std::pow(plc[s] - right[s], 2);
            power += std::pow(right[s], 2);
          }
          continue;
        }
        std::vector<float> ignored;
        holed->conceal(960, ignored);
        plain->conceal(960, ignored);
        continue;
      }
      std::vector<float> ignored;
      holed->decode(sent[i], ignored);
      plain->decode(sent[i], ignored);
    }
    EXPECT_GT(carrying, sent.size() / 10 * 6 / 10);
    EXPECT_LT(restored, 0.7 * concealed);
    EXPECT_GT(power, 0);
  }
}

TEST(OpusDecoder, ConcealsAnyNumberOfSamples) {
  auto decoder = jitter::make_opus_decoder(2);
  for (const int samples : {1, 7, 120, 479, 480, 481, 6000, 20000}) {
    std::vector<float> out;
    decoder->conceal(samples, out);
    EXPECT_EQ(out.size(), static_cast<size_t>(2 * samples));
  }
}

TEST(OpusDecoder, NonsenseIsRefusedOrDecoded) {
  std::mt19937 dice(1);
  auto decoder = jitter::make_opus_decoder(1);
  std::vector<float> out;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint8_t> bytes(dice() % 60);
    for (auto& byte : bytes) byte = static_cast<uint8_t>(dice());
    const int duration = decoder->duration(bytes);
    decoder->carries_fec(bytes);
    out.clear();
    const bool decoded = decoder->decode(bytes, out);
    if (duration == 0) {
      EXPECT_FALSE(decoded);
    }
    ASSERT_LE(out.size(), 5760U);
    out.clear();
    decoder->decode_fec(bytes, 960, out);
    for (const float sample : out) ASSERT_TRUE(std::isfinite(sample));
  }
}

}  // namespace
