// The scenarios we ship, as they lie in pipelines/.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "jackfield_process.hpp"

using namespace jackfield::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// "hello world", a human voice (package asterisk-core-sounds-en-wav).
constexpr char kClip[] = "/usr/share/asterisk/sounds/en/hello-world.wav";

std::string pipelines() {
  const gchar* source = g_getenv("JACKFIELD_SOURCE_DIR");
  return std::string{source ? source : "."} + "/pipelines";
}

// The loudest sample of a channel of a 16-bit stereo WAV file with a header of 44 bytes or more.
int loudest(const std::string& wav, std::size_t channel) {
  const std::size_t data = wav.find("data");
  if (data == std::string::npos) return -1;
  int peak = 0;
  for (std::size_t i = data + 8 + channel * 2; i + 1 < wav.size(); i += 4) {
    std::int16_t sample = 0;
    std::memcpy(&sample, &wav[i], sizeof sample);
    peak = std::max(peak, std::abs(static_cast<int>(sample)));
  }
  return peak;
}

class ScenariosTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(g_file_test(kClip, G_FILE_TEST_EXISTS))
        << kClip << " is missing: apt install asterisk-core-sounds-en-wav";
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_F(ScenariosTest, AllPassTheCheck) {
  std::vector<std::string> arguments{"check"};
  GDir* dir = g_dir_open(pipelines().c_str(), 0, nullptr);
  ASSERT_TRUE(dir);
  while (const gchar* name = g_dir_read_name(dir)) {
    if (std::string_view{name}.ends_with(".gst")) arguments.push_back(pipelines() + "/" + name);
  }
  g_dir_close(dir);
  ASSERT_GE(arguments.size(), 4u);
  arguments.push_back(std::string{"IN="} + kClip);
  const Result result = run_jackfield(folder, arguments);
  EXPECT_EQ(result.code, 0) << result.err;
}

TEST_F(ScenariosTest, AMissingGrammarIsFoundByTheCheck) {
  const Result result =
      run_jackfield(folder, {"check", pipelines() + "/phone-agent.gst", "GRAMMAR=/nowhere/x.gram"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("no file '/nowhere/x.gram'"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("phone-agent.gst:"), std::string::npos) << result.err;
}

TEST_F(ScenariosTest, AScriptWithAMistakeIsFoundByTheCheck) {
  const std::string script = folder.write("broken.json", "{\"x\": 1}");
  const Result result =
      run_jackfield(folder, {"check", pipelines() + "/phone-agent.gst", "SCRIPT=" + script});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("broken.json:1:2: a script has no key \"x\""), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("phone-agent.gst:"), std::string::npos) << result.err;
}

TEST_F(ScenariosTest, AStageCanBeExchangedAndIsChecked) {
  const std::string file = pipelines() + "/phone-agent.gst";
  EXPECT_EQ(run_jackfield(folder, {"check", file, "TTS=flitetts voice=kal16"}).code, 0);
  const Result result = run_jackfield(folder, {"check", file, "TTS=flitetts voise=slt"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("did you mean 'voice'"), std::string::npos) << result.err;
}

// From a folder whose name needs every kind of quoting there is.
TEST_F(ScenariosTest, TheLoopbackTalks) {
  const std::string odd = folder.file("it's \"my\" folder");
  ASSERT_EQ(g_mkdir_with_parents(odd.c_str(), 0700), 0);
  const std::string copy = "cp -r '" + pipelines() + "/.' \"$1\"";
  const gchar* argv[] = {"sh", "-c", copy.c_str(), "sh", odd.c_str(), nullptr};
  gint status = -1;
  ASSERT_TRUE(g_spawn_sync(nullptr, const_cast<gchar**>(argv), nullptr, G_SPAWN_SEARCH_PATH,
                           nullptr, nullptr, nullptr, nullptr, &status, nullptr));
  ASSERT_EQ(status, 0);
  const Result result = run_jackfield(
      folder, {"run", odd + "/loopback.gst", std::string{"IN="} + kClip, "--recordings", "r"});
  EXPECT_EQ(result.code, 0) << result.err << result.out;
  EXPECT_NE(result.out.find("caller: hello world"), std::string::npos) << result.out;
  ASSERT_EQ(folder.list("r").size(), 1u);
  const std::string session = folder.file("r/" + folder.list("r").front());
  const std::string wav = read_file(session + "/call.wav");
  EXPECT_GT(loudest(wav, 0), 1000);
  EXPECT_GT(loudest(wav, 1), 1000);
  const std::string transcript = read_file(session + "/transcript.txt");
  EXPECT_NE(transcript.find("caller: hello world"), std::string::npos) << transcript;
  EXPECT_NE(transcript.find("agent: "), std::string::npos) << transcript;
  EXPECT_NE(read_file(session + "/call.svg").find("<svg"), std::string::npos);
  EXPECT_NE(read_file(session + "/latency.json").find("\"turn\" : 1"), std::string::npos);
}

TEST_F(ScenariosTest, TheLoopbackRunsInGstLaunch) {
  if (kSanitized) GTEST_SKIP() << "gst-launch-1.0 cannot load plugins built with a sanitizer";
  const Result text = run_jackfield(folder, {"check", "--print", pipelines() + "/loopback.gst",
                                             std::string{"IN="} + kClip, "RECORDING=answer.wav"});
  ASSERT_EQ(text.code, 0) << text.err;
  const std::string script = "exec gst-launch-1.0 -q " + text.out;
  const gchar* argv[] = {"sh", "-c", script.c_str(), nullptr};
  gint status = -1;
  ASSERT_TRUE(g_spawn_sync(folder.path().c_str(), const_cast<gchar**>(argv), nullptr,
                           G_SPAWN_SEARCH_PATH, nullptr, nullptr, nullptr, nullptr, &status,
                           nullptr));
  EXPECT_EQ(status, 0);
  const std::string wav = read_file(folder.file("answer.wav"));
  EXPECT_GT(loudest(wav, 0), 1000);
  EXPECT_GT(loudest(wav, 1), 1000);
}
