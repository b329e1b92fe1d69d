// All clips of pipelines/scripts/reception-clips.json, as a telephone line delivers them.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "json_reader.hpp"
#include "stt_harness.hpp"

namespace {

using test_support::HeardTurn;
using test_support::SttHarness;
using test_support::telephone_clip;

struct ListedClip {
  std::string path;
  std::string expected;
  bool in_grammar = false;
};

std::vector<ListedClip> listed_clips() {
  std::ifstream in(test_support::scripts_file("reception-clips.json"));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto json = jackfield::read_json(text);
  const std::string sounds = json.find("sounds")->string;
  std::vector<ListedClip> clips;
  for (const auto& item : json.find("clips")->items) {
    const std::string path = item.find("path")->string;
    clips.push_back({path.starts_with('/') ? path : sounds + "/" + path,
                     item.find("expected")->string, item.find("in_grammar")->boolean});
  }
  return clips;
}

TEST(PocketsphinxSttClips, EveryClipIsHeardOrRejectedAsListed) {
  gst_init(nullptr, nullptr);
  const auto clips = listed_clips();
  ASSERT_GE(std::count_if(clips.begin(), clips.end(), [](auto& c) { return c.in_grammar; }), 25);
  ASSERT_GE(std::count_if(clips.begin(), clips.end(), [](auto& c) { return !c.in_grammar; }), 12);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  // Three calls at once share the recognizers.
  const auto call = [&] {
    SttHarness harness("segmentation=events");
    harness.begin();
    guint id = 0;
    for (std::size_t i = next++; i < clips.size(); i = next++) {
      const HeardTurn heard = harness.hear(telephone_clip(clips[i].path, 400, 700), ++id);
      const std::lock_guard lock(mutex);
      ASSERT_TRUE(heard.end) << clips[i].path;
      EXPECT_EQ(heard.end->not_understood, !clips[i].in_grammar) << clips[i].path;
      EXPECT_EQ(heard.texts,
                clips[i].in_grammar ? std::vector{clips[i].expected} : std::vector<std::string>{})
          << clips[i].path;
    }
    const std::lock_guard lock(mutex);
    EXPECT_EQ(harness.stat("turns"), id);
    EXPECT_EQ(harness.stat("audio-dropped"), 0U);
    EXPECT_LE(gstpp::get_uint(harness.stats().get(), "decoders", 99), 3U);
    EXPECT_FALSE(harness.has_error());
  };
  std::vector<std::thread> calls;
  for (int i = 0; i < 3; ++i) calls.emplace_back(call);
  for (auto& thread : calls) thread.join();
}

}  // namespace
