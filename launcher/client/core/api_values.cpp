#include "client/core/api_values.hpp"

#include <algorithm>
#include <cmath>

#include "json_members.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

constexpr std::size_t kLongestId = 64;

std::string text_member(const JsonValue& object, std::string_view key) {
  return clean_terminal_text(string_member(object, key));
}

std::uint64_t count_member(const JsonValue& object, std::string_view key) {
  constexpr double kMost = 1e15;
  const double number = number_member(object, key);
  return number > 0 && number <= kMost ? static_cast<std::uint64_t>(number) : 0;
}

unsigned small_member(const JsonValue& object, std::string_view key) {
  return static_cast<unsigned>(std::min<std::uint64_t>(count_member(object, key), 1'000'000'000));
}

std::optional<double> known_member(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.is(JsonValue::Kind::kObject) ? object.find(key) : nullptr;
  if (!value || !value->is(JsonValue::Kind::kNumber)) return std::nullopt;
  return value->number;
}

// It becomes part of a path.
bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_';
         });
}

Percentiles read_percentiles(const JsonValue& value) {
  return {.p50 = number_member(value, "p50"),
          .p95 = number_member(value, "p95"),
          .p99 = number_member(value, "p99")};
}

template <typename Read>
auto read_array(const JsonValue& answer, std::string_view key, Read read) {
  std::vector<decltype(read(answer))> all;
  if (const JsonValue* items = array_member(answer, key))
    for (const JsonValue& item : items->items) all.push_back(read(item));
  return all;
}

Stage read_stage(const JsonValue& value) {
  Stage stage{.name = text_member(value, "stage"),
              .count = count_member(value, "count"),
              .max = number_member(value, "max"),
              .all = read_percentiles(value),
              .recent = {}};
  if (const JsonValue* recent = object_member(value, "recent"))
    stage.recent = read_percentiles(*recent);
  return stage;
}

Line read_line(const JsonValue& value) {
  return {.name = text_member(value, "name"),
          .kind = text_member(value, "kind"),
          .url = text_member(value, "url"),
          .sessions = small_member(value, "sessions"),
          .max_sessions = small_member(value, "max-sessions"),
          .calls = count_member(value, "calls-total"),
          .failed = count_member(value, "failed-total")};
}

std::string read_hears(const JsonValue& seat) {
  const JsonValue* some = object_member(seat, "hears");
  if (!some) return text_member(seat, "hears");
  for (const auto& [form, words] : {std::pair{"all-but", "all but"}, std::pair{"only", "only"}}) {
    const JsonValue* list = array_member(*some, form);
    if (!list) continue;
    std::string text = words;
    for (const JsonValue& session : list->items) text += " " + clean_terminal_text(session.string);
    return list->items.empty() ? std::string{words} + " nobody" : text;
  }
  return {};
}

Seat read_seat(const JsonValue& value) {
  return {.session = string_member(value, "session"),
          .kind = text_member(value, "kind"),
          .name = text_member(value, "name"),
          .joined_at = text_member(value, "joined-at"),
          .hears = read_hears(value),
          .muted = true_member(value, "muted"),
          .voice = true_member(value, "voice"),
          .gain = number_member(value, "gain"),
          .level = number_member(value, "level")};
}

Room read_room(const JsonValue& value) {
  Room room{.id = string_member(value, "id"),
            .name = text_member(value, "name"),
            .line = text_member(value, "line"),
            .size = small_member(value, "size"),
            .seats = read_array(value, "seats", read_seat)};
  std::erase_if(room.seats, [](const Seat& seat) { return !is_id(seat.session); });
  return room;
}

}  // namespace

