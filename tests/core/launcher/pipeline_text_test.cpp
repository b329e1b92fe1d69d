#include "scenario/core/pipeline_text.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace jackfield;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::variant<PipelineText, TextError> expand(std::string_view source, const Values& values = {}) {
  return expand_pipeline_text(source, [&](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it == values.end()) return std::nullopt;
    return it->second;
  });
}

std::string text_of(std::string_view source, const Values& values = {}) {
  auto result = expand(source, values);
  if (auto* error = std::get_if<TextError>(&result)) return "ERROR: " + error->message;
  return std::get<PipelineText>(result).text;
}

TextError error_of(std::string_view source, const Values& values = {}) {
  auto result = expand(source, values);
  if (auto* error = std::get_if<TextError>(&result)) return *error;
  ADD_FAILURE() << "no error in: " << source;
  return {};
}

// With a profile.
std::string profiled(std::string_view source, const ProfileTexts& profile,
                     const Values& values = {}) {
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it == values.end()) return std::nullopt;
    return it->second;
  };
  auto result = expand_pipeline_text(source, lookup, profile);
  if (auto* error = std::get_if<TextError>(&result))
    return "ERROR at " + std::to_string(error->offset) + ": " + error->message;
  return std::get<PipelineText>(result).text;
}

}  // namespace

TEST(PipelineTextTest, JoinsLinesAndDropsComments) {
  EXPECT_EQ(text_of("# a comment\na !  # another\n\tb # last"), "a ! b");
  EXPECT_EQ(text_of("a\r\n! b\r\n"), "a ! b");
  EXPECT_EQ(text_of("# nothing"), "");
}

TEST(PipelineTextTest, HashInsideAWordOrQuotesIsNoComment) {
  EXPECT_EQ(text_of("a x=b#c y=\"# no\" z='a # b' # yes"), "a x=b#c y=\"# no\" z=\"a # b\"");
}

TEST(PipelineTextTest, LineBreaksInsideQuotesStay) {
  EXPECT_EQ(text_of("a x=\"one\n# two\" ! b"), "a x=\"one\n# two\" ! b");
}

TEST(PipelineTextTest, EveryCharacterKnowsWhereItComesFrom) {
  const std::string source = "# comment\na ! ${X} ! b x=${Y:-12}z";
  auto result = expand(source, {{"X", "long element"}});
  const auto& text = std::get<PipelineText>(result);
  ASSERT_EQ(text.text.size(), text.origins.size());
  EXPECT_EQ(text.text, "a ! long element ! b x=12z");
  EXPECT_EQ(text.origins[text.text.find("a !")], source.find("a !"));
  EXPECT_EQ(text.origins[text.text.find("long")], source.find("${X}"));
  EXPECT_EQ(text.origins[text.text.find("element")], source.find("${X}"));
  EXPECT_EQ(text.origins[text.text.find("b x")], source.find("b x"));
  EXPECT_EQ(text.origins[text.text.find("12")], source.find("${Y"));
  EXPECT_EQ(text.origins[text.text.find('z')], source.find('z'));
}

TEST(PipelineTextTest, ValuesOfPropertiesAreEscaped) {
  EXPECT_EQ(text_of("a x=${V}", {{"V", "plain-1.wav"}}), "a x=plain-1.wav");
  EXPECT_EQ(text_of("a x=${V} y=1", {{"V", "two words"}}), "a x=two\\ words y=1");
  EXPECT_EQ(text_of("a x=${V}", {{"V", "x ! filesink location=/etc/passwd"}}),
            "a x=x\\ \\!\\ filesink\\ location=/etc/passwd");
  EXPECT_EQ(text_of("a x=${V}", {{"V", "a\"b'c\\d$e"}}), "a x=a\\\"b\\'c\\\\d\\$e");
  EXPECT_EQ(text_of("a x=/dir/${V}.wav", {{"V", "a b"}}), "a x=/dir/a\\ b.wav");
  EXPECT_EQ(text_of("a x = ${V}", {{"V", "a b"}}), "a x = a\\ b");
  EXPECT_EQ(text_of("a x=${V} y=1", {{"V", ""}}), "a x=\"\" y=1");
  EXPECT_EQ(text_of("a x=${V}", {{"V", "caf\xc3\xa9"}}), "a x=caf\xc3\xa9");
}

