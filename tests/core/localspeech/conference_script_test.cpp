// The assistant in a conference must know what to say to everything its grammar can hear, with its
// name before or behind it and without.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
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

// What stands between '=' or '|' and '|' or ';' of a rule of plain words.
std::vector<std::string> phrases_of(const std::string& rule) {
  const std::string grammar = read("conference.gram");
  const std::size_t begin = grammar.find("\n<" + rule + "> =");
  if (begin == std::string::npos) return {};
  const std::size_t from = grammar.find('=', begin) + 1;
  std::stringstream alternatives{grammar.substr(from, grammar.find(';', from) - from)};
  std::vector<std::string> phrases;
  for (std::string phrase; std::getline(alternatives, phrase, '|');) phrases.push_back(phrase);
  return phrases;
}

std::string joined(const Answer& answer) {
  std::string text;
  for (const auto& sentence : answer.sentences) text += sentence + " ";
  return text;
}

class ConferenceScriptTest : public testing::Test {
 protected:
  ConferenceScriptTest() {
    try {
      script = read_script(read("conference.json"));
    } catch (const ScriptError& e) {
      ADD_FAILURE() << "conference.json:" << e.where().line << ":" << e.where().column << ": "
                    << e.what();
    }
  }
  std::shared_ptr<const Script> script;
};

TEST_F(ConferenceScriptTest, EveryPhraseOfTheGrammarIsUnderstood) {
  ASSERT_TRUE(script);
  const auto phrases = phrases_of("phrase");
  ASSERT_GE(phrases.size(), 15u);
  for (const std::string& phrase : phrases) {
    for (const std::string& said : {phrase, "hey jackfield " + phrase, phrase + " jack"}) {
      Dialogue dialogue(script, 1);
      dialogue.greet();
      const Answer answer = dialogue.answer(1, said, false);
      EXPECT_TRUE(answer.understood) << said;
      EXPECT_FALSE(answer.sentences.empty()) << said;
    }
  }
  for (const char* name : {"jackfield", "jack", "hey jack", "hello jackfield"}) {
    Dialogue dialogue(script, 1);
    EXPECT_TRUE(dialogue.answer(1, name, false).understood) << name;
  }
}

TEST_F(ConferenceScriptTest, ThePointsOfTheAgendaFollowEachOther) {
  ASSERT_TRUE(script);
  Dialogue dialogue(script, 1);
  dialogue.answer(1, "jackfield what is on the agenda", false);
  EXPECT_NE(joined(dialogue.answer(2, "what is the next point", false)).find("figures"),
            std::string::npos);
  EXPECT_NE(joined(dialogue.answer(3, "what is the next point", false)).find("summer"),
            std::string::npos);
  EXPECT_NE(joined(dialogue.answer(4, "what is the next point", false)).find("last point"),
            std::string::npos);
}

TEST_F(ConferenceScriptTest, ItLeavesWhenItIsAsked) {
  ASSERT_TRUE(script);
  Dialogue dialogue(script, 1);
  EXPECT_FALSE(dialogue.answer(1, "jackfield thank you", false).hang_up);
  EXPECT_TRUE(dialogue.answer(2, "jackfield please leave us", false).hang_up);
}

}  // namespace
