// The pad `mix`: a file of one channel.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "recorder_bench.hpp"

namespace {

using namespace recorder_bench;

constexpr GstClockTime kMs = GST_MSECOND;

class CallRecorderMixTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  std::string location(const char* name = "mix.wav") {
    return "location=\"" + folder.file(name) + "\" ";
  }
  TemporaryFolder folder;
};

TEST_F(CallRecorderMixTest, OneChannelHoldsTheMix) {
  RecorderBench bench{location()};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* mix = bench.add("mix", std::string{kS16} + "16000");
  ASSERT_TRUE(mix);
  const auto voice = tone(32000, 300, 16000);
  bench.speak(mix, 100 * kMs, voice, 16000);
  bench.set_time(4000 * kMs);
  bench.eos(mix);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read_recording(folder.file("mix.wav"));
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(r.rate, 16000u);
  EXPECT_TRUE(r.caller.empty());
  ASSERT_GE(r.mix.size(), voice.size() - 80);
  ASSERT_LE(r.mix.size(), voice.size());
  for (size_t i = 0; i < r.mix.size() - 80; ++i) ASSERT_EQ(r.mix[i], voice[i]) << i;
  EXPECT_EQ(bench.stat("bytes-written"), r.mix.size() * 2);
  EXPECT_EQ(bench.stat("recorded"), r.mix.size() * GST_SECOND / 16000);
}

TEST_F(CallRecorderMixTest, OggToo) {
  RecorderBench bench{location("mix.ogg") + "format=ogg"};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* mix = bench.add("mix", std::string{kS16} + "8000");
  const auto voice = tone(16000, 300, 8000);
  bench.speak(mix, 0, voice, 8000);
  bench.set_time(4000 * kMs);
  bench.eos(mix);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = decode_ogg(folder.file("mix.ogg"));
  ASSERT_EQ(r.problem, "");
  ASSERT_GT(r.caller.size(), 15000u);
  EXPECT_EQ(r.caller, r.agent);  // one channel, which the decoder gives to both
}

TEST_F(CallRecorderMixTest, BesideASideItIsRefusedAtTheStart) {
  for (const char* side : {"caller", "agent"}) {
    RecorderBench bench{location() + "overwrite=true"};
    ASSERT_TRUE(bench.add(side, std::string{kS16} + "8000"));
    bench.add("mix", std::string{kS16} + "8000");
    EXPECT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    EXPECT_NE(bench.wait_for_problem(GST_MESSAGE_ERROR).find("it cannot have both"),
              std::string::npos);
  }
}

TEST_F(CallRecorderMixTest, BesideASideItIsRefusedWhileItRuns) {
  RecorderBench bench{location()};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  ASSERT_TRUE(caller);
  EXPECT_FALSE(bench.add("mix", std::string{kS16} + "8000"));
  EXPECT_NE(bench.wait_for_problem(GST_MESSAGE_WARNING).find("it cannot have both"),
            std::string::npos);
  bench.speak(caller, 0, tone(8000, 300, 8000), 8000);
  bench.set_time(3000 * kMs);
  bench.eos(caller);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  EXPECT_EQ(read_recording(folder.file("mix.wav")).problem, "");
}

TEST_F(CallRecorderMixTest, APadThatLeavesBeforeTheStartExcludesNothing) {
  RecorderBench bench{location()};
  ASSERT_TRUE(bench.add("caller", std::string{kS16} + "8000"));
  bench.add("mix", std::string{kS16} + "8000");
  bench.remove("caller");
  EXPECT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  bench.set_state(GST_STATE_NULL);
  EXPECT_EQ(read_recording(folder.file("mix.wav")).problem, "");
}

}  // namespace
