#include "dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using namespace localspeech;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kScript = R"({
  "slots": {"n": {"type": "digits", "min": 1, "max": 4},
            "who": {"type": "words", "min": 1, "max": 2},
            "team": {"type": "choice", "values": {"sales": ["sales"], "support": ["help", "support"]}}},
  "variables": {"operator": "100", "mood": ""},
  "intents": {"hi": ["hello"], "name": ["my name is {who}"], "dial": ["[dial] {n}"], "to": ["to {team}"],
              "free": ["to *"], "again": ["again"], "bye": ["* bye"], "human": ["human"], "any": ["hello *"]},
  "start": "lobby",
  "greeting": {"say": "Welcome. How can I help?", "set": {"mood": "fresh"}},
  "states": {
    "lobby": {"rules": [
      {"intent": "name", "say": "Hello ${who}. Which number?", "next": "number"},
      {"intent": "to", "when": {"team": "sales"}, "say": "Sales it is, ${who:-my friend}."},
      {"intent": "to", "say": "Calling ${team}."},
      {"intent": "free", "say": "To whom?"}]},
    "number": {"rules": [{"intent": "dial", "say": "Dialling ${n}.", "next": "lobby"}],
               "reprompts": ["Digits, please.", "Only digits."]}
  },
  "always": [
    {"intent": "hi", "say": ["Hi A.", "Hi B.", "Hi C."]},
    {"intent": "again", "repeat": true},
    {"intent": "human", "say": "One moment.", "transfer": "sip:${operator}"},
    {"intent": "bye", "say": "Goodbye.", "hang_up": true},
    {"intent": "dial", "say": "Not now."},
    {"intent": "any", "say": "Hello and: ${text}"}
  ],
  "not_understood": {"say": ["Pardon?", "Once more?"], "limit": 3, "then": {"say": "Let me connect you.", "transfer": "${operator}"}}
})";

class DialogueTest : public testing::Test {
 protected:
  std::vector<std::string> say(std::string_view text) {
    last_ = dialogue_.answer(++turn_, text, false);
    return last_.sentences;
  }
  std::vector<std::string> mumble() {
    last_ = dialogue_.answer(++turn_, "", true);
    return last_.sentences;
  }
  Dialogue dialogue_{read_script(kScript), 1};
  Answer last_;
  std::uint32_t turn_ = 0;
};

TEST_F(DialogueTest, GreetsInSentences) {
  EXPECT_THAT(dialogue_.greet().sentences, ElementsAre("Welcome.", "How can I help?"));
  EXPECT_EQ(dialogue_.value("mood"), "fresh");
  ASSERT_EQ(dialogue_.history().utterances().size(), 1u);
  EXPECT_EQ(dialogue_.history().utterances()[0].turn_id, 0u);
}

TEST_F(DialogueTest, FollowsStatesAndFillsSlots) {
  EXPECT_THAT(say("My name is Peter Miller"), ElementsAre("Hello peter miller.", "Which number?"));
  EXPECT_EQ(dialogue_.state(), "number");
  EXPECT_THAT(say("four two"), ElementsAre("Dialling 4 2."));
  EXPECT_EQ(dialogue_.value("n"), "42");
  EXPECT_EQ(dialogue_.state(), "lobby");
  EXPECT_THAT(say("dial one"), ElementsAre("Not now.")) << "the same intent, another state";
}

TEST_F(DialogueTest, TheBestMatchWinsThenTheFirst) {
  EXPECT_THAT(say("to sales"), ElementsAre("Sales it is, my friend."));
  EXPECT_THAT(say("to support"), ElementsAre("Calling support."));
  EXPECT_THAT(say("to the moon"), ElementsAre("To whom?"));
  EXPECT_THAT(say("hello you there"), ElementsAre("Hello and: hello you there"));
}

