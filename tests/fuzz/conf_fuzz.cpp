// jackfield.conf: mistakes stand within the text, and what is good is the same when it is written
// out and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "conf/core/conf.hpp"
#include "scenario/core/source_position.hpp"

namespace {

using namespace jackfield;

void require(bool ok) {
  if (!ok) std::abort();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

void write(std::string& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out += std::string{key} + "=" + value + "\n";
}

std::string written(const Conf& conf) {
  std::string out = "[server]\n";
  for (const auto& setting : kTextSettings) write(out, setting.key, conf.server.*setting.member);
  for (const auto& setting : kListSettings)
    write(out, setting.key, joined(conf.server.*setting.member));
  for (const auto& setting : kFlagSettings)
    write(out, setting.key, conf.server.*setting.member ? "true" : "false");
  for (const auto& setting : kNumberSettings)
    write(out, setting.key, std::to_string(conf.server.*setting.member));
  for (const LineConf& line : conf.lines) {
    out += "[line " + line.name + "]\n";
    write(out, "pipeline", line.pipeline);
    write(out, "profile", line.profile);
    write(out, "numbers", joined(line.numbers));
    if (line.max_calls) write(out, "max-calls", std::to_string(*line.max_calls));
    if (line.max_call_duration)
      write(out, "max-call-duration", std::to_string(*line.max_call_duration));
    write(out, "tasks", joined(line.tasks));
    for (const auto& [name, value] : line.variables) out += name + "=" + value + "\n";
  }
  for (const TaskConf& task : conf.tasks) {
    out += "[task " + task.line.name + "]\n";
    write(out, "pipeline", task.line.pipeline);
    write(out, "profile", task.line.profile);
    write(out, "description", task.description);
    write(out, "goal", task.goal);
    write(out, "max-running", std::to_string(task.max_running));
    write(out, "timeout", std::to_string(task.timeout));
    for (const auto& [name, value] : task.line.variables) out += name + "=" + value + "\n";
  }
  for (const ScheduleConf& schedule : conf.schedules) {
    out += "[schedule " + schedule.name + "]\n" + schedule.written + "\n";
    write(out, "task", schedule.task);
    write(out, "goal", schedule.goal);
    write(out, "time-zone", schedule.time_zone);
    write(out, "catch-up", schedule::duration_text(schedule.catch_up));
    if (schedule.timeout) write(out, "timeout", std::to_string(*schedule.timeout));
  }
  return out;
}

// Times follow each other, and what is found from afar is found from nearby as well.
void check_times(const ScheduleConf& schedule) {
  using namespace jackfield::schedule;
  const Utc zone;
  (void)parse_moment(schedule.at, zone);
  if (!schedule.timing) return;
  constexpr Seconds kStart = 1'800'000'000;
  Seconds after = kStart;
  for (int i = 0; i < 3; ++i) {
    const auto next = next_time(*schedule.timing, zone, after);
    if (!next) return;
    require(*next > after && next_time(*schedule.timing, zone, *next - 1) == next);
    after = *next;
  }
}

void check_good(const Conf& conf) {
  require(!conf.lines.empty() || !conf.tasks.empty());
  for (const TaskConf& task : conf.tasks)
    require(is_line_name(task.line.name) && !task.line.pipeline.empty());
  for (const ScheduleConf& schedule : conf.schedules) check_times(schedule);
  for (const LineConf& line : conf.lines)
    require(is_line_name(line.name) && !line.pipeline.empty());
  for (const auto& setting : kNumberSettings) {
    const unsigned value = conf.server.*setting.member;
    require(value >= setting.low && value <= setting.high);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto ports = parse_port_range(text.substr(0, text.find('\n'))))
    require(ports->first <= ports->second && ports->second <= 65535);
  std::vector<TextError> errors;
  const Conf conf = read_conf(text, errors);
  for (const TextError& error : errors) {
    require(error.offset <= size && !error.message.empty());
    require(position_of(text, error.offset).line >= 1);
  }
  if (!errors.empty()) return 0;
  check_good(conf);
  const std::string once = written(conf);
  const Conf again = read_conf(once, errors);
  require(errors.empty());
  require(written(again) == once);
  return 0;
}
