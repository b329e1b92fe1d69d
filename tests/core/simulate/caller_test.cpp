#include "simulate/core/caller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

constexpr Samples ms(double v) { return ms_to_samples(v); }

// Plays a caller's script against an agent whose speech is given as intervals, in steps of 20 ms.
class CallerTest : public testing::Test {
 protected:
  static std::shared_ptr<const Clip> word(Samples length, Samples edge) {
    auto clip = std::make_shared<Clip>();
    clip->mulaw.assign(static_cast<std::size_t>(length), 0x90);
    clip->speech_begin = edge;
    clip->speech_end = length - edge;
    return clip;
  }

  void load(const std::string& steps, std::optional<double> noise = std::nullopt) {
    auto result = parse_caller_script("{\"steps\": [" + steps + "]}");
    ASSERT_TRUE(result.script) << result.error.text;
    auto ordered = order_steps(*result.script, 1);
    for (Step& step : ordered)
      if (Utterance* utterance = utterance_of(step)) utterance->clip = word(ms(1000), ms(100));
    caller = std::make_unique<Caller>(std::move(ordered), noise, 1);
  }

  bool agent_speaks_at(Samples at) const {
    return std::any_of(speech.begin(), speech.end(),
                       [&](auto& s) { return at >= s.first && at < s.second; });
  }

  void run_to(Samples until) {
    const std::vector<std::uint8_t> loud(160, 0x90);
    while (now < until) {
      std::vector<std::uint8_t> frame(160);
      now += 160;
      if (agent_speaks_at(now - 160))
        agent.feed(loud);
      else
        agent.feed_silence(160);
      caller->advance(now, agent);
      caller->fill(now - 160, frame);
      sent.insert(sent.end(), frame.begin(), frame.end());
      digits += caller->take_digits();
    }
  }
  const StepResult& step(std::size_t index) const { return caller->results().at(index); }
  std::string reason(std::size_t index) const { return step(index).reason; }

  std::unique_ptr<Caller> caller;
  SpeechActivity agent;
  std::vector<std::pair<Samples, Samples>> speech;
  std::vector<std::uint8_t> sent;
  std::string digits;
  Samples now = 0;
};

using State = StepResult::State;

TEST_F(CallerTest, SaysAClipAndMeasuresTheReply) {
  load(R"({"say": "a"}, {"wait-reply": true}, {"hang-up": true})");
  speech = {{ms(1400), ms(2400)}};
  run_to(ms(3000));
  EXPECT_EQ(caller->ending(), Caller::Ending::kNone);  // 700 ms of silence are not over
  run_to(ms(3300));
  EXPECT_EQ(caller->ending(), Caller::Ending::kHangUp);
  EXPECT_TRUE(caller->finished());
  EXPECT_FALSE(caller->failed());
  // Speech ends 100 ms before the clip does, which began with the first frame at 20 ms.
  EXPECT_EQ(step(0).speech_end, ms(920));
  EXPECT_EQ(step(0).reply_latency, ms(480));
  EXPECT_EQ(sent[static_cast<std::size_t>(ms(500))], 0x90);
  EXPECT_EQ(sent[static_cast<std::size_t>(ms(1100))], kMulawSilence);
}

TEST_F(CallerTest, AReplyThatBeginsBeforeTheClipsEndCounts) {
  load(R"({"say": "a"}, {"wait-reply": {"timeout": 500}})");
  speech = {{ms(940), ms(1140)}};  // the clip's silent tail lasts until 1020 ms
  run_to(ms(2000));
  EXPECT_FALSE(caller->failed()) << reason(1);
  EXPECT_EQ(step(0).reply_latency, ms(20));
}

TEST_F(CallerTest, TheFirstMediaMessageBehindTheCallersSpeechIsKept) {
  load(R"({"say": "a"}, {"wait-reply": true})");
  caller->on_media(ms(10));  // nothing was said yet
  run_to(ms(500));
  caller->on_media(ms(900));  // the clip's speech ends at 920 ms
  EXPECT_FALSE(step(0).first_media);
  run_to(ms(1000));
  caller->on_media(ms(1001));
  caller->on_media(ms(1021));
  EXPECT_EQ(step(0).first_media, ms(81));
}

