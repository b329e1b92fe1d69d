// What was asked and answered in a call, for a language model that takes over in the middle of it.
// Knows which of two providers remembers what. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbrain {

class TurnHistory {
 public:
  struct Turn {
    std::uint32_t id = 0;
    std::vector<std::string> overheard;  // before the question, and not said to the agent
    std::string question;                // "" when nothing was said or understood
    std::string reply;  // what was heard, as far as that is known; "" when there was none
  };
  struct Missing {
    std::uint32_t from = 0;  // the provider forgets what it knows of this turn and later ones
    std::vector<Turn> turns;
  };

  // A question was put to `provider` (0 or 1).
  void asked(std::uint32_t turn_id, std::string_view question, int provider,
             std::vector<std::string> overheard = {});
  // A piece of the answer to the last question.
  void answered(std::string_view text);
  // Only this was heard of that reply, which `provider` is told; "" makes the turn forgotten.
  void heard(std::uint32_t turn_id, std::string_view text, int provider);
  // The provider did not answer the last question, whatever it believes to have said.
  void failed(int provider);

  bool misses(int provider) const { return unknown_from_[provider].has_value(); }
  // What the provider must be told, from then on taken as known. `except`: turns that it is still
  // to be asked.
  Missing tell(int provider, const std::vector<std::uint32_t>& except);
  // tell() did not reach it.
  void told_in_vain(int provider, std::uint32_t from);
  void clear() { *this = {}; }

  static constexpr std::size_t kMostTurns = 200;
  static constexpr std::size_t kMostBytes = 64 * 1024;  // of text; the oldest turns are forgotten

 private:
  void limit();

  std::deque<Turn> turns_;
  std::optional<std::uint32_t> unknown_from_[2];
};

}  // namespace agentbrain
