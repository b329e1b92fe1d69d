// openaistt over the Realtime socket, against the fake of its transcription sessions.
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "fake_server.hpp"
#include "stt_element.hpp"

namespace test_support {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class OpenAiSttLiveTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override {
    gstpp::ErrorPtr error;
    folder_ = gstpp::CharPtr{g_dir_make_tmp("jackfield-live-XXXXXX", gstpp::OutPtr{error})}.get();
  }
  void TearDown() override {
    stt_.reset();
    server_.reset();
    GDir* dir = g_dir_open(folder_.c_str(), 0, nullptr);
    while (const gchar* name = g_dir_read_name(dir)) g_unlink((folder_ + "/" + name).c_str());
    g_dir_close(dir);
    g_rmdir(folder_.c_str());
  }

  void serve(const std::string& script) {
    std::ofstream(folder_ + "/script.json") << script;
    server_.emplace(
        "openai_realtime.py",
        std::vector<std::string>{"--script", folder_ + "/script.json", "--log", folder_});
  }
  SttElement& start(const std::string& more = "", bool mulaw = false, int rate = 8000) {
    const bool model = more.find("model=") != std::string::npos;
    const bool key = more.find("api-key=") != std::string::npos;
    return stt_.emplace("openaistt base-url=" + server_->base_url() +
                            " check-model=false answer-timeout=20000000000" +
                            (model ? "" : " model=gpt-live-transcribe") +
                            (key ? "" : " api-key=test-key") + " " + more,
                        mulaw, rate);
  }
  // Lines of the fake's log that contain all of `parts`.
  std::vector<std::string> logged(const std::vector<std::string>& parts) const {
    std::vector<std::string> found;
    std::ifstream file(folder_ + "/events.jsonl");
    for (std::string line; std::getline(file, line);) {
      bool all = true;
      for (const auto& part : parts) all = all && line.find(part) != std::string::npos;
      if (all) found.push_back(line);
    }
    return found;
  }
  bool wait_logged(const std::vector<std::string>& parts, std::size_t count = 1) {
    return stt_->wait([&] { return logged(parts).size() >= count; });
  }
  std::vector<uint8_t> input(int connection = 0) const {
    std::ifstream file(folder_ + "/input-" + std::to_string(connection) + ".raw", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Of the connection that was made once the format was known.
  std::vector<uint8_t> last_input() const {
    const auto second = input(1);
    return second.empty() ? input() : second;
  }
  std::size_t errors() const {
    return logged({R"("direction": "sent")", R"("type": "error")"}).size();
  }

  std::string folder_;
  std::optional<FakeServer> server_;
  std::optional<SttElement> stt_;
};

TEST_F(OpenAiSttLiveTest, TurnsBecomeTexts) {
  serve(R"({"heard": ["Book a table for two.", "Thank you."]})");
  SttElement& stt = start();
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Book a table for two.", "end:1", "start:2",
                                        "text:Thank you.", "end:2"));
  EXPECT_THAT(stt.interims(), Contains("1:Book a table for two.!"));
  EXPECT_EQ(stt.stat("turns"), 2U);
  EXPECT_EQ(stt.stat("understood"), 2U);
  EXPECT_EQ(stt.stat("failures"), 0U);
  // All of the turns went out, as mu-law: pre-roll of 300 ms, sound of 800, silence of 200.
  EXPECT_EQ(input().size(), 2U * (300 + 800 + 200) * 8);
  EXPECT_EQ(
      logged({"received", "session.update", "audio/pcmu", R"("turn_detection": null)"}).size(), 1U);
  EXPECT_EQ(errors(), 0U);
}

