#include "scenario/core/scenario_outline.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::outline_scenario;
using jackfield::scenario_title;
using jackfield::ScenarioKind;
using jackfield::ScenarioOutline;

std::optional<std::string> nothing(std::string_view) { return std::nullopt; }

std::string variables(const ScenarioOutline& outline) {
  std::string text;
  for (const auto& variable : outline.variables)
    text += variable.name + (variable.needed ? "!" : "") +
            (variable.fallback ? "=" + *variable.fallback : "") + ";";
  return text;
}

TEST(ScenarioTitle, IsTheFirstSentenceOfTheFirstComment) {
  EXPECT_EQ(scenario_title("# An agent at the desk: somebody\n#   talks to it. And more.\n"),
            "An agent at the desk: somebody talks to it");
  EXPECT_EQ(scenario_title("\n\n#\n#! Echo.\nfakesrc ! fakesink"), "Echo");
  EXPECT_EQ(scenario_title("# Version 1.2 of it\n#\n# Other"), "Version 1.2 of it");
  EXPECT_EQ(scenario_title("# With CRLF\r\n#\r\n"), "With CRLF");
  EXPECT_EQ(scenario_title("fakesrc ! fakesink  # no title"), "");
  EXPECT_EQ(scenario_title(""), "");
}

TEST(ScenarioTitle, IsCutBetweenCharacters) {
  const std::string title =
      scenario_title("# " + std::string(199, 'x') + "\xC3\xA4\xC3\xA4\xC3\xA4");
  EXPECT_EQ(title, std::string(199, 'x') + "\xE2\x80\xA6");
  std::string endless;
  for (int i = 0; i < 10000; ++i) endless += "# word\n";
  EXPECT_LE(scenario_title(endless).size(), 210u);
}

TEST(ScenarioOutline, TellsVariablesWithTheirDefaults) {
  const auto outline = outline_scenario(
      "filesrc location=${IN} ! wavparse ! ${OUT:-filesink location=${RECORDING} name=\"a "
      "${N:-b}\"} "
      "fakesrc num-buffers=${IN:-3} ! ${SINK:-} ${HERE}",
      nothing);
  EXPECT_EQ(variables(outline),
            "IN!=3;OUT=filesink location=${RECORDING} name=\"a ${N:-b}\";N=b;SINK=;");
}

TEST(ScenarioOutline, TellsTheKind) {
  EXPECT_EQ(outline_scenario("twiliosrc ! twiliosink", nothing).kind, ScenarioKind::kPhone);
  EXPECT_EQ(outline_scenario("${SRC:-twiliosrc} ! fakesink", nothing).kind, ScenarioKind::kPhone);
  EXPECT_EQ(
      outline_scenario("${SRC:-twiliosrc} ! fakesink",
                       [](std::string_view) { return std::optional<std::string>{"webrtcbin"}; })
          .kind,
      ScenarioKind::kWebRtc);
  // What the supervisor gives is there.
  EXPECT_EQ(outline_scenario("twiliosrc ! a b=${C:-${HERE}/d} e=${RECORDING}", nothing).kind,
            ScenarioKind::kPhone);
  // Also without the value of a variable that it needs.
  EXPECT_EQ(outline_scenario("filesrc location=${IN} ! fakesink", nothing).kind,
            ScenarioKind::kOnce);
}

TEST(ScenarioOutline, OfABrokenFileTellsWhatItCan) {
  const auto broken = outline_scenario("# Title\nfakesrc name=\"a ! fakesink", nothing);
  EXPECT_EQ(broken.title, "Title");
  EXPECT_FALSE(broken.kind);
  EXPECT_EQ(variables(broken), "");
  const auto half = outline_scenario("fakesrc a=${A:-1} ! !", nothing);
  EXPECT_EQ(variables(half), "A=1;");
  EXPECT_FALSE(half.kind);
}

}  // namespace
