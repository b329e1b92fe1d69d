// A file of environment variables (.env), for secrets that belong neither on a command line nor in
// a pipeline file. Pure. docs/security.md is the same for users.
//
//   # comment
//   NAME=value            up to the end of the line or a '#' behind a space; spaces around it go
//   NAME="a value \"x\""  \" \\ \$ \n \r \t are known, any other backslash stands for itself
//   NAME='as it is'       no escapes at all
//   export NAME=value     the same as without "export"
//
// One line is one variable: no value goes over several lines, and none refers to another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield {

struct EnvEntry {
  std::string name;
  std::string value;
  std::size_t line = 0;
};

// `message` never has any part of a value in it: it is a secret.
struct EnvError {
  std::size_t line = 0;  // from 1
  std::string message;
};

// All variables in order, or the first mistake. Every name comes once.
std::variant<std::vector<EnvEntry>, EnvError> parse_env_file(std::string_view text);

}  // namespace jackfield
