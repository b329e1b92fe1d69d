#include "phrase.hpp"

#include <gtest/gtest.h>

namespace {

using namespace localspeech;

class PhraseTest : public testing::Test {
 protected:
  PhraseTest() {
    slots_["number"] = {.name = "number", .type = SlotType::kDigits, .min = 1, .max = 4};
    slots_["name"] = {.name = "name", .type = SlotType::kWords, .min = 1, .max = 3};
  }
  std::optional<PhraseMatch> match(std::string_view phrase, std::string_view text) {
    return Phrase(phrase, slots_).match(spoken_words(text, 64));
  }
  int score(std::string_view phrase, std::string_view text) {
    const auto found = match(phrase, text);
    return found ? found->score : -1;
  }
  std::string mistake(std::string_view phrase) {
    try {
      Phrase(phrase, slots_);
      return "";
    } catch (const PhraseError& e) {
      return std::to_string(e.offset) + ": " + e.what();
    }
  }
  std::map<std::string, Slot, std::less<>> slots_;
};

TEST_F(PhraseTest, AllWordsMustFit) {
  EXPECT_EQ(score("hello world", "Hello, world!"), 8);
  EXPECT_EQ(score("hello world", "hello"), -1);
  EXPECT_EQ(score("hello", "hello world"), -1);
  EXPECT_EQ(score("speed-dial", "speed dial"), 8) << "a phrase is read like what is heard";
}

TEST_F(PhraseTest, OptionalWordsAndAlternatives) {
  EXPECT_EQ(score("[please] call me", "call me"), 8);
  EXPECT_EQ(score("[please] call me", "please call me"), 12);
  EXPECT_EQ(score("(call | dial up) me", "dial up me"), 12);
  EXPECT_EQ(score("(call | dial up) me", "me"), -1);
  EXPECT_EQ(score("hi [you | there [again]]", "hi there again"), 12);
  EXPECT_EQ(score("hi [you | there [again]]", "hi again"), -1);
  EXPECT_EQ(score("hi [you | there [again]]", "hi"), 4);
}

TEST_F(PhraseTest, AStarTakesAnyWordsForNoScore) {
  EXPECT_EQ(score("* goodbye *", "well then goodbye my friend"), 4);
  EXPECT_EQ(score("* goodbye *", "goodbye"), 4);
  EXPECT_EQ(score("* goodbye *", "good night"), -1);
  EXPECT_EQ(score("*", "anything"), 0);
}

TEST_F(PhraseTest, SlotsAreFilledWithTheBestFit) {
  auto found = match("* {number} *", "please dial one two three now");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->slots["number"], "123") << "the more a phrase explains, the better";
  EXPECT_EQ(found->score, 9);
  found = match("i am {name} [please]", "I am Peter van Dyke please");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->slots["name"], "peter van dyke");
  EXPECT_EQ(found->score, 15);
  EXPECT_FALSE(match("extension {number}", "extension please"));
  EXPECT_FALSE(match("extension {number}", "extension"));
}

TEST_F(PhraseTest, ManyStarsOnManyWordsAreQuick) {
  std::string phrase;
  std::string text;
  for (int i = 0; i < 50; ++i) {
    phrase += "* [a|b] ";
    text += "a ";
  }
  EXPECT_EQ(score(phrase + "end", text), -1);
  EXPECT_EQ(score(phrase, text), 200);
}

TEST_F(PhraseTest, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(mistake("call {nobody}"), "5: there is no slot \"nobody\"");
  EXPECT_EQ(mistake("call {number"), "5: this brace is not closed by '}'");
  EXPECT_EQ(mistake("hi [there"), "3: this bracket is not closed by ']'");
  EXPECT_EQ(mistake("hi (a | b"), "3: this bracket is not closed by ')'");
  EXPECT_EQ(mistake("hi ]"), "3: ']' does not belong here");
  EXPECT_EQ(mistake("a | b"), "2: '|' does not belong here");
  EXPECT_EQ(mistake("..."), "0: this phrase has no words");
  EXPECT_EQ(mistake("()"), "0: this phrase has no words");
  EXPECT_NE(mistake(std::string(20, '[') + "a" + std::string(20, ']')).find("too deeply"),
            std::string::npos);
  std::string long_phrase;
  for (int i = 0; i < 500; ++i) long_phrase += "word ";
  EXPECT_NE(mistake(long_phrase).find("too long"), std::string::npos);
}

}  // namespace
