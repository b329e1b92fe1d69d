// What GET /api/v1/sessions can be asked for, and where a page of its answer begins. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

// Where the page begins: among the sessions that run, behind the one of this start and id; or among
// those that are over, behind what their own cursor says. "" of either: from its beginning.
struct SessionCursor {
  bool ended = false;
  std::int64_t started_at = 0;  // Unix time in µs
  std::string rest;             // id, or the other's cursor

  std::string text() const;
  static std::optional<SessionCursor> parse(std::string_view text);
};

struct SessionQuery {
  static constexpr std::size_t kMaxLimit = 200;

  bool running = true, ended = true;
  std::size_t limit = 50;
  std::optional<SessionCursor> before;
  std::optional<std::string> line;
  std::string number;
  std::optional<bool> failed;
  std::string text;
};

// By name: nullopt when the request does not have it.
using QueryLookup = std::function<std::optional<std::string>(std::string_view name)>;
// nullopt and a text for people in `error`.
std::optional<SessionQuery> parse_session_query(const QueryLookup& lookup, std::string& error);

}  // namespace jackfield
