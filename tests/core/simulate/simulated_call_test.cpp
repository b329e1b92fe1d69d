#include "simulate/core/simulated_call.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>

#include "json_reader.hpp"
#include "simulate/core/codec.hpp"

namespace jackfield::simulate {
namespace {

constexpr Samples ms(double v) { return ms_to_samples(v); }
const std::string kSid = "MZ00000000000000000000000000000003";

std::shared_ptr<const Clip> ramp_clip() {
  auto clip = std::make_shared<Clip>();
  for (int i = 0; i < 4000; ++i) clip->mulaw.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  clip->speech_end = 4000;
  return clip;
}

// A call in virtual time against a server that the test plays.
class SimulatedCallTest : public testing::Test, public SimulatedCall::Listener {
 protected:
  void load(const std::string& steps, Chunking chunking = {}, bool strict = true) {
    auto result = parse_caller_script("{\"steps\": [" + steps + "]}");
    ASSERT_TRUE(result.script) << result.error.text;
    CallConfig config;
    config.identity = {kSid, "CA1", "AC1", {}};
    config.steps = order_steps(*result.script, 1);
    for (Step& step : config.steps)
      if (Utterance* utterance = utterance_of(step)) utterance->clip = ramp_clip();
    config.chunking = chunking;
    config.strict = strict;
    config.timeout = ms(60000);
    config.seed = 5;
    call = std::make_unique<SimulatedCall>(std::move(config), *this);
    call->connect();
    call->start();
  }
  void run_to(Samples until, Samples tick = 16) {
    while (now < until && call->ending() == Caller::Ending::kNone) {
      now += tick;
      call->advance(now);
      for (const auto& payload : std::exchange(to_echo, {}))
        call->receive_text(now, "{\"event\":\"media\",\"streamSid\":\"" + kSid +
                                    "\",\"media\":{\"payload\":\"" + payload + "\"}}");
    }
  }

  void on_message(std::string_view text) override {
    messages.push_back(*parse_json(text).value);
    if (echo && messages.back().find("event")->string == "media")
      to_echo.push_back(messages.back().find("media")->find("payload")->string);
  }
  void on_event(const CallEvent& event) override {
    events.push_back(event.kind + ": " + event.text);
  }
  void on_recorded(std::span<const std::int16_t> stereo) override {
    for (std::size_t i = 0; i < stereo.size(); i += 2) {
      left.push_back(stereo[i]);
      right.push_back(stereo[i + 1]);
    }
  }

