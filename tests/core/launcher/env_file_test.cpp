#include "scenario/core/env_file.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

// "NAME=value;" for each, or "LINE: message".
std::string parsed(std::string_view text) {
  const auto result = parse_env_file(text);
  if (const auto* error = std::get_if<EnvError>(&result))
    return std::to_string(error->line) + ": " + error->message;
  std::string out;
  for (const EnvEntry& entry : std::get<std::vector<EnvEntry>>(result))
    out += entry.name + "=" + entry.value + ";";
  return out;
}

TEST(EnvFileTest, ReadsVariables) {
  EXPECT_EQ(parsed(""), "");
  EXPECT_EQ(parsed("A=1\nB_2 = two words \n\n  # comment\nexport C=3"), "A=1;B_2=two words;C=3;");
  EXPECT_EQ(parsed("\xef\xbb\xbf"
                   "A=1\r\nB=2\r\n"),
            "A=1;B=2;");
  EXPECT_EQ(parsed("A=\nB=  \nC=\"\"\nD=''"), "A=;B=;C=;D=;");
  EXPECT_EQ(parsed("URL=https://x/?a=b&c=d"), "URL=https://x/?a=b&c=d;");
  EXPECT_EQ(parsed("exported=1\nexport=2"), "exported=1;export=2;");
}

TEST(EnvFileTest, Comments) {
  EXPECT_EQ(parsed("A=1 # one\nB=2#two\nC= # nothing\nD=#3\nE='4' # four"),
            "A=1;B=2#two;C=;D=#3;E=4;");
}

TEST(EnvFileTest, Quotes) {
  EXPECT_EQ(parsed(R"(A="say \"hi\" for \$5\\")"), R"(A=say "hi" for $5\;)");
  EXPECT_EQ(parsed("A=\"x\\ny\\t\\z\""), "A=x\ny\t\\z;");
  EXPECT_EQ(parsed(R"(A='as \n it "is" # here')"), R"(A=as \n it "is" # here;)");
  EXPECT_EQ(parsed(R"(A=it's "fine")"), R"(A=it's "fine";)");
}

TEST(EnvFileTest, NothingIsReplacedInAValue) {
  EXPECT_EQ(parsed("A=1\nB=${A}$A"), "A=1;B=${A}$A;");
}

TEST(EnvFileTest, ErrorsNameTheLineAndNeverAValue) {
  for (const char* text :
       {"A=1\nhunter2hunter2", "A=1\nhunter2 hunter2=x", "A=1\n2B=hunter2", "A=1\nB=\"hunter2",
        "A=1\nB='hunter2", "A=1\nB=\"x\" hunter2", "A=1\nB=\"hunter2\\", "A=1\n=hunter2"}) {
    const std::string error = parsed(text);
    EXPECT_EQ(error.substr(0, 3), "2: ") << text;
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
  }
  EXPECT_EQ(parsed("A=1\n\nA=2"), "3: A stands already on line 1");
  EXPECT_EQ(parsed(std::string{"A=\0", 3}).substr(0, 3), "1: ");
}

}  // namespace
}  // namespace jackfield
