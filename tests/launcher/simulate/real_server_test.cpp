// The simulator against the real server: `jackfield run` with a pipeline that sends back what it
// hears.
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "simulate/core/wav.hpp"
#include "simulate/io/script_loader.hpp"
#include "simulate/io/simulation.hpp"

namespace jackfield::simulate {
namespace {

class QuietObserver : public SimulationObserver {
  void on_call_event(int, const CallEvent&) override {}
  void on_call_done(const CallResult&) override {}
  void on_second(const SimulationProgress&) override {}
  void on_waiting(const std::string&, double) override {}
};

class RealServerTest : public testing::Test {
 protected:
  RealServerTest() : folder_(g_dir_make_tmp("real-server-XXXXXX", nullptr)) {
    const std::string pipeline = path("echo.gst");
    const std::string text = "twiliosrc ! twiliosink\n";
    g_file_set_contents(pipeline.c_str(), text.data(), static_cast<gssize>(text.size()), nullptr);
    const gstpp::GObjectPtr<GSubprocessLauncher> launcher{
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE)};
    const std::string recordings = path("recordings");
    const char* const argv[] = {
        g_getenv("JACKFIELD"), "run",          pipeline.c_str(),   "--listen",
        "127.0.0.1:0",         "--recordings", recordings.c_str(), nullptr};
    process_.reset(g_subprocess_launcher_spawnv(launcher.get(), argv, nullptr));
    if (process_) config.line.url = read_url();
  }
  ~RealServerTest() override {
    if (process_) {
      g_subprocess_force_exit(process_.get());
      g_subprocess_wait(process_.get(), nullptr, nullptr);
    }
    remove_all(folder_.get());
  }

  // The address stands on a line of the server's own: "  voice webhook  http://...".
  std::string read_url() {
    const gstpp::GObjectPtr<GDataInputStream> lines{
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_.get()))};
    for (int i = 0; i < 20; ++i) {
      const gstpp::CharPtr line{
          g_data_input_stream_read_line(lines.get(), nullptr, nullptr, nullptr)};
      if (!line) return {};
      const std::string text = line.get();
      const auto at = text.find("http://");
      if (text.find("voice webhook") != std::string::npos && at != std::string::npos)
        return text.substr(at, text.find(' ', at) - at);
    }
    return {};
  }

  static void remove_all(const std::string& path) {
    if (GDir* dir = g_dir_open(path.c_str(), 0, nullptr)) {
      while (const char* name = g_dir_read_name(dir)) remove_all(path + G_DIR_SEPARATOR_S + name);
      g_dir_close(dir);
      g_rmdir(path.c_str());
    } else {
      g_remove(path.c_str());
    }
  }
  std::string path(const std::string& name) const {
    return std::string{folder_.get()} + G_DIR_SEPARATOR_S + name;
  }
  void script(const std::string& steps) {
    auto parsed = parse_caller_script("{\"steps\": [" + steps + "]}");
    ASSERT_TRUE(parsed.script) << parsed.error.text;
    config.script = std::move(*parsed.script);
    auto clip = std::make_shared<Clip>();
    for (int i = 0; i < 4000; ++i) clip->mulaw.push_back(static_cast<std::uint8_t>(i * 7 % 251));
    clip->speech_end = 4000;
    for_each_utterance(config.script.items, [&](Utterance& u) { u.clip = clip; });
  }
  // One channel of a recording without its silence.
  static std::vector<std::int16_t> sounding(const std::string& file, std::size_t channel) {
    char* data = nullptr;
    gsize size = 0;
    std::vector<std::int16_t> out;
    if (!g_file_get_contents(file.c_str(), &data, &size, nullptr)) return out;
    const gstpp::CharPtr owner{data};
    const auto* samples = reinterpret_cast<const std::int16_t*>(data + 44);
    for (std::size_t i = channel; i < (size - 44) / 2; i += 2)
      if (samples[i] != 0) out.push_back(samples[i]);
    return out;
  }

  SimulationConfig config;

 private:
  gstpp::CharPtr folder_;
  gstpp::GObjectPtr<GSubprocess> process_;

 protected:
  QuietObserver observer;
  std::atomic<bool> stop{false};
};

TEST_F(RealServerTest, TwentyEchoesComeBackByteForByte) {
  ASSERT_NE(config.line.url, "");
  script(R"({"say": "a"}, {"pause": 2000}, {"hang-up": true})");
  config.calls = 20;
  config.rate = 100;
  config.spread = true;
  config.out = path("out");
  const auto result = run_simulation(config, observer, stop);
  ASSERT_EQ(result.calls.size(), 20u);
  for (const CallResult& call : result.calls) {
    EXPECT_TRUE(call.ok()) << call.failures.front();
    const auto said = sounding(call.recording, 0);
    EXPECT_GT(said.size(), 3900u);
    EXPECT_EQ(said, sounding(call.recording, 1)) << call.recording;
  }
}

TEST_F(RealServerTest, OddMessagesAreEchoedToo) {
  ASSERT_NE(config.line.url, "");
  script(R"({"say": "a"}, {"pause": 2000}, {"hang-up": true})");
  config.chunking = *parse_chunking("odd");
  config.out = path("odd.wav");
  const auto result = run_simulation(config, observer, stop);
  ASSERT_EQ(result.calls.size(), 1u);
  EXPECT_TRUE(result.calls[0].ok()) << result.calls[0].failures.front();
  EXPECT_EQ(sounding(config.out, 0), sounding(config.out, 1));
}

}  // namespace
}  // namespace jackfield::simulate
