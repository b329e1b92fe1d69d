#include "call_history.hpp"

#include <algorithm>
#include <utility>

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
  insert(at, {.of_caller = of_caller, .turn_id = turn_id, .text = text});
}

void CallHistory::add_note(unsigned turn_id, const std::string& text) {
  insert(lines_.end(), {.of_caller = true, .turn_id = turn_id, .text = text, .note = true});
}

void CallHistory::insert(std::deque<Line>::iterator at, Line line) {
  bytes_ += line.text.size();
  lines_.insert(at, std::move(line));
  while (bytes_ > kMostBytes && lines_.size() > 1) {
    bytes_ -= lines_.front().text.size();
    lines_.pop_front();
  }
}

bool CallHistory::knows_caller(unsigned turn_id) const {
  return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return line.of_caller && !line.note && line.turn_id == turn_id;
  });
}

}  // namespace openai::realtime
