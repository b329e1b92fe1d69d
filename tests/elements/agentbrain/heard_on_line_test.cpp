// A whole agent on a line: what its history holds of a reply that was interrupted, beside what
// Twilio's end played of it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "brain_stages.hpp"
#include "call_fixture.hpp"
#include "g711.hpp"

namespace {

using namespace brain_test;

constexpr int kWords = 20;
constexpr int kWordMs = 60;
// Numbers, which the TTS stage speaks as constant samples 100 * (n + 1).
const char* kReply = "01 02 03 04 05|06 07 08 09 10|11 12 13 14 15|16 17 18 19 20";

// How many words, from the first on, were played to their end.
int words_played(const std::string& mulaw) {
  std::map<int, int> samples;
  for (const char c : mulaw)
    ++samples[(jackfield::mulaw_to_linear(static_cast<uint8_t>(c)) + 50) / 100 - 1];
  int words = 0;
  // Within a few samples: Twilio's end takes note of time, not of samples.
  while (words < kWords && samples[words + 1] >= (kWordMs - 5) * 8) ++words;
  return words;
}

int words_of(const std::string& text) {
  return text.empty() ? 0 : static_cast<int>(std::count(text.begin(), text.end(), ' ')) + 1;
}

class HeardOnLineTest : public CallTest {
 protected:
  static void SetUpTestSuite() {
    CallTest::SetUpTestSuite();
    register_stages();
  }
  void SetUp() override {
    new_world();
    world().reply = kReply;
    world().word_ms = kWordMs;
  }

  void begin(const std::string& tts) {
    begin_call(
        "twiliosrc name=src ! mulawdec ! agentbrain name=agent stt=teststt llm=testllm tts=\"" +
        tts + "\" ! mulawenc ! twiliosink name=sink");
    agent_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "agent"));
    detector_.reset(gst_bin_get_by_name(GST_BIN(agent_.get()), "detector"));
    sinkpad_.reset(gst_element_get_static_pad(agent_.get(), "sink"));
    live(300ms);
  }

  // The caller is silent, in real time.
  bool live(std::chrono::milliseconds time, const std::function<bool()>& done = {}) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end && !peer_->client().eof()) {
      if (done && done()) return true;
      peer_->send_media(std::string(160, '\xff'));
      const auto due = std::chrono::steady_clock::now() + 20ms;
      peer_->run(20ms, done);
      late_ = std::max(late_, std::chrono::steady_clock::now() - due);
    }
    return done && done();
  }
  gstpp::StructurePtr wait_message(const char* name,
                                   const std::function<bool(const GstStructure*)>& accept) {
    gstpp::StructurePtr found;
    live(10s, [&] {
      while (!found) {
        const gstpp::MessagePtr message{gst_bus_pop(bus_.get())};
        if (!message) return false;
        const GstStructure* s = gst_message_get_structure(message.get());
        if (s && gst_structure_has_name(s, name) && accept(s)) found.reset(gst_structure_copy(s));
      }
      return true;
    });
    return found;
  }
  bool wait_speaking() {
    return wait_message("agentbrain/state", [](const GstStructure* s) {
             return gstpp::get_string(s, "state") == "speaking";
           }) != nullptr;
  }
  GstClockTime now() { return gstpp::running_time(pipeline_.get()); }
  void speech_start() {
    const GstClockTime t = now();
    g_signal_emit_by_name(detector_.get(), "speech-start", ++turn_, t, t);
    gst_pad_send_event(sinkpad_.get(), jackfield::make_event(jackfield::TurnStart{turn_, t}));
  }
  void speech_end(const std::string& text) {
    {
      const std::lock_guard guard(world().lock);
      world().hears.push_back(text);
    }
    const GstClockTime t = now();
    g_signal_emit_by_name(detector_.get(), "speech-end", turn_, t, t);
    gst_pad_send_event(sinkpad_.get(), jackfield::make_event(jackfield::TurnEnd{
                                           .turn_id = turn_, .speech_end = t, .decided_at = t}));
  }
  void say(const std::string& text) {
    speech_start();
    live(60ms);
    speech_end(text);
  }

  // Interrupts reply after reply, at times spread evenly over it.
  void interrupt_all_along(const char* told, int times, int most_off) {
    int sum = 0, worst = 0;
    std::size_t before = 0;
    say("go");
    for (int k = 0; k < times; ++k) {
      ASSERT_TRUE(wait_speaking());
      late_ = {};
      live(std::chrono::milliseconds(40 + kWords * kWordMs * k / times));
      say("stop");
      const auto cut = wait_message("agentbrain/interrupted", [](const GstStructure* s) {
        return gstpp::get_bool(s, "confirmed", false);
      });
      ASSERT_TRUE(cut) << k;
      const std::string heard = gstpp::get_string(cut.get(), "heard");
      EXPECT_TRUE(whole().starts_with(heard)) << heard;
      const std::string played = peer_->played();
      const int truth = words_played(played.substr(before));
      before = played.size();
      const int off = std::abs(words_of(heard) - truth);
      // When this thread was late, Twilio's end went on playing meanwhile.
      const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(late_).count();
      EXPECT_LE(off, most_off + (static_cast<int>(late) + kWordMs * 2 / 3) / kWordMs)
          << "\"" << heard << "\", but " << truth << " words were played";
      sum += off;
      worst = std::max(worst, off);
      const auto count = static_cast<std::size_t>(k) + 1;
      ASSERT_TRUE(live(10s, [&] {
        const std::lock_guard guard(world().lock);
        return world().heard.size() == count;
      }));
      const std::lock_guard guard(world().lock);
      EXPECT_EQ(world().heard.back(), heard) << "what the LLM stage is told";
    }
    std::printf("heard on the line, %s: %d cuts, %.2f words off on average, %d at worst\n", told,
                times, static_cast<double>(sum) / times, worst);
  }
  static std::string whole() {
    std::string text = kReply;
    std::replace(text.begin(), text.end(), '|', ' ');
    return text;
  }

  gstpp::ElementPtr agent_;
  gstpp::ElementPtr detector_;
  gstpp::PadPtr sinkpad_;
  guint turn_ = 0;
  std::chrono::steady_clock::duration late_{0};  // at worst, since the reply began
};

