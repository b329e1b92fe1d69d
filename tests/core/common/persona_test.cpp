#include "persona.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using jackfield::PositionedError;
using jackfield::read_persona;
using testing::HasSubstr;

TEST(Persona, HeadAndText) {
  const auto persona = read_persona(
      "---\n"
      "name: Anna\r\n"
      "language: en\n"
      "# who speaks\n"
      "\n"
      "voice: nova\n"
      "voice.flitetts: slt\n"
      "greeting: \"Hello: this is ${name}.\"\n"
      "may: [think, read_text_file,end_call]\n"
      "variable.company: ACME\n"
      "---\n"
      "You are ${name} of ${company}.\n"
      "--- is no fence here.\n");
  EXPECT_EQ(persona.name, "Anna");
  EXPECT_EQ(persona.language, "en");
  EXPECT_EQ(persona.voice, "nova");
  EXPECT_EQ(persona.voices.at("flitetts"), "slt");
  EXPECT_EQ(persona.greeting, "Hello: this is ${name}.");
  EXPECT_EQ(persona.may, (std::vector<std::string>{"think", "read_text_file", "end_call"}));
  EXPECT_EQ(persona.variables, (std::map<std::string, std::string>{
                                   {"company", "ACME"}, {"language", "en"}, {"name", "Anna"}}));
  // Places in the text are those in the file.
  EXPECT_EQ(persona.text,
            std::string(11, '\n') + "You are ${name} of ${company}.\n--- is no fence here.\n");
}

TEST(Persona, AFileWithoutAHeadIsText) {
  EXPECT_EQ(read_persona("You are Anna.\n---\n").text, "You are Anna.\n---\n");
  EXPECT_EQ(read_persona("").text, "");
  EXPECT_EQ(read_persona("\xEF\xBB\xBFYou").text, "You");
  EXPECT_FALSE(read_persona("You").may);
}

TEST(Persona, AHeadMayBeAllThereIs) {
  const auto persona = read_persona("---\nmay:\n---");
  ASSERT_TRUE(persona.may);
  EXPECT_TRUE(persona.may->empty());
  EXPECT_TRUE(persona.variables.empty());
}

TEST(Persona, MistakesHaveTheirLine) {
  const std::tuple<const char*, std::size_t, const char*> cases[] = {
      {"---\nname: A\ngreting: x\n---\n", 3, "there is no \"greting\"; there are name,"},
      {"---\nname\n---\n", 2, "key: value"},
      {"---\nname: A\n\nname: B\n---\n", 4, "stands twice"},
      {"---\nmay: a b, c\n---\n", 2, "\"a b\" is no name of a function"},
      {"---\nvoice.: x\n---\n", 2, "there is no"},
      {"---\nvariable.a-b: x\n---\n", 2, "there is no"},
      {"---\nname: A\n", 3, "the head ends with"},
      {"---", 2, "the head ends with"},
  };
  for (const auto& [file, line, why] : cases) {
    try {
      read_persona(file);
      ADD_FAILURE() << file;
    } catch (const PositionedError& mistake) {
      EXPECT_EQ(mistake.where().line, line) << file;
      EXPECT_THAT(mistake.what(), HasSubstr(why));
    }
  }
  std::string endless = "---\n";
  for (int i = 0; i < 100'000; ++i) endless += "#\n";
  EXPECT_THROW(read_persona(endless), PositionedError);
}

}  // namespace
