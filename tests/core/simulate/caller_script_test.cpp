#include "simulate/core/caller_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace jackfield::simulate {
namespace {

CallerScript good(const std::string& json) {
  auto result = parse_caller_script(json);
  EXPECT_TRUE(result.script) << result.error.line << ":" << result.error.column << " "
                             << result.error.text;
  return result.script.value_or(CallerScript{});
}

TEST(CallerScriptTest, ReadsEveryStep) {
  const auto script = good(R"({
    "name": "all", "comment": "every step", "sounds": "/s", "line-noise": -60, "timeout": 5000,
    "steps": [
      {"say": "a.wav", "text": "one", "gain": -3},
      {"say": ["a.wav", "b.wav"], "gap": 50},
      {"wait-reply": true},
      {"wait-reply": {"timeout": 1000, "silence": 300, "min": 20, "max": 2000}},
      {"wait-agent-speaking": {"for": 100}},
      {"pause": 250.5},
      {"listen": {"silence": 100, "max": 900}},
      {"expect-silence": 1000},
      {"barge-in": {"after": 300, "say": "c.wav", "expect-clear": false, "clear-within": 400}},
      {"dtmf": "12#"},
      {"expect-hang-up": 2000},
      {"expect-hang-up": {"timeout": 2000, "complete": false}},
      {"hang-up": "abrupt"}
    ]})");
  EXPECT_EQ(script.name, "all");
  EXPECT_EQ(script.sounds, "/s");
  EXPECT_EQ(script.line_noise, -60);
  EXPECT_EQ(script.timeout, 40000);
  const auto steps = order_steps(script, 0);
  ASSERT_EQ(steps.size(), 13u);
  EXPECT_EQ(utterance_of(steps[0])->text, "one");
  EXPECT_EQ(utterance_of(steps[0])->gain, -3);
  EXPECT_EQ(utterance_of(steps[1])->files.size(), 2u);
  EXPECT_EQ(utterance_of(steps[1])->gap, 400);
  EXPECT_EQ(std::get<WaitReplyStep>(steps[3].action).silence, 2400);
  EXPECT_EQ(std::get<WaitAgentSpeakingStep>(steps[4].action).length, 800);
  EXPECT_EQ(std::get<PauseStep>(steps[5].action).length, 2004);
  const auto& barge = std::get<BargeInStep>(steps[8].action);
  EXPECT_EQ(barge.after, 2400);
  EXPECT_FALSE(barge.expect_clear);
  EXPECT_EQ(barge.clear_within, 3200);
  EXPECT_EQ(std::get<DtmfStep>(steps[9].action).digits, "12#");
  EXPECT_FALSE(std::get<ExpectHangUpStep>(steps[11].action).complete);
  EXPECT_TRUE(std::get<HangUpStep>(steps[12].action).abrupt);
  EXPECT_STREQ(step_name(steps[12]), "hang-up");
  EXPECT_EQ(steps[0].line, 4);
}

struct Bad {
  const char* json;
  int line;
  int column;
  const char* text;
};