TEST_F(OpenAiSttLiveTest, WordsComeWhileTheyAreSpoken) {
  serve(R"({"heard": ["one two three four five six"]})");
  SttElement& stt = start();
  stt.push(false, 400);
  stt.push(true, 200);
  stt.begin_turn(1);
  stt.push(true, 900);
  EXPECT_TRUE(stt.wait([&] {
    const auto interims = stt.interims();
    return !interims.empty() && interims.back() == "1:one two three four five";
  }));
  stt.push(true, 100);
  stt.end_turn(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_THAT(stt.interims(), Contains("1:one two three"));
  EXPECT_EQ(stt.interims().back(), "1:one two three four five six!");
}

TEST_F(OpenAiSttLiveTest, MulawGoesOutAsItIs) {
  serve(R"({"heard": ["Hello there."]})");
  SttElement& stt = start("prompt=\"Jack, field\"", true);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello there.");
  const auto audio = last_input();
  EXPECT_EQ(audio.size(), (300U + 800 + 200) * 8);
  EXPECT_EQ(audio.front(), 0xFF);
  EXPECT_THAT(audio, Contains(0x20));
  EXPECT_THAT(audio, Contains(0xA0));
  EXPECT_EQ(logged({"received", "session.update", "Jack, field"}).size(), 1U);
}

TEST_F(OpenAiSttLiveTest, WideBandGoesOutAsPcm) {
  serve(R"({"heard": ["Hello there."]})");
  SttElement& stt = start("", false, 24000);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello there.");
  EXPECT_EQ(last_input().size(), (300U + 800 + 200) * 48);
  EXPECT_EQ(logged({"received", "session.update", "audio/pcm\"", "24000"}).size(), 1U);
}

TEST_F(OpenAiSttLiveTest, TheLanguageIsToldAsTheModelWantsIt) {
  serve(R"({"heard": ["Guten Tag."]})");
  start("language=de").say(1);
  ASSERT_TRUE(stt_->wait_output(3));
  start("language=de api=realtime model=gpt-4o-transcribe").say(1);
  ASSERT_TRUE(stt_->wait_output(3));
  start("prompt=names model=gpt-realtime-whisper").say(1);
  ASSERT_TRUE(stt_->wait_output(3));
  EXPECT_EQ(logged({"received", R"("languages": ["de"])"}).size(), 1U);
  EXPECT_EQ(logged({"received", R"("language": "de")"}).size(), 1U);
  EXPECT_EQ(errors(), 0U);
}

TEST_F(OpenAiSttLiveTest, AModelThatAnswersBehindTheTurn) {
  serve(R"({"heard": ["Two rooms, please."]})");
  SttElement& stt = start("api=realtime model=gpt-transcribe");
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Two rooms, please.");
}

TEST_F(OpenAiSttLiveTest, TextsThatComeInAnotherOrder) {
  serve(
      R"({"heard": [{"text": "The first.", "delay_ms": 600}, {"text": "The second.", "delay_ms": 20}]})");
  SttElement& stt = start();
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:The first.", "end:1", "start:2",
                                        "text:The second.", "end:2"));
  const auto completed = logged({"transcription.completed"});
  ASSERT_EQ(completed.size(), 2U);
  EXPECT_THAT(completed[0], HasSubstr("The second."));
}

TEST_F(OpenAiSttLiveTest, NothingUnderstood) {
  serve(R"({"heard": [""]})");
  SttElement& stt = start();
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
}

