#include "call_history.hpp"

#include <algorithm>

namespace openai::realtime {
namespace {

constexpr std::size_t kMostBytes = 32 * 1024;

}  // namespace

void CallHistory::add(bool of_caller, unsigned turn_id, const std::string& text) {
  if (text.empty()) return;
  auto at = lines_.end();
  if (of_caller) {
    at = std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
      return line.turn_id > turn_id || (line.turn_id == turn_id && !line.of_caller);
    });
  }
  lines_.insert(at, {.of_caller = of_caller, .turn_id = turn_id, .text = text});
  bytes_ += text.size();
  while (bytes_ > kMostBytes && lines_.size() > 1) {
    bytes_ -= lines_.front().text.size();
    lines_.pop_front();
  }
}

bool CallHistory::knows_caller(unsigned turn_id) const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const Line& line) { return line.of_caller && line.turn_id == turn_id; });
}

}  // namespace openai::realtime
