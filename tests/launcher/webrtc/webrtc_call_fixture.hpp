// Two ends of a call that say tones to each other, and write down what they hear.
#pragma once

#include <gtest/gtest.h>

#include "support/webrtc_side.hpp"

namespace jackfield::webrtc {

using test_support::read_samples;
using test_support::run_for;
using test_support::TemporaryFolder;
using test_support::tone_share;
using test_support::wait_until;
using test_support::WebRtcSide;

// Says a tone, and writes down what it hears.
inline constexpr char kTone[] = R"(
webrtcbin name=peer latency=0
audiotestsrc is-live=true freq=${SAYS} volume=0.3 samplesperbuffer=480
  ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! opusenc audio-type=voice frame-size=20
  ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111,minptime=(string)10,useinbandfec=(string)1
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

}  // namespace jackfield::webrtc