TEST(CallerScriptTest, SaysWhatIsWrongAndWhere) {
  const Bad kBad[] = {
      {"{\"steps\": [}", 1, 12, "a value expected"},
      {"[]", 1, 1, "a caller script is an object"},
      {"{}", 1, 1, "\"steps\" is missing"},
      {"{\"steps\": []}", 1, 11, "no steps"},
      {"{\"steps\": {}}", 1, 11, "steps are an array"},
      {"{\n \"stpes\": []}", 2, 2, "unknown name \"stpes\""},
      {"{\"steps\": [\n  {\"sya\": \"x\"}]}", 2, 3, "unknown step \"sya\""},
      {"{\"steps\": [{}]}", 1, 12, "an empty step"},
      {"{\"steps\": [3]}", 1, 12, "a step is an object"},
      {"{\"steps\": [{\"say\": \"a\", \"pause\": 1}]}", 1, 25, "not both"},
      {"{\"steps\": [{\"say\": 1}]}", 1, 20, "\"say\" is a number"},
      {"{\"steps\": [{\"say\": []}]}", 1, 20, "names no clip"},
      {"{\"steps\": [{\"say\": \"\"}]}", 1, 20, "names no clip"},
      {"{\"steps\": [{\"say\": \"a\", \"txt\": \"b\"}]}", 1, 25, "\"say\" has no \"txt\""},
      {"{\"steps\": [{\"pause\": -1}]}", 1, 22, "outside"},
      {"{\"steps\": [{\"pause\": \"1\"}]}", 1, 22, "not a number"},
      {"{\"steps\": [{\"dtmf\": \"12A\"}]}", 1, 21, "digits 0-9"},
      {"{\"steps\": [{\"hang-up\": 1}]}", 1, 24, "abrupt"},
      {"{\"steps\": [{\"barge-in\": true}]}", 1, 25, "not an object"},
      {"{\"steps\": [{\"barge-in\": {\"after\": 1}}]}", 1, 25, "needs \"say\""},
      {"{\"steps\": [{\"wait-reply\": 5}]}", 1, 27, "not true or an object"},
      {"{\"steps\": [{\"shuffle\": []}]}", 1, 24, "takes an array"},
      {"{\"steps\": [{\"shuffle\": [{\"pause\": 1}], \"pick\": 2}]}", 1, 48, "outside 1 to 1"},
      {"{\"steps\": [{\"shuffle\": [[{\"no\": 1}]]}]}", 1, 26, "unknown step \"no\""},
      {"{\"line-noise\": 3, \"steps\": [{\"pause\": 1}]}", 1, 16, "outside"},
  };
  for (const Bad& bad : kBad) {
    const auto result = parse_caller_script(bad.json);
    EXPECT_FALSE(result.script) << bad.json;
    EXPECT_NE(result.error.text.find(bad.text), std::string::npos)
        << bad.json << "\n  " << result.error.text;
    EXPECT_EQ(result.error.line, bad.line) << bad.json;
    EXPECT_EQ(result.error.column, bad.column) << bad.json << "\n  " << result.error.text;
  }
}

std::string order(const CallerScript& script, std::uint64_t seed) {
  std::string out;
  for (const Step& step : order_steps(script, seed)) out += std::get<DtmfStep>(step.action).digits;
  return out;
}

TEST(CallerScriptTest, ShuffleFollowsTheSeedAndKeepsGroupsTogether) {
  const auto script = good(R"({"steps": [{"dtmf": "0"},
      {"shuffle": [[{"dtmf": "1"}, {"dtmf": "2"}], {"dtmf": "3"}, {"dtmf": "4"}, {"dtmf": "5"}]},
      {"dtmf": "9"}]})");
  EXPECT_EQ(order(script, 7), order(script, 7));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string text = order(script, seed);
    seen.insert(text);
    EXPECT_EQ(text.size(), 7u);
    EXPECT_EQ(text.front(), '0');
    EXPECT_EQ(text.back(), '9');
    EXPECT_NE(text.find("12"), std::string::npos);
  }
  EXPECT_EQ(seen.size(), 24u);  // all orders of four groups
}

TEST(CallerScriptTest, PickTakesSoMany) {
  const auto script =
      good(R"({"steps": [{"shuffle": [{"dtmf": "1"}, {"dtmf": "2"}, {"dtmf": "3"}], "pick": 2}]})");
  std::set<char> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string text = order(script, seed);
    EXPECT_EQ(text.size(), 2u);
    seen.insert(text.begin(), text.end());
  }
  EXPECT_EQ(seen.size(), 3u);
}

TEST(CallerScriptTest, VisitsUtterancesInsideGroups) {
  auto script = good(R"({"steps": [{"say": "a"},
      {"shuffle": [[{"say": "b"}], {"barge-in": {"say": "c"}}]}]})");
  std::string seen;
  for_each_utterance(script.items, [&](Utterance& u) { seen += u.files[0]; });
  EXPECT_EQ(seen, "abc");
}

}  // namespace
}  // namespace jackfield::simulate
