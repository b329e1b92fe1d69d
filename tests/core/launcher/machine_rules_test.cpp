#include "doctor/core/machine_rules.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

namespace {

constexpr std::uint64_t kGb = 1'000'000'000;

}  // namespace

TEST(MachineRulesTest, TheDocumentedMachineIsFine) {
  const Findings findings = judge_machine(4, 8 * kGb - kGb / 4, 4096, "tsc");
  EXPECT_EQ(findings.size(), 4u);
  EXPECT_EQ(worst(findings), Health::kOk);
  EXPECT_EQ(worst(judge_storage(50 * kGb, 30 * kGb)), Health::kOk);
}

TEST(MachineRulesTest, LessIsAWarningWithAdvice) {
  for (const Findings& findings :
       {judge_machine(2, 0, 0, ""), judge_machine(0, 4 * kGb, 0, ""), judge_machine(0, 0, 512, ""),
        judge_machine(0, 0, 0, "hpet"), judge_storage(30 * kGb, 20 * kGb),
        judge_storage(500 * kGb, 3 * kGb)}) {
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].health, Health::kWarning) << findings[0].text;
    EXPECT_NE(findings[0].advice, "") << findings[0].text;
  }
}

TEST(MachineRulesTest, TooLittleToWorkIsAFailure) {
  EXPECT_EQ(worst(judge_machine(4, 8 * kGb, 64, "tsc")), Health::kFailure);
  EXPECT_EQ(worst(judge_storage(500 * kGb, kGb / 10)), Health::kFailure);
}

TEST(MachineRulesTest, WhatIsUnknownIsNotJudged) {
  EXPECT_TRUE(judge_machine(0, 0, 0, "").empty());
  EXPECT_TRUE(judge_storage(0, 0).empty());
  EXPECT_EQ(judge_machine(0, 0, UINT64_MAX, "").front().health, Health::kOk);
}
