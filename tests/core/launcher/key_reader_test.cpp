#include "terminal/core/key_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace jackfield {
namespace {

std::vector<KeyPress> keys_of(std::string_view bytes) {
  KeyReader reader;
  reader.add(bytes);
  std::vector<KeyPress> keys;
  while (const auto press = reader.next()) keys.push_back(*press);
  return keys;
}
KeyPress character(char c) { return {Key::kCharacter, c}; }

TEST(KeyReaderTest, KeysOfTheUsualTerminals) {
  using Keys = std::vector<KeyPress>;
  EXPECT_EQ(keys_of("qj"), (Keys{character('q'), character('j')}));
  EXPECT_EQ(keys_of("\r\n"), (Keys{{Key::kEnter}, {Key::kEnter}}));
  EXPECT_EQ(keys_of("\033[A\033[B\033OA\033OB"),
            (Keys{{Key::kUp}, {Key::kDown}, {Key::kUp}, {Key::kDown}}));
  EXPECT_EQ(keys_of("\033[5~\033[6~\033[H\033[F\033[1~\033[4~\033[7~\033[8~"),
            (Keys{{Key::kPageUp},
                  {Key::kPageDown},
                  {Key::kHome},
                  {Key::kEnd},
                  {Key::kHome},
                  {Key::kEnd},
                  {Key::kHome},
                  {Key::kEnd}}));
  // With Shift or Control.
  EXPECT_EQ(keys_of("\033[1;2A\033[5;5~"), (Keys{{Key::kUp}, {Key::kPageUp}}));
}

TEST(KeyReaderTest, WhatIsNoKeyOfOursIsPassedOver) {
  using Keys = std::vector<KeyPress>;
  EXPECT_EQ(keys_of("\033[3~q"), Keys{character('q')});
  EXPECT_EQ(keys_of("\033xq"), Keys{character('q')});
  EXPECT_EQ(keys_of("\x01\x7f\xC3\xA4q"), Keys{character('q')});
  EXPECT_EQ(keys_of("\033[1\x03q"), Keys{character('q')});
  // Mouse and answers of terminals.
  EXPECT_EQ(keys_of("\033[?62;22cq"), Keys{character('q')});
}

TEST(KeyReaderTest, ASequenceMayComeInPieces) {
  KeyReader reader;
  reader.add("\033");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.waiting());
  reader.add("[");
  EXPECT_EQ(reader.next(), std::nullopt);
  reader.add("B");
  EXPECT_EQ(reader.next(), KeyPress{Key::kDown});
  EXPECT_FALSE(reader.waiting());
}

TEST(KeyReaderTest, AnEscapeThatNothingFollowsIsTheKey) {
  KeyReader reader;
  reader.add("\033");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.settle(), KeyPress{Key::kEscape});
  EXPECT_EQ(reader.settle(), std::nullopt);
  reader.add("\033[1");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.settle(), std::nullopt);
  reader.add("q");
  EXPECT_EQ(reader.next(), character('q'));
  EXPECT_EQ(keys_of("\033\033[A"), (std::vector<KeyPress>{{Key::kEscape}, {Key::kUp}}));
}

TEST(KeyReaderTest, ItKeepsLittle) {
  KeyReader reader;
  for (int i = 0; i < 1000; ++i) reader.add("\033[1111111111111111111111111111111");
  while (reader.next()) {
  }
  reader.settle();
  reader.add("q");
  EXPECT_EQ(reader.next(), character('q'));
}

}  // namespace
}  // namespace jackfield
