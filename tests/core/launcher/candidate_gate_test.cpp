#include "webrtc/core/candidate_gate.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

TEST(CandidateGateTest, SoManyWaitAndComeOutInOrder) {
  CandidateGate gate;
  for (unsigned i = 0; i < CandidateGate::kMost; ++i)
    EXPECT_EQ(gate.offer({.candidate = "c", .mid = "", .line = i}), CandidateGate::Verdict::kHeld);
  EXPECT_EQ(gate.offer({}), CandidateGate::Verdict::kTooMany);
  EXPECT_FALSE(gate.is_open());
  const auto held = gate.open();
  ASSERT_EQ(held.size(), CandidateGate::kMost);
  for (unsigned i = 0; i < held.size(); ++i) EXPECT_EQ(held[i].line, i);
  EXPECT_EQ(gate.offer({}), CandidateGate::Verdict::kPass);
  EXPECT_TRUE(gate.open().empty());
}

}  // namespace
}  // namespace jackfield::webrtc
