#include "control/core/event_outbox.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield {
namespace {

EventFrame frame(std::string_view text) {
  return std::make_shared<const std::vector<std::uint8_t>>(text.begin(), text.end());
}

// What the reader gets, in a word each: a text, or "lost N".
std::vector<std::string> drain(EventOutbox& outbox) {
  std::vector<std::string> out;
  while (auto next = outbox.pop()) {
    if (next->frame)
      out.emplace_back(next->frame->begin(), next->frame->end());
    else
      out.push_back("lost " + std::to_string(next->lost));
  }
  return out;
}

using Texts = std::vector<std::string>;

TEST(EventOutboxTest, InOrder) {
  EventOutbox outbox;
  EXPECT_TRUE(outbox.empty());
  ASSERT_TRUE(outbox.push_answer(frame("subscribed")));
  outbox.push(frame("one"));
  outbox.push(frame("two"));
  EXPECT_EQ(outbox.events(), 2u);
  EXPECT_EQ(outbox.bytes(), 6u);
  EXPECT_EQ(drain(outbox), (Texts{"subscribed", "one", "two"}));
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.events(), 0u);
  EXPECT_EQ(outbox.bytes(), 0u);
}

TEST(EventOutboxTest, AFrameIsSharedNotCopied) {
  EventOutbox first;
  EventOutbox second;
  const EventFrame event = frame("shared");
  first.push(event);
  second.push(event);
  EXPECT_EQ(first.pop()->frame.get(), event.get());
  EXPECT_EQ(second.pop()->frame.get(), event.get());
}

TEST(EventOutboxTest, TooManyEventsAreGivenUpAtOnce) {
  EventOutbox outbox{{.max_events = 3}};
  for (int i = 0; i < 3; ++i) outbox.push(frame("event"));
  EXPECT_FALSE(outbox.giving_up());
  outbox.push(frame("event"));
  EXPECT_TRUE(outbox.giving_up());
  EXPECT_EQ(outbox.events(), 0u);
  outbox.push(frame("event"));  // counts until the reader is told
  EXPECT_EQ(drain(outbox), Texts{"lost 5"});
  outbox.push(frame("event"));  // and not from then on
  EXPECT_TRUE(outbox.empty());
}

TEST(EventOutboxTest, TooManyBytesAreGivenUp) {
  EventOutbox outbox{{.max_bytes = 10}};
  outbox.push(frame("0123456789"));
  EXPECT_FALSE(outbox.giving_up());
  outbox.push(frame("0"));
  EXPECT_EQ(drain(outbox), Texts{"lost 2"});
}

TEST(EventOutboxTest, OneEventBeyondTheLimitIsLostAlone) {
  EventOutbox outbox{{.max_bytes = 10}};
  outbox.push(frame("0123456789a"));
  EXPECT_EQ(drain(outbox), Texts{"lost 1"});
}

TEST(EventOutboxTest, SubscribedAnew) {
  EventOutbox outbox{{.max_events = 1}};
  outbox.push(frame("one"));
  outbox.push(frame("two"));
  ASSERT_TRUE(outbox.push_answer(frame("subscribed")));
  outbox.subscribed();
  outbox.push(frame("three"));
  EXPECT_EQ(drain(outbox), (Texts{"lost 2", "subscribed", "three"}));
}

// A reader that takes nothing and subscribes again and again learns the sum, behind the last
// answer that holds no more.
TEST(EventOutboxTest, LostTwiceBeforeItIsTold) {
  EventOutbox outbox{{.max_events = 1}};
  outbox.push(frame("one"));
  outbox.push(frame("two"));
  ASSERT_TRUE(outbox.push_answer(frame("subscribed")));
  outbox.subscribed();
  outbox.push(frame("three"));
  outbox.push(frame("four"));
  EXPECT_EQ(drain(outbox), (Texts{"subscribed", "lost 4"}));
  EXPECT_TRUE(outbox.giving_up());
}

TEST(EventOutboxTest, AnswersStayWhenEventsAreGivenUp) {
  EventOutbox outbox{{.max_events = 1}};
  ASSERT_TRUE(outbox.push_answer(frame("subscribed")));
  for (int i = 0; i < 5; ++i) outbox.push(frame("event"));
  EXPECT_EQ(drain(outbox), (Texts{"subscribed", "lost 5"}));
}

TEST(EventOutboxTest, AnswersAreBoundedByRefusal) {
  EventOutbox outbox{{.max_answers = 2}};
  EXPECT_TRUE(outbox.push_answer(frame("a")));
  EXPECT_TRUE(outbox.push_answer(frame("b")));
  EXPECT_FALSE(outbox.push_answer(frame("c")));
  EXPECT_TRUE(outbox.pop());
  EXPECT_TRUE(outbox.push_answer(frame("d")));
  EXPECT_EQ(drain(outbox), (Texts{"b", "d"}));
}

// Whatever happens, no more is kept than allowed.
TEST(EventOutboxTest, NeverGrows) {
  EventOutbox outbox{{.max_bytes = 1000, .max_events = 50}};
  unsigned state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525 + 1013904223;
    const unsigned what = (state >> 16) % 20;
    if (what == 0)
      outbox.pop();
    else if (what == 1 && outbox.push_answer(frame("answer")))
      outbox.subscribed();
    else
      outbox.push(frame(std::string(state % 60, 'x')));
    ASSERT_LE(outbox.bytes(), 1000u);
    ASSERT_LE(outbox.events(), 50u);
  }
  std::size_t left = 0;
  while (outbox.pop()) ++left;
  EXPECT_LE(left, 50u + 4 + 5);
}

}  // namespace
}  // namespace jackfield
