#include "control/core/event_filter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "json_reader.hpp"
#include "scenario/core/nearest.hpp"

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array<const char*, kEventKinds> kNames{
    "session-opened", "session-running", "session-changed", "session-ended", "transcript",
    "turn",           "interrupted",     "resumed",         "tool-call",     "error",
    "warning",        "state",           "jitter",          "level",         "latency",
    "server",         "elements",        "record-deleted",  "room-opened",   "room-ended",
    "seat-joined",    "seat-left",       "seat-changed",    "room-levels",   "task-waiting",
    "task-started",   "task-ended",      "transfer",        "question",
};

constexpr std::size_t kMostIdLength = 128;

// What a word that is not known might have been meant to be; begins with a space, or is "".
std::string hint(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string text = did_you_mean(word, candidates);
  return text.empty() ? "" : "; " + text;
}

std::optional<SubscriptionError> bad(std::string text) {
  return SubscriptionError{.code = "bad-message", .text = std::move(text)};
}

std::optional<SubscriptionError> read_sessions(const JsonValue& value, Subscription& into) {
  if (value.is(Kind::kString) && value.string == "all") return std::nullopt;
  if (!value.is(Kind::kArray)) return bad("'sessions' is \"all\" or a list of ids");
  if (value.items.size() > EventFilter::kMostSessions)
    return bad("'sessions' names at most " + std::to_string(EventFilter::kMostSessions) +
               " sessions; \"all\" means every one");
  into.all_sessions = false;
  for (const JsonValue& item : value.items) {
    // "all" among ids: all, and these with their levels.
    if (!item.is(Kind::kString) || item.string.empty() || item.string.size() > kMostIdLength)
      return bad("'sessions' is \"all\" or a list of ids");
    if (item.string == "all")
      into.all_sessions = true;
    else
      into.sessions.insert(item.string);
  }
  return std::nullopt;
}

std::optional<SubscriptionError> read_events(const JsonValue& value, Subscription& into) {
  if (!value.is(Kind::kArray)) return bad("'events' is a list of names");
  into.events.reset();
  for (const JsonValue& item : value.items) {
    if (!item.is(Kind::kString)) return bad("'events' is a list of names");
    const auto kind = event_kind(item.string);
    if (!kind)
      return SubscriptionError{.code = "unknown-event",
                               .text = "there is no event '" + item.string + "'" +
                                       hint(item.string, {kNames.begin(), kNames.end()})};
    into.events.set(static_cast<std::size_t>(*kind));
  }
  return std::nullopt;
}

std::optional<SubscriptionError> read_level_interval(const JsonValue& value, Subscription& into) {
  constexpr double kLeast = static_cast<double>(EventFilter::kLeastLevelInterval) / 1e6;
  constexpr double kMost = static_cast<double>(EventFilter::kMostLevelInterval) / 1e6;
  if (!value.is(Kind::kNumber) || !(value.number >= kLeast) || !(value.number <= kMost))
    return bad("'level-interval-ms' is a number from 50 to 60000");
  into.level_interval = static_cast<std::uint64_t>(std::llround(value.number * 1e6));
  return std::nullopt;
}

std::optional<SubscriptionError> read_member(const JsonMember& member, Subscription& into) {
  if (member.key == "type") return std::nullopt;
  if (member.key == "token") {
    if (!member.value.is(Kind::kString)) return bad("'token' is a text");
    into.token = member.value.string;
    return std::nullopt;
  }
  if (member.key == "sessions") return read_sessions(member.value, into);
  if (member.key == "events") return read_events(member.value, into);
  if (member.key == "level-interval-ms") return read_level_interval(member.value, into);
  return bad("'" + member.key + "' is no member of this message" +
             hint(member.key, {"type", "token", "sessions", "events", "level-interval-ms"}));
}

}  // namespace

const char* event_name(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> event_kind(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<EventKind>(found - kNames.begin());
}

std::variant<Subscription, SubscriptionError> read_subscription(std::string_view message) {
  const JsonResult read = parse_json(message);
  if (!read.value || !read.value->is(Kind::kObject))
    return *bad("this is no JSON object" + (read.error.empty() ? "" : ": " + read.error));
  const JsonValue* type = read.value->find("type");
  if (!type || !type->is(Kind::kString) || type->string != "subscribe")
    return *bad("a message has the type \"subscribe\"");
  Subscription subscription{.level_interval = EventFilter::kLevelInterval};
  subscription.events.set();
  for (const JsonMember& member : read.value->members) {
    if (auto error = read_member(member, subscription)) return *std::move(error);
  }
  return subscription;
}

EventFilter::EventFilter(Subscription subscription) : subscription_(std::move(subscription)) {
  subscription_.token.clear();
}

bool EventFilter::wants(EventKind kind, std::string_view session) const {
  if (!subscription_.events.test(static_cast<std::size_t>(kind))) return false;
  if (session.empty()) return true;
  const bool by_name = kind == EventKind::kLevel || kind == EventKind::kJitter ||
                       kind == EventKind::kElements || kind == EventKind::kRoomLevels;
  return (subscription_.all_sessions && !by_name) || subscription_.sessions.contains(session);
}

bool EventFilter::take(EventKind kind, std::string_view session, std::uint64_t now) {
  if (!wants(kind, session)) return false;
  if (kind != EventKind::kLevel) return true;
  const auto last = last_levels_.find(session);
  if (last == last_levels_.end()) {
    last_levels_.emplace(session, now);
    return true;
  }
  // A source whose interval is the same as what is wanted comes a little early now and then.
  constexpr std::uint64_t kEarly = 10'000'000;
  if (now < last->second + subscription_.level_interval - kEarly) return false;
  last->second = now;
  return true;
}

}  // namespace jackfield