TEST_F(HeardOnLineTest, WordTimings) {
  begin("testtts");
  interrupt_all_along("word timings", 12, 1);
}

TEST_F(HeardOnLineTest, Sentences) {
  world().tts_words = false;
  begin("testtts");
  interrupt_all_along("sentences", 9, 1);
}

TEST_F(HeardOnLineTest, Nothing) {
  world().tts_words = false;
  begin("testtts ! queue");  // whose thread says nothing
  interrupt_all_along("nothing", 9, 2);
}

TEST_F(HeardOnLineTest, AFalseInterruptionGoesOnAndTheWholeReplyWasHeard) {
  begin("testtts");
  say("go");
  ASSERT_TRUE(wait_speaking());
  live(500ms);
  speech_start();
  live(100ms);
  const std::string before = peer_->played();
  speech_end("?");
  ASSERT_TRUE(wait_message("agentbrain/resumed", [](const GstStructure*) { return true; }));
  const auto reply = wait_message("agentbrain/reply", [](const GstStructure*) { return true; });
  ASSERT_TRUE(reply);
  EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), whole());
  EXPECT_LT(words_played(before), kWords);
  // The peer's own clock may be a little behind on a busy machine.
  live(10s, [&] { return words_played(peer_->played()) == kWords; });
  EXPECT_EQ(words_played(peer_->played()), kWords);
  const std::lock_guard guard(world().lock);
  EXPECT_TRUE(world().heard.empty()) << "nothing is cut";
}

TEST_F(HeardOnLineTest, TheGoodbyeIsPlayedToItsEnd) {
  begin("testtts");
  say("bye");
  ASSERT_TRUE(live(10s, [&] { return peer_->client().eof(); }) || peer_->client().eof());
  EXPECT_EQ(words_played(peer_->played()), kWords);
  EXPECT_EQ(peer_->unplayed(), 0ms);
}

}  // namespace
