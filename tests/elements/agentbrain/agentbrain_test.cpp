// agentbrain with stages that know the events between stages.
#include <gtest/gtest.h>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;

const char* kStages = "stt=teststt llm=testllm tts=testtts ";

std::vector<World::Sound> sounds() {
  std::lock_guard guard(world().lock);
  return world().sounds;
}
std::vector<GstClockTime> flushes() {
  std::lock_guard guard(world().lock);
  return world().flushes;
}
std::vector<std::string> questions() {
  std::lock_guard guard(world().lock);
  return world().questions;
}
bool is_confirmed(const GstStructure* s) { return gstpp::get_bool(s, "confirmed", false); }

class AgentBrainTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override { new_world(); }
};

TEST_F(AgentBrainTest, GreetsWhenPlayingBegins) {
  world().greeting = "hello there";
  Call call(kStages);
  call.play();
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_uint(reply.get(), "turn-id", 99), 0u);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), "hello there");
  EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
  EXPECT_EQ(sounds().size(), 10u);
  const guint64 length =
      gstpp::get_uint64(reply.get(), "end", 0) - gstpp::get_uint64(reply.get(), "start", 0);
  EXPECT_EQ(length, 200 * kMs);
}

TEST_F(AgentBrainTest, StaysSilentWhenToldNotToSpeakFirst) {
  world().greeting = "hello there";
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions(), std::vector<std::string>{"hi"});
}

TEST_F(AgentBrainTest, ATurnIsAnsweredAndMeasured) {
  world().llm_delay = 50 * kMs;
  world().tts_delay = 30 * kMs;
  Call call(kStages);
  call.play();
  call.say("what time is it");
  const auto transcript = call.wait("agentbrain/transcript");
  ASSERT_TRUE(transcript);
  EXPECT_EQ(gstpp::get_string(transcript.get(), "text"), "what time is it");
  EXPECT_TRUE(gstpp::get_bool(transcript.get(), "final", false));
  const auto turn = call.wait("agentbrain/turn");
  ASSERT_TRUE(turn);
  const auto field = [&](const char* name) { return gstpp::get_uint64(turn.get(), name, 0); };
  EXPECT_GE(field("llm"), 50 * kMs);
  EXPECT_GE(field("tts"), 30 * kMs);
  EXPECT_EQ(field("total"),
            field("hang-over") + field("stt") + field("llm") + field("tts") + field("output"));
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
  EXPECT_EQ(call.stat("turns"), 1u);
}

TEST_F(AgentBrainTest, TheReplyIsContiguousAndLittleOfItIsAhead) {
  Call call(std::string(kStages) + "lead=100000000");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  const auto heard = sounds();
  ASSERT_EQ(heard.size(), 50u);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    // A machine under load may be late, never early and never overlapping.
    EXPECT_GE(heard[i].pts, heard[i - 1].pts + heard[i - 1].duration);
    EXPECT_LE(heard[i].pts, heard[i].at + 101 * kMs);
  }
}