TEST_F(CallerTest, TwoWaitsNeedTwoReplies) {
  load(R"({"wait-reply": {"silence": 300}}, {"wait-reply": {"timeout": 1000}})");
  speech = {{ms(200), ms(600)}};
  run_to(ms(1500));
  EXPECT_EQ(step(0).state, State::kPassed);
  EXPECT_EQ(step(1).state, State::kRunning);
  run_to(ms(2500));
  EXPECT_EQ(reason(1), "the agent did not speak within 1000 ms");
  EXPECT_EQ(caller->ending(), Caller::Ending::kHangUp);
}

TEST_F(CallerTest, AnAgentThatNeverStopsFails) {
  load(R"({"wait-reply": {"max": 2000}})");
  speech = {{0, ms(10000)}};
  run_to(ms(2500));
  EXPECT_EQ(reason(0), "the agent still speaks after 2000 ms");
}

TEST_F(CallerTest, AShortNoiseIsNoReply) {
  load(R"({"wait-reply": {"timeout": 1000, "min": 100}})");
  speech = {{ms(100), ms(160)}};
  run_to(ms(1500));
  EXPECT_EQ(reason(0), "the agent spoke for only 60 ms within 1000 ms");
}

TEST_F(CallerTest, BargeInStartsAfterTheAgentBegan) {
  load(R"({"barge-in": {"after": 300, "say": "no"}})");
  speech = {{ms(1000), ms(1640)}};
  run_to(ms(1540));
  ASSERT_TRUE(step(0).speech_begin);
  EXPECT_EQ(*step(0).speech_begin, ms(1300) + ms(100));
  caller->on_clear(ms(1620));
  run_to(ms(3000));
  EXPECT_EQ(step(0).state, State::kPassed) << reason(0);
  EXPECT_EQ(step(0).clear_after, ms(220));
  EXPECT_EQ(step(0).silent_after, ms(240));
}

TEST_F(CallerTest, BargeInWithoutAClearFails) {
  load(R"({"barge-in": {"after": 300, "say": "no", "clear-within": 600}})");
  speech = {{ms(0), ms(9000)}};
  run_to(ms(2000));
  EXPECT_EQ(reason(0), "no \"clear\" came within 600 ms of the caller's first word");
}

TEST_F(CallerTest, AClearThatSilencesNothingFails) {
  load(R"({"barge-in": {"after": 300, "say": "no", "clear-within": 600}})");
  speech = {{ms(0), ms(9000)}};
  run_to(ms(600));
  caller->on_clear(ms(600));
  run_to(ms(3000));
  EXPECT_NE(reason(0).find("the agent was still heard"), std::string::npos) << reason(0);
}

TEST_F(CallerTest, BargeInNeedsASpeakingAgent) {
  load(R"({"barge-in": {"after": 800, "say": "no", "timeout": 3000}})");
  speech = {{ms(100), ms(500)}};
  run_to(ms(4000));
  EXPECT_NE(reason(0).find("fell silent before"), std::string::npos) << reason(0);
}

TEST_F(CallerTest, BargeInWaitsOverAPauseBetweenSentences) {
  load(R"({"barge-in": {"after": 1500, "say": "no", "expect-clear": false}})");
  speech = {{ms(200), ms(1400)}, {ms(1820), ms(9000)}};
  run_to(ms(3000));
  ASSERT_TRUE(step(0).speech_begin) << reason(0);
  EXPECT_EQ(*step(0).speech_begin, ms(1840) + ms(100));
}

