#include "spoken_names.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::SpokenNames;

TEST(SpokenNames, AreWordsOfTheirOwn) {
  const SpokenNames names{"Jack, Mister Smith"};
  EXPECT_TRUE(names.in("jack"));
  EXPECT_TRUE(names.in("Well, JACK: what time is it?"));
  EXPECT_TRUE(names.in("what is Jack's number"));
  EXPECT_TRUE(names.in("what is Jack\u2019s number"));
  EXPECT_TRUE(names.in("ask mister smith"));
  EXPECT_FALSE(names.in("take your jacket"));
  EXPECT_FALSE(names.in("hijack"));
  EXPECT_FALSE(names.in("mister miller and jane smith"));
  EXPECT_FALSE(names.in(""));
}

TEST(SpokenNames, WithoutAnyNothingIsNamed) {
  EXPECT_TRUE(SpokenNames{}.empty());
  EXPECT_TRUE(SpokenNames{" , ;"}.empty());
  EXPECT_FALSE(SpokenNames{""}.in("jack"));
  EXPECT_FALSE(SpokenNames{","}.in(""));
}

TEST(SpokenNames, AccentsDoNotMatter) {
  EXPECT_TRUE(SpokenNames{"Zoé"}.in("Zoe, bitte"));
  EXPECT_TRUE(SpokenNames{"Zoe"}.in("Zoé, bitte"));
  EXPECT_TRUE(SpokenNames{"Jürgen"}.in("hallo Juergen"));  // one letter more
  EXPECT_TRUE(SpokenNames{"Łukasz"}.in("lukasz?"));
}

TEST(SpokenNames, OneLetterOfLongNamesMayDiffer) {
  const SpokenNames names{"Jackfield, Laura"};
  EXPECT_TRUE(names.in("hello jackfeild"));    // exchanged
  EXPECT_TRUE(names.in("hello jacfield"));     // missing
  EXPECT_TRUE(names.in("hello jackfields"));   // too much
  EXPECT_FALSE(names.in("hello chackfield"));  // two
  EXPECT_TRUE(names.in("hello jackfiels"));    // wrong
  EXPECT_TRUE(names.in("lauro"));
  EXPECT_TRUE(names.in("aura"));
  EXPECT_FALSE(names.in("lawrence"));
  EXPECT_FALSE(names.in("jackfiedls fields"));
}

TEST(SpokenNames, ShortNamesAreExact) {
  const SpokenNames names{"Jack, Al"};
  EXPECT_FALSE(names.in("back"));
  EXPECT_FALSE(names.in("jacks"));
  EXPECT_FALSE(names.in("jac"));
  EXPECT_FALSE(names.in("all"));
  EXPECT_TRUE(names.in("al"));
}

TEST(SpokenNames, MayBeWrittenApartOrTogether) {
  EXPECT_TRUE(SpokenNames{"Jackfield"}.in("hello jack field"));
  EXPECT_TRUE(SpokenNames{"Jack Field"}.in("hello jackfield"));
  EXPECT_TRUE(SpokenNames{"O'Brien"}.in("tell Obrien"));
  EXPECT_TRUE(SpokenNames{"Anna-Lena"}.in("Annalena"));
  // Apart and misspelled is too far.
  EXPECT_FALSE(SpokenNames{"Clara"}.in("clear a table"));
}

TEST(SpokenNames, ScriptsWithoutBlanks) {
  EXPECT_TRUE(SpokenNames{"ジャック"}.in("ねえジャック今何時"));
  EXPECT_TRUE(SpokenNames{"小明"}.in("你好小明。"));
  EXPECT_FALSE(SpokenNames{"小明"}.in("小红你好"));
}

TEST(SpokenNames, AreBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "name" + std::to_string(i) + "x,";
  const SpokenNames names{many};
  EXPECT_TRUE(names.in("name63x"));
  EXPECT_FALSE(names.in("name999x"));  // beyond the 64, and two letters from any of them
  EXPECT_TRUE(SpokenNames{std::string(1000, 'a')}.empty());
  EXPECT_FALSE(names.in(std::string(100'000, 'a')));
}

}  // namespace
