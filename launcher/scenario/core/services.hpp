// What is known of the services behind our elements before anything is asked of them: which key
// they need, and which of their models will be shut down. Pure: the day and the environment are
// arguments.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/core/pipeline_words.hpp"

namespace jackfield {

using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

struct MissingKey {
  std::string variable;               // OPENAI_API_KEY
  std::vector<std::string> elements;  // that need it, each once
  // "OPENAI_API_KEY is not set: openaistt and openaillm need it".
  std::string text() const;
};

// Keys that elements need and that neither they nor the environment have. None is needed for an
// address that is not the service's own.
std::vector<MissingKey> missing_keys(const std::vector<ElementUse>& elements,
                                     const EnvironmentLookup& environment);

// Whether `variable` is such a key of one of our elements.
bool is_service_key(std::string_view variable);

struct ModelShutdown {
  std::string_view model;
  std::string_view date;         // YYYY-MM-DD: the first day without it
  std::string_view replacement;  // "" when none was named
};

// What OpenAI has announced of this model, or of what `factory` uses it for; nullptr if nothing.
const ModelShutdown* find_shutdown(std::string_view factory, std::string_view model);

// A line for each model of `elements` with an announced shutdown; `today` is YYYY-MM-DD.
std::vector<std::string> shutdown_warnings(const std::vector<ElementUse>& elements,
                                           const EnvironmentLookup& environment,
                                           std::string_view today);

}  // namespace jackfield