TEST_F(AgentBrainTest, OnsetSilencesTheLineAtOnceAndACoughLetsTheReplyGoOn) {
  Call call(std::string(kStages) + "min-interruption=5000000000");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(330'000);
  const GstClockTime onset = call.now();
  call.speech_start();
  ASSERT_EQ(flushes().size(), 1u);
  EXPECT_LT(flushes()[0], onset + 200 * kMs) << "generous: an unloaded machine takes 1 ms";
  const auto paused = call.wait("agentbrain/interrupted");
  ASSERT_TRUE(paused);
  EXPECT_FALSE(is_confirmed(paused.get()));
  RecordProperty("onset-to-flush-us",
                 static_cast<int>(gstpp::get_uint64(paused.get(), "onset-to-flush", 0) / 1000));
  EXPECT_NE(gstpp::get_string(paused.get(), "heard"), "");
  const auto before = sounds();
  g_usleep(150'000);
  EXPECT_EQ(sounds().size(), before.size()) << "the line must be silent while pending";
  {
    std::lock_guard guard(world().lock);
    ASSERT_FALSE(world().played.empty());
    EXPECT_TRUE(world().played.back().discarded);
    world().hears.push_back("?");
  }
  call.speech_end();
  ASSERT_TRUE(call.wait("agentbrain/resumed"));
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
  // Every word is there, and what was replayed began with the word that was cut.
  const auto all = sounds();
  EXPECT_EQ(all.back().sample, 1000);
  const int resumed = all[before.size()].sample;
  EXPECT_EQ(all[before.size()].sample / 100, resumed / 100);
  const GstClockTime position = world().played.back().position;
  int cut = 0;
  for (const auto& s : before) {
    if (s.pts < position) cut = s.sample;
  }
  EXPECT_TRUE(resumed == cut || resumed == cut + 100) << resumed << " after " << cut;
  EXPECT_EQ(call.stat("interruptions"), 0u);
  EXPECT_EQ(call.stat("resumed"), 1u);
  EXPECT_TRUE(world().heard.empty());
}

TEST_F(AgentBrainTest, WordsConfirmTheInterruptionAndCutTheHistory) {
  Call call(kStages);
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(350'000);
  call.say("stop");
  const auto cut = call.wait("agentbrain/interrupted", 10 * GST_SECOND, is_confirmed);
  ASSERT_TRUE(cut);
  const std::string heard = gstpp::get_string(cut.get(), "heard");
  EXPECT_EQ(world().reply.compare(0, heard.size(), heard), 0) << heard;
  EXPECT_LT(heard.size(), world().reply.size());
  const auto reply = call.wait("agentbrain/reply");
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "interrupted", false));
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), heard);
  EXPECT_EQ(gstpp::get_string(reply.get(), "full-text"), world().reply);
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  std::lock_guard guard(world().lock);
  EXPECT_EQ(world().heard, std::vector<std::string>{heard});
  EXPECT_EQ(world().questions.back(), "stop");
  // One flush at the pause; the stages' flush finds the line silent already.
  EXPECT_EQ(world().flushes.size(), 1u);
  EXPECT_EQ(world().flush_stops.size(), 1u);
}

TEST_F(AgentBrainTest, ABackchannelCutsNothing) {
  for (const char* interim : {"", "mm"}) {  // STT stages without and with results so far
    new_world();
    world().interim = interim;
    world().word_ms = 300;  // more than a second is left
    Call call(std::string(kStages) + "speak-first=false");
    call.play();
    call.say("hi");
    ASSERT_TRUE(call.wait_state("speaking"));
    g_usleep(350'000);
    call.say("mhm");
    const auto resumed = call.wait("agentbrain/resumed");
    ASSERT_TRUE(resumed);
    EXPECT_TRUE(gstpp::get_bool(resumed.get(), "backchannel", false));
    const auto reply = call.wait("agentbrain/reply");
    EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
    EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
    EXPECT_EQ(call.stat("backchannels"), 1u);
    EXPECT_EQ(call.stat("interruptions"), 0u);
    EXPECT_EQ(world().questions, std::vector<std::string>{"hi"}) << "the LLM hears nothing of it";
  }
}

TEST_F(AgentBrainTest, InterimWordsThatComeToNothingAreAskedAgain) {
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(350'000);
  {
    std::lock_guard guard(world().lock);
    world().interim = "what about";
  }
  call.say("");
  ASSERT_TRUE(call.wait("agentbrain/interrupted", 10 * GST_SECOND, is_confirmed));
  const auto reply = call.wait("agentbrain/reply", 10 * GST_SECOND, [](const GstStructure* s) {
    return !gstpp::get_bool(s, "interrupted", true);
  });
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), "say again please");
}

