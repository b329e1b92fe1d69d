// How calls over WebRTC end, and what cannot become one.
#include <glib/gstdio.h>

#include <cstdio>
#include <fstream>

#include "webrtc_call_fixture.hpp"

namespace jackfield::webrtc {
namespace {

class WebRtcEndTest : public WebRtcCallTest {
 protected:
  bool idle(const WebRtcSide& side) {
    return wait_until([&] { return const_cast<WebRtcSide&>(side).sessions().idle(); });
  }
};

TEST_F(WebRtcEndTest, TheCalledEndHangsUp) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  b->the_call()->hang_up("hang-up");
  EXPECT_TRUE(wait_until([&] { return a->ended && b->ended; }));
  EXPECT_TRUE(idle(*a) && idle(*b));
  EXPECT_EQ(a->messages.ended.at(0).reason, "hang-up");
}

TEST_F(WebRtcEndTest, APeerThatVanishesEndsTheCall) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  b->settings.lost_after = 2;
  a->call(*b);
  ASSERT_TRUE(both_hear());
  // Its pipeline is gone, and nobody says bye.
  a.reset();
  ASSERT_TRUE(wait_until([&] { return b->ended.has_value(); }));
  EXPECT_TRUE(*b->ended == "lost" || *b->ended == "closed") << *b->ended;
  EXPECT_TRUE(idle(*b));
  EXPECT_EQ(b->messages.count("webrtc/call-ended"), 1U);
}

TEST_F(WebRtcEndTest, APeerThatFallsSilentEndsTheCall) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  b->settings.lost_after = 2;
  a->call(*b);
  ASSERT_TRUE(both_hear());
  // As if its machine had stopped: everything is there, nothing is sent.
  a->cut_off();
  ASSERT_TRUE(wait_until([&] { return b->ended.has_value(); }));
  EXPECT_EQ(*b->ended, "lost");
  EXPECT_GE(b->messages.count("webrtc/disconnected"), 1U);
  EXPECT_TRUE(idle(*b));
}

TEST_F(WebRtcEndTest, ACallThatNeverConnectsEnds) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  b->settings.connect_within = 1;
  a->settings.connect_within = 1;
  a->on_candidate = b->on_candidate = [](Candidate&) { return false; };
  a->call(*b);
  ASSERT_TRUE(wait_until([&] { return a->ended && b->ended; }));
  EXPECT_TRUE(idle(*a) && idle(*b));
  EXPECT_EQ(*b->ended == "not-connected" || *b->ended == "hang-up", true) << *b->ended;
  // No call, no records.
  EXPECT_EQ(b->messages.count("webrtc/call-started"), 0U);
  EXPECT_EQ(b->messages.ended.at(0).folder, "");
}

TEST_F(WebRtcEndTest, TheSignallingLetsGo) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  b->drop_call();
  EXPECT_TRUE(idle(*b));
  EXPECT_FALSE(b->ended);
  EXPECT_EQ(b->messages.ended.at(0).reason, "gone");
}

TEST_F(WebRtcEndTest, LetGoWhileItStarts) {
  for (int i = 0; i < 5; ++i) {
    auto a = side("a", 400);
    a->make_call().start_offer();
    run_for(0.05 * i);
    a->drop_call();
    EXPECT_TRUE(idle(*a));
  }
}

TEST_F(WebRtcEndTest, TheSupervisorEndsIt) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  b->sessions().end_all("shutdown");
  EXPECT_TRUE(idle(*b));
  EXPECT_EQ(b->ended, "shutdown");
  EXPECT_TRUE(idle(*a));
}

TEST_F(WebRtcEndTest, AllLinesBusy) {
  auto a = side("a", 400);
  const std::string file = folder_.write("b.gst", kTone);
  WebRtcSide b{folder_, file, {{"SAYS", "700"}, {"OUT", heard("b")}}, 0};
  a->call(b);
  ASSERT_TRUE(wait_until([&] { return b.ended.has_value(); }));
  EXPECT_EQ(*b.ended, "busy");
  ASSERT_EQ(b.errors.size(), 1U);
  EXPECT_EQ(b.errors[0].code, "busy");
}