std::optional<Session> read_session(const JsonValue& value) {
  Session session{.id = string_member(value, "id"),
                  .line = text_member(value, "line"),
                  .scenario = text_member(value, "scenario"),
                  .kind = text_member(value, "kind"),
                  .state = text_member(value, "state"),
                  .from = text_member(value, "from"),
                  .to = text_member(value, "to"),
                  .started_at = text_member(value, "started-at"),
                  .end_reason = text_member(value, "end-reason"),
                  .last_who = {},
                  .last_text = {},
                  .duration_ms = number_member(value, "duration-ms"),
                  .turns = small_member(value, "turns"),
                  .interruptions = small_member(value, "interruptions"),
                  .failed = true_member(value, "failed"),
                  .latency_last = {},
                  .latency_p50 = {},
                  .latency_p95 = {}};
  if (!is_id(session.id)) return std::nullopt;
  if (const JsonValue* last = object_member(value, "last-said")) {
    session.last_who = text_member(*last, "who");
    session.last_text = text_member(*last, "text");
  }
  if (const JsonValue* latency = object_member(value, "latency")) {
    session.latency_last = known_member(*latency, "last");
    session.latency_p50 = known_member(*latency, "p50");
    session.latency_p95 = known_member(*latency, "p95");
  }
  if (const JsonValue* muted = object_member(value, "muted")) {
    session.muted_caller = true_member(*muted, "caller");
    session.muted_agent = true_member(*muted, "agent");
  }
  return session;
}

std::vector<Session> read_sessions(const JsonValue& answer) {
  std::vector<Session> sessions;
  for (auto& session : read_array(answer, "sessions", read_session))
    if (session) sessions.push_back(std::move(*session));
  return sessions;
}

std::vector<Room> read_rooms(const JsonValue& answer) {
  auto rooms = read_array(answer, "rooms", read_room);
  std::erase_if(rooms, [](const Room& room) { return !is_id(room.id); });
  return rooms;
}

std::string read_cursor(const JsonValue& answer) { return string_member(answer, "next"); }

Server read_server(const JsonValue& answer) {
  return {.version = text_member(answer, "version"),
          .uptime_ms = number_member(answer, "uptime-ms"),
          .sessions = small_member(answer, "sessions"),
          .max_sessions = small_member(answer, "max-sessions"),
          .threads = small_member(answer, "threads"),
          .stopping = true_member(answer, "stopping"),
          .cpu_percent = number_member(answer, "cpu-percent"),
          .memory_mb = number_member(answer, "memory-mb")};
}

std::vector<Line> read_lines(const JsonValue& answer) {
  return read_array(answer, "lines", read_line);
}

std::vector<Stage> read_stages(const JsonValue& answer) {
  return read_array(answer, "stages", read_stage);
}

std::map<std::string, std::vector<Stage>> read_latency(const JsonValue& answer) {
  std::map<std::string, std::vector<Stage>> lines;
  if (const JsonValue* all = array_member(answer, "lines"))
    for (const JsonValue& line : all->items) lines[text_member(line, "line")] = read_stages(line);
  return lines;
}

Entry read_entry(const JsonValue& value) {
  const JsonValue* heard = value.is(JsonValue::Kind::kObject) ? value.find("heard") : nullptr;
  return {.at_ms = number_member(value, "at-ms"),
          .who = text_member(value, "who"),
          .text = text_member(value, "text"),
          .heard = heard && heard->is(JsonValue::Kind::kString)
                       ? std::optional{clean_terminal_text(heard->string)}
                       : std::nullopt,
          .turn = small_member(value, "turn"),
          .interrupted = true_member(value, "interrupted"),
          .final = true_member(value, "final"),
          .not_understood = true_member(value, "not-understood")};
}

std::vector<Entry> read_entries(const JsonValue& answer) {
  return read_array(answer, "entries", read_entry);
}

Turn read_turn(const JsonValue& value) {
  return {.turn = small_member(value, "turn"),
          .hang_over = known_member(value, "hang-over"),
          .stt = known_member(value, "stt"),
          .llm = known_member(value, "llm"),
          .tts = known_member(value, "tts"),
          .output = known_member(value, "output"),
          .total = known_member(value, "total")};
}

std::vector<Turn> read_turns(const JsonValue& answer) {
  return read_array(answer, "turns", read_turn);
}

std::string read_error(const JsonValue& answer) {
  const JsonValue* error = object_member(answer, "error");
  return error ? text_member(*error, "message") : "";
}

}  // namespace jackfield::client
