#include "line_reader.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace {

using agentbrain::tools::LineReader;

std::vector<std::string> lines(LineReader& reader) {
  std::vector<std::string> all;
  while (auto line = reader.next()) all.push_back(*line);
  return all;
}

TEST(LineReader, LinesMayBeCutAnywhere) {
  const std::string text = "one\r\ntwo\n\nthree\nrest";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    LineReader reader(10);
    std::vector<std::string> all;
    for (const auto& part : {text.substr(0, cut), text.substr(cut)}) {
      reader.feed(part);
      for (auto& line : lines(reader)) all.push_back(line);
    }
    EXPECT_EQ(all, (std::vector<std::string>{"one", "two", "three"})) << cut;
    EXPECT_EQ(reader.rest(), "rest");
    EXPECT_EQ(reader.too_long(), 0u);
  }
}

TEST(LineReader, TooLongLinesAreSkippedWholeAndNotKept) {
  LineReader reader(4);
  for (int i = 0; i < 1000; ++i) {
    reader.feed("xxx");
    EXPECT_FALSE(reader.next());
  }
  reader.feed("x\nfine\n12345\nend\n");
  EXPECT_EQ(lines(reader), (std::vector<std::string>{"fine", "end"}));
  EXPECT_EQ(reader.too_long(), 2u);
  EXPECT_EQ(reader.rest(), "");
}

// All tools of all calls wait meanwhile.
TEST(LineReader, AMillionLinesAtOnceTakeNoTime) {
  LineReader reader(10);
  reader.feed(std::string(1'000'000, '\n') + "end\n");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(lines(reader), std::vector<std::string>{"end"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
