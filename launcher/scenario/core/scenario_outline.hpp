// What a pipeline file says about itself to people: before it is checked, and also when something
// is wrong with it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/pipeline_words.hpp"

namespace jackfield {

struct ScenarioVariable {
  std::string name;
  std::optional<std::string> fallback;  // its default, as it is written
  bool needed = false;                  // without a value the scenario cannot be used
};

struct ScenarioOutline {
  std::string title;
  // Without those that the supervisor gives: HERE, RECORDING, SESSION, CAPTURE, PLAYBACK.
  std::vector<ScenarioVariable> variables;
  std::optional<ScenarioKind> kind;  // nullopt: that cannot be told
};

// `lookup`: values of variables; a needed one without a value does not keep the rest from being
// told.
ScenarioOutline outline_scenario(std::string_view source, const VariableLookup& lookup);

// The first sentence of the first comment, at most 200 characters; "" without a comment.
std::string scenario_title(std::string_view source);

}  // namespace jackfield
