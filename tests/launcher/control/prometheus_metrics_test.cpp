#include "metrics/prometheus_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "exposition_reader.hpp"

namespace jackfield {
namespace {

using test::Exposition;
using test::read_exposition;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kMs = 1'000'000;

class PrometheusMetricsTest : public testing::Test {
 protected:
  Exposition scrape() {
    now.latencies = latencies.lines();
    text = metrics.text(now);
    Exposition read = read_exposition(text);
    EXPECT_THAT(read.errors, IsEmpty()) << text;
    return read;
  }

  PrometheusMetrics metrics{"1.2.3"};
  LatencyMonitor latencies;
  MetricsNow now;
  std::string text;
};

TEST_F(PrometheusMetricsTest, AServerWithoutLinesIsValid) {
  const Exposition read = scrape();
  EXPECT_EQ(read.value("jackfield_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_EQ(read.families.count("jackfield_sessions"), 0u);
}

TEST_F(PrometheusMetricsTest, Sessions) {
  metrics.add_line("support", "phone");
  metrics.add_line("support", "phone");  // once more is no error
  metrics.session_opened("support");
  metrics.session_opened("support");
  metrics.session_ended("support");
  metrics.call_over("support", false, 12);
  metrics.call_over("support", true, 500);
  metrics.interrupted("support");
  const Exposition read = scrape();
  EXPECT_EQ(read.value("jackfield_sessions", {{"line", "support"}, {"kind", "phone"}}), 1);
  EXPECT_EQ(read.value("jackfield_sessions_total", {{"line", "support"}, {"result", "ok"}}), 1);
  EXPECT_EQ(read.value("jackfield_sessions_total", {{"line", "support"}, {"result", "failed"}}), 1);
  EXPECT_EQ(read.value("jackfield_interruptions_total", {{"line", "support"}}), 1);
  EXPECT_EQ(
      read.value("jackfield_session_duration_seconds_bucket", {{"line", "support"}, {"le", "30"}}),
      1);
  EXPECT_EQ(read.value("jackfield_session_duration_seconds_count", {{"line", "support"}}), 2);
  EXPECT_EQ(read.value("jackfield_session_duration_seconds_sum", {{"line", "support"}}), 512);
}

TEST_F(PrometheusMetricsTest, Latencies) {
  for (std::uint64_t i = 1; i <= 100; ++i) latencies.add("support", "total", i * 10 * kMs);
  const Exposition read = scrape();
  const auto of = [](const char* quantile, const char* window) {
    return std::map<std::string, std::string>{
        {"line", "support"}, {"stage", "total"}, {"quantile", quantile}, {"window", window}};
  };
  const std::map<std::string, std::string> labels{{"line", "support"}, {"stage", "total"}};
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds", of("0.5", "recent")), 0.5);
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds", of("0.95", "recent")), 0.95);
  EXPECT_NEAR(read.value("jackfield_turn_latency_seconds", of("0.99", "start")), 0.99, 0.01);
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds_current", labels), 1);
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds_min", labels), 0.01);
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds_max", labels), 1);
  EXPECT_EQ(read.value("jackfield_turn_latency_seconds_mean", labels), 0.505);
  EXPECT_EQ(read.value("jackfield_turn_latency_histogram_seconds_bucket",
                       {{"line", "support"}, {"stage", "total"}, {"le", "0.5"}}),
            50);
  EXPECT_EQ(read.value("jackfield_turn_latency_histogram_seconds_count", labels), 100);
}

TEST_F(PrometheusMetricsTest, WhatIsReadAtTheTime) {
  now.refused = {{"busy", 7}};
  now.rooms = {{"meet", {.rooms = 2, .phones = 3, .agents = 1, .block_seconds = 2e-5}}};
  now.jitter = {{"web", {.delay = 0.04, .target = 0.05, .calls = 2, .concealed_seconds = 1.5}}};
  now.max_sessions = 200;
  now.taking_calls = true;
  now.event_readers = 3;
  now.events_lost = 17;
  now.cpu_seconds = 1.25;
  now.resident_bytes = 123'456'789;
  now.open_files = 42;
  now.started_at = 1795401602.5;
  const Exposition read = scrape();
  EXPECT_EQ(read.value("jackfield_refused_total", {{"reason", "busy"}}), 7);
  EXPECT_EQ(read.value("jackfield_rooms", {{"line", "meet"}}), 2);
  EXPECT_EQ(read.value("jackfield_seats", {{"line", "meet"}, {"kind", "phone"}}), 3);
  EXPECT_EQ(read.value("jackfield_seats", {{"line", "meet"}, {"kind", "browser"}}), 0);
  EXPECT_EQ(read.value("jackfield_mixer_block_seconds", {{"line", "meet"}}), 2e-5);
  EXPECT_EQ(read.value("jackfield_jitter_delay_seconds", {{"line", "web"}}), 0.04);
  EXPECT_EQ(read.value("jackfield_jitter_concealed_seconds_total", {{"line", "web"}}), 1.5);
  EXPECT_EQ(read.value("jackfield_max_sessions"), 200);
  EXPECT_EQ(read.value("jackfield_taking_calls"), 1);
  EXPECT_EQ(read.value("jackfield_event_readers"), 3);
  EXPECT_EQ(read.value("jackfield_events_lost_total"), 17);
  EXPECT_EQ(read.value("process_cpu_seconds_total"), 1.25);
  EXPECT_EQ(read.value("process_resident_memory_bytes"), 123'456'789);
  EXPECT_EQ(read.value("process_open_fds"), 42);
  EXPECT_NEAR(read.value("process_start_time_seconds"), 1795401602.5, 0.01);
}

TEST_F(PrometheusMetricsTest, LabelsStayFew) {
  metrics.add_line("support", "phone");
  for (int i = 0; i < 1000; ++i) {
    metrics.error("support", "stage " + std::to_string(i));
    metrics.session_opened("line " + std::to_string(i));
    metrics.error("line " + std::to_string(i), "llm");
  }
  metrics.error("support", "llm");
  const Exposition read = scrape();
  EXPECT_EQ(read.value("jackfield_errors_total", {{"line", "support"}, {"stage", "other"}}), 1000);
  EXPECT_EQ(read.value("jackfield_errors_total", {{"line", "support"}, {"stage", "llm"}}), 1);
  EXPECT_EQ(read.families.at("jackfield_errors_total").samples.size(), 2u);
  EXPECT_EQ(read.families.at("jackfield_sessions").samples.size(), 1u);
}

TEST_F(PrometheusMetricsTest, NamesOfLinesAreEscaped) {
  const std::string name = "a \"line\"\\ of\ntwo <b>ünïcode</b>";
  metrics.add_line(name, "phone");
  metrics.session_opened(name);
  latencies.add(name, "total", 100 * kMs);
  const Exposition read = scrape();
  EXPECT_EQ(read.value("jackfield_sessions", {{"line", name}, {"kind", "phone"}}), 1);
  EXPECT_EQ(
      read.value("jackfield_turn_latency_seconds_current", {{"line", name}, {"stage", "total"}}),
      0.1);
}

TEST_F(PrometheusMetricsTest, NumbersHaveNoLocale) {
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    try {
      std::locale::global(std::locale{name});
    } catch (const std::runtime_error&) {
      continue;  // not on this machine
    }
  }
  now.max_sessions = 1'234'567;
  now.cpu_seconds = 0.5;
  latencies.add("support", "total", 1500 * kMs);
  const Exposition read = scrape();
  std::locale::global(std::locale::classic());
  EXPECT_EQ(read.value("jackfield_max_sessions"), 1'234'567);
  EXPECT_EQ(read.value("process_cpu_seconds_total"), 0.5);
}

// The reader of these tests sees what is wrong.
TEST(ExpositionReaderTest, MistakesAreSeen) {
  const auto errors = [](std::string_view text) { return read_exposition(text).errors; };
  const std::string good = "# HELP a Help\n# TYPE a gauge\na{b=\"c\\\\\\\"\\n\"} 1.5e-3\n";
  EXPECT_THAT(errors(good), IsEmpty());
  for (const char* text : {
           "# HELP a Help\n# TYPE a gauge\na 1",
           "# HELP a Help\n# TYPE a gauge\na 1,5\n",
           "# HELP a Help\n# TYPE a gauge\na{b=\"c} 1\n",
           "# HELP a Help\n# TYPE a gauge\na{b=\"\\x\"} 1\n",
           "# HELP a Help\n# TYPE a gauge\na{2b=\"c\"} 1\n",
           "# HELP a Help\n# TYPE a gauge\na{b=\"c\" d=\"e\"} 1\n",
           "# HELP a Help\n# TYPE a gauge\na{b=\"c\",b=\"e\"} 1\n",
           "# HELP a Help\n# TYPE a gauge\na 1\na 1\n",
           "# HELP a Help\n# TYPE a gauge\na 1\n# HELP c Help\n# TYPE c gauge\nc 1\na{b=\"c\"} 1\n",
           "# HELP a Help\n# TYPE a counter\na 1\n",
           "# HELP a_total Help\n# TYPE a_total counter\na_total -1\n",
           "# HELP a Help\n# TYPE a wheel\na 1\n",
           "# TYPE a gauge\na 1\n",
           "# HELP a Help\na 1\n",
           "# HELP a Help\n# TYPE a gauge\n",
           "# HELP a Help\n# TYPE a histogram\na_sum 1\na_count 1\na_bucket{le=\"1\"} 1\n",
           "# HELP a Help\n# TYPE a histogram\na_sum 1\na_count 1\na_bucket{le=\"1\"} 2\n"
           "a_bucket{le=\"+Inf\"} 1\n",
           "# HELP a Help\n# TYPE a histogram\na_sum 1\na_count 2\na_bucket{le=\"+Inf\"} 1\n",
       })
    EXPECT_FALSE(errors(text).empty()) << text;
}

}  // namespace
}  // namespace jackfield
