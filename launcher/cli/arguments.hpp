// What the commands have in common: files and variables on the command line.
#pragma once

#include <string>
#include <vector>

#include "scenario/core/variables.hpp"

namespace jackfield::cli {

// What of the command line is secret is overwritten where other users' programs can read it (ps):
// the value of --token, and of NAME=value with the name of a secret.
void wipe_secrets_of_command_line(int argc, char** argv);

// Sorts words into pipeline files and NAME=value. A file whose name looks like NAME=value can be
// given as ./NAME=value. False, after saying why, when there is no file.
bool split_files_and_variables(const std::vector<std::string>& words,
                               std::vector<std::string>& files, Variables& variables);

// False, after saying which, when a variable of the command line occurs in none of `mentioned`.
bool all_variables_used(const Variables& variables, const std::vector<std::string>& mentioned);

}  // namespace jackfield::cli