TEST_F(WebRtcEndTest, BadDescriptionsCostNoPipeline) {
  auto a = side("a", 400);
  a->make_call().start_offer();
  ASSERT_TRUE(wait_until([&] { return !a->descriptions.empty(); }));
  const std::string offer = a->descriptions[0].sdp;
  const auto without = [&](const std::string& line) {
    std::string text = offer;
    const std::size_t at = text.find(line);
    return text.erase(at, text.find('\n', at) + 1 - at);
  };
  const std::vector<std::string> bad{"",
                                     "v=0",
                                     "hello",
                                     std::string(100000, 'x'),
                                     std::string("v=0\r\n\0\r\n", 8),
                                     without("m=audio"),
                                     without("a=ice-ufrag"),
                                     without("a=fingerprint"),
                                     without("a=rtpmap"),
                                     without("a=rtcp-mux")};
  for (const std::string& sdp : bad) {
    auto b = side("b", 700);
    b->make_call().remote(Description{.type = Description::Type::kOffer, .sdp = sdp});
    EXPECT_EQ(b->ended, "bad-description");
    ASSERT_EQ(b->errors.size(), 1U);
    EXPECT_EQ(b->errors[0].code, "bad-message");
    EXPECT_FALSE(b->errors[0].text.empty());
    EXPECT_TRUE(b->sessions().idle());
  }
}

TEST_F(WebRtcEndTest, ABadDescriptionInACallEndsIt) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  b->the_call()->remote(Description{.type = Description::Type::kOffer, .sdp = "v=0\r\n"});
  EXPECT_EQ(b->ended, "bad-description");
  EXPECT_TRUE(idle(*b) && idle(*a));
}

TEST_F(WebRtcEndTest, NonsenseDoesNotDisturbACall) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  for (int i = 0; i < 2000; ++i) {
    const std::string number = std::to_string(i % 250 + 1);
    const std::string text =
        i % 2 == 0 ? "candidate:" + std::string(300, 'x')
                   : "candidate:1 1 udp 1 127.0.0." + number + " " + number + " typ host";
    if (b->the_call()) b->the_call()->remote(Candidate{.candidate = text, .mid = "0"});
    if (i % 100 == 0) run_for(0.001);
  }
  b->the_call()->remote(Candidate{.candidate = std::nullopt});
  b->the_call()->remote(Description{.type = Description::Type::kAnswer,
                                    .sdp = a->descriptions.empty() ? "" : a->descriptions[0].sdp});
  EXPECT_TRUE(both_hear());
  EXPECT_FALSE(b->ended);
}

std::size_t entries(const char* folder) {
  std::size_t n = 0;
  GDir* dir = g_dir_open(folder, 0, nullptr);
  while (dir && g_dir_read_name(dir)) ++n;
  if (dir) g_dir_close(dir);
  return n;
}

long resident_kb() {
  std::ifstream in("/proc/self/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * 4;
}

TEST_F(WebRtcEndTest, CallsLeaveNothingBehind) {
  const auto one = [&] {
    auto a = side("a", 400);
    auto b = side("b", 700);
    g_unlink(heard("a").c_str());
    g_unlink(heard("b").c_str());
    a->call(*b);
    ASSERT_TRUE(wait_until([&] {
      return a->messages.count("webrtc/call-started") && b->messages.count("webrtc/call-started");
    }));
    a->the_call()->hang_up("hang-up");
    ASSERT_TRUE(idle(*a) && idle(*b));
  };
  for (int i = 0; i < 5; ++i) one();
  // Idle threads of pools end by themselves, after 15 s at the latest.
  const std::size_t descriptors = entries("/proc/self/fd");
  const std::size_t threads = entries("/proc/self/task");
  const long memory = resident_kb();
  for (int i = 0; i < 20; ++i) one();
  EXPECT_TRUE(wait_until([&] { return entries("/proc/self/fd") <= descriptors + 2; }))
      << descriptors << " became " << entries("/proc/self/fd");
  EXPECT_TRUE(wait_until([&] { return entries("/proc/self/task") <= threads + 4; }))
      << threads << " became " << entries("/proc/self/task");
  std::printf("memory: %ld kB became %ld kB\n", memory, resident_kb());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(resident_kb() - memory, 20 * 500);
#endif
}

}  // namespace
}  // namespace jackfield::webrtc