TEST_F(AgentBrainTest, SpeechWhileThinkingCancelsTheAnswerAndMergesTheTurns) {
  world().llm_delay = 2 * GST_SECOND;
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("book a table");
  ASSERT_TRUE(call.wait_state("thinking"));
  g_usleep(100'000);
  world().llm_delay = 0;
  call.say("for two");
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  std::lock_guard guard(world().lock);
  EXPECT_EQ(world().questions.back(), "book a table|for two");
  EXPECT_EQ(world().heard, std::vector<std::string>{""});
  EXPECT_TRUE(world().flushes.empty()) << "nothing was on the line";
}

// The answer is on its way, and its first audio sent, but nobody has heard any of it.
TEST_F(AgentBrainTest, AnAnswerOfWhichNothingWasHeardIsGivenAnew) {
  world().answers_played = true;
  world().behind = 60 * GST_SECOND;
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("book a table");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(300'000);
  call.say("for two");
  const auto cut = call.wait("agentbrain/interrupted", 10 * GST_SECOND, is_confirmed);
  ASSERT_TRUE(cut);
  EXPECT_EQ(gstpp::get_string(cut.get(), "heard"), "");
  ASSERT_TRUE(call.wait_state("speaking"));
  std::lock_guard guard(world().lock);
  EXPECT_EQ(world().questions.back(), "book a table|for two");
  EXPECT_EQ(world().heard, std::vector<std::string>{""});
}

TEST_F(AgentBrainTest, SpeechNotUnderstoodIsAskedAgain) {
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("?");
  const auto transcript = call.wait("agentbrain/transcript");
  ASSERT_TRUE(transcript);
  EXPECT_TRUE(gstpp::get_bool(transcript.get(), "not-understood", false));
  const auto reply = call.wait("agentbrain/reply");
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), "say again please");
}

TEST_F(AgentBrainTest, HangUpEndsTheStreamBehindTheLastAudio) {
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("goodbye");
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "hang-up", false));
  ASSERT_TRUE(call.wait("eos"));
  EXPECT_EQ(sounds().size(), 50u);
  EXPECT_EQ(sounds().back().sample, 1000);
}

TEST_F(AgentBrainTest, EosOfTheCallerLetsTheReplyFinish) {
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  call.send_eos();
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(call.wait("eos"));
  EXPECT_EQ(sounds().size(), 50u);
}

TEST_F(AgentBrainTest, EosTimeoutBoundsTheLastReply) {
  world().llm_silent = true;
  Call call(std::string(kStages) + "speak-first=false eos-timeout=200000000");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("thinking"));
  call.send_eos();
  EXPECT_TRUE(call.wait("eos"));
}

TEST_F(AgentBrainTest, ACallThatIsGoneEndsAtOnce) {
  world().greeting = "hello there";
  world().gone = true;
  Call call(kStages);
  call.play();
  EXPECT_TRUE(call.wait("eos"));
  EXPECT_EQ(sounds().size(), 1u);
}

TEST_F(AgentBrainTest, TheCallerIsNeverBlockedByAStuckTts) {
  world().tts_delay = 1500 * kMs;
  Call call(std::string(kStages) + "speak-first=false");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("thinking"));
  g_usleep(100'000);
  call.say("stop");
  ASSERT_TRUE(call.wait("agentbrain/reply", 20 * GST_SECOND));
  // Far below the second and a half for which the TTS sleeps, however loaded the machine.
  EXPECT_LT(call.longest_push(), 700 * kMs);
  RecordProperty("longest-push-us", static_cast<int>(call.longest_push() / 1000));
}

