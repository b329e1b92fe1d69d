#include "terminal/core/terminal_text.hpp"

#include <gtest/gtest.h>

#include <random>

#include "json_reader.hpp"
#include "utf8.hpp"

namespace jackfield {
namespace {

TEST(TerminalTextTest, EscapeSequencesAreGone) {
  EXPECT_EQ(clean_terminal_text("\033[31mred\033[0m"), "red");
  EXPECT_EQ(clean_terminal_text("\033[2J\033[1;1Hgone"), "gone");
  EXPECT_EQ(clean_terminal_text("a\xC2\x9B"
                                "31mb"),
            "ab");
  // The introducer of a string (a window's title) is gone, so its text is a text.
  EXPECT_EQ(clean_terminal_text("\033]0;title\007x"), "]0;titlex");
  EXPECT_EQ(clean_terminal_text("\033Pq\033\\"), "Pq\\");
  EXPECT_EQ(clean_terminal_text("\033["), "");
  EXPECT_EQ(clean_terminal_text("\033"), "");
}

TEST(TerminalTextTest, AllIsOneRowOfSingleSpaces) {
  EXPECT_EQ(clean_terminal_text("  a\r\nb\t\tc\xE2\x80\xA8"
                                "d  "),
            "a b c d");
  EXPECT_EQ(clean_terminal_text("a\xC2\xA0"
                                "b\xE3\x80\x80"
                                "c"),
            "a b c");
}

TEST(TerminalTextTest, RowsKeepTheirShape) {
  EXPECT_EQ(clean_terminal_rows("a.gst:1:3: no\n  a  ! b\n    ^\n\tx\r\n"),
            "a.gst:1:3: no\n  a  ! b\n    ^\n\tx \n");
  EXPECT_EQ(clean_terminal_rows("  \033[2J[00:01.0] caller: \xE2\x80\xAEhi\007"),
            "  [00:01.0] caller: hi");
}

TEST(TerminalTextTest, WhatTurnsTheOrderOfReadingIsGone) {
  EXPECT_EQ(clean_terminal_text("a\xE2\x80\xAE"
                                "b\xE2\x81\xA6"
                                "c\xE2\x80\x8B"
                                "d\xEF\xBB\xBF"
                                "e\xC2\xAD"),
            "abcde");
}

TEST(TerminalTextTest, MarksArePiledUpEightHighAtMost) {
  std::string piled = "e";
  for (int i = 0; i < 100; ++i) piled += "\xCC\x81";
  EXPECT_EQ(clean_terminal_text(piled).size(), 1u + 8 * 2);
  EXPECT_EQ(clean_terminal_text("\xCC\x81"
                                "e"),
            "e");
}

TEST(TerminalTextTest, BrokenTextIsReplaced) {
  EXPECT_EQ(clean_terminal_text("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TerminalTextTest, NothingThatATerminalObeysComesThrough) {
  std::mt19937 random{20260102};
  std::uniform_int_distribution<int> byte{0, 255};
  const std::string_view pieces[] = {"\033[", "\xC2\x9B", "\xE2\x80\xAE",
                                     "\033]", "\xCC\x81", "\xF0\x9F\x98\x80"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      if (byte(random) < 64)
        text += pieces[static_cast<std::size_t>(byte(random)) % std::size(pieces)];
      else
        text += static_cast<char>(byte(random));
    }
    for (const std::string& clean : {clean_terminal_text(text), clean_terminal_rows(text),
                                     clean_terminal_json("\"" + text + "\"")}) {
      ASSERT_TRUE(is_utf8(clean));
      for (std::size_t at = 0; at < clean.size();) {
        const char32_t c = decode_utf8(clean, at);
        const bool line = c == '\n' || c == '\r' || c == '\t';
        ASSERT_FALSE((c < 0x20 && !line) || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E))
            << std::hex << static_cast<unsigned>(c);
      }
    }
    EXPECT_EQ(clean_terminal_text(clean_terminal_text(text)), clean_terminal_text(text));
  }
}

TEST(TerminalTextTest, JsonSaysTheSameWithEscapes) {
  const std::string json = "{\"a\":\"x\xC2\x9B\xE2\x80\xAEy\xF3\xA0\x80\x81z\"}\n";
  const std::string clean = clean_terminal_json(json);
  EXPECT_EQ(clean, "{\"a\":\"x\\u009b\\u202ey\\udb40\\udc01z\"}\n");
  EXPECT_EQ(read_json(clean).find("a")->string, read_json(json).find("a")->string);
}

TEST(TerminalTextTest, ColumnsAreThoseOfTheScreen) {
  EXPECT_EQ(text_columns(""), 0u);
  EXPECT_EQ(text_columns("abc"), 3u);
  EXPECT_EQ(text_columns("\u4E2D\u6587"), 4u);
  EXPECT_EQ(text_columns("e\u0301"), 1u);
}

TEST(TerminalTextTest, ShortenedTextsFit) {
  EXPECT_EQ(shorten_end("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten_end("abcdef", 4), "abc\u2026");
  EXPECT_EQ(shorten_end("ab cdef", 4), "ab\u2026");
  EXPECT_EQ(shorten_end("abc", 0), "");
  EXPECT_EQ(shorten_start("abcdef", 4), "\u2026def");
  EXPECT_EQ(shorten_start("abc def", 5), "\u2026def");
  const std::string wide = "\u4E2D\u6587\u5B57e\u0301x";
  for (std::size_t columns = 0; columns < 10; ++columns) {
    EXPECT_LE(text_columns(shorten_end(wide, columns)), columns);
    EXPECT_LE(text_columns(shorten_start(wide, columns)), columns);
    EXPECT_EQ(text_columns(fit_text(wide, columns)), columns);
    EXPECT_TRUE(is_utf8(shorten_start(wide, columns)));
  }
  EXPECT_EQ(fit_text("7", 3, Align::kRight), "  7");
}

TEST(TerminalTextTest, RowsBreakBetweenWords) {
  using Rows = std::vector<std::string>;
  EXPECT_EQ(wrap_columns("we are open from nine", 10), (Rows{"we are", "open from", "nine"}));
  EXPECT_EQ(wrap_columns("abcdefgh ij", 4), (Rows{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrap_columns("", 4), Rows{});
  EXPECT_EQ(wrap_columns("\u4E2D\u6587", 1), (Rows{"\u4E2D", "\u6587"}));
  EXPECT_EQ(wrap_columns("ab", 0), (Rows{"a", "b"}));
}

}  // namespace
}  // namespace jackfield
