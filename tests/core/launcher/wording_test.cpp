#include "client/core/wording.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace jackfield::client {
namespace {

TEST(WordingTest, Durations) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(5'900), "0:05");
  EXPECT_EQ(duration_text(754'000), "12:34");
  EXPECT_EQ(duration_text(3'723'000), "1:02:03");
  EXPECT_EQ(duration_text(183'840'000), "2d 03:04");
  EXPECT_EQ(duration_text(-1), "0:00");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "0:00");
  EXPECT_FALSE(duration_text(1e300).empty());
}

TEST(WordingTest, Figures) {
  EXPECT_EQ(milliseconds_text(711.6), "712");
  EXPECT_EQ(milliseconds_text(std::nullopt), "-");
  EXPECT_EQ(milliseconds_text(1e300), "-");
  const Stage stage{.name = "total", .count = 2, .all = {1, 2, 3}, .recent = {4, 5, 6}};
  EXPECT_EQ(percentiles_text(&stage, false), "1/2/3");
  EXPECT_EQ(percentiles_text(&stage, true), "4/5/6");
  EXPECT_EQ(percentiles_text(nullptr, true), "-");
}

TEST(WordingTest, WhatWasSaid) {
  EXPECT_EQ(entry_text({.who = "caller", .text = "hello"}), "caller: hello");
  EXPECT_EQ(entry_text({.who = "caller", .not_understood = true}), "caller: (not understood)");
  EXPECT_EQ(entry_text({.who = "system", .text = "call ended"}), "(call ended)");
  Entry reply{.who = "agent", .text = "We are open from nine.", .heard = "We are"};
  reply.interrupted = true;
  EXPECT_EQ(entry_text(reply), "agent: We are -- (interrupted here) (not heard: open from nine.)");
  reply.heard = "";
  EXPECT_EQ(entry_text(reply),
            "agent: (interrupted before a word was heard) (not heard: We are open from nine.)");
  reply.heard.reset();
  EXPECT_EQ(entry_text(reply), "agent: We are open from nine. -- (interrupted here)");
}

TEST(WordingTest, Turns) {
  EXPECT_EQ(turn_text({.turn = 3, .hang_over = 500, .llm = 2.4, .total = 712}),
            "712 ms from the end of speech to the first sound (hang-over 500, llm 2)");
  EXPECT_EQ(turn_text({}), "- ms from the end of speech to the first sound");
}

}  // namespace
}  // namespace jackfield::client
