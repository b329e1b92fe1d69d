#include "scenario/core/pipeline_words.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

namespace {

PipelineWords read(std::string_view text) {
  auto result = read_pipeline_words(text);
  if (auto* error = std::get_if<TextError>(&result)) {
    ADD_FAILURE() << error->message << " in: " << text;
    return {};
  }
  return std::get<PipelineWords>(result);
}

std::optional<std::size_t> error_offset(std::string_view text) {
  auto result = read_pipeline_words(text);
  if (auto* error = std::get_if<TextError>(&result)) return error->offset;
  return std::nullopt;
}

std::vector<std::string> factories(const PipelineWords& words) {
  std::vector<std::string> names;
  for (const ElementUse& use : words.elements) names.push_back(use.factory);
  return names;
}

}  // namespace

TEST(PipelineWordsTest, FindsElementsAndProperties) {
  const std::string text = "aa x=1 y=\"b c\" ! bb name=n z = 3 ! cc";
  const PipelineWords words = read(text);
  EXPECT_EQ(factories(words), (std::vector<std::string>{"aa", "bb", "cc"}));
  ASSERT_EQ(words.elements[0].properties.size(), 2u);
  EXPECT_EQ(words.elements[0].find("y")->value, "b c");
  EXPECT_EQ(words.elements[0].find("y")->value_offset, text.find("\"b"));
  EXPECT_EQ(words.elements[1].find("z")->value, "3");
  EXPECT_EQ(words.elements[2].offset, text.find("cc"));
  EXPECT_EQ(words.elements[2].find("x"), nullptr);
}

TEST(PipelineWordsTest, ValuesLoseTheirEscapes) {
  const PipelineWords words = read(R"(a x=two\ words y="say \"hi\"" z="p g=\"a b\"")");
  EXPECT_EQ(words.elements[0].find("x")->value, "two words");
  EXPECT_EQ(words.elements[0].find("y")->value, "say \"hi\"");
  EXPECT_EQ(words.elements[0].find("z")->value, "p g=\"a b\"");
  const PropertyUse& x = *words.elements[0].find("x");
  EXPECT_EQ(x.value.size(), x.value_origins.size());
}

TEST(PipelineWordsTest, CapsAndReferencesAreNoElements) {
  const PipelineWords words = read(
      "a ! audio/x-raw, rate=(int)8000, format=\"S16LE\" ! tee name=t  t. ! b t.src_1 ! c.sink_0 "
      "c name=c");
  EXPECT_EQ(factories(words), (std::vector<std::string>{"a", "tee", "b", "c"}));
  ASSERT_EQ(words.references.size(), 3u);
  EXPECT_EQ(words.references[0].name, "t");
  EXPECT_TRUE(words.unknown_references().empty());
}

TEST(PipelineWordsTest, BinsAndUris) {
  EXPECT_EQ(factories(read("( name=x a ! b ) ! c")), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(factories(read("file:///tmp/x ! a")), std::vector<std::string>{"a"});
  EXPECT_EQ(factories(read("/tmp/x.wav ! a")), std::vector<std::string>{"a"});
}

TEST(PipelineWordsTest, ReferencesToNobodyAreFound) {
  const PipelineWords words = read("tee name=caller  calller. ! b  b0. ! c");
  const auto errors = words.unknown_references();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].offset, 17u);
  EXPECT_NE(errors[0].hint.find("'caller'"), std::string::npos);
}

TEST(PipelineWordsTest, ErrorsHaveAPlace) {
  EXPECT_EQ(error_offset("a !"), 2u);
  EXPECT_EQ(error_offset("a ! ! b"), 4u);
  EXPECT_EQ(error_offset("! a"), 0u);
  EXPECT_EQ(error_offset("x=1 a"), 0u);
  EXPECT_EQ(error_offset("a ! x=1 b"), 4u);
  EXPECT_EQ(error_offset("( a ! b"), 0u);
  EXPECT_EQ(error_offset("a ) "), 2u);
  EXPECT_EQ(error_offset("a ! audio/x-raw"), 4u);
  EXPECT_EQ(error_offset("a x=\"b"), 4u);
  EXPECT_EQ(error_offset("a x="), 2u);
  EXPECT_EQ(error_offset("a x=\"\""), std::nullopt);
  EXPECT_EQ(error_offset("\"a\""), 0u);
  EXPECT_EQ(error_offset(""), 0u);
  EXPECT_EQ(error_offset("a ! b"), std::nullopt);
}

TEST(PipelineWordsTest, KindsOfScenarios) {
  EXPECT_EQ(kind_of(read("twiliosrc ! twiliosink")), ScenarioKind::kPhone);
  EXPECT_EQ(kind_of(read("twiliosrc port=9000 ! twiliosink")), ScenarioKind::kOnce);
  EXPECT_EQ(kind_of(read("webrtcbin name=w")), ScenarioKind::kWebRtc);
  EXPECT_EQ(kind_of(read("audiotestsrc ! fakesink")), ScenarioKind::kOnce);
  EXPECT_EQ(kind_of(read("duckingmixer seats=\"phone=a.gst\"")), ScenarioKind::kRoom);
  EXPECT_EQ(kind_of(read("duckingmixer seats=\"\"")), ScenarioKind::kOnce);
  EXPECT_EQ(kind_of(read("duckingmixer name=m")), ScenarioKind::kOnce);
  EXPECT_EQ(kind_of(read("fakesrc name=twiliosrc ! fakesink")), ScenarioKind::kOnce);
}

TEST(PipelineWordsTest, SurvivesAnything) {
  constexpr std::string_view kPieces[] = {"a", "!",           " ",   "(",  ")",   ".",
                                          "=", "\"",          "'",   "\\", ":",   "/",
                                          ",", "audio/x-raw", "x=1", "@p", "\xff"};
  unsigned state = 7;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      text += kPieces[(state >> 16) % std::size(kPieces)];
    }
    auto result = read_pipeline_words(text);
    if (auto* error = std::get_if<TextError>(&result)) {
      EXPECT_LE(error->offset, text.size()) << text;
    }
  }
}
