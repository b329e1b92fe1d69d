#include "control/latency_json.hpp"

#include "control/session_view.hpp"

namespace jackfield {
namespace {

void set_ms(JsonObject* object, const char* name, std::uint64_t ns) {
  json_object_set_double_member(object, name, rounded_ms(static_cast<double>(ns)));
}

void set_percentiles(JsonObject* object, const Percentiles& percentiles) {
  set_ms(object, "p50", percentiles.p50);
  set_ms(object, "p95", percentiles.p95);
  set_ms(object, "p99", percentiles.p99);
}

void add_ms(JsonArray* array, std::uint64_t ns) {
  json_array_add_double_element(array, rounded_ms(static_cast<double>(ns)));
}

JsonObject* percentiles_of(const LatencyHistory::Stage& stage,
                           const Percentiles& (*of)(const LatencyHistory::Row&)) {
  JsonArray *p50 = json_array_new(), *p95 = json_array_new(), *p99 = json_array_new();
  for (const LatencyHistory::Row& row : stage.rows) {
    add_ms(p50, of(row).p50);
    add_ms(p95, of(row).p95);
    add_ms(p99, of(row).p99);
  }
  JsonObject* object = json_object_new();
  json_object_set_array_member(object, "p50", p50);
  json_object_set_array_member(object, "p95", p95);
  json_object_set_array_member(object, "p99", p99);
  return object;
}

JsonObject* history_of(const LatencyHistory::Stage& stage, std::uint64_t now) {
  JsonArray* ago = json_array_new();
  for (const LatencyHistory::Row& row : stage.rows)
    json_array_add_int_element(ago, static_cast<gint64>((now - row.at) / 1'000'000));
  JsonObject* object = json_object_new();
  json_object_set_string_member(object, "stage", stage.stage.c_str());
  json_object_set_array_member(object, "ago-ms", ago);
  using Row = LatencyHistory::Row;
  json_object_set_object_member(
      object, "recent",
      percentiles_of(stage, [](const Row& row) -> const Percentiles& { return row.recent; }));
  json_object_set_object_member(
      object, "start",
      percentiles_of(stage, [](const Row& row) -> const Percentiles& { return row.total; }));
  return object;
}

}  // namespace

JsonObjectPtr to_json(const StageLatency& stage) {
  const LatencySummary& summary = stage.summary;
  JsonObjectPtr object{json_object_new()};
  json_object_set_string_member(object.get(), "stage", stage.stage.c_str());
  json_object_set_int_member(object.get(), "count", static_cast<gint64>(summary.count));
  set_ms(object.get(), "current", summary.current);
  set_ms(object.get(), "mean", summary.mean);
  set_ms(object.get(), "min", summary.min);
  set_ms(object.get(), "max", summary.max);
  set_percentiles(object.get(), summary.total);
  JsonObject* recent = json_object_new();
  json_object_set_int_member(recent, "count", static_cast<gint64>(summary.recent.count));
  set_ms(recent, "mean", summary.recent.mean);
  set_ms(recent, "min", summary.recent.min);
  set_ms(recent, "max", summary.recent.max);
  set_percentiles(recent, summary.recent);
  json_object_set_object_member(object.get(), "recent", recent);
  return object;
}

JsonArrayPtr to_json(const std::vector<StageLatency>& stages) {
  JsonArrayPtr array{json_array_new()};
  for (const StageLatency& stage : stages)
    json_array_add_object_element(array.get(), to_json(stage).release());
  return array;
}

JsonObjectPtr to_json(const std::vector<LatencyMonitor::Line>& lines) {
  JsonArray* array = json_array_new();
  for (const LatencyMonitor::Line& line : lines) {
    JsonObject* object = json_object_new();
    json_object_set_string_member(object, "line", line.line.c_str());
    json_object_set_array_member(object, "stages", to_json(line.stages).release());
    json_array_add_object_element(array, object);
  }
  JsonObjectPtr all{json_object_new()};
  json_object_set_array_member(all.get(), "lines", array);
  return all;
}

JsonObjectPtr to_json(const std::vector<LatencyHistory::Line>& lines, std::uint64_t now) {
  JsonArray* array = json_array_new();
  for (const LatencyHistory::Line& line : lines) {
    JsonArray* stages = json_array_new();
    for (const LatencyHistory::Stage& stage : line.stages)
      json_array_add_object_element(stages, history_of(stage, now));
    JsonObject* object = json_object_new();
    json_object_set_string_member(object, "line", line.line.c_str());
    json_object_set_array_member(object, "stages", stages);
    json_array_add_object_element(array, object);
  }
  JsonObjectPtr all{json_object_new()};
  json_object_set_array_member(all.get(), "lines", array);
  return all;
}

}  // namespace jackfield
