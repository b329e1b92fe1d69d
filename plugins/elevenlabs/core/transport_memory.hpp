// For which addresses WebSockets are known to be refused, so that the next call need not try. Pure;
// the time is an argument (monotonic, ns); one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace elevenlabs {

class TransportMemory {
 public:
  void refused(const std::string& address, std::uint64_t now);
  bool is_refused(const std::string& address, std::uint64_t now) const;
  std::size_t size() const { return until_.size(); }

  static constexpr std::uint64_t kRemembered = 600'000'000'000;  // then it is tried again
  static constexpr std::size_t kMost = 64;                       // addresses

 private:
  std::map<std::string, std::uint64_t> until_;
};

}  // namespace elevenlabs
