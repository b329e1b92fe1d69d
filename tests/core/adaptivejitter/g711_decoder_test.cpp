#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "speech_decoder.hpp"

namespace {

TEST(G711Decoder, KnownCodes) {
  auto mulaw = jitter::make_g711_decoder(jitter::G711::kMulaw);
  auto alaw = jitter::make_g711_decoder(jitter::G711::kAlaw);
  std::vector<float> out;
  const std::vector<uint8_t> codes{0xff, 0x7f, 0x80, 0x00};
  ASSERT_TRUE(mulaw->decode(codes, out));
  EXPECT_EQ(out, (std::vector<float>{0, -0.0F, 32124.0F / 32768, -32124.0F / 32768}));
  out.clear();
  const std::vector<uint8_t> alaws{0xd5, 0x55, 0xaa, 0x2a};
  ASSERT_TRUE(alaw->decode(alaws, out));
  EXPECT_EQ(out,
            (std::vector<float>{8.0F / 32768, -8.0F / 32768, 32256.0F / 32768, -32256.0F / 32768}));
  EXPECT_EQ(mulaw->duration(codes), 4);
  EXPECT_EQ(mulaw->duration({}), 0);
}

TEST(G711Decoder, ATonePlaysOnThroughAGap) {
  auto decoder = jitter::make_g711_decoder(jitter::G711::kMulaw);
  // A tone of 200 Hz in µ-law, by looking for the nearest code.
  std::vector<float> table;
  for (int code = 0; code < 256; ++code) {
    const std::vector<uint8_t> one{static_cast<uint8_t>(code)};
    decoder->decode(one, table);
  }
  decoder->reset();
  std::vector<uint8_t> codes;
  for (int i = 0; i < 1600; ++i) {
    const auto wanted = static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * 200 * i / 8000));
    size_t nearest = 0;
    for (size_t code = 0; code < 256; ++code) {
      if (std::abs(table[code] - wanted) < std::abs(table[nearest] - wanted)) nearest = code;
    }
    codes.push_back(static_cast<uint8_t>(nearest));
  }
  std::vector<float> out;
  decoder->decode(std::span(codes).first(800), out);
  decoder->conceal(160, out);
  decoder->decode(std::span(codes).subspan(960), out);
  ASSERT_EQ(out.size(), 1600U);
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_NEAR(out[i], 0.3 * std::sin(2 * std::numbers::pi * 200 * static_cast<double>(i) / 8000),
                0.03)
        << i;
  }
}

TEST(G711Decoder, ConcealsFromTheFirstMomentOn) {
  auto decoder = jitter::make_g711_decoder(jitter::G711::kAlaw);
  std::vector<float> out;
  decoder->conceal(80, out);
  EXPECT_EQ(out, std::vector<float>(80, 0.0F));
  EXPECT_FALSE(decoder->decode_fec({}, 160, out));
}

}  // namespace
