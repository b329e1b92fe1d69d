#include "call_queue.hpp"

#include <algorithm>
#include <utility>

namespace agentbrain::tools {

void CallQueue::add(Owner owner, std::string tool, std::string arguments, Time timeout, Time now) {
  waiting_.emplace(next_id_++, Waiting{.owner = owner,
                                       .tool = std::move(tool),
                                       .arguments = std::move(arguments),
                                       .deadline = now + timeout});
}

// The first call of the agent that follows, in a circle, the one that was served last.
std::map<std::uint64_t, CallQueue::Waiting>::iterator CallQueue::next() {
  const auto turn = [&](const Waiting& waiting) {
    return waiting.owner.agent - last_agent_ - 1;  // wraps around: the last served comes last
  };
  return std::min_element(
      waiting_.begin(), waiting_.end(),
      [&](const auto& one, const auto& other) { return turn(one.second) < turn(other.second); });
}

std::vector<CallQueue::Begun> CallQueue::take_startable(Time now) {
  std::vector<Begun> begun;
  while (running_.size() < most_running_ && !waiting_.empty()) {
    const auto chosen = next();
    Waiting& call = chosen->second;
    last_agent_ = call.owner.agent;
    running_.emplace(chosen->first, call.owner);
    begun.push_back({.id = chosen->first,
                     .tool = std::move(call.tool),
                     .arguments = std::move(call.arguments),
                     .timeout = call.deadline > now ? call.deadline - now : 1});
    waiting_.erase(chosen);
  }
  return begun;
}

std::optional<CallQueue::Owner> CallQueue::finish(std::uint64_t id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return std::nullopt;
  const auto owner = found->second;
  running_.erase(found);
  return owner;
}

std::optional<std::uint64_t> CallQueue::cancel(Owner owner, bool& dropped) {
  dropped = std::erase_if(waiting_, [&](const auto& one) { return one.second.owner == owner; }) > 0;
  for (const auto& [id, whose] : running_)
    if (whose == owner) return id;
  return std::nullopt;
}

std::vector<std::uint64_t> CallQueue::leave(std::uint64_t agent) {
  std::erase_if(waiting_, [&](const auto& one) { return one.second.owner.agent == agent; });
  std::vector<std::uint64_t> ids;
  for (auto& [id, whose] : running_) {
    if (!whose || whose->agent != agent) continue;
    whose.reset();
    ids.push_back(id);
  }
  return ids;
}

std::vector<CallQueue::Owner> CallQueue::take_expired(Time now) {
  std::vector<Owner> expired;
  for (const auto& [id, call] : waiting_)
    if (call.deadline <= now) expired.push_back(call.owner);
  std::erase_if(waiting_, [&](const auto& one) { return one.second.deadline <= now; });
  return expired;
}

std::vector<CallQueue::Owner> CallQueue::take_waiting() {
  std::vector<Owner> owners;
  for (const auto& [id, call] : std::exchange(waiting_, {})) owners.push_back(call.owner);
  return owners;
}

Time CallQueue::deadline() const {
  Time next = kNever;
  for (const auto& [id, call] : waiting_) next = std::min(next, call.deadline);
  return next;
}

}  // namespace agentbrain::tools