TEST_F(CallerTest, AClearBeforeTheCallersFirstWordIsNotItsEffect) {
  load(R"({"barge-in": {"after": 300, "say": "no", "expect-clear": false}})");
  speech = {{ms(0), ms(9000)}};
  run_to(ms(340));  // the clip has begun, its first word has not
  caller->on_clear(ms(340));
  EXPECT_FALSE(step(0).clear_after);
}

TEST_F(CallerTest, PausesListensAndExpectsSilence) {
  load(R"({"pause": 500}, {"listen": {"silence": 400, "max": 5000}}, {"expect-silence": 1000})");
  speech = {{ms(300), ms(1000)}};
  run_to(ms(3000));
  EXPECT_EQ(step(0).end, ms(520));
  EXPECT_EQ(step(1).end, ms(1400));
  EXPECT_EQ(step(2).state, State::kPassed) << reason(2);
  EXPECT_EQ(caller->ending(), Caller::Ending::kHangUp);
}

TEST_F(CallerTest, ExpectSilenceHearsTheAgent) {
  load(R"({"expect-silence": 1000})");
  speech = {{ms(500), ms(900)}};
  run_to(ms(1500));
  EXPECT_NE(reason(0).find("the agent was heard after"), std::string::npos);
}

TEST_F(CallerTest, PressesDigitsOneByOne) {
  load(R"({"dtmf": "12#"}, {"pause": 100})");
  run_to(ms(60));
  EXPECT_EQ(digits, "1");
  run_to(ms(700));
  EXPECT_EQ(digits, "12#");
}

TEST_F(CallerTest, WaitsForTheAgentToSpeak) {
  load(R"({"wait-agent-speaking": {"for": 300}}, {"wait-agent-speaking": {"timeout": 100}})");
  speech = {{ms(400), ms(800)}};
  run_to(ms(660));
  EXPECT_EQ(step(0).state, State::kRunning);
  run_to(ms(720));
  EXPECT_EQ(step(0).end, ms(700));
  EXPECT_EQ(step(1).state, State::kPassed);
}

TEST_F(CallerTest, AGoodbyeMustBeComplete) {
  load(R"({"expect-hang-up": 2000})");
  run_to(ms(100));
  caller->on_server_closed(now, 0, 0);
  EXPECT_EQ(step(0).state, State::kPassed);
  EXPECT_TRUE(caller->finished());

  load(R"({"expect-hang-up": 2000})");
  run_to(now + ms(100));
  caller->on_server_closed(now, ms(350), 1);
  EXPECT_EQ(reason(0), "the agent hung up with 350 ms of its audio and 1 marks still to be played");

  load(R"({"expect-hang-up": {"timeout": 2000, "complete": false}})");
  run_to(now + ms(100));
  caller->on_server_closed(now, ms(350), 1);
  EXPECT_FALSE(caller->failed());

  load(R"({"expect-hang-up": 200})");
  run_to(now + ms(300));
  EXPECT_EQ(reason(0), "the agent did not hang up within 200 ms");
}

TEST_F(CallerTest, AHangUpNobodyExpectsFails) {
  load(R"({"pause": 5000}, {"hang-up": true})");
  run_to(ms(100));
  caller->on_server_closed(now, 0, 0);
  EXPECT_EQ(reason(0), "the server closed the stream");
  EXPECT_EQ(step(1).state, State::kWaiting);

  load(R"({"expect-hang-up": 5000}, {"say": "a"})");
  run_to(now + ms(100));
  caller->on_server_closed(now, 0, 0);
  EXPECT_EQ(step(0).state, State::kPassed);
  EXPECT_EQ(reason(1), "the server closed the stream before this step");
}

TEST_F(CallerTest, LineNoiseIsAsLoudAsAsked) {
  load(R"({"pause": 5000})", -50.0);
  run_to(ms(2000));
  double power = 0;
  for (const std::uint8_t code : sent) power += std::pow(mulaw_to_linear(code) / 32768.0, 2);
  EXPECT_NEAR(10 * std::log10(power / static_cast<double>(sent.size())), -50, 1);
}

}  // namespace
}  // namespace jackfield::simulate
