// `jackfield call` and `jackfield token` against `jackfield run`: two jackfields call each other.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <vector>

#include "../command/jackfield_process.hpp"
#include "records/wav_reader.hpp"

namespace jackfield::webrtc {
namespace {

using namespace jackfield::test;

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr char kToPeer[] =
    R"( ! opusenc audio-type=voice bitrate=32000 ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111,minptime=(string)10,useinbandfec=(string)1
  ! peer.
)";

class CallCommandTest : public testing::Test {
 protected:
  CallCommandTest() {
    folder.write("line.gst",
                 std::string{"webrtcbin name=peer latency=0\npeer. ! adaptivejitter ! audioconvert "
                             "! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1"} +
                     kToPeer);
    // A tone for two seconds; what comes back goes into a file.
    folder.write(
        "caller.gst",
        std::string{"webrtcbin name=peer latency=0\naudiotestsrc is-live=true freq=440 "
                    "num-buffers=${BUFFERS:-100} samplesperbuffer=960 ! "
                    "audio/x-raw,format=S16LE,rate=48000,channels=1"} +
            kToPeer +
            "peer. ! adaptivejitter ! audioconvert ! audio/x-raw,format=S16LE,rate=48000,channels=1"
            " ! wavenc ! filesink location=heard.wav async=false\n");
    folder.write("tone.gst", "audiotestsrc num-buffers=10 ! fakesink");
  }

  void serve(const std::vector<std::string>& more = {},
             const Jackfield::Variables& variables = {}) {
    std::vector<std::string> arguments{"run",      "line.gst", "--listen",     "127.0.0.1:0",
                                       "--events", "events",   "--recordings", "r"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server = std::make_unique<Jackfield>(folder, arguments, variables);
    ASSERT_TRUE(events.wait("listening")) << server->err();
    url = events.named("listening").front().text("signal");
  }
  Result call(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"call", url};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_jackfield(folder, arguments);
  }
  // How much of what was heard is the tone, 0 to 1, over the loudest second.
  double tone_heard() const {
    std::ifstream file(folder.file("heard.wav"), std::ios::binary);
    std::string error;
    auto reader = WavReader::open(file, error);
    if (!reader || reader->rate() != 48000) return 0;
    std::vector<std::int16_t> samples(reader->frames());
    samples.resize(reader->read(samples));
    double best = 0;
    for (std::size_t from = 0; from + 48000 <= samples.size(); from += 4800) {
      double re = 0;
      double im = 0;
      double energy = 0;
      for (std::size_t i = from; i < from + 48000; ++i) {
        const double angle = 2 * M_PI * 440 * static_cast<double>(i) / 48000;
        re += samples[i] * std::cos(angle);
        im += samples[i] * std::sin(angle);
        energy += static_cast<double>(samples[i]) * samples[i];
      }
      // Less than a hundredth of full scale is no tone.
      if (energy < 48000.0 * 300 * 300) continue;
      best = std::max(best, 2 * (re * re + im * im) / (48000 * energy));
    }
    return best;
  }

