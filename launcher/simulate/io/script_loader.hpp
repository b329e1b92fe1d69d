// Brings a caller script and its clips from disk.
#pragma once

#include <string>

#include "simulate/core/caller_script.hpp"

namespace jackfield::simulate {

inline constexpr const char* kDefaultSounds = "/usr/share/asterisk/sounds";

struct LoadedScript {
  CallerScript script;
  std::string error;  // "file:line:column: what"; empty: the script is ready
};

// Clips are looked for beside the script, then under the script's `sounds`, then under `sounds`.
LoadedScript load_script(const std::string& path, const std::string& sounds);

// The script of a caller who plays one file, listens to the end of the answer and hangs up.
LoadedScript script_of_wav(const std::string& path);

// The script of a caller who hears the greeting, says hello and listens to the answer.
LoadedScript default_script(const std::string& sounds);

}  // namespace jackfield::simulate
