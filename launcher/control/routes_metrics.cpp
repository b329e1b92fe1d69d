#include "control/routes_metrics.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "control/latency_json.hpp"
#include "platform/process_figures.hpp"

namespace jackfield {
namespace {

// Leaves those that are asked for. False: there is no such line, and that was answered.
template <typename Line>
bool choose_line(std::vector<Line>& lines, const LatencyMonitor& latencies,
                 const ApiRequest& request, ApiAnswer& answer) {
  const auto wanted = request.query("line");
  if (!wanted) return true;
  std::erase_if(lines, [&](const Line& line) { return line.line != *wanted; });
  if (!lines.empty() || latencies.has_line(*wanted)) return true;
  answer.error(SOUP_STATUS_NOT_FOUND, "no-such-line",
               "there is no line of that name; /api/v1/lines has them all");
  return false;
}

void answer_latency(const LatencyMonitor& latencies, const ApiRequest& request, ApiAnswer& answer) {
  auto lines = latencies.lines();
  if (choose_line(lines, latencies, request, answer)) answer.json(SOUP_STATUS_OK, to_json(lines));
}

void answer_history(const MetricsParts& metrics, const ApiRequest& request, ApiAnswer& answer) {
  const auto now = static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000;
  auto lines = metrics.feed.history().lines(now);
  if (choose_line(lines, metrics.latencies, request, answer))
    answer.json(SOUP_STATUS_OK, to_json(lines, now));
}

std::vector<std::pair<std::string, RoomTotals>> room_totals(const ControlParts& parts) {
  std::map<std::string, RoomTotals> totals;
  for (const LineView& line : parts.directory.lines()) {
    if (line.kind == "conference") totals[line.name];
  }
  for (const conference::RoomView& room :
       parts.rooms ? parts.rooms->rooms() : std::vector<conference::RoomView>{}) {
    RoomTotals& of = totals[room.line];
    ++of.rooms;
    of.block_seconds = std::max(of.block_seconds, static_cast<double>(room.block_time) / 1e9);
    for (const conference::SeatView& seat : room.seats)
      ++(is_agent(seat) ? of.agents : seat.kind == "browser" ? of.browsers : of.phones);
  }
  return {totals.begin(), totals.end()};
}

void read_tasks(const ControlParts& parts, MetricsNow& now) {
  if (!parts.tasks) return;
  for (const auto& task : parts.tasks->tasks()) {
    TaskTotals totals{.task = task->settings.name,
                      .running = task->running,
                      .waiting = task->waiting,
                      .ended = {}};
    for (const char* outcome : kTaskOutcomes) {
      const auto count = task->ended.find(outcome);
      totals.ended.emplace_back(outcome, count == task->ended.end() ? 0 : count->second);
    }
    now.tasks.push_back(std::move(totals));
  }
  for (const ScheduleSettings& schedule : parts.scheduler->schedules())
    for (const schedule::Seconds due : parts.scheduler->upcoming(schedule, 1))
      now.next_due.emplace_back(schedule.name, static_cast<double>(due));
}

MetricsNow read_now(const ControlParts& parts, const MetricsParts& metrics) {
  MetricsNow now;
  now.latencies = metrics.latencies.lines();
  now.jitter = metrics.feed.jitter_totals();
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto why = static_cast<Refusal>(i);
    now.refused.emplace_back(refusal_name(why), parts.refusals.count(why));
  }
  now.rooms = room_totals(parts);
  read_tasks(parts, now);
  now.max_sessions = parts.max_sessions;
  now.taking_calls = parts.registry.has_room();
  now.event_readers = metrics.events.readers();
  now.events_lost = metrics.events.lost();
  const ProcessFigures process = read_process_figures();
  now.cpu_seconds = process.cpu_seconds;
  now.started_at = process.started_at;
  now.resident_bytes = process.resident_bytes;
  now.threads = process.threads;
  now.open_files = process.open_files;
  return now;
}

}  // namespace

void add_metrics_routes(ApiRouter& router, const ControlParts& parts, const MetricsParts& metrics) {
  router.add({.method = "GET", .path = "/api/v1/latency", .query = {"line"}},
             [metrics](const ApiRequest& request, const ApiAnswerPtr& answer) {
               answer_latency(metrics.latencies, request, *answer);
             });
  router.add({.method = "GET", .path = "/api/v1/latency/history", .query = {"line"}},
             [metrics](const ApiRequest& request, const ApiAnswerPtr& answer) {
               answer_history(metrics, request, *answer);
             });
  router.add({.method = "GET", .path = "/metrics"},
             [metrics, &parts](const ApiRequest&, const ApiAnswerPtr& answer) {
               if (!PrometheusMetrics::available())
                 return answer->error(SOUP_STATUS_NOT_IMPLEMENTED, "no-metrics",
                                      "this jackfield was built without prometheus-cpp; on Debian "
                                      "install prometheus-cpp-dev and build it again");
               answer->text(SOUP_STATUS_OK, PrometheusMetrics::content_type(),
                            metrics.metrics.text(read_now(parts, metrics)));
             });
}

}  // namespace jackfield