TEST(PipelineTextTest, AWordOfItsOwnIsADescription) {
  EXPECT_EQ(text_of("${C} ! b", {{"C", "src device=\"a b\" ! queue"}}),
            "src device=\"a b\" ! queue ! b");
  EXPECT_EQ(text_of("${C:-filesrc location=a\\ b} ! b"), "filesrc location=a\\ b ! b");
}

TEST(PipelineTextTest, InsideQuotesTheStringStaysOne) {
  EXPECT_EQ(text_of("a x=\"say ${V}\"", {{"V", "\"hi\" \\o/"}}), "a x=\"say \\\"hi\\\" \\\\o/\"");
  EXPECT_EQ(text_of("a x='say ${V}'", {{"V", "it's"}}), "a x=\"say it\\'s\"");
  EXPECT_EQ(text_of(R"(a x='C:\x "y" it\'s $5')"), R"(a x="C:\\x \"y\" it\'s \$5")");
  EXPECT_EQ(text_of(R"(a x="C:\\x \"y\"")"), R"(a x="C:\\x \"y\"")");
}

TEST(PipelineTextTest, AValueInsideADescriptionInQuotesIsEscapedForBoth) {
  EXPECT_EQ(text_of("a stt=\"p grammar=${G}\"", {{"G", "/my dir/x"}}),
            "a stt=\"p grammar=/my\\\\ dir/x\"");
  EXPECT_EQ(text_of("a stt='p grammar=\"${G}\"'", {{"G", "/my dir/\"x\""}}),
            R"(a stt="p grammar=\"/my dir/\\\"x\\\"\"")");
  // A stage as a whole is inserted as it is, only safe inside the string.
  EXPECT_EQ(text_of("a stt=\"${S}\"", {{"S", "p grammar=\"a b\""}}),
            "a stt=\"p grammar=\\\"a b\\\"\"");
}

TEST(PipelineTextTest, StringsThatAreNotTheWholeValueLoseTheirQuotes) {
  EXPECT_EQ(text_of("a x=/b\"c d\"e"), R"(a x=/bc\ de)");
  EXPECT_EQ(text_of("a x=\"c d\"/e"), R"(a x=c\ d/e)");
  EXPECT_EQ(text_of("a x=\"\" y=''"), R"(a x="" y="")");
  EXPECT_EQ(error_of("a x=b\"1\n2\"").offset, 5u);
}

TEST(PipelineTextTest, AValueCannotEndWithABackslash) {
  const Values folder{{"V", "C:\\dir\\"}};
  EXPECT_EQ(error_of("a x=${V}", folder).offset, 4u);
  EXPECT_EQ(error_of("a x=\"${V}\"", folder).offset, 4u);
  EXPECT_EQ(error_of("a x=\"p g=${V} h=1\"", folder).offset, 9u);
  EXPECT_EQ(error_of("a x=\"p g='${V}'\"", folder).offset, 10u);
  EXPECT_EQ(text_of("a x=${V}b.wav", folder), R"(a x=C:\\dir\\b.wav)");
}

TEST(PipelineTextTest, DefaultsNestOnlySoDeep) {
  const auto nested = [](int depth) {
    std::string text = "x";
    for (int i = 0; i < depth; ++i) text = "${A:-" + text + "}";
    return text;
  };
  EXPECT_TRUE(std::holds_alternative<PipelineText>(expand(nested(50))));
  EXPECT_EQ(error_of(nested(51)).offset, 250u);
  EXPECT_EQ(error_of(nested(3000)).offset, 250u);
}

TEST(PipelineTextTest, DefaultsNest) {
  EXPECT_EQ(text_of("a x=${A:-${B:-c}}"), "a x=c");
  EXPECT_EQ(text_of("a x=${A:-${B:-c}}", {{"B", "b"}}), "a x=b");
  EXPECT_EQ(text_of("a x=${A:-${B:-c}}", {{"A", "a"}}), "a x=a");
  EXPECT_EQ(text_of("a x=${A:-\\}}"), "a x=\\}");
  EXPECT_EQ(text_of("a stt=\"${STT:-p grammar=${HERE}/r.gram}\"", {{"HERE", "/h"}}),
            "a stt=\"p grammar=/h/r.gram\"");
  EXPECT_EQ(text_of("a stt=\"${STT:-p grammar=${HERE}/r.gram}\"", {{"HERE", "/my home"}}),
            "a stt=\"p grammar=/my\\\\ home/r.gram\"");
  EXPECT_EQ(text_of("a x=${A:-}", {}), "a x=\"\"");
}

TEST(PipelineTextTest, ValuesAreNotExpandedAgain) {
  EXPECT_EQ(text_of("a x=${V}", {{"V", "${W}"}, {"W", "w"}}), "a x=\\$\\{W\\}");
}

TEST(PipelineTextTest, NamesAndCapsTakeOnlyPlainValues) {
  EXPECT_EQ(text_of("a ! audio/x-raw,rate=${R} ! b", {{"R", "8000"}}),
            "a ! audio/x-raw,rate=8000 ! b");
  EXPECT_EQ(text_of("mix.sink_${N}", {{"N", "3"}}), "mix.sink_3");
  const TextError error = error_of("a ! audio/x-raw,rate=${R} ! b", {{"R", "8000 ! evil"}});
  EXPECT_EQ(error.offset, 21u);
  EXPECT_NE(error.message.find("cannot stand here"), std::string::npos);
}

TEST(PipelineTextTest, ListsEveryVariableOnce) {
  auto result = expand("${A:-x y=${B:-${C:-1}}} ! b x=${A:-2}", {{"A", "x"}});
  EXPECT_EQ(std::get<PipelineText>(result).variables, (std::vector<std::string>{"A", "B", "C"}));
}

TEST(PipelineTextTest, ErrorsPointAtTheirCause) {
  EXPECT_EQ(error_of("a x=${NONE}").offset, 4u);
  EXPECT_NE(error_of("a x=${NONE}").hint.find("NONE=..."), std::string::npos);
  EXPECT_EQ(error_of("a ! b ${X:-${Y}").offset, 6u);
  EXPECT_EQ(error_of("a x=${1X}").offset, 4u);
  EXPECT_EQ(error_of("a x=${}").offset, 4u);
  EXPECT_EQ(error_of("a x=${X-1}").offset, 4u);
  EXPECT_EQ(error_of("a x=\"open").offset, 4u);
  EXPECT_EQ(error_of("a x=${A:-${NONE}}").offset, 9u);
  EXPECT_EQ(error_of("a x=${V}", {{"V", "two\nlines"}}).offset, 4u);
}

TEST(PipelineTextTest, ADollarAloneIsText) {
  EXPECT_EQ(text_of("a x=5$ y=\\${Z}"), "a x=5$ y=\\${Z}");
}

TEST(PipelineTextTest, VariableNames) {
  EXPECT_TRUE(is_variable_name("A_1"));
  EXPECT_TRUE(is_variable_name("_a"));
  EXPECT_FALSE(is_variable_name("1A"));
  EXPECT_FALSE(is_variable_name(""));
  EXPECT_FALSE(is_variable_name("A-B"));
}

// Whatever the bytes: a result or an error inside the text, never a crash or an endless loop.
TEST(PipelineTextTest, SurvivesAnything) {
  constexpr std::string_view kPieces[] = {"${", "}", ":-", "A", "\"",   "'",     "\\", " ",   "\n",
                                          "#",  "=", "!",  "x", "${A}", "${B:-", "$",  "\xff"};
  unsigned state = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string source;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      source += kPieces[(state >> 16) % std::size(kPieces)];
    }
    auto result = expand(source, {{"A", "v w\\"}});
    if (auto* error = std::get_if<TextError>(&result)) {
      EXPECT_LE(error->offset, source.size()) << source;
    } else {
      const auto& text = std::get<PipelineText>(result);
      ASSERT_EQ(text.text.size(), text.origins.size()) << source;
      for (const std::size_t origin : text.origins) ASSERT_LT(origin, source.size()) << source;
    }
  }
}

