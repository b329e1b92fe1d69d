#include "control/core/event_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMs = 1'000'000;

Subscription good(std::string_view message) {
  auto read = read_subscription(message);
  if (const auto* error = std::get_if<SubscriptionError>(&read)) {
    ADD_FAILURE() << message << ": " << error->text;
    return {};
  }
  return std::get<Subscription>(std::move(read));
}

std::string refused(std::string_view message) {
  auto read = read_subscription(message);
  const auto* error = std::get_if<SubscriptionError>(&read);
  return error ? std::string{error->code} + ": " + error->text : "";
}

TEST(EventFilterTest, EveryKindHasANameOfItsOwn) {
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(event_kind(event_name(kind)), kind);
  }
  EXPECT_EQ(event_name(EventKind::kServer), std::string{"server"});
  EXPECT_FALSE(event_kind("cheese"));
  EXPECT_FALSE(event_kind(""));
}

TEST(EventFilterTest, TheShortestMessageMeansAll) {
  const Subscription subscription = good(R"({"type":"subscribe"})");
  EXPECT_TRUE(subscription.all_sessions);
  EXPECT_TRUE(subscription.events.all());
  EXPECT_EQ(subscription.token, "");
  EXPECT_EQ(subscription.level_interval, EventFilter::kLevelInterval);
}

TEST(EventFilterTest, AllMembers) {
  const Subscription subscription =
      good(R"({"type":"subscribe","token":"a secret","sessions":["one","two"],)"
           R"("events":["turn","level"],"level-interval-ms":500})");
  EXPECT_EQ(subscription.token, "a secret");
  EXPECT_FALSE(subscription.all_sessions);
  EXPECT_TRUE(subscription.sessions.contains("one"));
  EXPECT_TRUE(subscription.sessions.contains("two"));
  EXPECT_EQ(subscription.events.count(), 2u);
  EXPECT_EQ(subscription.level_interval, 500 * kMs);
}

TEST(EventFilterTest, MistakesAreNamed) {
  EXPECT_THAT(refused(""), HasSubstr("bad-message: this is no JSON object"));
  EXPECT_THAT(refused("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refused("{\"type\":\"subscribe\""), HasSubstr("no JSON object: "));
  EXPECT_THAT(refused("{}"), HasSubstr("subscribe"));
  EXPECT_THAT(refused(R"({"type":"publish"})"), HasSubstr("subscribe"));
  EXPECT_THAT(refused(R"({"type":7})"), HasSubstr("subscribe"));
  EXPECT_THAT(refused(R"({"type":"subscribe","session":"all"})"),
              HasSubstr("'session' is no member of this message; did you mean 'sessions'?"));
  EXPECT_THAT(refused(R"({"type":"subscribe","token":7})"), HasSubstr("'token' is a text"));
  EXPECT_THAT(refused(R"({"type":"subscribe","sessions":"one"})"), HasSubstr("'sessions'"));
  EXPECT_THAT(refused(R"({"type":"subscribe","sessions":[7]})"), HasSubstr("'sessions'"));
  EXPECT_THAT(refused(R"({"type":"subscribe","sessions":[""]})"), HasSubstr("'sessions'"));
  EXPECT_THAT(refused(R"({"type":"subscribe","events":"turn"})"), HasSubstr("'events'"));
  EXPECT_THAT(refused(R"({"type":"subscribe","events":["tern"]})"),
              HasSubstr("unknown-event: there is no event 'tern'; did you mean 'turn'?"));
  for (const char* interval : {"0", "49", "60001", "-1", "1e300", "\"200\"", "null"})
    EXPECT_THAT(
        refused(std::string{R"({"type":"subscribe","level-interval-ms":)"} + interval + "}"),
        HasSubstr("'level-interval-ms'"))
        << interval;
}

TEST(EventFilterTest, ListsOfSessionsAreBounded) {
  std::string ids;
  for (std::size_t i = 0; i < EventFilter::kMostSessions; ++i)
    ids += (i ? ",\"" : "\"") + std::to_string(i) + "\"";
  EXPECT_EQ(good(R"({"type":"subscribe","sessions":[)" + ids + "]}").sessions.size(),
            EventFilter::kMostSessions);
  EXPECT_THAT(refused(R"({"type":"subscribe","sessions":[)" + ids + ",\"more\"]}"),
              HasSubstr("at most 64"));
  EXPECT_THAT(refused(R"({"type":"subscribe","sessions":[")" + std::string(200, 'x') + "\"]}"),
              HasSubstr("'sessions'"));
}

