#include "records/picture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace {

using namespace jackfield;

std::string le(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> (8 * i));
  return s;
}
std::string wav(const std::string& frames) {
  const std::string fmt =
      "fmt " + le(16, 4) + le(1, 2) + le(2, 2) + le(8000, 4) + le(32000, 4) + le(4, 2) + le(16, 2);
  const std::string body = "WAVE" + fmt + "data" + le(frames.size(), 4) + frames;
  return "RIFF" + le(body.size(), 4) + body;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// Every opening tag is closed, and no stray < or & is in the text.
void expect_well_formed(const std::string& svg) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < svg.size(); ++at) {
    if (svg[at] == '&') {
      const auto end = svg.find(';', at);
      ASSERT_NE(end, std::string::npos);
      ASSERT_LE(end - at, 6u) << svg.substr(at, 20);
    }
    if (svg[at] != '<') continue;
    const auto end = svg.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = svg.substr(at + 1, end - at - 1);
    if (tag[0] == '/') {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(tag.substr(1), open.back());
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    at = end;
  }
  EXPECT_TRUE(open.empty());
}

CallPicture call() {
  CallPicture p;
  p.title = "phone-agent";
  p.subtitle = "2026-11-22";
  p.seconds = 60;
  p.caller.ranges.assign(1600, {-1000, 2000});
  p.agent.ranges.assign(1600, {-500, 500});
  p.turns = {{3, 4, "I want a room", false}, {20, 21, "mumble", true}};
  p.replies = {{4.7, 9, "Which day?", false}, {22, 24, "I did not", true}};
  p.latencies = {{4, 4.712}};
  p.interruptions = {24};
  return p;
}

TEST(PictureTest, ShowsWhatHappened) {
  const std::string svg = call_picture_svg(call());
  expect_well_formed(svg);
  for (const char* words :
       {"I want a room", "mumble", "Which day?", "0:20 · not understood", "0:22 · interrupted",
        "712 ms", ">interrupted<", "phone-agent", "0:55"}) {
    EXPECT_NE(svg.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(count(svg, "<path d=\"M6"), 2u);  // two waves
}

TEST(PictureTest, AnyTextIsSafe) {
  CallPicture p = call();
  p.title = "<script>&\"'";
  p.turns[0].text = "a <b> & \xff\xfe \x01 \"c\" ]]> \xed\xa0\x80 caf\xc3\xa9";
  p.replies[0].text = std::string(5000, 'w') + " end";
  const std::string svg = call_picture_svg(p);
  expect_well_formed(svg);
  EXPECT_NE(svg.find("&lt;script&gt;&amp;"), std::string::npos);
  EXPECT_NE(svg.find("caf\xc3\xa9"), std::string::npos);
  EXPECT_EQ(svg.find('\xff'), std::string::npos);
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
  EXPECT_EQ(svg.find("\xed\xa0\x80"), std::string::npos);
  EXPECT_EQ(svg.find(std::string(100, 'w')), std::string::npos);
}

TEST(PictureTest, OddTimesAreHarmless) {
  CallPicture p = call();
  p.turns = {{-5, -1, "before", false},
             {NAN, 3, "nan", false},
             {70, 80, "after", false},
             {5, 4, "backwards", false},
             {55, 99, "clipped", false}};
  p.latencies = {{INFINITY, INFINITY}, {5, 4}};
  p.interruptions = {NAN, -1, 61};
  const std::string svg = call_picture_svg(p);
  expect_well_formed(svg);
  for (const char* words :
       {">before<", ">nan<", ">after<", ">backwards<", ">interrupted<", "inf\""}) {
    EXPECT_EQ(svg.find(words), std::string::npos) << words;
  }
  EXPECT_NE(svg.find(">clipped<"), std::string::npos);
  expect_well_formed(call_picture_svg(CallPicture{}));
  p.seconds = NAN;
  expect_well_formed(call_picture_svg(p));
}

TEST(PictureTest, WidthGrowsWithTheCallWithinBounds) {
  EXPECT_NEAR(picture_scale(60) * 60, 1600, 0.1);
  EXPECT_NEAR(picture_scale(600) * 600, 16000, 0.1);
  EXPECT_NEAR(picture_scale(5) * 5, 1000, 0.1);
  EXPECT_NEAR(picture_scale(86400) * 86400, 48000, 0.1);
  EXPECT_GT(picture_scale(0), 0);
}

TEST(PictureTest, EnvelopesFollowTheRecording) {
  std::string frames;
  for (int i = 0; i < 16000; ++i) {
    const int caller = i < 8000 ? (i % 2 ? 3000 : -2000) : 0;
    const int agent = i == 12000 ? -32768 : 0;
    frames += le(static_cast<std::uint64_t>(caller), 2) + le(static_cast<std::uint64_t>(agent), 2);
  }
  std::istringstream in{wav(frames)};
  std::string error;
  auto reader = WavReader::open(in, error);
  ASSERT_TRUE(reader) << error;
  CallPicture p;
  ASSERT_TRUE(read_envelopes(*reader, p));
  EXPECT_EQ(p.seconds, 2.0);
  ASSERT_EQ(p.caller.ranges.size(), 1000u);
  ASSERT_EQ(p.agent.ranges.size(), 1000u);
  EXPECT_EQ(p.caller.ranges[499].high, 3000);
  EXPECT_EQ(p.caller.ranges[0].low, -2000);
  EXPECT_EQ(p.caller.ranges[500].high, 0);
  EXPECT_EQ(p.agent.ranges[750].low, -32768);
  EXPECT_EQ(p.agent.ranges[749].low, 0);
  EXPECT_EQ(p.agent.ranges[751].low, 0);
  expect_well_formed(call_picture_svg(p));
}

}  // namespace
