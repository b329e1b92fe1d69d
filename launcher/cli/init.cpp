// jackfield init [FOLDER]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "init/starter.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  std::string folder = ".";
  std::string company = "our office";
  bool force = false;
};

int init(const Options& options) {
  if (const std::string why = company_error(options.company); !why.empty()) {
    print_error("--company '" + options.company + "': " + why);
    return kExitUsage;
  }
  const auto files = starter_files(options.company);
  std::vector<std::string> kept;
  std::string error;
  if (!write_starter(options.folder, files, options.force, kept, error)) {
    print_error(error);
    return kExitUnavailable;
  }
  std::printf("Written to %s:\n", options.folder.c_str());
  for (const StarterFile& file : files) {
    const bool left = std::find(kept.begin(), kept.end(), file.name) != kept.end();
    std::printf("  %-14s %s%s\n", file.name.c_str(), file.what.c_str(),
                left ? " (there already, left as it is)" : "");
  }
  std::printf("\nTry it:\n");
  if (options.folder != ".") std::printf("  cd %s\n", options.folder.c_str());
  std::printf(
      "  jackfield run agent.gst                    # in one terminal\n"
      "  jackfield simulate --script caller.json    # in another one: a caller calls\n"
      "\n"
      "Then put it on a telephone number: docs/twilio.md tells how.\n");
  return kExitOk;
}

}  // namespace

void add_init(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "init", "Writes a telephone agent to begin with: scenario, dialogue, grammar, caller, .env.");
  command->add_option("FOLDER", options->folder, "Where to; made when it is not there")
      ->capture_default_str();
  command->add_option("--company", options->company, "How the agent names itself")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_flag("--force", options->force,
                    "Replace files that are there (never .env and .gitignore)");
  command->callback([options, &exit_code] { exit_code = init(*options); });
}

}  // namespace jackfield::cli
