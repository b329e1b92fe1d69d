// What was said last in a conversation, for a model that is asked about it and has not heard it.
// Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace agentbrain::loop {

class RecentWords {
 public:
  static constexpr std::size_t kMostPieces = 16;   // the oldest are forgotten
  static constexpr std::size_t kMostBytes = 1024;  // of a piece; the rest is cut off

  // `who` said it. Blanks alone are nothing.
  void add(std::string_view who, std::string_view words);
  // A line each, oldest first: "who: words". "" when nothing was said.
  std::string lines() const;
  void clear() { pieces_.clear(); }

 private:
  std::deque<std::string> pieces_;
};

}  // namespace agentbrain::loop
