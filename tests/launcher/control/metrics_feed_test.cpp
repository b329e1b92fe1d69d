#include "control/metrics_feed.hpp"

#include <gtest/gtest.h>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

class MetricsFeedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void tell(const std::string& id, const gstpp::StructurePtr& message,
            const std::optional<CallEvent>& event = std::nullopt) {
    ASSERT_TRUE(message);
    directory.message(id, *message, event, 0);
  }
  void tell_buffer(const std::string& id, double seconds, guint64 concealed, guint64 received,
                   gint64 lost, guint64 delay_ms = 40) {
    const gstpp::StructurePtr stats{gst_structure_new(
        "application/x-adaptivejitter-stats", "totalSamplesDuration", G_TYPE_DOUBLE, seconds,
        "totalSamplesReceived", G_TYPE_UINT64, static_cast<guint64>(seconds * 48000),
        "concealedSamples", G_TYPE_UINT64, concealed, "packetsReceived", G_TYPE_UINT64, received,
        "packetsLost", G_TYPE_INT64, lost, "packetsDiscarded", G_TYPE_UINT64, guint64{3}, "delay",
        G_TYPE_UINT64, delay_ms * GST_MSECOND, "target-delay", G_TYPE_UINT64,
        (delay_ms + 10) * GST_MSECOND, nullptr)};
    tell(id, gstpp::StructurePtr{gst_structure_new("webrtc/stats", "jitter-buffer",
                                                   GST_TYPE_STRUCTURE, stats.get(), nullptr)});
  }
  JitterTotals totals(const std::string& line) const {
    for (const auto& [name, found] : feed.jitter_totals()) {
      if (name == line) return found;
    }
    ADD_FAILURE() << "nothing of " << line;
    return {};
  }
  const StageLatency* stage(const char* name) {
    lines = latencies.lines();
    for (const auto& line : lines) {
      for (const StageLatency& found : line.stages) {
        if (found.stage == name) return &found;
      }
    }
    return nullptr;
  }

  SessionDirectory directory;
  LatencyMonitor latencies;
  PrometheusMetrics metrics{"1"};
  MetricsFeed feed{directory, latencies, metrics};
  std::vector<LatencyMonitor::Line> lines;
};

TEST_F(MetricsFeedTest, TurnsOfALine) {
  directory.opened("one", "support", "");
  tell("one", gstpp::StructurePtr{gst_structure_new_empty("agentbrain/turn")},
       TurnLatency{.turn_id = 1, .stt = 100 * GST_MSECOND, .total = 900 * GST_MSECOND});
  ASSERT_TRUE(stage("total"));
  EXPECT_EQ(stage("total")->summary.current, 900 * GST_MSECOND);
  EXPECT_EQ(lines.at(0).line, "support");
}

TEST_F(MetricsFeedTest, FailuresByStage) {
  if (!PrometheusMetrics::available()) GTEST_SKIP() << "built without prometheus-cpp";
  feed.add_line({.name = "support", .kind = "phone"});
  directory.opened("one", "support", "");
  for (const char* name : {"deepgramstt", "stt", "openaillm", "call", "sausages"})
    tell("one", gstpp::StructurePtr{gst_structure_new_empty("x/error")},
         StageError{.stage = name, .text = "no answer"});
  directory.error("one", "not linked");
  const std::string text = metrics.text({});
  for (const char* line : {R"(errors_total{line="support",stage="stt"} 2)",
                           R"(errors_total{line="support",stage="llm"} 1)",
                           R"(errors_total{line="support",stage="call"} 1)",
                           R"(errors_total{line="support",stage="other"} 1)",
                           R"(errors_total{line="support",stage="pipeline"} 1)"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST_F(MetricsFeedTest, JitterBuffersOfManyCallsAreSummedUp) {
  directory.opened("one", "web", "");
  directory.opened("two", "web", "");
  tell_buffer("one", 10, 4800, 500, 5, 40);
  tell_buffer("two", 20, 0, 1000, 0, 60);
  JitterTotals sum = totals("web");
  EXPECT_EQ(sum.calls, 2u);
  EXPECT_DOUBLE_EQ(sum.delay, 0.05);
  EXPECT_DOUBLE_EQ(sum.target, 0.06);
  EXPECT_DOUBLE_EQ(sum.played_seconds, 30);
  EXPECT_NEAR(sum.concealed_seconds, 0.1, 1e-9);
  EXPECT_EQ(sum.packets_received, 1500u);
  EXPECT_EQ(sum.packets_lost, 5u);
  EXPECT_EQ(sum.packets_discarded, 6u);
  // Sums of a call count once; that some came after all takes nothing back.
  tell_buffer("one", 11, 4800, 552, 3);
  sum = totals("web");
  EXPECT_DOUBLE_EQ(sum.played_seconds, 31);
  EXPECT_EQ(sum.packets_received, 1552u);
  EXPECT_EQ(sum.packets_lost, 5u);
  // What was counted stays when the call is over, but it is no running one.
  directory.closed({.id = "one"});
  directory.closed({.id = "two"});
  sum = totals("web");
  EXPECT_EQ(sum.calls, 0u);
  EXPECT_EQ(sum.delay, 0);
  EXPECT_EQ(sum.packets_received, 1552u);
}

void add_part(GValue* parts, const char* name, guint64 ms, const char* origin) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed(&value,
                     gst_structure_new("part", "name", G_TYPE_STRING, name, "time", G_TYPE_UINT64,
                                       ms * GST_MSECOND, "origin", G_TYPE_STRING, origin, nullptr));
  gst_value_array_append_and_take_value(parts, &value);
}

gstpp::StructurePtr stats_with_incoming(const char* network_origin) {
  GValue parts = G_VALUE_INIT;
  g_value_init(&parts, GST_TYPE_ARRAY);
  add_part(&parts, "capture", 10, "assumed");
  add_part(&parts, "encode", 16, "known");
  add_part(&parts, "network", 30, network_origin);
  add_part(&parts, "jitter buffer", 40, "measured");
  add_part(&parts, "decode", 1, "measured");
  gstpp::StructurePtr way{
      gst_structure_new("way", "total", G_TYPE_UINT64, 97 * GST_MSECOND, nullptr)};
  gst_structure_take_value(way.get(), "parts", &parts);
  const gstpp::StructurePtr latency{
      gst_structure_new("webrtc/latency", "incoming", GST_TYPE_STRUCTURE, way.get(), nullptr)};
  return gstpp::StructurePtr{
      gst_structure_new("webrtc/stats", "latency", GST_TYPE_STRUCTURE, latency.get(), nullptr)};
}

TEST_F(MetricsFeedTest, TheWayOfSoundInTheRequirementsThreeParts) {
  directory.opened("one", "web", "");
  tell("one", stats_with_incoming("measured"));
  const auto current = [&](const char* name) {
    const StageLatency* found = stage(name);
    return found ? found->summary.current / GST_MSECOND : 0;
  };
  EXPECT_EQ(current("incoming-capture"), 26u);
  EXPECT_EQ(current("incoming-network"), 30u);
  EXPECT_EQ(current("incoming-playback"), 41u);
  EXPECT_EQ(current("incoming-total"), 97u);
  EXPECT_EQ(stage("outgoing-total"), nullptr);
}

TEST_F(MetricsFeedTest, WhatIsUnknownHasNoFigure) {
  directory.opened("one", "web", "");
  tell("one", stats_with_incoming("unknown"));
  EXPECT_EQ(stage("incoming-network"), nullptr);
  EXPECT_EQ(stage("incoming-total"), nullptr);
  EXPECT_TRUE(stage("incoming-playback"));
}

TEST_F(MetricsFeedTest, MessagesThatAreNoneOfOursAreLetBe) {
  directory.opened("one", "web", "");
  for (const char* text : {"webrtc/stats", "webrtc/stats,latency=(int)5,jitter-buffer=(string)x",
                           "webrtc/stats,latency=(structure)\"a\\,incoming\\=5\\;\""}) {
    gstpp::StructurePtr message{gst_structure_new_from_string(text)};
    ASSERT_TRUE(message) << text;
    tell("one", message);
  }
  EXPECT_TRUE(feed.jitter_totals().empty());
}

}  // namespace
}  // namespace jackfield
