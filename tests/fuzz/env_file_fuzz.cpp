// Files of environment variables: names that are names, each once, or an error with its line and
// without any part of a value, which is a secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "scenario/core/env_file.hpp"
#include "scenario/core/pipeline_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = jackfield::parse_env_file({reinterpret_cast<const char*>(data), size});
  if (const auto* error = std::get_if<jackfield::EnvError>(&parsed)) {
    if (error->line == 0 || error->message.empty()) std::abort();
    return 0;
  }
  std::set<std::string_view> names;
  std::size_t line = 0;
  for (const auto& entry : std::get<0>(parsed)) {
    if (!jackfield::is_variable_name(entry.name) || !names.insert(entry.name).second) std::abort();
    if (entry.line <= line || entry.value.find('\0') != std::string::npos) std::abort();
    line = entry.line;
  }
  return 0;
}
