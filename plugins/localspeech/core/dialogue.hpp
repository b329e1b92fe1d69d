// One conversation along a script: finds what the caller meant, and what to answer.
//
// Turns and replies are given and taken as text; there is no clock in it. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "history.hpp"
#include "script.hpp"

namespace localspeech {

struct Answer {
  std::vector<std::string> sentences;  // may be empty: say nothing
  bool hang_up = false;
  std::string transfer;
  std::string intent;  // "" when the caller was not understood
  bool understood = false;
  bool gave_up = false;  // not understood too often
};

class Dialogue {
 public:
  // `seed` decides which variant of a reply is said.
  Dialogue(std::shared_ptr<const Script> script, std::uint32_t seed);

  Answer greet();
  // `text` "" and `not_understood` false: the caller said nothing, and nothing is answered.
  Answer answer(std::uint32_t turn_id, std::string_view text, bool not_understood);
  // The last reply was interrupted after these words. When none of it was heard the conversation
  // stands where it stood before that turn: the caller cannot know what the reply asked.
  void heard(std::uint32_t turn_id, std::string_view text);

  const std::string& state() const { return memory_.state; }
  std::string value(std::string_view name) const;
  const History& history() const { return history_; }
  // What others said in this call; where the script stands does not change.
  History& history() { return history_; }

 private:
  struct Memory {
    std::string state;
    std::map<std::string, std::string, std::less<>> values;
    unsigned not_understood = 0;  // in a row
  };
  struct Found {
    const Rule* rule = nullptr;
    const Intent* intent = nullptr;
    PhraseMatch match;
  };

  Found find_rule(std::span<const std::string> words) const;
  void find_best(const std::vector<Rule>& rules, std::span<const std::string> words,
                 Found& best) const;
  bool holds(const Rule& rule, const PhraseMatch& match) const;
  std::string fill(const Template& text, bool spoken) const;
  const Template& choose(const std::vector<Template>& variants);
  void apply(const Reply& reply, Answer& answer);
  Answer ask_again();
  void say(std::string_view text, Answer& answer);
  void remember(std::uint32_t turn_id, const Answer& answer);

  std::shared_ptr<const Script> script_;
  std::uint32_t random_;
  Memory memory_;
  Memory before_;  // the last turn
  std::uint32_t last_turn_ = 0;
  bool can_undo_ = false;
  std::vector<std::string> last_said_;
  std::map<const Template*, std::size_t> last_variant_;  // by the first of the variants
  History history_;
};

}  // namespace localspeech
