// openairealtime beside a service that fails: what the caller hears, and what the operator reads.
#include <atomic>

#include "realtime_fixture.hpp"

namespace test_support {
namespace {

constexpr char kSorry[] = "Sorry, call later.";
constexpr char kWait[] = "One moment.";

class OpenAiRealtimeFailuresTest : public OpenAiRealtimeTest {
 protected:
  static std::string sentences() {
    return std::string("error-reply=\"") + kSorry + "\" filler=\"" + kWait +
           "\" error-tts=\"flitetts voice=kal16\" ";  // always the same samples
  }
  // What Flite makes of it, by a pipeline of the test's own.
  static std::string spoken(const char* sentence) {
    gstpp::ErrorPtr error;
    const gstpp::ElementPtr pipeline{GST_ELEMENT_CAST(gst_object_ref_sink(gst_parse_launch(
        "appsrc name=text format=time caps=text/x-raw,format=utf8 ! flitetts voice=kal16 ! "
        "audioconvert ! "
        "audioresample ! audio/x-raw,format=S16LE,channels=1,rate=8000 ! mulawenc ! "
        "appsink name=speech sync=false",
        gstpp::OutPtr{error})))};
    const gstpp::ElementPtr text{gst_bin_get_by_name(GST_BIN(pipeline.get()), "text")};
    const gstpp::ElementPtr speech{gst_bin_get_by_name(GST_BIN(pipeline.get()), "speech")};
    gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), nullptr);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    gstpp::BufferPtr words{gst_buffer_new_memdup(sentence, std::string_view(sentence).size())};
    GstFlowReturn flow = GST_FLOW_OK;
    g_signal_emit_by_name(text.get(), "push-buffer", words.get(), &flow);
    g_signal_emit_by_name(text.get(), "end-of-stream", &flow);
    std::string audio;
    for (;;) {
      GstSample* sample = nullptr;
      g_signal_emit_by_name(speech.get(), "pull-sample", &sample);
      if (!sample) break;
      const gstpp::MappedBuffer map(gst_sample_get_buffer(sample), GST_MAP_READ);
      audio.append(reinterpret_cast<const char*>(map.data()), map.size());
      gst_sample_unref(sample);
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return audio;
  }
  void expect_told_and_over(const char* cause) {
    const auto error = wait("openairealtime/error",
                            [](auto* s) { return !gstpp::get_bool(s, "retryable", true); });
    EXPECT_EQ(text_of(error, "cause"), cause);
    EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr(";")) << "names the remedy";
    const auto reply =
        wait("agentbrain/reply", [](auto* s) { return gstpp::get_bool(s, "hang-up", false); });
    EXPECT_EQ(text_of(reply), kSorry);
    wait("eos");
    const std::string sorry = spoken(kSorry);
    EXPECT_GT(sorry.size(), 4000u);
    EXPECT_NE(heard().find(sorry), std::string::npos) << "the caller heard the sentence";
  }
};

// The error is told in the middle of what plans the next attempt; the element stops meanwhile.
TEST_F(OpenAiRealtimeFailuresTest, AStopWhileTheConnectionIsLost) {
  std::atomic<bool> told{false};
  before_play_ = [&] {
    gst_bus_set_sync_handler(
        bus_.get(),
        [](GstBus*, GstMessage* message, gpointer user) {
          auto& seen = *static_cast<std::atomic<bool>*>(user);
          if (gst_message_has_name(message, "openairealtime/error") && !seen.exchange(true))
            std::this_thread::sleep_for(300ms);
          return GST_BUS_DROP;
        },
        &told, nullptr);
  };
  launch("openairealtime name=agent api-key=test-key base-url=http://127.0.0.1:1/v1", kMulaw);
  const auto until = std::chrono::steady_clock::now() + 40s;
  while (!told && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(told);
  stop();
}

TEST_F(OpenAiRealtimeFailuresTest, AWrongKey) {
  serve("{}");
  start(sentences(), kMulaw, "sk-wrong");
  const auto error = wait("openairealtime/error");
  EXPECT_EQ(text_of(error, "cause"), "key");
  int status = 0;
  gst_structure_get_int(error.get(), "status", &status);
  EXPECT_EQ(status, 401);
  EXPECT_THAT(text_of(error), Not(HasSubstr("sk-wrong")));
  EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr("OPENAI_API_KEY"));
  wait("eos");
  EXPECT_NE(heard().find(spoken(kSorry)), std::string::npos);
  EXPECT_EQ(stat("connections-lost"), 1u);
}

TEST_F(OpenAiRealtimeFailuresTest, WithoutASentenceItIsAnErrorOfThePipeline) {
  serve("{}");
  start("error-reply=\"\"", kMulaw, "sk-wrong");
  const std::string text = text_of(wait("error"));
  EXPECT_THAT(text, HasSubstr("401"));
  EXPECT_THAT(text, Not(HasSubstr("sk-wrong")));
}

