#include "simulate/io/webhook.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

TEST(FormEncodeTest, EscapesLikeAForm) {
  EXPECT_EQ(form_encode({{"From", "+1555"}, {"a b", "c&d=e%"}, {"x", ""}, {"u", "\xc3\xa9 ~"}}),
            "From=%2B1555&a+b=c%26d%3De%25&x=&u=%C3%A9+~");
  EXPECT_EQ(form_encode({}), "");
}

}  // namespace
}  // namespace jackfield::simulate
