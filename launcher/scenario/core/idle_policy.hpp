// When a conversation at a desk is over though nobody said goodbye: somebody spoke, and then
// nothing was said for a while. Before anybody has spoken there is nothing to end, however long it
// takes. Pure: any steady clock in nanoseconds. Not for several threads.
#pragma once

#include <cstdint>
#include <optional>

namespace jackfield {

class IdlePolicy {
 public:
  // 0: never.
  explicit IdlePolicy(std::int64_t limit) : limit_(limit) {}

  void began() { *this = IdlePolicy{limit_}; }  // a new conversation
  void spoken() { spoken_ = true; }
  // Is the agent listening, with nobody speaking?
  void state(bool listening, std::int64_t now) {
    if (listening && !listening_since_) listening_since_ = now;
    if (!listening) listening_since_.reset();
  }
  // When the conversation is over if nothing happens until then.
  std::optional<std::int64_t> deadline() const {
    if (limit_ == 0 || !spoken_ || !listening_since_) return std::nullopt;
    return *listening_since_ + limit_;
  }

 private:
  std::int64_t limit_;
  bool spoken_ = false;
  std::optional<std::int64_t> listening_since_;
};

}  // namespace jackfield
