#include "sse_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using jackfield::SseParser;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> read_all(SseParser& parser) {
  std::vector<std::string> events;
  while (const auto event = parser.next()) events.push_back(event->type + "|" + event->data);
  return events;
}

std::vector<std::string> parse(std::string_view text, std::size_t piece = 1000) {
  SseParser parser;
  std::vector<std::string> events;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(text.substr(at, piece));
    for (auto& event : read_all(parser)) events.push_back(std::move(event));
  }
  return events;
}

TEST(SseParser, ReadsEventsHoweverTheyAreCut) {
  constexpr std::string_view kText =
      "\xEF\xBB\xBF: hello\r\ndata: one\r\n\r\nevent: error\ndata:two\ndata: 2\n\n"
      "id: 5\rdata: three\r\rdata\n\nretry: 1\n\ndata: unfinished";
  for (std::size_t piece = 1; piece <= kText.size(); ++piece) {
    EXPECT_THAT(parse(kText, piece), ElementsAre("|one", "error|two\n2", "|three", "|")) << piece;
  }
}

TEST(SseParser, OneSpaceOnlyBelongsToTheField) {
  EXPECT_THAT(parse("data:  x\n\ndata:\n\n"), ElementsAre("| x", "|"));
}

TEST(SseParser, TypesWithoutDataAreDropped) {
  EXPECT_THAT(parse("event: ping\n\ndata: x\n\n"), ElementsAre("|x"));
}

TEST(SseParser, LongLinesAndLongEventsFail) {
  SseParser line(100);
  line.feed("data: " + std::string(200, 'x'));
  EXPECT_THAT(read_all(line), IsEmpty());
  EXPECT_TRUE(line.failed());
  line.feed("\n\ndata: later\n\n");
  EXPECT_THAT(read_all(line), IsEmpty());
  line.reset();
  line.feed("data: later\n\n");
  EXPECT_THAT(read_all(line), ElementsAre("|later"));

  SseParser event(100);
  for (int i = 0; i < 30; ++i) event.feed("data: 12345678\n");
  EXPECT_THAT(read_all(event), IsEmpty());
  EXPECT_TRUE(event.failed());
}

TEST(SseParser, ManyEventsInOnePieceAreNotALongLine) {
  SseParser parser(100);
  std::string text;
  for (int i = 0; i < 100; ++i) text += "data: 1234567\n\n";
  parser.feed(text);
  EXPECT_EQ(read_all(parser).size(), 100u);
  EXPECT_FALSE(parser.failed());
}

// As a server sends a picture, or what is to keep us busy.
TEST(SseParser, ALongLineInSmallPiecesTakesNoTime) {
  constexpr std::size_t kSize = 4 * 1024 * 1024;
  SseParser parser(2 * kSize);
  const auto begin = std::chrono::steady_clock::now();
  parser.feed("data: ");
  const std::string piece(64, 'x');
  for (std::size_t sent = 0; sent < kSize; sent += piece.size()) {
    parser.feed(piece);
    ASSERT_THAT(read_all(parser), IsEmpty());
  }
  parser.feed("\n\ndata: next\n\n");
  EXPECT_EQ(parser.next()->data.size(), kSize);
  EXPECT_THAT(read_all(parser), ElementsAre("|next"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
