#include "metrics/prometheus_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace jackfield {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::array<const char*, 9> kErrorStages{
    "stt", "llm", "tts", "detector", "call", "realtime", "pipeline", "recorder", "other"};
// Seconds: a wrong number to a long talk.
const prometheus::Histogram::BucketBoundaries kDurations{1,   5,   10,   30,   60,  120,
                                                         300, 600, 1200, 1800, 3600};

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

MetricFamily family(const char* name, const char* help, MetricType type) {
  return {.name = name, .help = help, .type = type, .metric = {}};
}

void add(MetricFamily& to, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  to.metric.push_back(std::move(metric));
}

void add_one(std::vector<MetricFamily>& to, const char* name, const char* help, MetricType type,
             double value) {
  to.push_back(family(name, help, type));
  add(to.back(), {}, value);
}

void add_quantiles(MetricFamily& to, const Labels& labels, const Percentiles& percentiles,
                   const char* window) {
  for (const auto& [quantile, ns] :
       {std::pair{"0.5", percentiles.p50}, std::pair{"0.95", percentiles.p95},
        std::pair{"0.99", percentiles.p99}}) {
    Labels all = labels;
    all.push_back({"quantile", quantile});
    all.push_back({"window", window});
    add(to, std::move(all), seconds(ns));
  }
}

ClientMetric histogram_of(Labels labels, const LatencyMonitor::Distribution& exact) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.histogram.sample_count = exact.count;
  metric.histogram.sample_sum = exact.sum / 1e9;
  for (std::size_t i = 0; i < LatencyMonitor::kBounds.size(); ++i)
    metric.histogram.bucket.push_back({exact.up_to[i], seconds(LatencyMonitor::kBounds[i])});
  metric.histogram.bucket.push_back({exact.count, std::numeric_limits<double>::infinity()});
  return metric;
}

void add_latencies(std::vector<MetricFamily>& to, const std::vector<LatencyMonitor::Line>& lines) {
  constexpr MetricType kGauge = MetricType::Gauge;
  MetricFamily quantiles =
      family("jackfield_turn_latency_seconds",
             "Latency of a stage: percentiles since the start, or of the last 1000 values", kGauge);
  MetricFamily current = family("jackfield_turn_latency_seconds_current", "The last value", kGauge);
  MetricFamily mean = family("jackfield_turn_latency_seconds_mean", "Mean since the start", kGauge);
  MetricFamily least =
      family("jackfield_turn_latency_seconds_min", "Least since the start", kGauge);
  MetricFamily most = family("jackfield_turn_latency_seconds_max", "Most since the start", kGauge);
  MetricFamily distribution = family("jackfield_turn_latency_histogram_seconds",
                                     "Latency of a stage", MetricType::Histogram);
  for (const LatencyMonitor::Line& line : lines) {
    for (std::size_t i = 0; i < line.stages.size(); ++i) {
      const LatencySummary& summary = line.stages[i].summary;
      const Labels labels{{"line", line.line}, {"stage", line.stages[i].stage}};
      add_quantiles(quantiles, labels, summary.total, "start");
      add_quantiles(quantiles, labels, summary.recent, "recent");
      add(current, labels, seconds(summary.current));
      add(mean, labels, seconds(summary.mean));
      add(least, labels, seconds(summary.min));
      add(most, labels, seconds(summary.max));
      distribution.metric.push_back(histogram_of(labels, *line.exact[i]));
    }
  }
  for (MetricFamily* one : {&quantiles, &current, &mean, &least, &most, &distribution}) {
    if (!one->metric.empty()) to.push_back(std::move(*one));
  }
}

