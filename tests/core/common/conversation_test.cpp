#include "conversation.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::Conversation;
using jackfield::Entry;

std::string show(const Conversation& c, std::size_t budget = 100000) {
  std::string all;
  for (const Entry* e : c.recent(budget)) {
    const char* kinds[] = {"C:", "A:", "T:", "O:", "R:"};
    all += kinds[static_cast<int>(e->kind)] + e->text + e->call.name + "|";
  }
  return all;
}

Conversation two_turns() {
  Conversation c;
  c.add_agent(0, "Welcome.");
  c.add_caller(1, "What time is it?");
  c.add_agent(1, "It is five.");
  c.add_agent(1, "Anything else?");
  return c;
}

TEST(Conversation, KeepsWhatWasSaidInOrder) {
  EXPECT_EQ(show(two_turns()), "A:Welcome.|C:What time is it?|A:It is five. Anything else?|");
  EXPECT_EQ(
      two_turns().to_json(),
      R"([{"role":"agent","turn":0,"text":"Welcome."},{"role":"caller","turn":1,"text":"What time is it?"},)"
      R"({"role":"agent","turn":1,"text":"It is five. Anything else?"}])");
}

TEST(Conversation, IsCutToWhatWasHeard) {
  Conversation c = two_turns();
  c.heard(1, "It is five. Any");
  EXPECT_EQ(show(c), "A:Welcome.|C:What time is it?|A:It is five. Any|");
  EXPECT_NE(c.to_json().find(R"("interrupted":true,"full-text":"It is five. Anything else?")"),
            std::string::npos);
}

TEST(Conversation, ATurnOfWhichNothingWasHeardIsForgotten) {
  Conversation c = two_turns();
  c.heard(1, "");
  EXPECT_EQ(show(c), "A:Welcome.|");
  c.heard(7, "");
  c.heard(0, " ");
  EXPECT_EQ(show(c), "");
}

TEST(Conversation, ForgetsWhatHappenedOtherwise) {
  Conversation c = two_turns();
  c.forget_from(1);
  EXPECT_EQ(show(c), "A:Welcome.|");
  c.forget_from(0);
  EXPECT_EQ(show(c), "");
}

TEST(Conversation, WordsAreCutAcrossTheToolsOfATurn) {
  Conversation c;
  c.add_caller(1, "Weather?");
  c.add_agent(1, "Let me look.");
  c.add_tool_call(1, {.id = "c1", .name = "weather", .arguments = "{}"});
  c.add_tool_output(1, "c1", "sunny");
  c.add_agent(1, "It is sunny today.");
  Conversation later = c;
  later.heard(1, "Let me look. It is");
  EXPECT_EQ(show(later), "C:Weather?|A:Let me look.|T:weather|O:sunny|A:It is|");
  c.heard(1, "Let me");
  EXPECT_EQ(show(c), "C:Weather?|A:Let me|T:weather|O:sunny|");
}

TEST(Conversation, OldTurnsGoWholeWhenTheBudgetIsSpent) {
  Conversation c;
  for (unsigned turn = 1; turn <= 50; ++turn) {
    c.add_caller(turn, "question " + std::string(40, 'x'));
    c.add_tool_call(turn, {.id = "c" + std::to_string(turn), .name = "t", .arguments = "{}"});
    c.add_tool_output(turn, "c" + std::to_string(turn), "o");
    c.add_agent(turn, "answer");
  }
  for (std::size_t budget = 0; budget < 2000; budget += 7) {
    const auto recent = c.recent(budget);
    ASSERT_FALSE(recent.empty());
    EXPECT_EQ(recent.front()->kind, Entry::Kind::kCaller);
    EXPECT_EQ(recent.back()->turn_id, 50u);
    EXPECT_EQ(recent.size() % 4, 0u);
  }
  EXPECT_EQ(c.recent(0).size(), 4u);
  EXPECT_LT(c.recent(200).size(), c.recent(1000).size());
}

TEST(Conversation, IsBounded) {
  Conversation c;
  for (unsigned turn = 1; turn <= 3000; ++turn) {
    c.add_caller(turn, "q");
    c.add_agent(turn, "a");
  }
  EXPECT_LE(c.recent(1u << 30).size(), Conversation::kMostEntries);
  EXPECT_EQ(c.recent(1u << 30).back()->turn_id, 3000u);
}

TEST(EstimateTokens, CountsCharacters) {
  EXPECT_EQ(jackfield::estimate_tokens(""), 0u);
  EXPECT_EQ(jackfield::estimate_tokens("abcdefgh"), 2u);
  EXPECT_EQ(jackfield::estimate_tokens("\xE4\xBD\xA0\xE5\xA5\xBD"), 2u);
}

TEST(Conversation, TheResultOfAToolIsReplacedInItsTurnAlone) {
  Conversation c;
  for (std::uint32_t turn = 1; turn <= 2; ++turn) {
    c.add_caller(turn, "Bye.");
    c.add_tool_call(turn, {.id = "c1", .name = "end_call", .arguments = "{}"});
    c.add_tool_call(turn, {.id = "c2", .name = "note", .arguments = "{}"});
    c.add_tool_output(turn, "c1", "ended");
    c.add_tool_output(turn, "c2", "noted");
  }
  c.replace_tool_output(2, "end_call", "not ended");
  c.replace_tool_output(2, "nobody", "x");
  EXPECT_EQ(show(c),
            "C:Bye.|T:end_call|T:note|O:ended|O:noted|"
            "C:Bye.|T:end_call|T:note|O:not ended|O:noted|");
}

}  // namespace
