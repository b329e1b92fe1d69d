#include "conference/core/pin_entry.hpp"

#include <utility>

namespace jackfield::conference {

std::optional<std::string> PinEntry::press(char key, std::int64_t now) {
  deadline_ = now + kPatience;
  if (key == '#') return std::exchange(keys_, {});
  if (key == '*') keys_.clear();
  // One too many is kept, so that it is not taken for what stands in front of it.
  if (key >= '0' && key <= '9' && keys_.size() <= kMostKeys) keys_ += key;
  return std::nullopt;
}

PinEntry::Verdict PinEntry::refused(std::int64_t now) {
  keys_.clear();
  deadline_ = now + kPatience;
  return ++tries_ >= kTries ? Verdict::kGiveUp : Verdict::kAgain;
}

std::optional<PinEntry::Verdict> PinEntry::tick(std::int64_t now) {
  if (now < deadline_) return std::nullopt;
  return refused(now);
}

}  // namespace jackfield::conference
