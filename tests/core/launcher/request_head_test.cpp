#include "serve/core/request_head.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

constexpr std::string_view kRequest =
    "GET /twilio/voice?From=%2b1%7e2&x HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nbody\r\n\r\n";

TEST(RequestHeadTest, FindsTheTargetAsItWasWritten) {
  RequestHead head{1000};
  EXPECT_TRUE(head.feed(kRequest));
  EXPECT_TRUE(head.complete());
  EXPECT_EQ(head.target(), "/twilio/voice?From=%2b1%7e2&x");
  EXPECT_EQ(head.query(), "From=%2b1%7e2&x");
}

TEST(RequestHeadTest, HowTheBytesComeDoesNotMatter) {
  for (std::size_t size = 1; size < kRequest.size(); ++size) {
    RequestHead head{1000};
    for (std::size_t i = 0; i < kRequest.size(); i += size) head.feed(kRequest.substr(i, size));
    EXPECT_TRUE(head.complete());
    EXPECT_EQ(head.query(), "From=%2b1%7e2&x");
  }
}

TEST(RequestHeadTest, CompleteIsOnlyTheEmptyLineBehindTheFields) {
  const auto complete = [](std::string_view text) {
    RequestHead head{1000};
    head.feed(text);
    return head.complete();
  };
  EXPECT_FALSE(complete(""));
  EXPECT_FALSE(complete("\r\n\r\n"));
  EXPECT_FALSE(complete("GET / HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_TRUE(complete("\r\nGET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(complete("GET / HTTP/1.1\nHost: a\n\n"));
}

TEST(RequestHeadTest, TheLengthHasALimit) {
  const std::string text = "GET / HTTP/1.1\r\n\r\n";
  RequestHead fits{text.size()};
  EXPECT_TRUE(fits.feed(text + std::string(1000, 'x')));
  RequestHead head{text.size() - 1};
  EXPECT_FALSE(head.feed(text));
  EXPECT_TRUE(head.too_long());
  EXPECT_FALSE(head.feed("\r\n\r\n"));
  EXPECT_FALSE(head.complete());
}

TEST(RequestHeadTest, WhatFollowsHasALimitOfItsOwn) {
  const std::string text = "POST / HTTP/1.1\r\n\r\n";
  RequestHead once{100, 10};
  EXPECT_TRUE(once.feed(text + std::string(10, 'x')));
  EXPECT_TRUE(once.complete());
  EXPECT_FALSE(once.feed("x"));
  EXPECT_TRUE(once.too_long());
  EXPECT_FALSE(once.feed(""));
  RequestHead at_once{100, 10};
  EXPECT_FALSE(at_once.feed(text + std::string(11, 'x')));
}

TEST(RequestHeadTest, WhatFollowsAnUpgradeIsNoBody) {
  RequestHead head{100, 10};
  EXPECT_TRUE(head.feed("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"));
  head.upgraded();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(head.feed(std::string(1000, 'x')));
  EXPECT_FALSE(head.too_long());
}

TEST(RequestHeadTest, ALineThatIsNoRequestHasNoTarget) {
  for (const char* line : {"GET\r\n", "GET /\r\n", "GET / HTTP/1.1", "\x16\x03\x01\r\n"}) {
    RequestHead head{1000};
    head.feed(line);
    EXPECT_EQ(head.target(), "") << line;
    EXPECT_EQ(head.query(), "");
  }
}

}  // namespace
}  // namespace jackfield