  TemporaryFolder folder;
  Events events{folder.file("events")};
  std::unique_ptr<Jackfield> server;
  std::string url;
};

TEST_F(CallCommandTest, TwoJackfieldsCallEachOther) {
  serve();
  const Result result = call({"caller.gst", "--name", "Ann", "--recordings", "rc"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("call started"), std::string::npos) << result.out;
  EXPECT_TRUE(events.wait("session-closed"));
  EXPECT_GT(tone_heard(), 0.8);
  EXPECT_TRUE(server->running());
}

TEST_F(CallCommandTest, ATokenOpensTheLine) {
  serve({"--require-token"}, {{"JACKFIELD_TOKEN_SECRET", kSecret}});
  const Result without = call({"caller.gst", "--quiet"});
  EXPECT_EQ(without.code, 1);
  EXPECT_NE(without.err.find("a token is needed"), std::string::npos) << without.err;
  const Result wrong =
      run_jackfield(folder, {"token", "other"}, 60, {{"JACKFIELD_TOKEN_SECRET", kSecret}});
  EXPECT_EQ(wrong.code, 0) << wrong.err;
  const Result refused =
      call({"caller.gst", "--quiet", "--token", wrong.out.substr(0, wrong.out.find('\n'))});
  EXPECT_NE(refused.err.find("the token is for another line"), std::string::npos) << refused.err;
  const Result token = run_jackfield(folder, {"token", "line", "--valid", "5m", "--name", "Bo"}, 60,
                                     {{"JACKFIELD_TOKEN_SECRET", kSecret}});
  ASSERT_EQ(token.code, 0) << token.err;
  const Result good = call({"caller.gst", "--recordings", "rc", "--token",
                            token.out.substr(0, token.out.find('\n')), "BUFFERS=20"});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_TRUE(events.wait("session-closed"));
}

TEST_F(CallCommandTest, WhoMayOnlyListenIsNotHeard) {
  const Jackfield::Variables secret{{"JACKFIELD_TOKEN_SECRET", kSecret}};
  serve({"--require-token"}, secret);
  const Result token = run_jackfield(folder, {"token", "line", "--listen"}, 60, secret);
  ASSERT_EQ(token.code, 0) << token.err;
  const Result result = call(
      {"caller.gst", "--recordings", "rc", "--token", token.out.substr(0, token.out.find('\n'))});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("call started"), std::string::npos) << result.out;
  EXPECT_LT(tone_heard(), 0.1);  // the line would give it back
}

TEST_F(CallCommandTest, TheServerStopsAndTheCallEnds) {
  serve();
  Jackfield caller{folder, {"call", url, "caller.gst", "--recordings", "rc", "BUFFERS=100000"}};
  EXPECT_TRUE(wait_for([&] { return caller.out().find("call started") != std::string::npos; }))
      << caller.out() << caller.err();
  server->signal(SIGTERM);
  EXPECT_TRUE(events.wait("stopping"));
  server->signal(SIGTERM);
  EXPECT_EQ(caller.wait(), 0) << caller.out() << caller.err();
  EXPECT_EQ(server->wait(), 0);
}

TEST_F(CallCommandTest, TheCallerStops) {
  serve();
  Jackfield caller{folder, {"call", url, "caller.gst", "--recordings", "rc", "BUFFERS=100000"}};
  EXPECT_TRUE(wait_for([&] { return caller.out().find("call started") != std::string::npos; }))
      << caller.out() << caller.err();
  caller.signal(SIGINT);
  EXPECT_EQ(caller.wait(), 0) << caller.out() << caller.err();
  EXPECT_TRUE(events.wait("session-closed"));
}

TEST_F(CallCommandTest, WhatCannotBeCalled) {
  url = "http://127.0.0.1:1/signal";
  EXPECT_EQ(call({"caller.gst"}).code, 2);
  url = "ws://127.0.0.1:1/signal";
  EXPECT_EQ(call({"nothing.gst"}).code, 2);
  const Result none = call({"tone.gst"});
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("has no webrtcbin"), std::string::npos) << none.err;
  EXPECT_EQ(run_jackfield(folder, {"call"}).code, 2);
  serve();
  url += "/nobody";
  const Result nobody = call({"caller.gst"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_NE(nobody.err.find("there is no such line"), std::string::npos) << nobody.err;
}

TEST_F(CallCommandTest, TokensNeedASecret) {
  const Result none =
      run_jackfield(folder, {"token", "line"}, 60, {{"JACKFIELD_TOKEN_SECRET", ""}});
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("JACKFIELD_TOKEN_SECRET is not set"), std::string::npos) << none.err;
  const Result weak =
      run_jackfield(folder, {"token", "line"}, 60, {{"JACKFIELD_TOKEN_SECRET", "123456789012345"}});
  EXPECT_EQ(weak.code, 2);
  EXPECT_EQ(weak.err.find("123456789012345"), std::string::npos);
  const Jackfield::Variables secret{{"JACKFIELD_TOKEN_SECRET", kSecret}};
  EXPECT_EQ(run_jackfield(folder, {"token"}, 60, secret).code, 2);
  EXPECT_EQ(run_jackfield(folder, {"token", "line", "--valid", "2y"}, 60, secret).code, 2);
  EXPECT_EQ(
      run_jackfield(folder, {"token", "line", "--room", std::string(65, 'r')}, 60, secret).code, 2);
}

}  // namespace
}  // namespace jackfield::webrtc
