// The model of a scripted dialogue, and the reader of its file (docs/elements/scriptedllm.md has
// the format). A script is never changed once read; any number of dialogues can share it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_checks.hpp"
#include "phrase.hpp"
#include "spoken_words.hpp"

namespace localspeech {

// Text with ${name} and ${name:-default} in it.
struct Template {
  struct Part {
    std::string text;      // literal text, or the default of the variable
    std::string variable;  // "" for literal text
  };
  std::vector<Part> parts;
};

struct Reply {
  std::vector<Template> say;  // variants; none: silence
  bool repeat = false;        // says the last reply again
  std::map<std::string, Template> set;
  std::string next;  // state, "" to stay
  bool hang_up = false;
  std::optional<Template> transfer;
};

struct Condition {
  std::string variable;
  std::optional<std::string> equals;  // none: only whether there is a value
  bool present = true;
};

struct Intent {
  std::string name;
  std::vector<Phrase> phrases;
};

struct Rule {
  std::vector<const Intent*> intents;
  std::vector<Condition> when;
  Reply reply;
};

struct DialogueState {
  std::vector<Rule> rules;
  std::vector<Template> reprompts;  // none: those of the script
};

struct Script {
  std::string description;
  std::map<std::string, Slot, std::less<>> slots;
  std::map<std::string, std::string, std::less<>> variables;  // with their first values
  std::map<std::string, Intent, std::less<>> intents;
  std::map<std::string, DialogueState, std::less<>> states;
  std::string start;
  std::optional<Reply> greeting;
  std::vector<Rule> always;
  std::vector<Template> reprompts;
  unsigned reprompt_limit = 3;   // this many in a row, then give_up
  std::optional<Reply> give_up;  // none: reprompts go on
};

// Throws ScriptError, for mistakes of form as well as of sense (an unknown key, a missing state).
std::shared_ptr<const Script> read_script(std::string_view json);

}  // namespace localspeech
