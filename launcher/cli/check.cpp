#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace jackfield::cli {

void add_check(CLI::App& app, int&) { app.add_subcommand("check", ""); }

}  // namespace jackfield::cli