TEST_F(DialogueTest, VariantsNeverRepeatAtOnceAndFollowTheSeed) {
  std::set<std::string> heard;
  std::vector<std::string> order;
  std::string before;
  for (int i = 0; i < 30; ++i) {
    order.push_back(say("hello").at(0));
    EXPECT_NE(order.back(), before);
    before = order.back();
    heard.insert(before);
  }
  EXPECT_EQ(heard.size(), 3u);
  Dialogue same{read_script(kScript), 1};
  Dialogue other{read_script(kScript), 7};
  std::vector<std::string> other_order;
  for (std::uint32_t i = 0; i < 30; ++i) {
    EXPECT_EQ(same.answer(i + 1, "hello", false).sentences[0], order[i]);
    other_order.push_back(other.answer(i + 1, "hello", false).sentences[0]);
  }
  EXPECT_NE(other_order, order);
}

TEST_F(DialogueTest, AsksAgainInOtherWordsThenGivesUp) {
  EXPECT_THAT(mumble(), ElementsAre("Pardon?"));
  EXPECT_FALSE(last_.understood);
  EXPECT_THAT(say("blah blah"), ElementsAre("Once more?"));
  EXPECT_THAT(mumble(), ElementsAre("Let me connect you."));
  EXPECT_TRUE(last_.gave_up);
  EXPECT_EQ(last_.transfer, "100");
  EXPECT_THAT(mumble(), ElementsAre("Pardon?")) << "and counts from the start";
}

TEST_F(DialogueTest, BeingUnderstoodResetsTheCount) {
  mumble();
  mumble();
  say("hello");
  EXPECT_THAT(mumble(), ElementsAre("Pardon?"));
}

TEST_F(DialogueTest, AStateHasItsOwnReprompts) {
  say("my name is Ann");
  EXPECT_THAT(mumble(), ElementsAre("Digits, please."));
  EXPECT_THAT(mumble(), ElementsAre("Only digits."));
}

TEST_F(DialogueTest, SilenceIsNotAnswered) {
  EXPECT_THAT(say(""), IsEmpty());
  EXPECT_THAT(say(" ... "), IsEmpty());
  EXPECT_THAT(dialogue_.history().utterances(), IsEmpty());
}

TEST_F(DialogueTest, HangsUpHandsOverAndRepeats) {
  EXPECT_THAT(say("well bye"), ElementsAre("Goodbye."));
  EXPECT_TRUE(last_.hang_up);
  say("human");
  EXPECT_EQ(last_.transfer, "sip:100");
  EXPECT_FALSE(last_.hang_up);
  EXPECT_THAT(say("again"), ElementsAre("One moment."));
  EXPECT_EQ(last_.transfer, "") << "the words are repeated, not what they led to";
  mumble();
  EXPECT_THAT(say("again"), ElementsAre("One moment.")) << "a reprompt is not worth repeating";
}

TEST_F(DialogueTest, AnInterruptedReplyIsCutInTheHistory) {
  say("my name is Ann");
  dialogue_.heard(turn_, "Hello ann.");
  EXPECT_EQ(dialogue_.history().utterances().back().text, "Hello ann.");
  EXPECT_EQ(dialogue_.state(), "number")
      << "some of it was heard, so the conversation goes on there";
}

TEST_F(DialogueTest, AReplyOfWhichNothingWasHeardDidNotHappen) {
  say("my name is Ann");
  dialogue_.heard(turn_, "");
  EXPECT_EQ(dialogue_.state(), "lobby");
  EXPECT_EQ(dialogue_.value("who"), "");
  EXPECT_THAT(say("my name is Anna"), ElementsAre("Hello anna.", "Which number?"));
  dialogue_.heard(turn_ - 1, "");
  EXPECT_EQ(dialogue_.state(), "number") << "late news of an older reply change nothing";
}

TEST_F(DialogueTest, InputsAreBounded) {
  std::string text = "my name is";
  for (int i = 0; i < 100000; ++i) text += " x";
  EXPECT_THAT(say(text), ElementsAre("Pardon?"));
  EXPECT_LT(dialogue_.history().utterances()[0].text.size(), 2000u);
  say("my name is " + std::string(5000, 'y'));
  EXPECT_LE(dialogue_.value("who").size(), 200u);
  for (int i = 0; i < 1000; ++i) say("hello");
  EXPECT_LE(dialogue_.history().utterances().size(), 400u);
}

}  // namespace
