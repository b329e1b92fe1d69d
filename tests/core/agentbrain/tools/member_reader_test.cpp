#include "member_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using jackfield::PositionedError;
using jackfield::read_json;
using testing::ElementsAre;
using testing::HasSubstr;

const Variable kVariable = [](std::string_view name) -> std::optional<std::string> {
  if (name == "API_TOKEN") return "sk-123";
  if (name == "HOST") return "a.b";
  return std::nullopt;
};

// What is told of a mistake.
template <typename Do>
std::string mistake_of(Do read) {
  try {
    read();
  } catch (const PositionedError& mistake) {
    return mistake.what();
  }
  return "";
}

TEST(MemberReader, StringsAreFilledIn) {
  MemberReader reader(kVariable);
  EXPECT_EQ(reader.text(read_json(R"("https://${HOST}/")"), "url", false), "https://a.b/");
  EXPECT_THAT(reader.secrets(), ElementsAre());
  EXPECT_EQ(reader.text(read_json(R"("^${HOST}$$")"), "pattern", false, true), R"(^a\.b$)");
  EXPECT_EQ(reader.text(read_json(R"("${API_TOKEN}")"), "key", false), "sk-123");
  EXPECT_EQ(reader.text(read_json(R"("${HOST}")"), "key", true), "a.b");
  EXPECT_THAT(reader.secrets(), ElementsAre("sk-123", "a.b"));
  reader.fill_in(false);
  EXPECT_EQ(reader.text(read_json(R"("${HOST}")"), "name", false), "${HOST}");
}

TEST(MemberReader, MistakesNameTheMember) {
  MemberReader reader(kVariable);
  EXPECT_EQ(mistake_of([&] { reader.text(read_json("7"), "a.b", false); }),
            "\"a.b\": it must be a string, not a number");
  EXPECT_THAT(mistake_of([&] { reader.texts(read_json(R"(["x",null])"), "args"); }),
              HasSubstr("\"args[1]\""));
  EXPECT_THAT(mistake_of([&] { reader.text(read_json(R"("${NOBODY}")"), "url", false); }),
              HasSubstr("in the environment"));
  EXPECT_THAT(mistake_of([&] {
                require_known(read_json(R"({"x":1})"), "a", {"b", "c"});
              }),
              HasSubstr("there are b, c"));
  EXPECT_THAT(mistake_of([&] { read_number(read_json("9"), "n", 0.5, 8); }),
              HasSubstr("from 1 to 8"));
  EXPECT_TRUE(read_boolean(read_json("true"), "b"));
  EXPECT_NE(mistake_of([&] { read_boolean(read_json("1"), "b"); }), "");
}

TEST(MemberReader, HeadersAndVariablesAreWhatTheyMayBe) {
  MemberReader reader(kVariable);
  EXPECT_EQ(reader.pairs(read_json(R"({"X-Key":"${HOST}"})"), "headers", true),
            (MemberReader::Pairs{{"X-Key", "a.b"}}));
  EXPECT_THAT(reader.secrets(), ElementsAre("a.b"));
  for (const char* headers : {R"({"a b":"x"})", R"({"Accept":"x"})", R"({"Mcp-Session-Id":"x"})",
                              R"({"X":"a\nb"})", R"({"X-Token":"written here"})"})
    EXPECT_NE(mistake_of([&] { reader.pairs(read_json(headers), "headers", true); }), "")
        << headers;
  EXPECT_NE(mistake_of([&] { reader.pairs(read_json(R"({"A=B":"x"})"), "env", false); }), "");
}

TEST(MemberReader, NamesAreShortAndPlain) {
  EXPECT_TRUE(is_member_name("a_B-9", 5));
  EXPECT_FALSE(is_member_name("a_B-9", 4));
  EXPECT_FALSE(is_member_name("", 4));
  EXPECT_FALSE(is_member_name("a b", 4));
}

}  // namespace
