#include "scenario/core/variables.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(VariablesTest, ReadsAssignments) {
  EXPECT_EQ(parse_assignment("A=b=c"), (std::pair<std::string, std::string>{"A", "b=c"}));
  EXPECT_EQ(parse_assignment("A="), (std::pair<std::string, std::string>{"A", ""}));
  EXPECT_FALSE(parse_assignment("file.gst"));
  EXPECT_FALSE(parse_assignment("./A=b"));
  EXPECT_FALSE(parse_assignment("=b"));
}

TEST(VariablesTest, FirstPlaceCounts) {
  Variables v;
  v.platform["X"] = "platform";
  EXPECT_EQ(v.find("X"), "platform");
  v.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "X" || name == "RECORDING") return "environment";
    return std::nullopt;
  };
  EXPECT_EQ(v.find("X"), "environment");
  EXPECT_EQ(v.find("Y"), std::nullopt);
  v.built_in["RECORDING"] = "built-in";
  EXPECT_EQ(v.find("RECORDING"), "built-in");
  v.command_line["RECORDING"] = "given";
  EXPECT_EQ(v.find("RECORDING"), "given");
}

TEST(VariablesTest, ALineOfTheConfCountsBeforeProfileAndEnvironment) {
  Variables v;
  v.environment = [](std::string_view) -> std::optional<std::string> { return "environment"; };
  v.line["X"] = "line";
  v.profile["X"] = "profile";
  v.profile["Y"] = "profile";
  EXPECT_EQ(v.find("X"), "line");
  EXPECT_EQ(v.profile_texts(), (Variables::Map{{"Y", "profile"}}));
  v.command_line["X"] = "given";
  EXPECT_EQ(v.find("X"), "given");
}

TEST(VariablesTest, UnusedOnesAreNamed) {
  Variables v;
  v.command_line["A"] = "1";
  v.command_line["B"] = "2";
  EXPECT_EQ(v.unused({"B", "C"}), std::vector<std::string>{"A"});
}

TEST(VariablesTest, TheCommandLineCountsBeforeTheProfile) {
  Variables v;
  v.profile["A"] = "profile";
  v.profile["B"] = "${C}";
  v.command_line["A"] = "given";
  EXPECT_EQ(v.profile_texts(), (Variables::Map{{"B", "${C}"}}));
  EXPECT_EQ(v.find("B"), std::nullopt);
}

TEST(VariablesTest, AProfileMayServeSeveralFiles) {
  Variables v;
  v.profile["STT"] = v.profile["TTS"] = v.profile["THINKRE"] = "x";
  const auto misspelt = [&](const std::vector<std::string>& mentioned) {
    return v.misspelt_of_profile(mentioned);
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(misspelt({"STT", "TTS", "THINKRE"}), Names{});
  EXPECT_EQ(misspelt({"TTS", "GOAL"}), Names{});
  EXPECT_EQ(misspelt({"TTS", "THINKER"}), Names{"THINKRE"});
  EXPECT_EQ(misspelt({"GOAL"}), (Names{"STT", "THINKRE", "TTS"}));
}
