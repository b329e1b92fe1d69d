// What happens to the file and the call when things go wrong: kill -9, a full disk, a disk that
// hangs, and stops at any moment.

#include <fcntl.h>
#include <gio/gio.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include "recorder_bench.hpp"

namespace {

using namespace recorder_bench;

std::string program;  // this executable, which also plays the process that gets killed

// Records a live call until it is killed. `file_limit` > 0: files may not grow beyond.
int record_for_ever(const char* location, const char* format, rlim_t file_limit) {
  if (file_limit > 0) {
    const rlimit limit{file_limit, file_limit};
    std::signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG, as on a full disk
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  gst_init(nullptr, nullptr);
  gstpp::CharPtr text{g_strdup_printf(
      "callrecorder name=r location=\"%s\" format=%s "
      "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000 ! mulawenc ! "
      "r.caller "
      "audiotestsrc is-live=true samplesperbuffer=160 freq=700 ! audio/x-raw,rate=8000 ! "
      "tee name=t t. ! r.agent t. ! fakesink name=s signal-handoffs=true sync=false async=false",
      location, format)};
  gstpp::ElementPtr pipeline{
      static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.get(), nullptr)))};
  static gint frames = 0;
  gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline.get()), "s")};
  g_signal_connect(
      sink.get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, gpointer) { g_atomic_int_inc(&frames); }),
      nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  if (file_limit == 0) {
    gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND, GST_MESSAGE_ERROR);
    return 1;
  }
  // Exit code 0: one WARNING came, no ERROR, and the call went on for a second after it.
  gstpp::MessagePtr warning{gst_bus_timed_pop_filtered(
      bus.get(), 20 * GST_SECOND,
      static_cast<GstMessageType>(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR))};
  if (!warning || GST_MESSAGE_TYPE(warning.get()) != GST_MESSAGE_WARNING) return 2;
  const gint before = g_atomic_int_get(&frames);
  gstpp::MessagePtr more{gst_bus_timed_pop_filtered(
      bus.get(), GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR))};
  if (more) return 3;
  if (g_atomic_int_get(&frames) < before + 25) return 4;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return 0;
}

class CallRecorderEnduranceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  gstpp::GObjectPtr<GSubprocess> start(const char* what, const char* format) {
    gstpp::ErrorPtr error;
    GSubprocess* child =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, gstpp::OutPtr{error}, program.c_str(), what,
                         file(format).c_str(), format, nullptr);
    EXPECT_TRUE(child) << error->message;
    return gstpp::GObjectPtr<GSubprocess>{child};
  }
  std::string file(const char* format) { return folder.file(std::string{"call."} + format); }
  // Kills the process once its file has reached the size.
  void kill_at(GSubprocess* child, const char* format, goffset size) {
    for (int i = 0; i < 3000; ++i) {
      struct stat info {};
      if (stat(file(format).c_str(), &info) == 0 && info.st_size >= size) break;
      g_usleep(10'000);
    }
    g_subprocess_force_exit(child);  // SIGKILL
    g_subprocess_wait(child, nullptr, nullptr);
    EXPECT_TRUE(g_subprocess_get_if_signaled(child));
  }
  TemporaryFolder folder;
};

TEST_F(CallRecorderEnduranceTest, AKillLeavesAPlayableWav) {
  const auto child = start("--record", "wav");
  ASSERT_TRUE(child);
  kill_at(child.get(), "wav", 80 + 32000 * 3 / 2);  // 1.5 s are in the file
  const Recording r = read_recording(file("wav"), false);
  ASSERT_EQ(r.problem, "");
  EXPECT_GE(r.caller.size(), 4000u);  // the header is at most a second old
  EXPECT_GT(std::abs(largest_step(r.caller)), 100);
  EXPECT_GT(std::abs(largest_step(r.agent)), 100);
}

TEST_F(CallRecorderEnduranceTest, AKillLeavesAPlayableOgg) {
  const auto child = start("--record", "ogg");
  ASSERT_TRUE(child);
  kill_at(child.get(), "ogg", 9000);
  const Recording r = decode_ogg(file("ogg"));
  EXPECT_EQ(r.problem, "");
  EXPECT_GE(r.caller.size(), 4000u);
  EXPECT_GT(std::abs(largest_step(r.agent)), 100);
}

TEST_F(CallRecorderEnduranceTest, AFullDiskEndsTheRecordingButNotTheCall) {
  const auto child = start("--record-limited", "wav");
  ASSERT_TRUE(child);
  g_subprocess_wait(child.get(), nullptr, nullptr);
  ASSERT_TRUE(g_subprocess_get_if_exited(child.get()));
  EXPECT_EQ(g_subprocess_get_exit_status(child.get()), 0);
  const Recording r = read_recording(file("wav"), false);
  EXPECT_EQ(r.problem, "");
  EXPECT_GT(r.caller.size(), 1000u);
}

TEST_F(CallRecorderEnduranceTest, ADiskThatHangsDoesNotDelayTheCall) {
  // A pipe that nobody reads: writing to it blocks once its buffer is full.
  const std::string pipe = folder.file("pipe.ogg");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  RecorderBench bench{"location=\"" + pipe +
                      "\" overwrite=true format=ogg bitrate=510000 rate=48000"};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  std::mt19937 random{1};
  std::vector<int16_t> noise(160);
  gint64 longest = 0;
  bool stuck = false;
  for (GstClockTime at = 0; at < 60 * GST_SECOND && !stuck; at += 20 * GST_MSECOND) {
    for (auto& sample : noise) sample = static_cast<int16_t>(random() % 16000);
    bench.set_time(at);
    const gint64 before = g_get_monotonic_time();
    ASSERT_EQ(bench.push(caller, at, noise), GST_FLOW_OK);
    longest = std::max(longest, g_get_monotonic_time() - before);
    g_usleep(1000);
    stuck = bench.stat("overrun-samples") > 8000;
  }
  EXPECT_TRUE(stuck);
  EXPECT_LT(longest, G_USEC_PER_SEC);  // it was not waited for
  // Read, so that the recorder can finish.
  std::thread drain{[&] {
    fcntl(reader, F_SETFL, 0);
    char bytes[65536];
    while (read(reader, bytes, sizeof bytes) > 0) {
    }
  }};
  bench.set_state(GST_STATE_NULL);
  drain.join();
  close(reader);
}

TEST_F(CallRecorderEnduranceTest, AnyMomentIsGoodForAStop) {
  std::mt19937 random{5};
  for (int round = 0; round < 20; ++round) {
    const std::string path = folder.file("stress.wav");
    gstpp::CharPtr text{g_strdup_printf(
        "callrecorder name=r location=\"%s\" overwrite=true hold=100000000 "
        "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000 ! mulawenc ! "
        "r.caller audiotestsrc %s samplesperbuffer=320 ! audio/x-raw,rate=16000 ! r.agent",
        path.c_str(), round % 2 ? "is-live=true" : "num-buffers=3")};
    gstpp::ElementPtr pipeline{
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.get(), nullptr)))};
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    g_usleep(random() % 400'000);
    if (round % 3 == 0) gst_element_send_event(pipeline.get(), gst_event_new_eos());
    if (round % 4 == 1) gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    const Recording r = read_recording(path);
    ASSERT_EQ(r.problem, "") << round;
    ASSERT_LE(r.caller.size(), 16000u * 20);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--record") == 0)
    return record_for_ever(argv[2], argv[3], 0);
  if (argc == 4 && std::strcmp(argv[1], "--record-limited") == 0) {
    return record_for_ever(argv[2], argv[3], 40000);
  }
  program = argv[0];
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
