#include "control/core/session_query.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace jackfield;

namespace {

using Given = std::map<std::string, std::string, std::less<>>;

std::optional<SessionQuery> parse(const Given& given, std::string* error = nullptr) {
  std::string text;
  const auto query = parse_session_query(
      [&](std::string_view name) {
        const auto it = given.find(name);
        return it == given.end() ? std::nullopt : std::optional{it->second};
      },
      text);
  if (error) *error = text;
  EXPECT_EQ(query.has_value(), text.empty());
  return query;
}

}  // namespace

TEST(SessionQueryTest, WithoutAnythingAllAreListed) {
  const auto query = parse({});
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->running);
  EXPECT_TRUE(query->ended);
  EXPECT_EQ(query->limit, 50u);
  EXPECT_FALSE(query->before);
  EXPECT_FALSE(query->line);
  EXPECT_FALSE(query->failed);
}

TEST(SessionQueryTest, TakesWhatItKnows) {
  const auto query = parse({{"state", "ended"},
                            {"limit", "200"},
                            {"line", "support"},
                            {"number", "+1555"},
                            {"failed", "true"},
                            {"text", "refund"},
                            {"before", "ended:20260102-030405-0123456789ab"}});
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->running);
  EXPECT_TRUE(query->ended);
  EXPECT_EQ(query->limit, 200u);
  EXPECT_EQ(query->line, "support");
  EXPECT_EQ(query->number, "+1555");
  EXPECT_EQ(query->failed, true);
  EXPECT_EQ(query->text, "refund");
  ASSERT_TRUE(query->before);
  EXPECT_EQ(query->before->rest, "20260102-030405-0123456789ab");
}

TEST(SessionQueryTest, RefusesWhatItDoesNotKnow) {
  const std::string longer(201, 'x');
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"state", "dead"},
           {"state", ""},
           {"limit", "0"},
           {"limit", "201"},
           {"limit", "-1"},
           {"limit", "5x"},
           {"limit", ""},
           {"limit", "1e9"},
           {"before", ""},
           {"before", "x"},
           {"before", "running:"},
           {"before", "running:x:y"},
           {"before", longer},
           {"failed", "1"},
           {"text", longer},
           {"number", longer},
           {"line", longer},
           {"limit", "99999999999999999999999"}}) {
    std::string error;
    EXPECT_FALSE(parse({{name, value}}, &error)) << name << "=" << value;
    EXPECT_NE(error, "");
  }
}

TEST(SessionCursorTest, GoesOnWhereThePageEnded) {
  for (const SessionCursor& cursor :
       {SessionCursor{.ended = true, .rest = "20260102-030405-0123456789ab"},
        SessionCursor{.ended = true, .rest = ""},
        SessionCursor{.started_at = 1795392816860000, .rest = "0123456789ab"}}) {
    const auto again = SessionCursor::parse(cursor.text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->ended, cursor.ended);
    EXPECT_EQ(again->started_at, cursor.started_at);
    EXPECT_EQ(again->rest, cursor.rest);
  }
}
