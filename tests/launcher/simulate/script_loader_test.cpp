#include "simulate/io/script_loader.hpp"

#include <glib.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include "plugins/common/gstpp.hpp"
#include "simulate/core/wav.hpp"

namespace jackfield::simulate {
namespace {

class ScriptLoaderTest : public testing::Test {
 protected:
  ScriptLoaderTest() : folder_(g_dir_make_tmp("script-loader-XXXXXX", nullptr)) {
    g_mkdir(path("sounds").c_str(), 0700);
  }
  ~ScriptLoaderTest() override {
    for (const std::string& file : files_) g_remove(file.c_str());
    g_rmdir(path("sounds").c_str());
    g_rmdir(folder_.get());
  }
  std::string path(const std::string& name) const {
    return std::string{folder_.get()} + G_DIR_SEPARATOR_S + name;
  }
  std::string write(const std::string& name, const std::string& bytes) {
    files_.push_back(path(name));
    g_file_set_contents(path(name).c_str(), bytes.data(), static_cast<gssize>(bytes.size()),
                        nullptr);
    return path(name);
  }
  std::string write_wav(const std::string& name, int rate, std::size_t samples) {
    const auto header = wav_header(rate, 1, static_cast<std::uint32_t>(samples * 2));
    return write(name,
                 std::string{header.begin(), header.end()} + std::string(samples * 2, '\x10'));
  }
  gstpp::CharPtr folder_;
  std::vector<std::string> files_;
};

TEST_F(ScriptLoaderTest, FindsClipsBesideTheScriptAndUnderItsSounds) {
  write_wav("a.wav", 16000, 1600);
  write_wav("sounds/b.wav", 8000, 800);
  const auto script = write(
      "s.json",
      R"({"sounds": "sounds", "steps": [{"say": "a.wav"}, {"say": ["a.wav", "b.wav"], "gap": 10}]})");
  auto loaded = load_script(script, "/nowhere");
  ASSERT_EQ(loaded.error, "");
  EXPECT_EQ(loaded.script.name, "s.json");
  const auto steps = order_steps(loaded.script, 0);
  EXPECT_EQ(utterance_of(steps[0])->clip->mulaw.size(), 800u);
  EXPECT_EQ(utterance_of(steps[1])->clip->mulaw.size(), 800u + 80 + 800);
}

TEST_F(ScriptLoaderTest, ErrorsNameFileLineAndColumn) {
  auto script = write("s.json", "{\"steps\": [\n  {\"say\": \"none.wav\"}]}");
  EXPECT_TRUE(load_script(script, "/nowhere")
                  .error.starts_with(script + ":2:11: there is no clip \"none.wav\" in"))
      << load_script(script, "/nowhere").error;
  script = write("s.json", "{\"steps\": [\n  {\"sai\": 1}]}");
  EXPECT_TRUE(load_script(script, "").error.starts_with(script + ":2:3: unknown step"));
  write("bad.wav", "this is not audio at all");
  script = write("s.json", "{\"steps\": [{\"say\": \"bad.wav\"}]}");
  EXPECT_NE(load_script(script, "").error.find("is not a WAV file"), std::string::npos);
  EXPECT_NE(load_script(path("missing.json"), "").error.find("there is no such file"),
            std::string::npos);
  EXPECT_NE(load_script(path("sounds"), "").error.find("is not a file"), std::string::npos);
}

TEST_F(ScriptLoaderTest, AWavIsAScriptOfItsOwn) {
  const auto wav = write_wav("a.wav", 8000, 800);
  const auto loaded = script_of_wav(wav);
  ASSERT_EQ(loaded.error, "");
  const auto steps = order_steps(loaded.script, 0);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_STREQ(step_name(steps[1]), "listen");
  EXPECT_EQ(utterance_of(steps[0])->clip->mulaw.size(), 800u);
  EXPECT_NE(script_of_wav(path("none.wav")).error, "");
}

TEST_F(ScriptLoaderTest, TheDefaultScriptSaysHelloOrWhatToInstall) {
  EXPECT_NE(default_script(path("sounds")).error.find("asterisk-core-sounds-en-wav"),
            std::string::npos);
  g_mkdir(path("sounds/en").c_str(), 0700);
  write_wav("sounds/en/hello.wav", 8000, 800);
  EXPECT_EQ(default_script(path("sounds")).error, "");
  g_remove(path("sounds/en/hello.wav").c_str());
  g_rmdir(path("sounds/en").c_str());
}

// The recordings are those of asterisk-core-sounds-en-wav, which ./dev installs.
TEST(ShippedCallersTest, EveryScriptLoadsWithItsClips) {
  const gstpp::CharPtr folder{
      g_build_filename(g_getenv("JACKFIELD_SOURCE_DIR"), "pipelines", "callers", nullptr)};
  GDir* dir = g_dir_open(folder.get(), 0, nullptr);
  ASSERT_NE(dir, nullptr);
  int scripts = 0;
  while (const char* name = g_dir_read_name(dir)) {
    if (!g_str_has_suffix(name, ".json")) continue;
    ++scripts;
    const gstpp::CharPtr file{g_build_filename(folder.get(), name, nullptr)};
    const auto loaded = load_script(file.get(), "");
    EXPECT_EQ(loaded.error, "");
    for (const Step& step : order_steps(loaded.script, 1))
      if (const Utterance* utterance = utterance_of(step)) {
        EXPECT_GT(utterance->clip->speech_end, 800) << name << " line " << step.line;
      }
  }
  g_dir_close(dir);
  EXPECT_GE(scripts, 3);
}

TEST_F(ScriptLoaderTest, TooLargeFilesAreRefused) {
  const auto script = write("s.json", std::string(5 * 1024 * 1024, ' '));
  EXPECT_NE(load_script(script, "").error.find("larger than 4 MiB"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::simulate
