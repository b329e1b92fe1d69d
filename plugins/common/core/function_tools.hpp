// Functions that a language model may call, as they are offered to it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

struct Tool {
  std::string name;
  std::string description;
  std::string parameters;  // a JSON Schema object
};

inline constexpr std::size_t kMostTools = 128;

// A JSON array of {"name", "description", "parameters"}, also wrapped as Chat Completions do it
// ({"type": "function", "function": {...}}). Throws PositionedError.
std::vector<Tool> read_tools(std::string_view json);

}  // namespace jackfield
