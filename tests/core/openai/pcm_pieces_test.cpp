#include "pcm_pieces.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string through(std::string_view bytes, std::size_t step) {
  openai::PcmPieces pieces(5);
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    pieces.feed(bytes.substr(at, step));
    for (auto piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
      EXPECT_EQ(piece.size(), 10u);
      all += piece;
    }
  }
  return all + std::string(pieces.rest());
}

TEST(PcmPieces, NoByteIsLostHoweverTheyCome) {
  std::string bytes;
  for (int i = 0; i < 234; ++i) bytes += static_cast<char>('a' + i % 26);
  for (std::size_t step = 1; step < 240; ++step) EXPECT_EQ(through(bytes, step), bytes) << step;
  EXPECT_EQ(through(bytes + "x", 7), bytes);  // half a sample
  EXPECT_EQ(through("RIFF" + std::string(40, 'h') + bytes, 3), bytes);
  EXPECT_EQ(through("", 1), "");
}

}  // namespace