TEST_F(OpenAiSttLiveTest, AVeryShortTurnIsFilledUp) {
  serve(R"({"heard": ["Yes."]})");
  SttElement& stt = start("pre-roll=0");
  stt.begin_turn(1);
  stt.push(true, 40);
  stt.end_turn(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
  EXPECT_EQ(errors(), 0U);
  EXPECT_EQ(input().size(), 800U);
}

TEST_F(OpenAiSttLiveTest, TheSocketDiesInMidTurn) {
  serve(R"({"heard": ["Good morning to you."], "connections": [{"cut_after_ms": 600}, {}]})");
  SttElement& stt = start();
  stt.say(1, 1600, 4);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Good morning to you.", "end:1"));
  EXPECT_EQ(stt.stat("connections"), 2U);
  EXPECT_EQ(stt.stat("failures"), 1U);
  EXPECT_GE(stt.stat("audio-resent"), 600 * GST_MSECOND);
  // The new connection got the whole turn.
  EXPECT_EQ(input(1).size(), (300U + 1600 + 200) * 8);
  const auto message = stt.wait_message("openaistt/error");
  EXPECT_EQ(text_in(message, "cause"), "cut");
}

TEST_F(OpenAiSttLiveTest, TheSocketDiesBeforeTheText) {
  serve(R"({"heard": ["Good morning."], "connections": [{"cut_on_commit": true}, {}]})");
  SttElement& stt = start();
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Good morning.");
  EXPECT_EQ(input(1).size(), (300U + 800 + 200) * 8);
}

TEST_F(OpenAiSttLiveTest, TheSessionExpires) {
  serve(R"({"heard": ["Good morning."], "connections": [{"expire_after_ms": 500}, {}]})");
  SttElement& stt = start();
  stt.say(1, 1200, 4);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Good morning.");
  EXPECT_EQ(input(1).size(), (300U + 1200 + 200) * 8);
  EXPECT_EQ(text_in(stt.wait_message("openaistt/error"), "text"),
            "Your session hit the maximum duration of 60 minutes.");
}

TEST_F(OpenAiSttLiveTest, AWrongKey) {
  serve("{}");
  SttElement& stt = start("api-key=wrong-secret");
  const auto message = stt.wait_message("openaistt/error");
  EXPECT_EQ(text_in(message, "cause"), "key");
  EXPECT_THAT(text_in(message, "text"), Not(HasSubstr("wrong-secret")));
  int status = 0;
  gst_structure_get_int(gst_message_get_structure(message.get()), "status", &status);
  EXPECT_EQ(status, 401);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
  EXPECT_FALSE(stt.posted_error());
}

TEST_F(OpenAiSttLiveTest, AModelThatDoesNotExist) {
  serve("{}");
  SttElement& stt = start("api=realtime model=gpt-none");
  stt.say(1);
  const auto message = stt.wait_message("openaistt/error");
  EXPECT_EQ(text_in(message, "cause"), "model");
  EXPECT_THAT(text_in(message, "text"), HasSubstr("gpt-none"));
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
}

TEST_F(OpenAiSttLiveTest, ATurnFailsAndTheNextDoesNot) {
  serve(
      R"({"heard": [{"fail": {"code": "overloaded_error", "message": "too much"}}, "Thank you."]})");
  SttElement& stt = start();
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(5));
  EXPECT_THAT(stt.output(),
              ElementsAre("start:1", "end:1?", "start:2", "text:Thank you.", "end:2"));
  EXPECT_EQ(text_in(stt.wait_message("openaistt/error"), "cause"), "server");
  EXPECT_EQ(stt.stat("connections"), 1U);
}

TEST_F(OpenAiSttLiveTest, NoiseOnTheLine) {
  serve(R"({"heard": ["one two three four"], "connections": [{
    "malformed": ["{", "[]", "{\"type\": 5}", ""],
    "errors": [{"code": null, "message": "a hiccup"}],
    "noise": ["{\"type\": \"conversation.item.input_audio_transcription.delta\"}",
              "{\"type\": \"no.such.event\"}", "null"],
    "trickle_ms": 30}]})");
  SttElement& stt = start();
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:one two three four");
  EXPECT_EQ(stt.stat("malformed"), 4U + 2 * 4);
  EXPECT_EQ(stt.stat("connections"), 1U);
  EXPECT_EQ(text_in(stt.wait_message("openaistt/error"), "text"), "a hiccup");
}

TEST_F(OpenAiSttLiveTest, ATextThatDoesNotCome) {
  serve(
      R"({"heard": [{"text": "Never mind.", "delay_ms": 20000}, {"text": "Never mind.", "delay_ms": 20000}, "Here."]})");
  SttElement& stt = start("answer-timeout=1000000000");
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  // What was heard while it was spoken is better than nothing.
  EXPECT_EQ(stt.output()[1], "text:Never mind.");
  EXPECT_EQ(stt.stat("timeouts"), 1U);
  EXPECT_EQ(text_in(stt.wait_message("openaistt/error"), "cause"), "timeout");
}

