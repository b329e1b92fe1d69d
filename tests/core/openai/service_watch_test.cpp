// What a caller waits for, in virtual time.
#include "service_watch.hpp"

#include <gtest/gtest.h>

namespace openai::realtime {
namespace {

using Action = ServiceWatch::Action;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kNever = UINT64_MAX;

class ServiceWatchTest : public testing::Test {
 protected:
  // As a timer does: the next thing that happens, and when.
  Action next() {
    if (watch.deadline() == kNever) return Action::kNone;
    now = watch.deadline();
    return watch.check(now);
  }
  ServiceWatch watch{
      {.filler_after = 2 * kSecond, .outage_limit = 15 * kSecond, .think_timeout = 10 * kSecond}};
  uint64_t now = 100 * kSecond;
};

TEST_F(ServiceWatchTest, AnOutageIsBridgedOnceThenGivenUp) {
  EXPECT_EQ(watch.deadline(), kNever);
  watch.session_gone(now);
  watch.session_gone(now + kSecond);  // another attempt failed
  EXPECT_EQ(watch.check(now + kSecond), Action::kNone);
  EXPECT_EQ(next(), Action::kFiller);
  EXPECT_EQ(now, 102 * kSecond);
  EXPECT_EQ(watch.check(now), Action::kNone);
  EXPECT_EQ(next(), Action::kGiveUp);
  EXPECT_EQ(now, 115 * kSecond);
}

TEST_F(ServiceWatchTest, AShortOutageIsNotMentioned) {
  watch.session_gone(now);
  watch.session_ready();
  EXPECT_EQ(watch.deadline(), kNever);
  EXPECT_EQ(watch.check(now + 60 * kSecond), Action::kNone);
  // The next one is a new one.
  watch.session_gone(now + 61 * kSecond);
  EXPECT_EQ(next(), Action::kFiller);
  EXPECT_EQ(now, 163 * kSecond);
}

TEST_F(ServiceWatchTest, NoFillerWhereNoneIsWanted) {
  watch = ServiceWatch({.filler_after = 0, .outage_limit = kSecond});
  watch.session_gone(now);
  EXPECT_EQ(next(), Action::kGiveUp);
  EXPECT_EQ(now, 101 * kSecond);
}

TEST_F(ServiceWatchTest, ASilentServiceIsLeftOnceThenGivenUp) {
  watch.awaiting(true, now);
  watch.awaiting(true, now + 5 * kSecond);
  EXPECT_EQ(next(), Action::kReconnect);
  EXPECT_EQ(now, 110 * kSecond);
  watch.session_gone(now);
  watch.session_ready();
  EXPECT_EQ(watch.deadline(), kNever);
  watch.awaiting(true, now);
  EXPECT_EQ(next(), Action::kGiveUp);
}

TEST_F(ServiceWatchTest, ASignOfLifeMakesItANewService) {
  watch.awaiting(true, now);
  EXPECT_EQ(next(), Action::kReconnect);
  watch.awaiting(true, now);
  watch.response_lives();
  EXPECT_EQ(watch.deadline(), kNever);
  watch.awaiting(true, now);
  EXPECT_EQ(next(), Action::kReconnect);
}

TEST_F(ServiceWatchTest, FailedResponsesAreAskedForAgainTwice) {
  EXPECT_TRUE(watch.response_failed(now));
  EXPECT_EQ(next(), Action::kAskAgain);
  EXPECT_EQ(now, 100 * kSecond + kSecond / 2);
  EXPECT_TRUE(watch.response_failed(now));
  EXPECT_EQ(next(), Action::kAskAgain);
  EXPECT_FALSE(watch.response_failed(now));
  watch.response_lives();
  EXPECT_TRUE(watch.response_failed(now));
  watch.forget_retry();  // the caller asks something else
  EXPECT_EQ(watch.deadline(), kNever);
}

}  // namespace
}  // namespace openai::realtime
