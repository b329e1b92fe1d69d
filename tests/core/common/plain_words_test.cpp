#include "plain_words.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(PlainWords, AreLowerCaseWithoutPunctuation) {
  EXPECT_EQ(plain_words("Mm-hmm, it\u2019s O'Neill's' 42!"),
            (std::vector<std::string>{"mm", "hmm", "it's", "o'neill's", "42"}));
  EXPECT_TRUE(plain_words("\xe2").size() <= 1) << "bytes that are no UTF-8 do no harm";
}

}  // namespace
}  // namespace jackfield
