#include "turn_history.hpp"

#include <algorithm>
#include <utility>

namespace agentbrain {
namespace {

void lower(std::optional<std::uint32_t>& from, std::uint32_t turn_id) {
  from = std::min(from.value_or(turn_id), turn_id);
}

std::size_t bytes_of(const TurnHistory::Turn& turn) {
  std::size_t bytes = turn.question.size() + turn.reply.size();
  for (const std::string& text : turn.overheard) bytes += text.size();
  return bytes;
}

}  // namespace

void TurnHistory::limit() {
  std::size_t bytes = 0;
  for (const Turn& turn : turns_) bytes += bytes_of(turn);
  while (turns_.size() > 1 && (turns_.size() > kMostTurns || bytes > kMostBytes)) {
    bytes -= bytes_of(turns_.front());
    turns_.pop_front();
  }
}

void TurnHistory::asked(std::uint32_t turn_id, std::string_view question, int provider,
                        std::vector<std::string> overheard) {
  turns_.push_back({.id = turn_id,
                    .overheard = std::move(overheard),
                    .question = std::string(question),
                    .reply = {}});
  lower(unknown_from_[1 - provider], turn_id);
  limit();
}

void TurnHistory::answered(std::string_view text) {
  if (turns_.empty() || text.empty()) return;
  std::string& reply = turns_.back().reply;
  if (reply.size() + text.size() >= kMostBytes) return;
  if (!reply.empty()) reply += ' ';
  reply += text;
  limit();
}

void TurnHistory::heard(std::uint32_t turn_id, std::string_view text, int provider) {
  lower(unknown_from_[1 - provider], turn_id);
  if (text.empty()) {
    std::erase_if(turns_, [&](const Turn& turn) { return turn.id == turn_id; });
    return;
  }
  const auto turn =
      std::find_if(turns_.rbegin(), turns_.rend(), [&](const Turn& t) { return t.id == turn_id; });
  if (turn != turns_.rend()) turn->reply = text;
}

void TurnHistory::failed(int provider) {
  if (!turns_.empty()) lower(unknown_from_[provider], turns_.back().id);
}

TurnHistory::Missing TurnHistory::tell(int provider, const std::vector<std::uint32_t>& except) {
  Missing missing{.from = std::exchange(unknown_from_[provider], std::nullopt).value_or(0),
                  .turns = {}};
  for (const Turn& turn : turns_) {
    const bool empty = turn.overheard.empty() && turn.question.empty() && turn.reply.empty();
    if (turn.id < missing.from || empty) continue;
    if (std::find(except.begin(), except.end(), turn.id) == except.end()) {
      missing.turns.push_back(turn);
    }
  }
  return missing;
}

void TurnHistory::told_in_vain(int provider, std::uint32_t from) {
  lower(unknown_from_[provider], from);
}

}  // namespace agentbrain
