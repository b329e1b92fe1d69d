#include "audit_line.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "json_reader.hpp"

namespace agentbrain::tools {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;  // ns

const char* event_name(AuditEntry::Event event) {
  switch (event) {
    case AuditEntry::Event::kBegin:
      return "begin";
    case AuditEntry::Event::kRefused:
      return "refused";
    case AuditEntry::Event::kEnd:
      break;
  }
  return "end";
}

void add(std::string& line, const char* key, const std::string& text) {
  line.append(",\"").append(key).append("\":").append(jackfield::quote_json(text));
}

void add_number(std::string& line, const char* key, std::uint64_t number) {
  line.append(",\"").append(key).append("\":").append(std::to_string(number));
}

}  // namespace

std::string utc_time(std::int64_t unix_us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds{unix_us}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string audit_line(const AuditedSession& whose, const AuditEntry& entry, std::int64_t time) {
  std::string line =
      R"({"time":")" + utc_time(time) + R"(","event":")" + event_name(entry.event) + "\"";
  if (!whose.session.empty()) add(line, "session", whose.session);
  if (!whose.line.empty()) add(line, "line", whose.line);
  if (!whose.caller.empty()) add(line, "caller", whose.caller);
  add_number(line, "turn", entry.turn);
  add(line, "call", entry.call_id);
  add(line, "server", entry.server);
  add(line, "tool", entry.tool);
  add(line, "arguments", entry.arguments);
  if (entry.event != AuditEntry::Event::kBegin) add(line, "outcome", entry.outcome);
  if (entry.confirmed) line += R"(,"confirmed":true)";
  if (!entry.reason.empty()) add(line, "reason", entry.reason);
  if (entry.event == AuditEntry::Event::kEnd) {
    add_number(line, "duration-ms", entry.duration / kMillisecond);
    add_number(line, "bytes", entry.bytes);
    if (entry.background) line += R"(,"background":true)";
  }
  return line + "}\n";
}

}  // namespace agentbrain::tools
