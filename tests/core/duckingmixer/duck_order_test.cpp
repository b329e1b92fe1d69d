#include "duck_order.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace ducking;

namespace {

DuckSide speaking(Duck duck, int priority, float level) {
  return {.duck = duck, .priority = priority, .heard = true, .voice = true, .level = level};
}
DuckSide quiet(Duck duck, int priority) {
  return {.duck = duck, .priority = priority, .heard = true, .voice = false, .level = 0.001F};
}

std::vector<bool> decide(DuckOrder& order, std::vector<DuckSide> sides) {
  order.decide(sides, 0.1F);
  std::vector<bool> answer;
  for (const DuckSide& side : sides) answer.push_back(side.gives_way);
  return answer;
}

TEST(DuckOrder, EverybodyGivesWayToTheLoudest) {
  DuckOrder order;
  EXPECT_EQ(decide(order, {speaking(Duck::kAuto, 0, 0.2F), speaking(Duck::kAuto, 0, 0.3F),
                           quiet(Duck::kAuto, 0)}),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(order.dominant(), 1);
}

TEST(DuckOrder, NobodyGivesWayToAWhisper) {
  DuckOrder order;
  EXPECT_EQ(decide(order, {speaking(Duck::kAuto, 0, 0.05F), quiet(Duck::kAuto, 0)}),
            (std::vector<bool>{false, false}));
}

TEST(DuckOrder, TheDominantOneStaysSoUntilSomebodyIsMuchLouder) {
  DuckOrder order;
  const auto with = [&](float first, float second) {
    decide(order, {speaking(Duck::kAuto, 0, first), speaking(Duck::kAuto, 0, second)});
    return order.dominant();
  };
  EXPECT_EQ(with(0.3F, 0.2F), 0);
  EXPECT_EQ(with(0.3F, 0.4F), 0);
  EXPECT_EQ(with(0.3F, 0.5F), 1);
  EXPECT_EQ(with(0.6F, 0.5F), 1);
  decide(order, {speaking(Duck::kAuto, 0, 0.2F), quiet(Duck::kAuto, 0)});
  EXPECT_EQ(order.dominant(), 0);
  order.forget(0);
  EXPECT_EQ(order.dominant(), DuckOrder::kNobody);
}

TEST(DuckOrder, FollowersGiveWayToLeadersOfTheirPriorityAndHigherOnes) {
  DuckOrder order;
  const auto leader = speaking(Duck::kLeader, 1, 0.05F);
  EXPECT_EQ(decide(order, {leader, speaking(Duck::kFollower, 0, 1), speaking(Duck::kFollower, 1, 1),
                           speaking(Duck::kFollower, 2, 1), speaking(Duck::kNever, 0, 1)}),
            (std::vector<bool>{false, true, true, false, false}));
}

TEST(DuckOrder, ACallerGoesBeforeTheAgentAndTheAgentBeforeTheMusic) {
  DuckOrder order;
  const auto music = speaking(Duck::kFollower, 0, 0.5F);
  EXPECT_EQ(
      decide(order, {speaking(Duck::kLeader, 2, 0.1F), speaking(Duck::kLeader, 1, 0.3F), music}),
      (std::vector<bool>{false, true, true}));
  EXPECT_EQ(decide(order, {quiet(Duck::kLeader, 2), speaking(Duck::kLeader, 1, 0.3F), music}),
            (std::vector<bool>{false, false, true}));
  EXPECT_EQ(decide(order, {quiet(Duck::kLeader, 2), quiet(Duck::kLeader, 1), music}),
            (std::vector<bool>{false, false, false}));
}

TEST(DuckOrder, WhoIsMutedHasNoSay) {
  DuckOrder order;
  auto muted = speaking(Duck::kLeader, 1, 0.5F);
  muted.heard = false;
  auto loud = speaking(Duck::kAuto, 0, 0.5F);
  loud.heard = false;
  EXPECT_EQ(decide(order, {muted, loud, speaking(Duck::kFollower, 0, 1), quiet(Duck::kAuto, 0)}),
            (std::vector<bool>{false, false, false, false}));
}

}  // namespace
