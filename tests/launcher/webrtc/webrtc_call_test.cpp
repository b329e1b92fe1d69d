// Calls between two ends in one process, over real webrtcbins and the loopback interface.
#include "webrtc/webrtc_call.hpp"

#include <gtest/gtest.h>

#include "support/webrtc_side.hpp"

namespace jackfield::webrtc {
namespace {

using test_support::read_samples;
using test_support::run_for;
using test_support::TemporaryFolder;
using test_support::tone_share;
using test_support::wait_until;
using test_support::WebRtcSide;

// Says a tone, and writes down what it hears.
constexpr char kTone[] = R"(
webrtcbin name=peer latency=0
audiotestsrc is-live=true freq=${SAYS} volume=0.3 samplesperbuffer=480
  ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! opusenc audio-type=voice frame-size=20
  ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=${TYPE:-111},minptime=(string)10,useinbandfec=(string)1
  ! peer.
peer. ! adaptivejitter ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1
  ! filesink location=${OUT} async=false sync=false buffer-mode=unbuffered
)";

class WebRtcCallTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    prepare_dtls_key();
  }

  std::unique_ptr<WebRtcSide> side(const std::string& name, int says) {
    const std::string file = folder_.write(name + ".gst", kTone);
    return std::make_unique<WebRtcSide>(folder_, file,
                                        std::map<std::string, std::string, std::less<>>{
                                            {"SAYS", std::to_string(says)}, {"OUT", heard(name)}});
  }
  std::string heard(const std::string& name) const { return folder_.file(name + ".raw"); }
  bool hears(const std::string& name, int hertz) const {
    return tone_share(read_samples(heard(name)), hertz, 0.5) > 0.8;
  }
  bool both_hear() {
    return wait_until([&] { return hears("a", 700) && hears("b", 400); });
  }

  TemporaryFolder folder_;
};

TEST_F(WebRtcCallTest, TwoEndsHearEachOther) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  EXPECT_TRUE(both_hear());
  ASSERT_TRUE(wait_until([&] {
    return a->messages.count("webrtc/stats") > 1 && b->messages.count("webrtc/stats") > 1;
  }));
  for (WebRtcSide* end : {a.get(), b.get()}) {
    EXPECT_EQ(end->messages.count("webrtc/call-started"), 1U);
    EXPECT_GE(end->messages.count("webrtc/connected"), 1U);
    EXPECT_TRUE(end->errors.empty());
    const auto* stats = end->messages.last("webrtc/stats");
    EXPECT_STREQ(json_object_get_string_member(stats->fields.get(), "remote-candidate"), "host");
    EXPECT_TRUE(std::string{json_object_get_string_member(stats->fields.get(), "remote-address")}
                    .starts_with("127.0.0.1:"));
    EXPECT_GT(json_object_get_int_member(stats->fields.get(), "packets-received"), 10);
    EXPECT_GT(json_object_get_int_member(stats->fields.get(), "packets-sent"), 10);
  }
  a->the_call()->hang_up("hang-up");
  ASSERT_TRUE(wait_until([&] { return a->sessions().idle() && b->sessions().idle(); }));
  EXPECT_EQ(a->ended, "hang-up");
  EXPECT_EQ(b->ended, "hang-up");
  for (WebRtcSide* end : {a.get(), b.get()}) {
    EXPECT_EQ(end->messages.count("webrtc/call-ended"), 1U);
    ASSERT_EQ(end->messages.ended.size(), 1U);
    EXPECT_TRUE(end->messages.ended[0].was_call);
    EXPECT_FALSE(end->messages.ended[0].failed);
    EXPECT_EQ(end->messages.ended[0].reason, "hang-up");
  }
}

}  // namespace
}  // namespace jackfield::webrtc
