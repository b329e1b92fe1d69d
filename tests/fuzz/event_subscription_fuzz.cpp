// What a stranger says to the event socket.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/core/event_filter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  auto read = read_subscription({reinterpret_cast<const char*>(data), size});
  if (const auto* error = std::get_if<SubscriptionError>(&read)) {
    if (error->text.empty()) std::abort();
    return 0;
  }
  auto& subscription = std::get<Subscription>(read);
  if (subscription.sessions.size() > EventFilter::kMostSessions ||
      subscription.level_interval < EventFilter::kLeastLevelInterval ||
      subscription.level_interval > EventFilter::kMostLevelInterval)
    std::abort();
  EventFilter filter{subscription};
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    for (const std::string& session : subscription.sessions) {
      if (filter.wants(kind, session) != filter.take(kind, session, i + 1)) std::abort();
    }
  }
  return 0;
}
