#include "conf/core/conf_text.hpp"

#include <gtest/gtest.h>

#include "scenario/core/source_position.hpp"

namespace jackfield {
namespace {

std::vector<ConfSection> good(std::string_view text) {
  std::vector<TextError> errors;
  auto sections = parse_conf_text(text, errors);
  EXPECT_TRUE(errors.empty()) << errors.front().message;
  return sections;
}

// "LINE:COLUMN message" of each error.
std::vector<std::string> wrong(std::string_view text) {
  std::vector<TextError> errors;
  parse_conf_text(text, errors);
  std::vector<std::string> lines;
  for (const TextError& error : errors) {
    const SourcePosition at = position_of(text, error.offset);
    lines.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + " " +
                    error.message);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ConfTextTest, SectionsKeysAndComments) {
  const std::string text =
      "# a comment\n\n[server]\n  listen = 127.0.0.1:1 \n# another\nevents=\n"
      "[ line one ]\r\nA=b=c # d\r\n";
  const auto sections = good(text);
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].name, "server");
  ASSERT_EQ(sections[0].keys.size(), 2u);
  EXPECT_EQ(sections[0].keys[0].name, "listen");
  EXPECT_EQ(sections[0].keys[0].value, "127.0.0.1:1");
  EXPECT_EQ(text.substr(sections[0].keys[0].offset, 6), "listen");
  EXPECT_EQ(text.substr(sections[0].keys[0].value_offset, 11), "127.0.0.1:1");
  EXPECT_EQ(sections[0].keys[1].value, "");
  EXPECT_EQ(sections[1].name, "line one");
  EXPECT_EQ(sections[1].keys[0].name, "A");
  EXPECT_EQ(sections[1].keys[0].value, "b=c # d");
}

TEST(ConfTextTest, NothingAndAByteOrderMark) {
  EXPECT_TRUE(good("").empty());
  EXPECT_TRUE(good("\n  \n# x").empty());
  EXPECT_EQ(good("\xef\xbb\xbf[server]").front().name, "server");
}

TEST(ConfTextTest, MistakesAndWhereTheyAre) {
  EXPECT_EQ(wrong("listen=1\n"), Lines{"1:1 this setting belongs to no section"});
  EXPECT_EQ(wrong("[server]\n  listen\n=1\n"),
            (Lines{"2:3 this is no setting", "3:1 this is no setting"}));
  EXPECT_EQ(wrong("[server\na=1\n"), Lines{"1:1 this section has no closing ']'"});
  EXPECT_EQ(wrong("[a]\nx=1\n[b]\n[a]\nx=2\n"),
            Lines{"4:1 the section [a] stands already on line 1"});
  EXPECT_EQ(wrong("[a]\nx=1\ny=2\n x=3\n"),
            Lines{"4:2 'x' stands already on line 2 of this section"});
  EXPECT_EQ(wrong(std::string_view{"[a]\nx=\0\n", 8}),
            Lines{"2:1 there is a zero byte; this is no text file"});
}

TEST(ConfTextTest, WhatIsGoodIsReadBesideMistakes) {
  std::vector<TextError> errors;
  const auto sections = parse_conf_text("[a]\nx=1\n[a]\nx=2\n[b]\ny=3\n", errors);
  EXPECT_EQ(errors.size(), 1u);
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].keys.size(), 1u);
  EXPECT_EQ(sections[1].keys[0].value, "3");
}

}  // namespace
}  // namespace jackfield
