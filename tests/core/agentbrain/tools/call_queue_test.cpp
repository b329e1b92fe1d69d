#include "call_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace {

using namespace agentbrain::tools;
using Owner = CallQueue::Owner;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kNow = 1000 * kSecond;

// A queue and what begins in it.
class Queue {
 public:
  explicit Queue(std::size_t most_running) : calls(most_running) {}
  void add(std::uint64_t agent, std::uint64_t call, Time timeout = 10 * kSecond) {
    calls.add({agent, call}, "tool" + std::to_string(call), "{}", timeout, kNow);
  }
  // The names of the tools that begin.
  std::vector<std::string> begin(Time now = kNow) {
    std::vector<std::string> tools;
    for (const auto& begun : calls.take_startable(now)) {
      tools.push_back(begun.tool);
      ids[begun.tool] = begun.id;
      time_left = begun.timeout;
    }
    return tools;
  }
  CallQueue calls;
  std::map<std::string, std::uint64_t> ids;
  Time time_left = 0;  // of the last that began
};

TEST(CallQueue, AgentsMayUseTheSameNumbers) {
  Queue queue(100);
  queue.add(1, 7);
  const auto first = queue.calls.take_startable(kNow);
  queue.add(2, 7);
  const auto second = queue.calls.take_startable(kNow);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(first[0].id, second[0].id);
  EXPECT_EQ(queue.calls.finish(second[0].id), (Owner{2, 7}));
  EXPECT_EQ(queue.calls.finish(second[0].id), std::nullopt);
  EXPECT_EQ(queue.calls.finish(first[0].id), (Owner{1, 7}));
  EXPECT_EQ(queue.calls.running(), 0u);
}

TEST(CallQueue, OneAtATimeInTurnsOfTheAgents) {
  Queue queue(1);
  for (const std::uint64_t call : {11, 12, 13}) queue.add(1, call);
  for (const std::uint64_t call : {21, 22}) queue.add(2, call);
  queue.add(3, 31);
  std::vector<std::string> order;
  for (auto begun = queue.begin(); !begun.empty(); begun = queue.begin()) {
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_THAT(queue.begin(), IsEmpty());  // it still runs
    order.push_back(begun[0]);
    queue.calls.finish(queue.ids[begun[0]]);
  }
  EXPECT_THAT(order, ElementsAre("tool11", "tool21", "tool31", "tool12", "tool22", "tool13"));
}

TEST(CallQueue, AsManyAsTheServerTakes) {
  Queue queue(2);
  for (const std::uint64_t call : {1, 2, 3}) queue.add(1, call);
  EXPECT_THAT(queue.begin(), ElementsAre("tool1", "tool2"));
  EXPECT_EQ(queue.calls.waiting(), 1u);
  queue.calls.finish(queue.ids["tool2"]);
  EXPECT_THAT(queue.begin(), ElementsAre("tool3"));
}

TEST(CallQueue, TheWaitCountsAgainstTheTimeOut) {
  Queue queue(1);
  queue.add(1, 1);
  queue.begin();
  queue.add(2, 2, 4 * kSecond);
  queue.add(3, 3, 2 * kSecond);
  EXPECT_EQ(queue.calls.deadline(), kNow + 2 * kSecond);
  EXPECT_THAT(queue.calls.take_expired(kNow + 2 * kSecond - 1), IsEmpty());
  EXPECT_THAT(queue.calls.take_expired(kNow + 2 * kSecond), ElementsAre(Owner{3, 3}));
  queue.calls.finish(queue.ids["tool1"]);
  EXPECT_THAT(queue.begin(kNow + 3 * kSecond), ElementsAre("tool2"));
  EXPECT_EQ(queue.time_left, kSecond);
  EXPECT_EQ(queue.calls.deadline(), kNever);
}

TEST(CallQueue, WhatIsCancelled) {
  Queue queue(1);
  queue.add(1, 1);
  queue.add(1, 2);
  queue.begin();
  bool dropped = false;
  EXPECT_EQ(queue.calls.cancel({1, 2}, dropped), std::nullopt);
  EXPECT_TRUE(dropped);
  EXPECT_EQ(queue.calls.cancel({2, 1}, dropped), std::nullopt);  // another agent's number
  EXPECT_FALSE(dropped);
  EXPECT_EQ(queue.calls.cancel({1, 1}, dropped), queue.ids["tool1"]);
  EXPECT_FALSE(dropped);
  EXPECT_EQ(queue.calls.finish(queue.ids["tool1"]), (Owner{1, 1}));
}

TEST(CallQueue, AnAgentThatLeavesIsToldNothing) {
  Queue queue(1);
  queue.add(1, 1);
  queue.begin();
  queue.add(1, 2);
  queue.add(2, 3);
  EXPECT_THAT(queue.calls.leave(1), ElementsAre(queue.ids["tool1"]));
  EXPECT_THAT(queue.begin(), IsEmpty());  // until the server has let go of it
  EXPECT_EQ(queue.calls.finish(queue.ids["tool1"]), std::nullopt);
  EXPECT_THAT(queue.begin(), ElementsAre("tool3"));
}

TEST(CallQueue, AServerThatIsGone) {
  Queue queue(1);
  queue.add(1, 1);
  queue.begin();
  queue.add(1, 2);
  queue.add(2, 3);
  EXPECT_THAT(queue.calls.take_waiting(), ElementsAre(Owner{1, 2}, Owner{2, 3}));
  EXPECT_EQ(queue.calls.waiting(), 0u);
  EXPECT_EQ(queue.calls.running(), 1u);
}

}  // namespace
