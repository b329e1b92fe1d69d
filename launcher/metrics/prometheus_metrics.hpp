// The figures of the server in Prometheus' text format (docs/operations.md has the table). Values
// of labels are those of the configuration, or of lists in the program: what callers say never
// becomes one. One thread at a time.
//
// Made with prometheus-cpp; without it (available() is false) nothing is counted and text() is "".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metrics/latency_monitor.hpp"

namespace jackfield {

// Of the jitter buffers of a line's calls.
struct JitterTotals {
  double delay = 0, target = 0;  // s; mean of the calls that run, of now
  std::uint64_t calls = 0;       // that run and have one
  // Since the start, of all calls.
  double played_seconds = 0, concealed_seconds = 0;
  std::uint64_t packets_received = 0, packets_lost = 0, packets_discarded = 0;
};

// Of the rooms of a line's conferences, now.
struct RoomTotals {
  std::uint64_t rooms = 0, phones = 0, browsers = 0, agents = 0;
  double block_seconds = 0;  // work on 10 ms of sound, of the room that takes longest
};

// Of a task.
struct TaskTotals {
  std::string task;
  std::uint64_t running = 0, waiting = 0;                    // now
  std::vector<std::pair<std::string, std::uint64_t>> ended;  // by outcome, since the start
};

// What is read when the metrics are asked for.
struct MetricsNow {
  std::vector<LatencyMonitor::Line> latencies;
  std::vector<std::pair<std::string, JitterTotals>> jitter;    // by line
  std::vector<std::pair<std::string, std::uint64_t>> refused;  // by reason
  std::vector<std::pair<std::string, RoomTotals>> rooms;       // by line, of lines that have any
  std::vector<TaskTotals> tasks;
  std::vector<std::pair<std::string, double>> next_due;  // by schedule, Unix time in s
  std::size_t max_sessions = 0;
  std::size_t event_readers = 0;
  std::uint64_t events_lost = 0;
  bool taking_calls = false;
  double cpu_seconds = 0, started_at = 0;  // s, Unix time in s
  std::uint64_t resident_bytes = 0;
  unsigned threads = 0, open_files = 0;
};

class PrometheusMetrics {
 public:
  explicit PrometheusMetrics(const std::string& version);
  ~PrometheusMetrics();
  PrometheusMetrics(const PrometheusMetrics&) = delete;
  PrometheusMetrics& operator=(const PrometheusMetrics&) = delete;

  static bool available();

  // What is told of lines that were not added is not counted.
  void add_line(const std::string& line, const std::string& kind);
  void session_opened(const std::string& line);
  // The opposite of session_opened().
  void session_ended(const std::string& line);
  // A session that was a call, or failed.
  void call_over(const std::string& line, bool failed, double seconds);
  void interrupted(const std::string& line);
  // Stages that are not known count as "other".
  void error(const std::string& line, const std::string& stage);

  // "text/plain; version=0.0.4; charset=utf-8"
  static const char* content_type();
  std::string text(const MetricsNow& now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield
