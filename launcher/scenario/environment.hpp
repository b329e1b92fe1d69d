// The environment of a run: the real one, and a .env file that adds to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "text/secret.hpp"

namespace jackfield {

// Reads a file of variables into the environment of this process; what is set there already, even
// to nothing, stays. `given` is the file that was asked for; when empty, the first ".env" of
// `folders` is taken, if there is one. The file must be readable by its owner only: where the
// platform knows such things, one that others can read or write is refused. False and a text for
// the user ("FILE:LINE: ...", never with a value in it) when something is wrong; else `used` is the
// file's name, or "". Before there are other threads.
bool load_env_file(const std::string& given, const std::vector<std::string>& folders,
                   std::string& used, std::string& error);

// From now on `value` is hidden in what the process writes, escaped or not.
void hide_value(const std::string& value);

// From now on the values of all variables that look like secrets by their names are hidden in what
// the process writes.
void hide_secrets_of_environment();

// The value of a variable, which is taken out of the environment: neither elements nor child
// processes get it. nullopt when it is not set.
std::optional<Secret> take_from_environment(const char* name);

}  // namespace jackfield
