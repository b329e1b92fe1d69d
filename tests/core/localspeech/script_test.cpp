#include "script.hpp"

#include <gtest/gtest.h>

namespace {

using namespace localspeech;

constexpr std::string_view kScript = R"({
  "slots": {"n": {"type": "digits", "min": 2, "max": 4},
            "team": {"type": "choice", "values": {"sales": ["sales", "the sales team"]}}},
  "variables": {"operator": "+15555550100"},
  "intents": {"hi": ["hello"], "dial": ["dial {n}"]},
  "start": "a",
  "greeting": "Welcome.",
  "states": {
    "a": {"rules": [{"intent": ["hi", "dial"], "when": {"team": "sales", "n": false},
                     "say": ["Dialling ${n:-nobody} for $$5.", "Yes."], "set": {"operator": "x"},
                     "next": "b", "hang_up": true, "transfer": "${operator}"}],
          "reprompts": ["What?"]},
    "b": {"rules": []}
  },
  "always": [{"intent": "hi", "repeat": true}],
  "not_understood": {"say": "Pardon?", "limit": 2, "then": {"say": "Bye.", "hang_up": true}}
})";

// The script with one piece of it replaced, as "line:column: text of the mistake".
std::string mistake(std::string_view what, std::string_view by) {
  std::string text{kScript};
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
  try {
    read_script(text);
    return "";
  } catch (const ScriptError& e) {
    return std::to_string(e.where().line) + ":" + std::to_string(e.where().column) + ": " +
           e.what();
  }
}

TEST(ScriptTest, ReadsEverything) {
  const auto script = read_script(kScript);
  EXPECT_EQ(script->slots.at("n").min, 2u);
  EXPECT_EQ(script->slots.at("n").max, 4u);
  EXPECT_EQ(script->slots.at("team").choices[0].ways[1].size(), 3u);
  EXPECT_EQ(script->start, "a");
  EXPECT_EQ(script->greeting->say.size(), 1u);
  const Rule& rule = script->states.at("a").rules.at(0);
  EXPECT_EQ(rule.intents.size(), 2u);
  EXPECT_EQ(rule.when.size(), 2u);
  EXPECT_FALSE(rule.when[1].present);
  ASSERT_EQ(rule.reply.say[0].parts.size(), 3u);
  EXPECT_EQ(rule.reply.say[0].parts[1].variable, "n");
  EXPECT_EQ(rule.reply.say[0].parts[1].text, "nobody");
  EXPECT_EQ(rule.reply.say[0].parts[2].text, " for $5.");
  EXPECT_TRUE(rule.reply.hang_up);
  EXPECT_TRUE(rule.reply.transfer);
  EXPECT_TRUE(script->always[0].reply.repeat);
  EXPECT_EQ(script->reprompt_limit, 2u);
  EXPECT_TRUE(script->give_up->hang_up);
}

TEST(ScriptTest, SyntaxErrorsNameLineAndColumn) {
  EXPECT_EQ(mistake("\"start\": \"a\",", "\"start\": \"a\""), "7:3: ',' or '}' expected");
}

TEST(ScriptTest, ErrorsOfSenseNameLineAndColumn) {
  EXPECT_EQ(mistake("\"next\": \"b\"", "\"next\": \"c\""), "11:30: there is no state \"c\"");
  EXPECT_EQ(mistake("\"start\": \"a\"", "\"start\": \"z\""), "6:12: there is no state \"z\"");
  EXPECT_EQ(mistake("[{\"intent\": \"hi\"", "[{\"intent\": \"ho\""),
            "15:25: there is no intent \"ho\"");
  EXPECT_EQ(mistake("dial {n}", "dial {m}"), "5:47: there is no slot \"m\"");
  EXPECT_EQ(mistake("${n:-nobody}", "${m}"), "10:40: there is no slot or variable \"m\"");
  EXPECT_EQ(mistake("${n:-nobody}", "${n"), "10:40: \"${\" is not closed by '}'");
  EXPECT_EQ(mistake("\"team\": \"sales\"", "\"tea\": \"sales\""),
            "9:57: there is no slot or variable \"tea\"");
  EXPECT_EQ(mistake("\"set\": {\"operator\"", "\"set\": {\"nobody\""),
            "10:81: there is no slot or variable \"nobody\"");
  EXPECT_EQ(mistake("\"type\": \"digits\"", "\"type\": \"digit\""),
            "2:27: a slot is of type digits, letters, words or choice, not \"digit\"");
  EXPECT_EQ(mistake("\"max\": 4", "\"max\": 1"), "2:54: \"max\" is less than \"min\"");
  EXPECT_EQ(mistake("\"max\": 4", "\"max\": 1.5"),
            "2:54: \"max\" must be a whole number from 1 to 20");
  EXPECT_EQ(mistake("\"limit\": 2", "\"limit\": 0"),
            "16:49: \"limit\" must be a whole number from 1 to 100");
}

TEST(ScriptTest, UnknownKeysAndWrongKindsAreNamed) {
  EXPECT_EQ(mistake("\"hang_up\": true, \"transfer\"", "\"hangup\": true, \"transfer\""),
            "11:35: a rule has no key \"hangup\" (known: intent, when, say, repeat, set, next, "
            "hang_up, transfer)");
  EXPECT_EQ(mistake("\"greeting\"", "\"greting\"").substr(0, 31),
            "7:3: a script has no key \"greti");
  EXPECT_EQ(mistake("\"greeting\": \"Welcome.\"", "\"greeting\": 5"),
            "7:15: the greeting must be an object, not a number");
  EXPECT_EQ(mistake("\"repeat\": true", "\"repeat\": \"yes\""),
            "15:41: \"repeat\" must be true or false, not a string");
  EXPECT_EQ(mistake("[\"hello\"]", "\"hello\""),
            "5:21: the phrases of an intent must be an array, not a string");
  EXPECT_EQ(mistake("[\"hello\"]", "[]"), "5:21: an intent needs phrases");
  EXPECT_EQ(mistake("\"rules\": []", "\"reprompts\": [\"x\"]"),
            "13:10: the state \"b\" needs the key \"rules\"");
  EXPECT_EQ(mistake("\"n\": false", "\"n\": 3"),
            "9:79: a condition is a string, true (has a value) or false");
  EXPECT_EQ(mistake("\"variables\": {\"operator\"", "\"variables\": {\"n\""),
            "4:17: the name \"n\" is taken");
  EXPECT_EQ(mistake("\"variables\": {\"operator\"", "\"variables\": {\"a b\""),
            "4:17: the name of a variable must be letters, digits, '_' or '-'");
  EXPECT_EQ(mistake("\"type\": \"choice\", ", "\"type\": \"words\", ").substr(0, 14),
            "3:13: the slot");
}

TEST(ScriptTest, TheWholeMustBeAScript) {
  EXPECT_THROW(read_script("[]"), ScriptError);
  EXPECT_THROW(read_script("{}"), ScriptError);
  EXPECT_THROW(read_script(""), ScriptError);
}

}  // namespace