void add_jitter(std::vector<MetricFamily>& to,
                const std::vector<std::pair<std::string, JitterTotals>>& lines) {
  struct Figure {
    const char* name;
    const char* help;
    MetricType type;
    double (*value)(const JitterTotals&);
  };
  constexpr MetricType kGauge = MetricType::Gauge;
  constexpr MetricType kCounter = MetricType::Counter;
  static const Figure kFigures[] = {
      {"jackfield_jitter_calls", "Running calls with a jitter buffer", kGauge,
       [](const JitterTotals& t) { return static_cast<double>(t.calls); }},
      {"jackfield_jitter_delay_seconds", "How long sound is held now, mean of the running calls",
       kGauge, [](const JitterTotals& t) { return t.delay; }},
      {"jackfield_jitter_target_delay_seconds",
       "The delay that is aimed at now, mean of the running calls", kGauge,
       [](const JitterTotals& t) { return t.target; }},
      {"jackfield_jitter_played_seconds_total", "Sound put out by jitter buffers", kCounter,
       [](const JitterTotals& t) { return t.played_seconds; }},
      {"jackfield_jitter_concealed_seconds_total", "Sound of it that was made up", kCounter,
       [](const JitterTotals& t) { return t.concealed_seconds; }},
      {"jackfield_jitter_packets_received_total", "Packets that came", kCounter,
       [](const JitterTotals& t) { return static_cast<double>(t.packets_received); }},
      {"jackfield_jitter_packets_lost_total", "Packets that never came", kCounter,
       [](const JitterTotals& t) { return static_cast<double>(t.packets_lost); }},
      {"jackfield_jitter_packets_discarded_total", "Packets that came and were not played",
       kCounter, [](const JitterTotals& t) { return static_cast<double>(t.packets_discarded); }},
  };
  if (lines.empty()) return;
  for (const Figure& figure : kFigures) {
    to.push_back(family(figure.name, figure.help, figure.type));
    for (const auto& [line, totals] : lines) add(to.back(), {{"line", line}}, figure.value(totals));
  }
}

void add_rooms(std::vector<MetricFamily>& to,
               const std::vector<std::pair<std::string, RoomTotals>>& lines) {
  constexpr MetricType kGauge = MetricType::Gauge;
  if (lines.empty()) return;
  MetricFamily rooms = family("jackfield_rooms", "Rooms of conferences that are open", kGauge);
  MetricFamily seats = family("jackfield_seats", "Participants in them", kGauge);
  MetricFamily block =
      family("jackfield_mixer_block_seconds",
             "Work on a block of 10 ms, mean of the room that takes longest", kGauge);
  for (const auto& [line, totals] : lines) {
    add(rooms, {{"line", line}}, static_cast<double>(totals.rooms));
    for (const auto& [kind, count] :
         {std::pair{"phone", totals.phones}, std::pair{"browser", totals.browsers},
          std::pair{"agent", totals.agents}})
      add(seats, {{"line", line}, {"kind", kind}}, static_cast<double>(count));
    add(block, {{"line", line}}, totals.block_seconds);
  }
  for (MetricFamily* one : {&rooms, &seats, &block}) to.push_back(std::move(*one));
}

void add_tasks(std::vector<MetricFamily>& to, const MetricsNow& now) {
  constexpr MetricType kGauge = MetricType::Gauge;
  if (!now.tasks.empty()) {
    MetricFamily runs =
        family("jackfield_task_runs_total", "Runs of tasks that have ended", MetricType::Counter);
    MetricFamily running = family("jackfield_tasks_running", "Tasks that run", kGauge);
    MetricFamily waiting = family("jackfield_tasks_waiting", "Tasks that wait for others", kGauge);
    for (const TaskTotals& task : now.tasks) {
      for (const auto& [outcome, count] : task.ended)
        add(runs, {{"task", task.task}, {"outcome", outcome}}, static_cast<double>(count));
      add(running, {{"task", task.task}}, static_cast<double>(task.running));
      add(waiting, {{"task", task.task}}, static_cast<double>(task.waiting));
    }
    for (MetricFamily* one : {&runs, &running, &waiting}) to.push_back(std::move(*one));
  }
  if (now.next_due.empty()) return;
  to.push_back(family("jackfield_schedule_next_due_seconds",
                      "When a schedule starts its task next, Unix time", kGauge));
  for (const auto& [schedule, due] : now.next_due) add(to.back(), {{"schedule", schedule}}, due);
}

void add_server(std::vector<MetricFamily>& to, const MetricsNow& now) {
  constexpr MetricType kGauge = MetricType::Gauge;
  constexpr MetricType kCounter = MetricType::Counter;
  to.push_back(family("jackfield_refused_total", "What was refused at the door", kCounter));
  for (const auto& [reason, count] : now.refused)
    add(to.back(), {{"reason", reason}}, static_cast<double>(count));
  if (now.refused.empty()) to.pop_back();
  add_one(to, "jackfield_max_sessions", "Sessions at most at a time", kGauge,
          static_cast<double>(now.max_sessions));
  add_one(to, "jackfield_taking_calls", "1 while calls are taken, 0 when full or stopping", kGauge,
          now.taking_calls ? 1 : 0);
  add_one(to, "jackfield_event_readers", "Readers of the event socket", kGauge,
          static_cast<double>(now.event_readers));
  add_one(to, "jackfield_events_lost_total", "Events that readers were too slow for", kCounter,
          static_cast<double>(now.events_lost));
  add_one(to, "process_cpu_seconds_total", "Processor time, user and system", kCounter,
          now.cpu_seconds);
  add_one(to, "process_resident_memory_bytes", "Resident memory", kGauge,
          static_cast<double>(now.resident_bytes));
  add_one(to, "process_threads", "Threads", kGauge, now.threads);
  add_one(to, "process_open_fds", "Open file descriptors", kGauge, now.open_files);
  add_one(to, "process_start_time_seconds", "When the process began, Unix time", kGauge,
          now.started_at);
}