TEST(PipelineTextTest, AProfileStandsInForDefaults) {
  EXPECT_EQ(profiled("a x=${X:-1}", {{"X", "2"}}), "a x=2");
  EXPECT_EQ(profiled("a x=${X}", {{"X", "2"}}), "a x=2");
  EXPECT_EQ(profiled("a x=${X:-1} y=${Y:-3}", {{"X", "2"}}), "a x=2 y=3");
  // Before the environment; the command line is left out by the caller.
  EXPECT_EQ(profiled("a x=${X:-1}", {{"X", "2"}}, {{"X", "environment"}}), "a x=2");
  EXPECT_EQ(profiled("a x=${X:-1}", {{"X", ""}}), "a x=\"\"");
  EXPECT_EQ(profiled("${X:-a} ! b", {{"X", "c d=\"e f\" ! g"}}), "c d=\"e f\" ! g ! b");
}

TEST(PipelineTextTest, VariablesInAProfileAreThoseOfTheRest) {
  const ProfileTexts profile{{"S", "stt model=${M:-whisper} file=${HERE}/x"}, {"M", "never"}};
  const std::string source = "brain s=\"${S:-other file=${HERE}}\"";
  EXPECT_EQ(profiled(source, profile, {{"HERE", "/h"}}), "brain s=\"stt model=whisper file=/h/x\"");
  // Escaped as the value of a property inside a description.
  EXPECT_EQ(profiled(source, profile, {{"HERE", "/h"}, {"M", "a b"}}),
            "brain s=\"stt model=a\\\\ b file=/h/x\"");
  EXPECT_EQ(profiled("a x=${A:-1}", {{"A", "${A:-again}"}}), "a x=again");
}

