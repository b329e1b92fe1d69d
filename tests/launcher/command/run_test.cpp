// `jackfield run` with a pipeline that needs no call.
#include <gtest/gtest.h>

#include <csignal>

#include "jackfield_process.hpp"

using namespace jackfield::test;

namespace {

constexpr char kTone[] =
    "audiotestsrc num-buffers=${N} is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000 "
    "! wavenc ! filesink location=${RECORDING} async=false";

}  // namespace

TEST(RunTest, RunsUntilTheEndAndKeepsTheRecords) {
  const TemporaryFolder folder;
  folder.write("tone.gst", kTone);
  const Result result = run_jackfield(folder, {"run", "tone.gst", "N=10", "--recordings", "r"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("end of stream"), std::string::npos) << result.out;
  ASSERT_EQ(folder.list("r").size(), 1u);
  const std::string session = "r/" + folder.list("r").front();
  EXPECT_EQ(read_file(folder.file(session + "/call.wav")).substr(0, 4), "RIFF");
  const std::string call = read_file(folder.file(session + "/call.json"));
  EXPECT_NE(call.find("\"end-reason\" : \"end of stream\""), std::string::npos) << call;
  EXPECT_NE(call.find("\"failed\" : false"), std::string::npos) << call;
}

TEST(RunTest, QuietSaysNothing) {
  const TemporaryFolder folder;
  folder.write("tone.gst", kTone);
  const Result result = run_jackfield(folder, {"run", "--quiet", "tone.gst", "N=2"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "");
}

TEST(RunTest, AFailureBeforeItRanEndsWithAnError) {
  const TemporaryFolder folder;
  folder.write("in.txt", "this is no WAV file at all, and long enough to be read as one");
  folder.write("bad.gst", "filesrc location=in.txt ! wavparse ! fakesink");
  const Result result = run_jackfield(folder, {"run", "bad.gst"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.out.find("error: wavparse"), std::string::npos) << result.out;
  const std::string session = "recordings/" + folder.list("recordings").front();
  EXPECT_EQ(read_file(folder.file(session + "/pipeline-error.dot")).find("digraph"), 0u);
}

TEST(RunTest, AFailureWhileItRanStartsItAgain) {
  const TemporaryFolder folder;
  folder.write("bad.gst",
               "audiotestsrc is-live=true samplesperbuffer=441 ! identity error-after=20 "
               "! fakesink sync=false async=false");
  const Events events{folder.file("events")};
  Jackfield process{folder, {"run", "bad.gst", "--events", "events"}};
  ASSERT_TRUE(events.wait("session-running", 2)) << process.err();
  process.signal(SIGTERM);
  EXPECT_NE(process.wait(), -1);
  const Result once = run_jackfield(folder, {"run", "bad.gst", "--once"});
  EXPECT_EQ(once.code, 1);
}

TEST(RunTest, ASignalEndsItInOrder) {
  const TemporaryFolder folder;
  folder.write("tone.gst", kTone);
  const Events events{folder.file("events")};
  Jackfield process{folder, {"run", "tone.gst", "N=-1", "--events", "events", "--recordings", "r"}};
  ASSERT_TRUE(events.wait("session-running")) << process.err();
  wait_for([] { return false; }, 0.3);
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 0) << process.err();
  // The end of the stream went through: the header of the file has a length.
  const std::string wav = read_file(folder.file("r/" + folder.list("r").front() + "/call.wav"));
  ASSERT_GT(wav.size(), 44u);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(wav[i]); };
  const int data = byte(40) | byte(41) << 8 | byte(42) << 16;  // 0 in a file cut off
  EXPECT_GE(data, 320);
  EXPECT_LE(data, static_cast<int>(wav.size() - 44));
  EXPECT_EQ(events.named("session-closed").front().text("reason"), "stopped");
}

TEST(RunTest, OptionsOfServersAreRefused) {
  const TemporaryFolder folder;
  folder.write("tone.gst", kTone);
  const Result result = run_jackfield(folder, {"run", "tone.gst", "N=1", "--calls", "3"});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("--calls"), std::string::npos);
}

TEST(RunTest, WhatServesCallsIsNotRunOnce) {
  const TemporaryFolder folder;
  folder.write("web.gst", "webrtcbin name=w");
  const Result result = run_jackfield(folder, {"run", "web.gst", "--once"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err,
            "jackfield: --once is for a pipeline that runs by itself; web.gst serves browser calls "
            "(see --calls)\n");
}

TEST(RunTest, AFolderThatCannotBeWrittenIsSaidAtOnce) {
  const TemporaryFolder folder;
  folder.write("tone.gst", kTone);
  folder.write("taken", "a file");
  const Result result =
      run_jackfield(folder, {"run", "tone.gst", "N=1", "--recordings", "taken/in/it"});
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("--recordings"), std::string::npos) << result.err;
}
