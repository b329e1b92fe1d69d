#include "spoken_text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain;
constexpr std::uint64_t kSecond = 1'000'000'000;

SpokenSpan word(const char* text, bool heard) {
  return {.text = text, .is_word = true, .heard = heard ? 10u : 4u, .total = 10, .complete = true};
}
SpokenSpan text(const char* text, double heard, double total, bool complete = true) {
  return {.text = text,
          .heard = static_cast<std::uint64_t>(heard * 1e9),
          .total = static_cast<std::uint64_t>(total * 1e9),
          .complete = complete};
}

std::string cut(std::string_view written, const std::vector<SpokenSpan>& spans) {
  const auto n = heard_length(written, spans);
  return n ? std::string(written.substr(0, *n)) : "(other words)";
}

TEST(SpokenText, WordsAreFoundInTheTextAndKeepItsPunctuation) {
  EXPECT_EQ(cut("Well, it is *noon*. Yes!", {word("well", true), word("it", true), word("is", true),
                                             word("noon", true), word("yes", false)}),
            "Well, it is *noon*.");
  EXPECT_EQ(cut("Well, it is", {word("well", false)}), "");
  EXPECT_EQ(cut("Well, it is", {}), "");
}

TEST(SpokenText, WhatIsSpokenInOtherWordsCountsWithTheNextWord) {
  const std::string written = "It costs 20 € a day, Zoë.";
  EXPECT_EQ(cut(written, {word("it", true), word("costs", true), word("twenty", true),
                          word("euros", true), word("a", true), word("day", false)}),
            "It costs 20 € a");
  EXPECT_EQ(cut(written, {word("it", true), word("costs", true), word("twenty", false)}),
            "It costs");
}

TEST(SpokenText, APartOfAWrittenWordIsNotTheWord) {
  const std::string written = "Send an e-mail now";
  EXPECT_EQ(
      cut(written, {word("send", true), word("an", true), word("e", true), word("mail", false)}),
      "Send an");
  EXPECT_EQ(
      cut(written, {word("send", true), word("an", true), word("e", true), word("mail", true)}),
      "Send an e-mail");
}

TEST(SpokenText, TheSameWordTwiceIsTwoWords) {
  EXPECT_EQ(cut("no no no yes", {word("no", true), word("no", true), word("no", false)}), "no no");
}

TEST(SpokenText, OtherWordsAreNotForcedIntoTheText) {
  EXPECT_EQ(cut("Guten Tag zusammen", {word("hello", true), word("everybody", true)}),
            "(other words)");
}

TEST(SpokenText, AFinishedTextIsExact) {
  const std::string written = "Short. A very much longer text follows it here.";
  // By the share of all the time it would be a third of everything.
  EXPECT_EQ(
      cut(written, {text("Short.", 2, 2), text("A very much longer text follows it here.", 0, 4)}),
      "Short.");
  EXPECT_EQ(
      cut(written, {text("Short.", 2, 2), text("A very much longer text follows it here.", 2, 4)}),
      "Short. A very much longer");
  EXPECT_EQ(
      cut(written, {text("Short.", 1, 2), text("A very much longer text follows it here.", 0, 4)}),
      "");
}

TEST(SpokenText, ATextSpokenDifferentlyEndsWhereTheNextBegins) {
  const std::string written = "Call **555-1234** (see [here](http://a.b/c)). Then wait.";
  EXPECT_EQ(cut(written, {text("Call five five five one two three four (see here).", 3, 3),
                          text("Then wait.", 0, 1)}),
            "Call **555-1234** (see [here](http://a.b/c)).");
}

TEST(SpokenText, ATextThatWasBrokenOffGoesOnInItsMiddle) {
  const std::string written = "The office is in the old brewery behind the market. Bye.";
  EXPECT_EQ(cut(written, {text("The office is in the old brewery behind the market.", 1, 1),
                          text("brewery behind the market.", 0, 1), text("Bye.", 0, 1)}),
            "The office is in the old");
  EXPECT_EQ(cut(written, {text("The office is in the old brewery behind the market.", 1, 1),
                          text("brewery behind the market.", 1, 1), text("Bye.", 0, 1)}),
            "The office is in the old brewery behind the market.");
}

