#include "client/core/session_choice.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

std::vector<Session> sessions(std::initializer_list<const char*> ids) {
  std::vector<Session> all;
  for (const char* id : ids) all.push_back({.id = id});
  return all;
}
using Words = std::vector<std::string>;

TEST(SessionChoiceTest, ABeginningThatOnlyOneHasIsEnough) {
  const auto known = sessions({"3f2a01", "3f2b02", "a1"});
  const SessionChoice choice = choose_sessions(known, {"3f2b", "a", "a1", "3f2a01"}, "is running");
  EXPECT_EQ(choice.ids, (Words{"3f2b02", "a1", "3f2a01"}));
  EXPECT_TRUE(choice.problems.empty());
}

TEST(SessionChoiceTest, ProblemsNameTheWord) {
  const auto known = sessions({"3f2a01", "3f2b02"});
  const SessionChoice choice = choose_sessions(known, {"3f", "x\033[2J", "", "3f2a"}, "is running");
  EXPECT_EQ(choice.ids, Words{"3f2a01"});
  EXPECT_EQ(choice.problems, (Words{"'3f' is the beginning of 2 ids: 3f2a01, 3f2b02",
                                    "no call 'x' is running", "no call '' is running"}));
}

TEST(SessionChoiceTest, AWholeIdIsMeantThoughItIsABeginningToo) {
  EXPECT_EQ(choose_sessions(sessions({"ab", "abc"}), {"ab"}, "").ids, Words{"ab"});
}

TEST(SessionChoiceTest, SoManyDigitsTellThemApart) {
  EXPECT_EQ(distinct_length({}), 4u);
  EXPECT_EQ(distinct_length({"aaaa", "bbbb"}), 4u);
  EXPECT_EQ(distinct_length({"abcdef1", "x", "abcdef2"}), 7u);
  EXPECT_EQ(distinct_length({"same", "same"}), 5u);
}

}  // namespace
}  // namespace jackfield::client