TEST(EventFilterTest, WithoutASubscriptionNothingIsWanted) {
  const EventFilter filter;
  EXPECT_FALSE(filter.wants(EventKind::kServer, ""));
  EXPECT_FALSE(filter.wants(EventKind::kTurn, "one"));
}

TEST(EventFilterTest, AllSessionsButTheirFiguresOnlyByName) {
  EventFilter filter{good(R"({"type":"subscribe","sessions":"all"})")};
  EXPECT_TRUE(filter.wants(EventKind::kTurn, "one"));
  EXPECT_TRUE(filter.wants(EventKind::kServer, ""));
  EXPECT_FALSE(filter.wants(EventKind::kLevel, "one"));
  EXPECT_FALSE(filter.wants(EventKind::kJitter, "one"));
  filter = EventFilter{good(R"({"type":"subscribe","sessions":["all","one"]})")};
  EXPECT_TRUE(filter.wants(EventKind::kTurn, "two"));
  EXPECT_TRUE(filter.wants(EventKind::kLevel, "one"));
  EXPECT_FALSE(filter.wants(EventKind::kLevel, "two"));
}

TEST(EventFilterTest, NamedSessionsAndEventsOnly) {
  const EventFilter filter{
      good(R"({"type":"subscribe","sessions":["one"],"events":["turn","level","latency"]})")};
  EXPECT_TRUE(filter.wants(EventKind::kTurn, "one"));
  EXPECT_FALSE(filter.wants(EventKind::kTurn, "two"));
  EXPECT_FALSE(filter.wants(EventKind::kTranscript, "one"));
  EXPECT_TRUE(filter.wants(EventKind::kLatency, ""));
  EXPECT_FALSE(filter.wants(EventKind::kServer, ""));
}

TEST(EventFilterTest, NoSessions) {
  const EventFilter filter{good(R"({"type":"subscribe","sessions":[]})")};
  EXPECT_FALSE(filter.wants(EventKind::kSessionOpened, "one"));
  EXPECT_TRUE(filter.wants(EventKind::kServer, ""));
}

TEST(EventFilterTest, LevelsNoOftenerThanWanted) {
  EventFilter filter{
      good(R"({"type":"subscribe","sessions":["one","two"],"level-interval-ms":200})")};
  const auto at = [](unsigned ms) { return 1000 * kMs + ms * kMs; };
  EXPECT_TRUE(filter.take(EventKind::kLevel, "one", at(0)));
  EXPECT_FALSE(filter.take(EventKind::kLevel, "one", at(100)));
  EXPECT_TRUE(filter.take(EventKind::kLevel, "two", at(100)));
  EXPECT_TRUE(filter.take(EventKind::kLevel, "one", at(195)));  // a little early
  EXPECT_FALSE(filter.take(EventKind::kLevel, "one", at(300)));
  EXPECT_TRUE(filter.take(EventKind::kLevel, "one", at(1000)));
  EXPECT_FALSE(filter.take(EventKind::kLevel, "three", at(1000)));
  // Nothing else is held back.
  EXPECT_TRUE(filter.take(EventKind::kTranscript, "one", at(1000)));
  EXPECT_TRUE(filter.take(EventKind::kTranscript, "one", at(1000)));
}

}  // namespace
}  // namespace jackfield