TEST_F(AgentBrainTest, AKnowingSinkDecidesWhatWasHeard) {
  world().answers_played = true;
  Call call(std::string(kStages) + "lead=1000000000");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(450'000);
  call.say("stop");
  const auto cut = call.wait("agentbrain/interrupted", 10 * GST_SECOND, is_confirmed);
  ASSERT_TRUE(cut);
  std::lock_guard guard(world().lock);
  ASSERT_FALSE(world().played.empty());
  const GstClockTime position = world().played.front().position;
  std::size_t words = 0;
  for (const auto& s : world().sounds) {
    if (s.pts + s.duration <= position && s.sample % 100 == 0) words = s.sample / 100;
  }
  const std::string heard = gstpp::get_string(cut.get(), "heard");
  const auto count = static_cast<std::size_t>(std::count(heard.begin(), heard.end(), ' ')) + 1;
  EXPECT_TRUE(count == words || count + 1 == words) << heard << " of " << words;
}

TEST_F(AgentBrainTest, AFailingLlmIsExcusedAndTheCallGoesOn) {
  world().llm_fails = true;
  Call call(std::string(kStages) + "speak-first=false error-reply=\"sorry about that\"");
  call.play();
  call.say("hi");
  const auto error = call.wait("agentbrain/error");
  ASSERT_TRUE(error);
  EXPECT_EQ(gstpp::get_string(error.get(), "stage"), "llm");
  EXPECT_NE(gstpp::get_string(error.get(), "text").find("no thoughts today"), std::string::npos);
  const auto sorry = call.wait("agentbrain/reply");
  ASSERT_TRUE(sorry);
  EXPECT_EQ(gstpp::get_string(sorry.get(), "text"), "sorry about that");
  world().llm_fails = false;
  call.say("again");
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
}

TEST_F(AgentBrainTest, AFailingSttDoesNotEndTheCall) {
  Call call(std::string(kStages) + "speak-first=false error-reply=\"sorry about that\"");
  call.play();
  world().stt_fails = true;
  const auto error = call.wait("agentbrain/error");
  ASSERT_TRUE(error);
  EXPECT_EQ(gstpp::get_string(error.get(), "stage"), "stt");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  world().stt_fails = false;
  call.say("hi");
  ASSERT_TRUE(call.wait("agentbrain/turn"));
}

TEST_F(AgentBrainTest, AFillerCoversASlowAnswerAndStaysOutOfTheHistory) {
  world().llm_delay = 700 * kMs;
  Call call(std::string(kStages) +
            "speak-first=false filler=\"one moment\" filler-after=100000000");
  call.play();
  call.say("hi");
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
  EXPECT_EQ(sounds().size(), 60u) << "two words of filler, ten of the answer";
  EXPECT_EQ(call.stat("fillers"), 1u);
}

TEST_F(AgentBrainTest, NoAnswerInTimeIsAnErrorAndTheCallGoesOn) {
  world().llm_silent = true;
  Call call(std::string(kStages) + "speak-first=false think-timeout=200000000 error-reply=\"\"");
  call.play();
  call.say("hi");
  const auto error = call.wait("agentbrain/error");
  ASSERT_TRUE(error);
  world().llm_silent = false;
  call.say("again");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions().back(), "again");
}

TEST_F(AgentBrainTest, TheApologyWaitsForAStageThatHangs) {
  world().tts_delay = 1600 * kMs;  // cannot be ended: the stages stay flushing that long
  Call call(std::string(kStages) +
            "speak-first=false think-timeout=1000000000 error-reply=\"sorry about that\"");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait("agentbrain/error"));
  world().tts_delay = 0;
  const auto sorry = call.wait("agentbrain/reply");
  ASSERT_TRUE(sorry);
  EXPECT_EQ(gstpp::get_string(sorry.get(), "text"), "sorry about that");
}

TEST_F(AgentBrainTest, CanBeUsedAgainAfterNull) {
  Call call(std::string(kStages) + "speak-first=false");
  for (int i = 0; i < 3; ++i) {
    call.play();
    call.say("hi");
    ASSERT_TRUE(call.wait("agentbrain/reply")) << "run " << i;
    call.stop();
  }
  EXPECT_EQ(sounds().size(), 150u);
}

}  // namespace