TEST(PipelineTextTest, BracesOfAProfileAreItsOwn) {
  EXPECT_EQ(profiled("a s=\"${S}\"", {{"S", "b={x} c=\\} d"}}), "a s=\"b={x} c=} d\"");
  EXPECT_EQ(profiled("a s=\"${S} ${T:-}\"", {{"S", "}"}, {"T", "{"}}), "a s=\"} {\"");
}

TEST(PipelineTextTest, MistakesOfAProfileHaveThePlaceOfTheVariable) {
  EXPECT_EQ(profiled("a x=${X:-1}", {{"X", "${"}}),
            "ERROR at 4: in the profile's X: this variable has no closing brace");
  EXPECT_EQ(profiled("a x=${X:-1}", {{"X", "${NONE}"}}),
            "ERROR at 4: in the profile's X: the variable NONE has no value");
  EXPECT_EQ(profiled("a s=\"x ${X:-1}\"", {{"X", "b\\"}}).find("ERROR at 7: in the profile's X: "),
            0u);
  // Also in a default that is not needed.
  EXPECT_EQ(profiled("a x=${Y:-${X}}", {{"X", "${"}}, {{"Y", "1"}}).find("ERROR at 9"), 0u);
}

TEST(PipelineTextTest, AllVariablesCountWithAProfile) {
  const auto lookup = [](std::string_view) { return std::optional<std::string>{"x"}; };
  const auto result = expand_pipeline_text("a x=${X:-${D}} y=${Y:-1}", lookup, {{"X", "${P}"}});
  EXPECT_EQ(std::get<PipelineText>(result).variables,
            (std::vector<std::string>{"X", "P", "D", "Y"}));
}
