#include "webrtc/core/negotiation.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

using Verdict = Negotiation::Verdict;
using Missing = Negotiation::Missing;

Description offer(const std::string& sdp = "o", bool restart = false) {
  return {.type = Description::Type::kOffer, .sdp = sdp, .restart = restart};
}
Description answer(const std::string& sdp = "a") {
  return {.type = Description::Type::kAnswer, .sdp = sdp};
}
Candidate candidate(unsigned line = 0) { return {.candidate = "c", .mid = "0", .line = line}; }

TEST(NegotiationTest, TheFirstCandidatesWaitForTheirDescriptions) {
  Negotiation n;
  EXPECT_EQ(n.from_peer(candidate(1)), Verdict::kHeld);
  EXPECT_EQ(n.from_call(candidate(2)), Verdict::kHeld);
  EXPECT_EQ(n.from_peer(offer(), 0), Verdict::kPass);
  auto released = n.released();
  ASSERT_EQ(released.size(), 1U);
  EXPECT_EQ(released[0].line, 1U);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kPass);
  EXPECT_EQ(n.from_call(candidate(3)), Verdict::kHeld);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kPass);
  released = n.released();
  ASSERT_EQ(released.size(), 2U);
  EXPECT_EQ(released[1].line, 3U);
  EXPECT_EQ(n.from_call(candidate()), Verdict::kPass);
}

TEST(NegotiationTest, AnswersNeedOffers) {
  Negotiation n;
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kUnexpected);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kUnexpected);
  EXPECT_EQ(n.from_peer(offer("1"), 0), Verdict::kPass);
  EXPECT_EQ(n.from_peer(offer("2"), 0), Verdict::kUnexpected);
  EXPECT_EQ(n.from_peer(offer("1"), 0), Verdict::kIgnored);  // once more, after a reconnection
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kUnexpected);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kPass);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kUnexpected);
  // Either side may begin anew.
  EXPECT_EQ(n.from_call(offer(), 0), Verdict::kPass);
  ASSERT_TRUE(n.open_offer());
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kPass);
  EXPECT_FALSE(n.open_offer());
  EXPECT_EQ(n.from_peer(offer("1"), 0), Verdict::kPass);
}

TEST(NegotiationTest, OursStandsWhenBothOffer) {
  Negotiation n;
  n.from_peer(offer(), 0);
  n.from_call(answer(), 0);
  EXPECT_EQ(n.from_call(offer("ours"), 0), Verdict::kPass);
  EXPECT_EQ(n.from_peer(offer("theirs"), 0), Verdict::kIgnored);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kPass);  // of the paths that are there
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kPass);
  EXPECT_EQ(n.from_peer(offer("theirs"), 0), Verdict::kPass);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kPass);
}

TEST(NegotiationTest, CandidatesOfAnIgnoredRestartAreIgnored) {
  Negotiation n;
  n.from_peer(offer(), 0);
  n.from_call(answer(), 0);
  n.from_call(offer("ours"), 0);
  EXPECT_EQ(n.from_peer(offer("theirs", true), 0), Verdict::kIgnored);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kIgnored);
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kPass);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kPass);
}

// The call had begun an offer when the peer's reached it, and has ignored that.
TEST(NegotiationTest, OurOfferTakesThePlaceOfOneThatHasPassed) {
  Negotiation n;
  n.from_peer(offer(), 0);
  n.from_call(answer(), 0);
  EXPECT_EQ(n.from_peer(offer("theirs"), 0), Verdict::kPass);
  EXPECT_EQ(n.from_call(offer("ours"), 0), Verdict::kPass);
  EXPECT_EQ(n.from_call(answer(), 0), Verdict::kUnexpected);
  EXPECT_EQ(n.from_peer(answer(), 0), Verdict::kPass);
}

TEST(NegotiationTest, WhoseAnswerIsMissing) {
  Negotiation n{{.answer_time = 100}};
  EXPECT_EQ(n.overdue(1'000'000), Missing::kNothing);
  n.from_peer(offer(), 1000);
  EXPECT_EQ(n.overdue(1099), Missing::kNothing);
  EXPECT_EQ(n.overdue(1100), Missing::kCallsAnswer);
  n.from_call(answer(), 1100);
  EXPECT_EQ(n.overdue(9000), Missing::kNothing);
  n.from_call(offer(), 2000);
  EXPECT_EQ(n.overdue(2100), Missing::kPeersAnswer);
}

TEST(NegotiationTest, CandidatesAreCountedPerDescription) {
  Negotiation n{{.candidates = 100}};
  for (std::size_t i = 0; i < CandidateGate::kMost; ++i)
    EXPECT_EQ(n.from_peer(candidate()), Verdict::kHeld);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kTooMany);
  n.from_peer(offer(), 0);
  EXPECT_EQ(n.released().size(), CandidateGate::kMost);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(n.from_peer(candidate()), Verdict::kPass);
  EXPECT_EQ(n.from_peer(candidate()), Verdict::kFlood);
}

}  // namespace
}  // namespace jackfield::webrtc
