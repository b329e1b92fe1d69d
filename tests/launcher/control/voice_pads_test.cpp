// Where the voices of the pipelines that there are pass.
#include "control/voice_pads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "voice_pipeline.hpp"

namespace jackfield {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<gstpp::PadPtr>& pads) {
  std::vector<std::string> names;
  for (const gstpp::PadPtr& pad : pads) {
    const gstpp::ElementPtr element{gst_pad_get_parent_element(pad.get())};
    const gstpp::CharPtr of{gst_object_get_name(GST_OBJECT(element.get()))};
    const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(pad.get()))};
    names.push_back(std::string{of.get()} + "." + name.get());
  }
  return names;
}

class VoicePadsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    test::register_voice_elements();
  }
  VoicePads find(const std::string& text) {
    gstpp::ErrorPtr error;
    GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
    EXPECT_FALSE(error) << error->message;
    pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(raw)));
    return find_voice_pads(raw);
  }
  gstpp::ElementPtr pipeline_;
};

TEST_F(VoicePadsTest, APhoneCall) {
  const VoicePads pads = find(
      "twiliosrc name=in ! tee name=caller  caller. ! mulawdec ! agentbrain ! mulawenc"
      " ! tee name=voice  voice. ! twiliosink name=out"
      "  callrecorder name=recorder  caller. ! recorder.caller  voice. ! recorder.agent");
  EXPECT_THAT(names(pads.caller), ElementsAre("in.src"));
  EXPECT_THAT(names(pads.agent), ElementsAre("out.sink", "recorder.agent"));
}

TEST_F(VoicePadsTest, ACallOverWebRtcBeforeAnybodyIsConnected) {
  const VoicePads pads = find(
      "webrtcbin name=peer  adaptivejitter name=jitter ! audioconvert ! "
      "audioresample ! agentbrain name=agent ! audioconvert ! audioresample ! opusenc name=coder ! "
      "rtpopuspay ! application/x-rtp,payload=111 ! peer.");
  EXPECT_THAT(names(pads.caller), ElementsAre("jitter.src"));
  EXPECT_THAT(names(pads.agent), ElementsAre("coder.sink"));
}

TEST_F(VoicePadsTest, ADeskWithCaptureAndPlayback) {
  const VoicePads pads = find(
      "testvoicesrc name=microphone ! agentbrain ! testvoicesink name=loudspeaker  "
      "fakesrc ! fakesink");
  EXPECT_THAT(names(pads.caller), ElementsAre("microphone.src"));
  EXPECT_THAT(names(pads.agent), ElementsAre("loudspeaker.sink"));
}

TEST_F(VoicePadsTest, AFileThatSpeaks) {
  const VoicePads pads = find(
      "fakesrc ! tee name=caller  caller. ! agentbrain name=agent ! recorder.agent  "
      "callrecorder name=recorder  caller. ! recorder.caller");
  EXPECT_THAT(names(pads.caller), ElementsAre("agent.sink", "recorder.caller"));
  EXPECT_THAT(names(pads.agent), ElementsAre("agent.src"));
}

TEST_F(VoicePadsTest, NoVoices) {
  const VoicePads pads = find("fakesrc ! identity ! fakesink");
  EXPECT_THAT(names(pads.caller), IsEmpty());
  EXPECT_THAT(names(pads.agent), IsEmpty());
}

}  // namespace
}  // namespace jackfield
