#include "confirmations.hpp"

#include <algorithm>

#include "json_serialize.hpp"

namespace agentbrain::tools {

namespace {

constexpr std::uint64_t kValid = 120'000'000'000;  // ns, from the question
constexpr std::size_t kMostAsked = 16;

void sort_members(jackfield::JsonValue& value) {
  std::sort(value.members.begin(), value.members.end(),
            [](const auto& one, const auto& other) { return one.key < other.key; });
  for (auto& member : value.members) sort_members(member.value);
  for (auto& item : value.items) sort_members(item);
}

}  // namespace

std::string canonical_json(jackfield::JsonValue arguments) {
  sort_members(arguments);
  return jackfield::to_json(arguments);
}

void Confirmations::speaks(bool speaking) {
  if (speaking && !speaks_) began_ = ++order_;
  speaks_ = speaking;
}

void Confirmations::said(std::optional<unsigned> turn, bool continues) {
  if (!speaks_) began_ = ++order_;  // it was typed
  speaks_ = false;
  if (continues) return;
  // The caller has spoken of something else since.
  std::erase_if(asked_, [](const Asked& one) { return one.said.has_value(); });
  for (Asked& one : asked_) {
    // Who spoke when the model asked did not answer it.
    const unsigned answer = turn.value_or(one.turn + 1);
    if (one.order < began_ && one.turn < answer) one.said = answer;
  }
}

bool Confirmations::take(const std::string& tool, const std::string& arguments, unsigned turn,
                         std::uint64_t now) {
  std::erase_if(asked_, [&](const Asked& one) { return one.until <= now; });
  const auto found = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& one) {
    return one.tool == tool && one.arguments == arguments;
  });
  if (found != asked_.end()) {
    if (!found->said || turn < *found->said) return false;
    asked_.erase(found);
    return true;
  }
  // Other arguments take the place of those that the caller was asked about before.
  std::erase_if(asked_, [&](const Asked& one) { return one.tool == tool && one.turn < turn; });
  if (asked_.size() >= kMostAsked) asked_.pop_front();
  asked_.push_back({.tool = tool,
                    .arguments = arguments,
                    .turn = turn,
                    .order = ++order_,
                    .until = now + kValid,
                    .said = {}});
  return false;
}

void Confirmations::clear() {
  asked_.clear();
  speaks_ = false;
}

}  // namespace agentbrain::tools
