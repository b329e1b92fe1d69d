#include "control/core/record_json.hpp"

#include <algorithm>

#include "json_reader.hpp"
#include "records/core/iso_time.hpp"

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

// Longer than anything we write there.
constexpr std::size_t kLongestText = 1000;
constexpr double kLargest = 9e15;  // whole numbers are exact below

void take(const JsonValue& object, std::string_view name, std::string& text) {
  const JsonValue* value = object.find(name);
  if (value && value->is(Kind::kString) && value->string.size() <= kLongestText)
    text = value->string;
}

std::optional<double> number(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  if (!value || !value->is(Kind::kNumber) || value->number < -kLargest || value->number > kLargest)
    return std::nullopt;
  return value->number;
}

std::optional<bool> flag(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  return value && value->is(Kind::kBoolean) ? std::optional{value->boolean} : std::nullopt;
}

std::uint64_t count(const JsonValue& object, std::string_view name) {
  return static_cast<std::uint64_t>(std::max(number(object, name).value_or(0), 0.0));
}

std::vector<std::string> texts(const JsonValue& object, std::string_view name) {
  std::vector<std::string> all;
  const JsonValue* list = object.find(name);
  if (!list || !list->is(Kind::kArray)) return all;
  for (const JsonValue& item : list->items)
    if (item.is(Kind::kString)) all.push_back(item.string);
  return all;
}

std::string file_name(const std::string& path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// Records of earlier versions do not say it.
std::string guessed_kind(const JsonValue& object) {
  if (object.find("stream-sid") || object.find("call-sid")) return "phone";
  return object.find("peer") ? "browser" : "once";
}

}  // namespace

bool read_call_json(std::string_view text, RecordSummary& record, RecordDetail* detail) {
  const JsonResult read = parse_json(text);
  if (!read.value || !read.value->is(Kind::kObject)) return false;
  const JsonValue& object = *read.value;
  take(object, "line", record.line);
  std::string scenario;
  take(object, "scenario", scenario);
  record.scenario = file_name(scenario);
  record.kind = guessed_kind(object);
  take(object, "kind", record.kind);
  std::string started;
  take(object, "started", started);
  if (const auto ms = read_iso_time(started)) record.started_ms = *ms;
  record.duration_ms = static_cast<std::int64_t>(count(object, "duration-ms"));
  take(object, "end-reason", record.end_reason);
  take(object, "from", record.from);
  take(object, "to", record.to);
  record.failed = flag(object, "failed").value_or(false);
  record.turns = count(object, "caller-turns");
  record.interruptions = count(object, "interruptions");
  // Without a call nothing is kept but failures.
  record.call = flag(object, "call")
                    .value_or(!record.failed || record.turns > 0 || count(object, "replies") > 0);
  if (const JsonValue* latency = object.find("latency-ms"); latency && latency->is(Kind::kObject)) {
    const auto last = number(*latency, "last");
    const auto p50 = number(*latency, "p50");
    const auto p95 = number(*latency, "p95");
    if (last && p50 && p95) record.latency = TotalLatency{*last, *p50, *p95};
  }
  record.complete = true;
  if (!detail) return true;
  detail->errors = texts(object, "errors");
  detail->warnings = texts(object, "warnings");
  detail->pipeline_start_ms = number(object, "pipeline-start-ms");
  detail->recording_start_ms = number(object, "recording-start-ms");
  return true;
}

}  // namespace jackfield
