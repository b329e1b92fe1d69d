#include "control/core/api_path.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(ApiPathTest, MatchesItselfAndNothingElse) {
  const ApiPath path{"/api/v1/sessions"};
  EXPECT_TRUE(path.match("/api/v1/sessions"));
  for (const char* other :
       {"/api/v1/sessions/", "/api/v1/session", "/api/v1", "", "/", "/api/v1/sessions/a",
        "/api//v1/sessions", "/API/v1/sessions", "api/v1/sessions"})
    EXPECT_FALSE(path.match(other)) << other;
}

TEST(ApiPathTest, ValuesAreNames) {
  const ApiPath path{"/api/v1/sessions/{id}/hangup"};
  const auto values = path.match("/api/v1/sessions/0123456789ab/hangup");
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (ApiPath::Values{{"id", "0123456789ab"}}));
  for (const std::string value :
       {"", "..", ".", ".a", "a b", "a%2fb", "a\\b", "\xff", "ä", "a/../b"})
    EXPECT_FALSE(path.match("/api/v1/sessions/" + value + "/hangup")) << value;
  EXPECT_FALSE(path.match("/api/v1/sessions/" + std::string("a\0b", 3) + "/hangup"));
  EXPECT_FALSE(path.match("/api/v1/sessions/" + std::string(65, 'a') + "/hangup"));
  EXPECT_TRUE(path.match("/api/v1/sessions/" + std::string(64, 'a') + "/hangup"));
}

TEST(ApiPathTest, SeveralValues) {
  const auto values = ApiPath{"/a/{one}/{two}"}.match("/a/x/y.svg");
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (ApiPath::Values{{"one", "x"}, {"two", "y.svg"}}));
}

TEST(ApiPathTest, FixedEndsBelowAValue) {
  const ApiPath path{"/a/{id}/graph.svg"};
  EXPECT_TRUE(path.match("/a/x/graph.svg"));
  EXPECT_FALSE(path.match("/a/x/graph.dot"));
}
