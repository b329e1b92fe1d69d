#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace jackfield::cli {

void add_run(CLI::App& app, int&) { app.add_subcommand("run", ""); }

}  // namespace jackfield::cli