TEST_F(OpenAiSttLiveTest, NothingIsSentBetweenTurns) {
  serve("{}");
  SttElement& stt = start();
  ASSERT_TRUE(wait_logged({"session.updated"}));
  stt.push(false, 3000);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  stt.push(true, 3000);
  EXPECT_EQ(input().size(), (300U + 800 + 200) * 8);
}

TEST_F(OpenAiSttLiveTest, WithoutTurnEventsTheStreamIsOne) {
  serve(R"({"heard": ["The whole file."]})");
  SttElement& stt = start();
  stt.push(true, 1500);
  gst_harness_push_event(stt.harness(), gst_event_new_eos());
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("text:The whole file.", "eos"));
  EXPECT_EQ(input().size(), 1500U * 8);
}

TEST_F(OpenAiSttLiveTest, TheEndOfTheStreamWaitsForTheText) {
  serve(R"({"heard": [{"text": "Goodbye then.", "delay_ms": 300}]})");
  SttElement& stt = start();
  stt.push(true, 200);
  stt.begin_turn(1);
  stt.push(true, 800);
  gst_harness_push_event(stt.harness(), gst_event_new_eos());
  ASSERT_TRUE(stt.wait_output(4));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Goodbye then.", "end:1", "eos"));
}

TEST_F(OpenAiSttLiveTest, AFlushForgetsTheTurn) {
  serve(R"({"heard": ["New."]})");
  SttElement& stt = start();
  stt.push(true, 200);
  stt.begin_turn(1);
  stt.push(true, 800);
  ASSERT_TRUE(wait_logged({"transcription.delta"}));
  gst_harness_push_event(stt.harness(), gst_event_new_flush_start());
  gst_harness_push_event(stt.harness(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(stt.harness(), gst_event_new_segment(&segment));
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(4));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "start:2", "text:New.", "end:2"));
}

TEST_F(OpenAiSttLiveTest, IsReusable) {
  serve(R"({"heard": ["Once.", "Twice."]})");
  SttElement& stt = start();
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  gst_element_set_state(stt.element(), GST_STATE_NULL);
  ASSERT_TRUE(wait_logged({R"("direction": "closed")"}));
  EXPECT_THAT(logged({R"("direction": "closed")", "1006"}), IsEmpty()) << "a close frame came";
  EXPECT_EQ(stt.stat("understood"), 1U);

  gst_element_set_state(stt.element(), GST_STATE_PLAYING);
  gst_harness_push_event(stt.harness(), gst_event_new_stream_start("again"));
  const gstpp::CapsPtr caps{
      gst_caps_from_string("audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1")};
  gst_harness_push_event(stt.harness(), gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(stt.harness(), gst_event_new_segment(&segment));
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_EQ(stt.output()[4], "text:Twice.");
  EXPECT_EQ(stt.stat("understood"), 2U);
}

TEST_F(OpenAiSttLiveTest, TakesOnlyWhatTheApiTakes) {
  serve("{}");
  for (const auto& [properties, live] : {std::pair{"model=gpt-live-transcribe", true},
                                         {"model=gpt-realtime-whisper", true},
                                         {"model=whisper-1", false},
                                         {"model=whisper-1 api=realtime", true},
                                         {"model=gpt-live-transcribe api=transcriptions", false}}) {
    gstpp::ErrorPtr error;
    const gstpp::ElementPtr element{GST_ELEMENT_CAST(gst_object_ref_sink(
        gst_parse_launch((std::string("openaistt ") + properties).c_str(), gstpp::OutPtr{error})))};
    const gstpp::PadPtr pad{gst_element_get_static_pad(element.get(), "sink")};
    const auto takes = [&](const char* text) {
      const gstpp::CapsPtr caps{gst_caps_from_string(text)};
      return gst_pad_query_accept_caps(pad.get(), caps.get()) != FALSE;
    };
    EXPECT_TRUE(takes("audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1"));
    EXPECT_TRUE(takes("audio/x-raw,format=S16LE,layout=interleaved,rate=24000,channels=1"));
    EXPECT_EQ(takes("audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=1"), !live)
        << properties;
    EXPECT_EQ(takes("audio/x-mulaw,rate=8000,channels=1"), live) << properties;
  }
}

}  // namespace
}  // namespace test_support
