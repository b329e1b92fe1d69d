// The reception desk must know what to say to everything its grammar can hear.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "dialogue.hpp"

namespace {

using namespace localspeech;

std::string read(const std::string& name) {
  const char* source = std::getenv("JACKFIELD_SOURCE_DIR");
  std::ifstream file(std::string(source ? source : ".") + "/pipelines/scripts/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<const Script> reception() {
  static const auto script = [] {
    try {
      return read_script(read("reception.json"));
    } catch (const ScriptError& e) {
      ADD_FAILURE() << "reception.json:" << e.where().line << ":" << e.where().column << ": "
                    << e.what();
      return std::shared_ptr<const Script>{};
    }
  }();
  return script;
}

std::string joined(const Answer& answer) {
  std::string text;
  for (const auto& sentence : answer.sentences) text += sentence + " ";
  return text;
}

struct Clip {
  std::string text;
  std::string expected;
  bool in_grammar;
};

std::vector<Clip> clips() {
  const JsonValue root = read_json(read("reception-clips.json"));
  std::vector<Clip> list;
  for (const JsonValue& clip : root.find("clips")->items) {
    list.push_back({clip.find("text")->string, clip.find("expected")->string,
                    clip.find("in_grammar")->boolean});
  }
  return list;
}

// The rules of a JSGF grammar without nested brackets: what is between '=' or '|' and '|' or ';'.
std::vector<std::string> grammar_phrases() {
  std::vector<std::string> phrases;
  std::string phrase;
  bool in_rule = false;
  std::stringstream lines{read("reception.gram")};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("//") || line.starts_with("#") || line.starts_with("grammar")) continue;
    for (const char c : line + " ") {
      if (in_rule && c != '|' && c != ';') phrase += c;
      if (c == '=') in_rule = true;
      if (in_rule && (c == '|' || c == ';')) {
        if (phrase.find('<') == std::string::npos) phrases.push_back(phrase);
        phrase.clear();
        in_rule = c == '|';
      }
    }
  }
  return phrases;
}

TEST(ReceptionScriptTest, EveryPhraseOfTheGrammarIsUnderstoodInEveryState) {
  ASSERT_TRUE(reception());
  const auto phrases = grammar_phrases();
  EXPECT_GE(phrases.size(), 50u);
  // What leads from the start to each state.
  const std::map<std::string, std::string> ways{{"desk", "hello"},
                                                {"extension", "extension"},
                                                {"visit", "hours"},
                                                {"anything_else", "thank you"},
                                                {"hand_over", "transfer"}};
  for (const auto& [state, rules] : reception()->states) {
    ASSERT_TRUE(ways.contains(state)) << state;
    for (const std::string& phrase : phrases) {
      Dialogue dialogue(reception(), 1);
      dialogue.answer(1, ways.at(state), false);
      ASSERT_EQ(dialogue.state(), state);
      const Answer answer = dialogue.answer(2, phrase, false);
      EXPECT_TRUE(answer.understood) << state << ": " << phrase;
      EXPECT_FALSE(answer.sentences.empty()) << state << ": " << phrase;
    }
  }
}

TEST(ReceptionScriptTest, EveryClipOfTheGrammarHasAnAnswerOfItsOwn) {
  std::map<std::string, std::set<std::string>> questions_of_answer;
  std::set<std::string> questions;
  for (const Clip& clip : clips()) {
    if (!clip.in_grammar) continue;
    Dialogue dialogue(reception(), 1);
    dialogue.greet();
    const Answer answer = dialogue.answer(1, clip.expected, false);
    EXPECT_TRUE(answer.understood) << clip.expected;
    if (answer.intent == "again") continue;  // says the greeting
    questions.insert(clip.expected);
    questions_of_answer[joined(answer)].insert(clip.expected);
  }
  EXPECT_GE(questions.size(), 40u);
  for (const auto& [answer, asked] : questions_of_answer) {
    // Agent and transfer are two words for one wish.
    EXPECT_LE(asked.size(), asked.contains("agent") ? 2u : 1u) << answer;
  }
}

TEST(ReceptionScriptTest, WhatIsOutOfTheGrammarIsAskedAgain) {
  for (const Clip& clip : clips()) {
    if (clip.in_grammar) continue;
    Dialogue dialogue(reception(), 1);
    const Answer answer = dialogue.answer(1, clip.expected, true);
    EXPECT_FALSE(answer.understood) << clip.text;
    EXPECT_FALSE(answer.sentences.empty()) << clip.text;
  }
}

TEST(ReceptionScriptTest, OnlyAFarewellEndsTheCall) {
  for (const auto& phrase : grammar_phrases()) {
    Dialogue dialogue(reception(), 1);
    dialogue.greet();
    const Answer answer = dialogue.answer(1, phrase, false);
    const bool farewell = answer.intent == "goodbye" || answer.intent == "call_later";
    EXPECT_EQ(answer.hang_up, farewell) << phrase;
    EXPECT_EQ(answer.transfer, "") << phrase << ": handed over only after being asked";
  }
}

TEST(ReceptionScriptTest, SomeRepliesAreLongEnoughToInterrupt) {
  Dialogue dialogue(reception(), 1);
  // About fifteen characters a second.
  EXPECT_GE(joined(dialogue.greet()).size(), 75u);
  EXPECT_GE(joined(dialogue.answer(1, "location", false)).size(), 120u);
  EXPECT_GE(joined(dialogue.answer(2, "do not disturb", false)).size(), 100u);
}

TEST(ReceptionScriptTest, AWholeCall) {
  Dialogue dialogue(reception(), 1);
  dialogue.greet();
  EXPECT_EQ(dialogue.answer(1, "extension", false).intent, "extension");
  EXPECT_EQ(joined(dialogue.answer(2, "four", false)),
            "Thank you. I have rung extension 4, and I will tell them that you called. What else "
            "can I do for you? ");
  EXPECT_EQ(dialogue.answer(3, "hours", false).intent, "hours");
  EXPECT_NE(joined(dialogue.answer(4, "sunday", false)).find("choose another day"),
            std::string::npos);
  EXPECT_NE(joined(dialogue.answer(5, "tuesday", false)).find("your visit for Tuesday"),
            std::string::npos);
  dialogue.answer(6, "transfer", false);
  EXPECT_EQ(dialogue.answer(7, "agent", false).transfer, "+15555550100");
  dialogue.answer(8, "thank you", false);
  EXPECT_TRUE(dialogue.answer(9, "no", false).hang_up);
}

}  // namespace