template <typename Builder>
auto& build(Builder builder, prometheus::Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

struct PrometheusMetrics::State {
  struct Line {
    prometheus::Gauge* sessions;
    prometheus::Counter* ok;
    prometheus::Counter* failed;
    prometheus::Histogram* durations;
    prometheus::Counter* interruptions;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Gauge>& sessions =
      build(prometheus::BuildGauge(), registry, "jackfield_sessions", "Sessions that run");
  prometheus::Family<prometheus::Counter>& calls =
      build(prometheus::BuildCounter(), registry, "jackfield_sessions_total",
            "Sessions that are over: calls, and what failed");
  prometheus::Family<prometheus::Histogram>& durations =
      build(prometheus::BuildHistogram(), registry, "jackfield_session_duration_seconds",
            "How long sessions took, of those that jackfield_sessions_total counts");
  prometheus::Family<prometheus::Counter>& interruptions =
      build(prometheus::BuildCounter(), registry, "jackfield_interruptions_total",
            "Replies that a caller cut short");
  prometheus::Family<prometheus::Counter>& errors =
      build(prometheus::BuildCounter(), registry, "jackfield_errors_total",
            "Failures of stages and pipelines");
  std::map<std::string, Line, std::less<>> lines;

  Line* find(const std::string& line) {
    const auto it = lines.find(line);
    return it == lines.end() ? nullptr : &it->second;
  }
};

PrometheusMetrics::PrometheusMetrics(const std::string& version)
    : state_(std::make_unique<State>()) {
  prometheus::BuildGauge()
      .Name("jackfield_build_info")
      .Help("Always 1")
      .Register(state_->registry)
      .Add({{"version", version}})
      .Set(1);
}

PrometheusMetrics::~PrometheusMetrics() = default;

bool PrometheusMetrics::available() { return true; }

const char* PrometheusMetrics::content_type() { return "text/plain; version=0.0.4; charset=utf-8"; }

void PrometheusMetrics::add_line(const std::string& line, const std::string& kind) {
  State& s = *state_;
  if (s.lines.contains(line)) return;
  s.lines[line] = {.sessions = &s.sessions.Add({{"line", line}, {"kind", kind}}),
                   .ok = &s.calls.Add({{"line", line}, {"result", "ok"}}),
                   .failed = &s.calls.Add({{"line", line}, {"result", "failed"}}),
                   .durations = &s.durations.Add({{"line", line}}, kDurations),
                   .interruptions = &s.interruptions.Add({{"line", line}})};
}

void PrometheusMetrics::session_opened(const std::string& line) {
  if (const auto* known = state_->find(line)) known->sessions->Increment();
}

void PrometheusMetrics::session_ended(const std::string& line) {
  if (const auto* known = state_->find(line)) known->sessions->Decrement();
}

void PrometheusMetrics::call_over(const std::string& line, bool failed, double duration) {
  const auto* known = state_->find(line);
  if (!known) return;
  (failed ? known->failed : known->ok)->Increment();
  known->durations->Observe(duration);
}

void PrometheusMetrics::interrupted(const std::string& line) {
  if (const auto* known = state_->find(line)) known->interruptions->Increment();
}

void PrometheusMetrics::error(const std::string& line, const std::string& stage) {
  if (!state_->find(line)) return;
  const bool known =
      std::find_if(kErrorStages.begin(), kErrorStages.end(),
                   [&](std::string_view name) { return name == stage; }) != kErrorStages.end();
  state_->errors.Add({{"line", line}, {"stage", known ? stage : "other"}}).Increment();
}

std::string PrometheusMetrics::text(const MetricsNow& now) const {
  auto families = state_->registry.Collect();
  // A family without a metric has nothing to tell.
  std::erase_if(families, [](const MetricFamily& one) { return one.metric.empty(); });
  add_latencies(families, now.latencies);
  add_jitter(families, now.jitter);
  add_rooms(families, now.rooms);
  add_tasks(families, now);
  add_server(families, now);
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace jackfield
