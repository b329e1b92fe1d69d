// What happens in sessions, as figures: for the latency monitor and for Prometheus. Main thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/session_directory.hpp"
#include "metrics/latency_history.hpp"
#include "metrics/latency_monitor.hpp"
#include "metrics/prometheus_metrics.hpp"

namespace jackfield {

class MetricsFeed final : public DirectoryListener {
 public:
  // All must outlive it.
  MetricsFeed(SessionDirectory& directory, LatencyMonitor& latencies, PrometheusMetrics& metrics);
  ~MetricsFeed() override;
  MetricsFeed(const MetricsFeed&) = delete;
  MetricsFeed& operator=(const MetricsFeed&) = delete;

  void add_line(const LineView& line);

  void opened(const SessionView& view) override;
  void ended(const SessionView& view, bool kept) override;
  void turn(const SessionView& view, const TurnView& turn) override;
  void message(const SessionView& view, const GstStructure& message,
               const std::optional<CallEvent>& event, const SessionTimes& times) override;
  void error(const SessionView& view, const std::string& text) override;

  // The last quarter of an hour.
  const LatencyHistory& history() const { return history_; }

  // `stats` of the adaptivejitter of a session, as often as there are some.
  void jitter(const SessionView& view, const GstStructure& stats);
  // Of the lines with calls that have, or had, a jitter buffer.
  std::vector<std::pair<std::string, JitterTotals>> jitter_totals() const;

 private:
  // Of a session's jitter buffer, when it was last heard of.
  struct Heard {
    double delay = 0, target = 0, played = 0, concealed = 0;  // s
    std::uint64_t received = 0, lost = 0, discarded = 0;
  };
  struct Buffer {
    std::string line;
    Heard last;
  };

  void add_way(const std::string& line, const GstStructure& latency, const char* way);

  SessionDirectory& directory_;
  LatencyMonitor& latencies_;
  PrometheusMetrics& metrics_;
  LatencyHistory history_;
  guint history_timer_ = 0;
  std::map<std::string, JitterTotals, std::less<>> totals_;  // by line; counters only
  std::map<std::string, Buffer, std::less<>> buffers_;       // by session
};

}  // namespace jackfield
