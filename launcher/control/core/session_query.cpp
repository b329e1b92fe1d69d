#include "control/core/session_query.hpp"

#include <charconv>

namespace jackfield {
namespace {

constexpr std::size_t kLongest = 200;  // bytes of a text that is looked for, and of a cursor

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                  : std::nullopt;
}

}  // namespace

std::string SessionCursor::text() const {
  return ended ? "ended:" + rest : "running:" + std::to_string(started_at) + ":" + rest;
}

std::optional<SessionCursor> SessionCursor::parse(std::string_view text) {
  constexpr std::string_view kEnded = "ended:";
  constexpr std::string_view kRunning = "running:";
  if (text.size() > kLongest) return std::nullopt;
  if (text.starts_with(kEnded))
    return SessionCursor{.ended = true, .rest = std::string{text.substr(kEnded.size())}};
  if (!text.starts_with(kRunning)) return std::nullopt;
  text.remove_prefix(kRunning.size());
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto started = number_of<std::int64_t>(text.substr(0, colon));
  if (!started) return std::nullopt;
  return SessionCursor{.started_at = *started, .rest = std::string{text.substr(colon + 1)}};
}

std::optional<SessionQuery> parse_session_query(const QueryLookup& lookup, std::string& error) {
  SessionQuery query;
  if (const auto state = lookup("state")) {
    if (*state != "running" && *state != "ended") {
      error = "'state' is 'running' or 'ended'; without it both are listed";
      return std::nullopt;
    }
    query.running = *state == "running";
    query.ended = *state == "ended";
  }
  if (const auto limit = lookup("limit")) {
    const auto number = number_of<std::size_t>(*limit);
    if (!number || *number < 1 || *number > SessionQuery::kMaxLimit) {
      error = "'limit' is a number from 1 to 200";
      return std::nullopt;
    }
    query.limit = *number;
  }
  if (const auto before = lookup("before")) {
    query.before = SessionCursor::parse(*before);
    if (!query.before) {
      error = "'before' is what the page before has in 'next'";
      return std::nullopt;
    }
  }
  if (const auto failed = lookup("failed")) {
    if (*failed != "true" && *failed != "false") {
      error = "'failed' is 'true' or 'false'";
      return std::nullopt;
    }
    query.failed = *failed == "true";
  }
  query.line = lookup("line");
  query.number = lookup("number").value_or("");
  query.text = lookup("text").value_or("");
  if (query.number.size() > kLongest || query.text.size() > kLongest ||
      (query.line && query.line->size() > kLongest)) {
    error = "a text that is looked for has at most 200 bytes";
    return std::nullopt;
  }
  return query;
}

}  // namespace jackfield
