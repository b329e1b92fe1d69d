#include "route.hpp"

#include <gtest/gtest.h>

using namespace ducking;

namespace {

Route good(const char* text) {
  std::string error;
  const auto route = parse_route(text, error);
  EXPECT_TRUE(route) << text << ": " << error;
  return route.value_or(Route{});
}
std::string bad(const char* text) {
  std::string error;
  EXPECT_FALSE(parse_route(text, error)) << text;
  return error;
}

TEST(Route, All) {
  EXPECT_TRUE(good("all").hears("sink_0"));
  EXPECT_EQ(good(" all ").text(), "all");
}

TEST(Route, AllBut) {
  const Route route = good("all -sink_1,-sink_2 -sink_1");
  EXPECT_TRUE(route.hears("sink_0"));
  EXPECT_FALSE(route.hears("sink_1"));
  EXPECT_FALSE(route.hears("sink_2"));
  EXPECT_TRUE(route.hears("sink_10"));
  EXPECT_EQ(route.text(), "all -sink_1 -sink_2");
}

TEST(Route, Only) {
  const Route route = good("sink_1, sink_2");
  EXPECT_FALSE(route.hears("sink_0"));
  EXPECT_TRUE(route.hears("sink_1"));
  EXPECT_EQ(route.text(), "sink_1 sink_2");
}

TEST(Route, Nobody) {
  for (const char* text : {"", "none", "  "}) {
    EXPECT_FALSE(good(text).hears("sink_0"));
    EXPECT_EQ(good(text).text(), "none");
  }
}

TEST(Route, WhatItIsToldIsWhatItTells) {
  for (const char* text : {"all", "none", "all -a -b", "a b"}) EXPECT_EQ(good(text).text(), text);
}

TEST(Route, WhatIsNone) {
  EXPECT_EQ(bad("sink_1 all"), "'all' has to come first");
  EXPECT_EQ(bad("none sink_1"), "nothing can follow 'none'");
  EXPECT_EQ(bad("-sink_1"), "'-sink_1' leaves out somebody, which is for 'all -sink_1'");
  EXPECT_EQ(bad("all sink_1"), "behind 'all' come those who are not heard, '-sink_1'");
  EXPECT_EQ(bad("all -"), "'-' needs the name of a pad, such as '-sink_1'");
}

}  // namespace
