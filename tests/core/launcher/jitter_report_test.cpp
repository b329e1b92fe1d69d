#include "control/core/jitter_report.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(JitterReportTest, ConcealmentOfEachSecondAndOfAll) {
  JitterReport report;
  JitterFigures figures = report.take({.total_samples = 48'000, .concealed_samples = 480});
  EXPECT_DOUBLE_EQ(figures.concealed, 1);
  EXPECT_DOUBLE_EQ(figures.concealed_total, 1);
  figures = report.take({.total_samples = 96'000, .concealed_samples = 5280, .lost = 7});
  EXPECT_DOUBLE_EQ(figures.concealed, 10);
  EXPECT_DOUBLE_EQ(figures.concealed_total, 5.5);
  EXPECT_EQ(figures.counts.lost, 7);
}

TEST(JitterReportTest, NothingHasCome) {
  JitterReport report;
  EXPECT_EQ(report.take({}).concealed, 0);
  EXPECT_EQ(report.take({}).concealed_total, 0);
}

TEST(JitterReportTest, CountsThatBeganAnew) {
  JitterReport report;
  report.take({.total_samples = 96'000, .concealed_samples = 9600});
  const JitterFigures figures = report.take({.total_samples = 1000, .concealed_samples = 500});
  EXPECT_DOUBLE_EQ(figures.concealed, 50);
}
