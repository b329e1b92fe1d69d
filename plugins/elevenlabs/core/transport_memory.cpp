#include "transport_memory.hpp"

#include <algorithm>

namespace elevenlabs {

void TransportMemory::refused(const std::string& address, std::uint64_t now) {
  std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
  if (until_.size() >= kMost && !until_.contains(address)) {
    until_.erase(std::min_element(until_.begin(), until_.end(), [](const auto& a, const auto& b) {
      return a.second < b.second;
    }));
  }
  until_[address] = now + kRemembered;
}

bool TransportMemory::is_refused(const std::string& address, std::uint64_t now) const {
  const auto found = until_.find(address);
  return found != until_.end() && now < found->second;
}

}  // namespace elevenlabs
