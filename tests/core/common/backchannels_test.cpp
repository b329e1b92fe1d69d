#include "backchannels.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(Backchannels, CoverWholeTextsOnly) {
  const Backchannels usual{kDefaultBackchannels};
  for (const char* text : {"mhm", "Mm-hmm.", "uh-huh", "Uh huh", "yeah, yeah", "Okay. Right.",
                           "I see", "oh okay i see", "All right!"}) {
    EXPECT_TRUE(usual.cover(text)) << text;
  }
  for (const char* text : {"", " ", "...", "stop", "yes", "no", "okay stop", "right now", "I see a",
                           "yeah but no", "okay okay okay okay okay okay okay"}) {
    EXPECT_FALSE(usual.cover(text)) << text;
  }
}

TEST(Backchannels, TheListIsTheUsers) {
  EXPECT_FALSE(Backchannels{}.cover("mhm"));
  EXPECT_FALSE(Backchannels{" , ,,"}.cover("mhm"));
  const Backchannels german{"ja, genau,\u00e4hm, ach so"};
  EXPECT_TRUE(german.cover("Ja, genau."));
  EXPECT_TRUE(german.cover("ach so"));
  EXPECT_FALSE(german.cover("ach"));
  EXPECT_TRUE(german.cover("\u00e4hm"));
}

TEST(Backchannels, AnyBytesAreHarmless) {
  std::string list;
  for (int i = 0; i < 100'000; ++i) list += static_cast<char>(i * 7 + i / 13);
  const Backchannels odd{list};
  EXPECT_FALSE(odd.cover(list));
  EXPECT_FALSE(odd.cover("what is this"));
}

}  // namespace
}  // namespace jackfield
