#include "thoughts.hpp"

#include <gtest/gtest.h>

namespace {

std::string answer(std::string_view text, std::size_t step) {
  openai::Thoughts thoughts;
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += step)
    all += thoughts.feed(text.substr(at, step));
  return all + thoughts.finish();
}

TEST(Thoughts, AreLeftOutHoweverTheyAreCut) {
  const struct {
    const char* text;
    const char* answer;
  } cases[] = {
      {"<think>\nHm. </thin k> <b>\n</think>\n\nIt is five.", "\n\nIt is five."},
      {"  \n<think></think>Yes.", "Yes."},
      {"[THINK]a[/THINK]b", "b"},
      {"<thinking>a</think></thinking>b", "b"},
      {"<think>a</think><think>b</think>c", "c"},
      {"No <think>, only words.", "No <think>, only words."},
      {"<thin ice", "<thin ice"},
      {"<", "<"},
      {"", ""},
      {"<think>never ends", ""},
  };
  for (const auto& c : cases) {
    for (const std::size_t step : {1, 2, 3, 5, 8, 100}) {
      EXPECT_EQ(answer(c.text, step), c.answer) << c.text << " by " << step;
    }
  }
}

TEST(Thoughts, AnAnswerIsNotHeldBack) {
  openai::Thoughts thoughts;
  EXPECT_EQ(thoughts.feed("H"), "H");
  EXPECT_EQ(thoughts.feed("i <th"), "i <th");
  thoughts.finish();
  EXPECT_EQ(thoughts.feed("<th"), "");
  EXPECT_EQ(thoughts.feed("ree"), "<three");
}

TEST(Thoughts, EndlessSpaceIsNotKept) {
  openai::Thoughts thoughts;
  std::size_t given = 0;
  for (int i = 0; i < 1000; ++i) given += thoughts.feed(" ").size();
  EXPECT_EQ(given, 1000u);
}

TEST(Thoughts, LongOnesAreNotKept) {
  openai::Thoughts thoughts;
  thoughts.feed("<think>");
  for (int i = 0; i < 100000; ++i) EXPECT_EQ(thoughts.feed("so much to think of </thin"), "");
  EXPECT_EQ(thoughts.feed("k>x"), "x");
}

}  // namespace