  std::unique_ptr<SimulatedCall> call;
  Samples now = 0;
  bool echo = false;
  std::vector<std::string> to_echo;
  std::vector<JsonValue> messages;
  std::vector<std::string> events;
  std::vector<std::int16_t> left, right;
};

TEST_F(SimulatedCallTest, MediaComesByDeadlineAndNeverDrifts) {
  load(R"({"pause": 1000})");
  // Ticks that do not divide the frame, and one long stall.
  run_to(ms(300), 37);
  now += ms(200);
  call->advance(now);
  run_to(ms(1000), 37);
  std::size_t chunk = 0;
  for (const JsonValue& m : messages) {
    if (m.find("event")->string != "media") continue;
    EXPECT_EQ(m.find("media")->find("timestamp")->string, std::to_string(chunk * 20));
    EXPECT_EQ(m.find("media")->find("chunk")->string, std::to_string(++chunk));
  }
  EXPECT_EQ(chunk, static_cast<std::size_t>(now / 160));
}

TEST_F(SimulatedCallTest, AnEchoIsHeardByteForByteAfterItsDelay) {
  echo = true;
  load(R"({"pause": 100}, {"say": "a"}, {"pause": 500}, {"hang-up": true})");
  run_to(ms(5000));
  const CallResult result = call->finish(now);
  EXPECT_TRUE(result.ok()) << result.failures.front();
  EXPECT_EQ(result.hung_up_by, "caller");
  ASSERT_EQ(left.size(), right.size());
  // Each frame is sent 20 ms after it began and plays at the tick at which it comes back.
  const std::size_t delay = 160;
  for (std::size_t i = 0; i + delay < left.size() - 160; ++i)
    ASSERT_EQ(right[i + delay], left[i]) << i;
  EXPECT_EQ(result.stats.agent_audio, result.stats.agent_played + result.unplayed);
}

TEST_F(SimulatedCallTest, OddChunksCoverTheTimeLineWithoutAHole) {
  load(R"({"say": "a"}, {"pause": 1000})", *parse_chunking("odd"));
  run_to(ms(2000));
  Samples at = 0;
  std::set<std::size_t> sizes;
  for (const JsonValue& m : messages) {
    if (m.find("event")->string != "media") continue;
    const auto mulaw = base64_decode(m.find("media")->find("payload")->string);
    EXPECT_EQ(m.find("media")->find("timestamp")->string, std::to_string(at / 8));
    at += static_cast<Samples>(mulaw->size());
    sizes.insert(mulaw->size());
  }
  EXPECT_GT(sizes.size(), 10u);
  EXPECT_GT(at, ms(1400));
}

TEST(ChunkingTest, ReadsSizes) {
  EXPECT_EQ(parse_chunking("20")->size, 160);
  EXPECT_EQ(parse_chunking("30ms")->size, 240);
  EXPECT_EQ(parse_chunking("137B")->size, 137);
  EXPECT_TRUE(parse_chunking("odd")->odd);
  for (const char* bad : {"", "0", "-1", "20s", "B", "99999", "1001ms", "8001B", "1e3"})
    EXPECT_FALSE(parse_chunking(bad)) << bad;
}

TEST_F(SimulatedCallTest, ViolationsFailAStrictCallAndNoOther) {
  for (const bool strict : {true, false}) {
    now = 0;
    load(R"({"pause": 100})", {}, strict);
    run_to(ms(50));
    call->receive_text(now, R"({"event":"clear","streamSid":"MZother"})");
    run_to(ms(200));
    const CallResult result = call->finish(now);
    EXPECT_EQ(result.ok(), !strict);
    EXPECT_EQ(result.stats.violations, 1u);
    if (strict) {
      EXPECT_NE(result.failures[0].find("31951"), std::string::npos) << result.failures[0];
    }
  }
}

TEST_F(SimulatedCallTest, TheServerThatClosesTooEarlyIsReported) {
  load(R"({"expect-hang-up": 5000})");
  run_to(ms(100));
  call->receive_text(now, "{\"event\":\"media\",\"streamSid\":\"" + kSid +
                              "\",\"media\":{\"payload\":\"gICAgICAgIA=\"}}");
  call->server_closed(now, "1000");
  const CallResult result = call->finish(now);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.hung_up_by, "agent");
  EXPECT_EQ(result.unplayed, 8);
  EXPECT_NE(result.failures[0].find("still to be played"), std::string::npos);
}

TEST_F(SimulatedCallTest, ACallThatNeverEndsTimesOut) {
  load(R"({"pause": 3600000})");
  run_to(ms(70000), 160);
  EXPECT_EQ(call->ending(), Caller::Ending::kHangUp);
  const CallResult result = call->finish(now);
  EXPECT_EQ(result.hung_up_by, "timeout");
  EXPECT_NE(result.failures[0].find("not over after 60.0 s"), std::string::npos);
}

TEST_F(SimulatedCallTest, MediaTheServerDoesNotTakeIsDroppedAndCounted) {
  load(R"({"pause": 1000})");
  run_to(ms(200));
  const std::size_t before = messages.size();
  for (int i = 0; i < 20; ++i) call->advance(now += 160, true);
  EXPECT_EQ(messages.size(), before);
  call->advance(now += 160);
  EXPECT_EQ(messages.back().find("media")->find("timestamp")->string, "600");
  EXPECT_EQ(messages.back().find("media")->find("chunk")->string, "11");
  const CallResult result = call->finish(now);
  EXPECT_EQ(result.dropped_chunks, 20u);
  EXPECT_NE(result.failures.back().find("31930"), std::string::npos);
}

TEST_F(SimulatedCallTest, MarksDoNotCrowdOutOtherEvents) {
  load(R"({"pause": 100}, {"dtmf": "1"})");
  run_to(ms(50));
  for (int i = 0; i < 5000; ++i)
    call->receive_text(
        now, "{\"event\":\"mark\",\"streamSid\":\"" + kSid + "\",\"mark\":{\"name\":\"m\"}}");
  run_to(ms(1000));
  const CallResult result = call->finish(now);
  EXPECT_EQ(result.events_left_out, 5000 - SimulatedCall::kMaxMarks);
  EXPECT_EQ(result.stats.marks_played, 5000u);
  EXPECT_EQ(result.events.back().kind, "call");
}

TEST_F(SimulatedCallTest, TellsWhatHappens) {
  load(R"({"dtmf": "1"}, {"pause": 200}, {"hang-up": true})");
  run_to(ms(1000));
  EXPECT_EQ(call->ending(), Caller::Ending::kHangUp);
  call->send_stop(now);
  EXPECT_EQ(messages.back().find("event")->string, "stop");
  call->finish(now);
  const auto has = [&](const std::string& text) {
    return std::find(events.begin(), events.end(), text) != events.end();
  };
  EXPECT_TRUE(has("caller: dtmf \"1\""));
  EXPECT_TRUE(has("dtmf: the caller presses 1"));
  EXPECT_TRUE(has("call: the caller hangs up"));
  EXPECT_TRUE(has("call: over after 0.2 s, all steps passed"));
}

}  // namespace
}  // namespace jackfield::simulate