TEST(SpokenText, AudioStillToComeIsCountedIn) {
  // Some 30 letters take two seconds, though only half a second has arrived.
  const std::string written = "aaaaaaaaaaaaa bbbbbbbbbbbbb";
  EXPECT_EQ(cut(written, {text(written.c_str(), 0.4, 0.5, false)}), "");
  EXPECT_EQ(cut(written, {text(written.c_str(), 1.2, 1.3, false)}), "aaaaaaaaaaaaa");
  EXPECT_EQ(cut(written, {text(written.c_str(), 0.4, 0.5, true)}), "aaaaaaaaaaaaa");
}

TEST(SpokenText, TheSpeedOfFinishedTextsIsThatOfTheNext) {
  const std::string slow = "aaaa aaaa. bbbb bbbb bbbb";
  // Ten letters in two seconds: the next fifteen take three.
  EXPECT_EQ(cut(slow, {text("aaaa aaaa.", 2, 2), text("bbbb bbbb bbbb", 1.2, 1.3, false)}),
            "aaaa aaaa. bbbb");
}

TEST(SpokenText, UnknownSpeechIsWhatLiesBetween) {
  const std::string written = "one two three four five six";
  EXPECT_EQ(cut(written, {word("one", true), text("", 1, 1), word("five", false)}),
            "one two three four");
  EXPECT_EQ(cut(written, {word("one", true), text("", 0.5, 1), word("five", false)}), "one two");
  EXPECT_EQ(cut(written, {text("", 0.5, 1)}), "one two three");
}

TEST(SpokenText, ScriptsWithoutSpacesAreCutBetweenCharacters) {
  const std::string written =
      "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c";  // four characters
  EXPECT_EQ(cut(written, {text(written.c_str(), 0.5, 1)}), written.substr(0, 6));
  EXPECT_EQ(cut(written, {word("\xe4\xbd\xa0\xe5\xa5\xbd", true), word("\xe4\xb8\x96", false)}),
            written.substr(0, 6));
}

TEST(SpokenText, LengthCountsWhatIsSaid) {
  EXPECT_EQ(spoken_length(" , - "), 0);
  EXPECT_GT(spoken_length("20"), spoken_length("ab"));
  EXPECT_EQ(spoken_length("don't"), spoken_length("dont"));
  EXPECT_EQ(share_of("one two", 1), 7u);
  EXPECT_EQ(share_of("one two ", 0.99), 3u);
  EXPECT_EQ(share_of("", 1), 0u);
}

// Any bytes, any spans: it ends, and within the text.
TEST(SpokenText, NonsenseEnds) {
  std::uint32_t seed = 1;
  const auto random = [&] { return seed = seed * 1664525 + 1013904223, seed >> 8; };
  const auto bytes = [&](std::size_t most) {
    std::string s(random() % most, 'a');
    for (char& c : s)
      c = static_cast<char>(random() % 4 ? "ab e1.\xe3\xc3"[random() % 8] : random());
    return s;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string written = bytes(60);
    std::vector<SpokenSpan> spans(random() % 6);
    for (SpokenSpan& s : spans) {
      s = {.text = bytes(20),
           .is_word = random() % 2 == 0,
           .heard = random() % 100,
           .total = 1 + random() % 100,
           .complete = random() % 2 == 0};
    }
    const auto n = heard_length(written, spans);
    if (n) {
      EXPECT_LE(*n, written.size());
    }
    EXPECT_LE(share_of(written, 0.5), written.size());
  }
  // A long text of which nothing matches takes no noticeable time.
  const std::string a(200'000, 'a'), b(200'000, 'b');
  heard_length(a, {text(b.c_str(), 1, kSecond)});
}

}  // namespace
