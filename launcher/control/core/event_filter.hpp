// What a reader of the event socket wants to be told: its message `subscribe`, and whether an event
// is among it. Pure.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace jackfield {

enum class EventKind {
  kSessionOpened,
  kSessionRunning,
  kSessionChanged,
  kSessionEnded,
  kTranscript,
  kTurn,
  kInterrupted,
  kResumed,
  kToolCall,
  kError,
  kWarning,
  kState,
  kJitter,
  kLevel,
  kLatency,
  kServer,
  kElements,
  kRecordDeleted,
  kRoomOpened,
  kRoomEnded,
  kSeatJoined,
  kSeatLeft,
  kSeatChanged,
  kRoomLevels,
  kTaskWaiting,
  kTaskStarted,
  kTaskEnded,
  kTransfer,
  kQuestion,
};
inline constexpr std::size_t kEventKinds = 29;

// "session-opened"
const char* event_name(EventKind kind);
std::optional<EventKind> event_kind(std::string_view name);

// The message `subscribe`.
struct Subscription {
  std::string token;  // "": none was given
  bool all_sessions = true;
  std::set<std::string, std::less<>> sessions;  // those named
  std::bitset<kEventKinds> events;
  std::uint64_t level_interval = 0;  // ns between two levels of a session, at least
};

// A message that is no good; `code` for programs, `text` for people.
struct SubscriptionError {
  const char* code;
  std::string text;
};

std::variant<Subscription, SubscriptionError> read_subscription(std::string_view message);

class EventFilter {
 public:
  static constexpr std::size_t kMostSessions = 64;  // named in a subscription
  static constexpr std::uint64_t kLeastLevelInterval = 50'000'000;
  static constexpr std::uint64_t kMostLevelInterval = 60'000'000'000;
  static constexpr std::uint64_t kLevelInterval = 200'000'000;  // when none is asked for

  // Wants nothing.
  EventFilter() = default;
  explicit EventFilter(Subscription subscription);

  // `session`: "" for events of no session, which everybody gets who wants their kind. Figures that
  // come many times a second (levels, jitter) go to those only who name the session.
  bool wants(EventKind kind, std::string_view session) const;
  // The same, and for levels: is it time for another one? If so it counts as sent. `now` is a
  // steady clock in ns.
  bool take(EventKind kind, std::string_view session, std::uint64_t now);

 private:
  Subscription subscription_{.all_sessions = false};
  std::map<std::string, std::uint64_t, std::less<>> last_levels_;  // of named sessions only
};

}  // namespace jackfield