TEST_F(OpenAiRealtimeFailuresTest, ATtsThatIsNotThereIsAnErrorOfThePipeline) {
  serve("{}");
  start("error-tts=nosuchtts", kMulaw, "sk-wrong");
  EXPECT_THAT(text_of(wait("error")), HasSubstr("401"));
}

TEST_F(OpenAiRealtimeFailuresTest, AModelThatIsNotThere) {
  serve("{}");
  start(sentences() + "model=gpt-none");
  expect_told_and_over("model");
}

TEST_F(OpenAiRealtimeFailuresTest, SettingsThatAreRefused) {
  serve("{}");
  start(sentences() + "voice=nobody");
  expect_told_and_over("request");
}

TEST_F(OpenAiRealtimeFailuresTest, NoCreditInTheMiddleOfACall) {
  serve(
      R"({"replies":[{"text":"Yes?","ms":300},
                     {"fail":{"code":"insufficient_quota","message":"You exceeded your quota."}}]})");
  start(sentences());
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  speak(true);
  std::this_thread::sleep_for(400ms);
  speak(false);
  expect_told_and_over("quota");
}

TEST_F(OpenAiRealtimeFailuresTest, ADeadServiceAfterAWordOfPatience) {
  serve(R"({"connections":[{"refuse":503}]})");
  start(sentences() + "filler-after=300000000 outage-limit=3000000000");
  expect_told_and_over("server");
  const std::size_t patience = heard().find(spoken(kWait));
  EXPECT_NE(patience, std::string::npos);
  EXPECT_LT(patience, heard().find(spoken(kSorry)));
}

TEST_F(OpenAiRealtimeFailuresTest, AServiceThatSaysNothing) {
  serve(R"({"connections":[{"mute":true}]})");
  start(sentences() + "outage-limit=1000000000");
  expect_told_and_over("timeout");
}

TEST_F(OpenAiRealtimeFailuresTest, AResponseThatFailsIsAskedForAgain) {
  serve(
      R"({"replies":[{"fail":"Oh."},{"fail":{"code":"rate_limit_exceeded","message":"Slow."}},
                     {"text":"Here.","ms":200}]})");
  start(sentences());
  EXPECT_TRUE(gstpp::get_bool(wait("openairealtime/error").get(), "retryable", false));
  EXPECT_EQ(text_of(wait("openairealtime/error"), "cause"), "rate-limit");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Here.");
  EXPECT_EQ(stat("sessions"), 1u);
}

TEST_F(OpenAiRealtimeFailuresTest, ResponsesThatAlwaysFailEndTheCall) {
  serve(R"({"replies":[{"fail":"Oh."}]})");
  start(sentences());
  expect_told_and_over("server");
}

TEST_F(OpenAiRealtimeFailuresTest, AResponseThatNeverComesIsAskedForInANewSession) {
  serve(R"({"replies":[{"hang":true},{"text":"Here.","ms":200}]})");
  start(sentences() + "think-timeout=500000000");
  EXPECT_EQ(text_of(wait("openairealtime/error"), "cause"), "timeout");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Here.");
  EXPECT_EQ(stat("sessions"), 2u);
}

TEST_F(OpenAiRealtimeFailuresTest, AReplyThatIsCutGoesOnInANewSession) {
  serve(
      R"({"connections":[{"cut_after_deltas":5},{}],
          "replies":[{"text":"one two three four five six seven eight","ms":2000},{"text":"nine","ms":200}]})");
  start(sentences() + "instructions=Brief.");
  EXPECT_TRUE(gstpp::get_bool(wait("openairealtime/error").get(), "retryable", false));
  const auto first = wait("agentbrain/reply");
  EXPECT_THAT(text_of(first), testing::StartsWith("one"));
  EXPECT_LT(text_of(first).size(), text_of(first, "full-text").size());
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "nine");
  std::vector<JsonValue> events;
  const auto types = received(&events);
  ASSERT_THAT(types, ElementsAre("session.update", "response.create", "session.update",
                                 "conversation.item.create", "response.create"));
  const std::string told = events[4].find("response")->find("instructions")->string;
  EXPECT_THAT(told, HasSubstr("Brief."));
  EXPECT_THAT(told, HasSubstr("broke off"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeFailuresTest, TheCallersStreamMayEndBeforeTheLastWord) {
  serve(R"({"connections":[{"refuse":503}]})");
  start(sentences() + "outage-limit=1000000000");
  wait("openairealtime/error", [](auto* s) { return !gstpp::get_bool(s, "retryable", true); });
  const gstpp::ElementPtr caller{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "caller")};
  gst_element_send_event(caller.get(), gst_event_new_eos());
  wait("eos");
  EXPECT_NE(heard().find(spoken(kSorry)), std::string::npos);
}

}  // namespace
}  // namespace test_support
