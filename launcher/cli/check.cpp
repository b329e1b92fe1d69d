// jackfield check FILE... [NAME=value...]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/audio_option.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/debug_log.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "cli/profile_option.hpp"
#include "scenario/core/secret_names.hpp"
#include "scenario/environment.hpp"
#include "scenario/pipeline_file.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  bool print = false;
  std::string env_file;
  std::string profile;
  std::optional<AudioPreset> preset;
};

const char* what_it_is(ScenarioKind kind) {
  switch (kind) {
    case ScenarioKind::kPhone:
      return "serves phone calls";
    case ScenarioKind::kWebRtc:
      return "needs WebRTC signalling";
    case ScenarioKind::kOnce:
      break;
  }
  return "runs by itself";
}

// The text with ${NAME} in place of the secrets: whoever runs it lets the shell fill them in.
std::string text_without_secrets(const PipelineFile& file, const Variables& given) {
  // Of letters and digits only, so that they come through every kind of quoting as they are.
  const auto marker = [](const std::string& name) { return "jackfieldSecret0" + name + "0end"; };
  Variables variables = given;
  std::vector<std::string> hidden;
  for (const std::string& name : file.mentioned_variables(given)) {
    if (!looks_secret(name) || !given.find(name)) continue;
    hidden.push_back(name);
    variables.command_line[name] = marker(name);
  }
  const auto expanded = file.expand(variables);
  const auto* text = std::get_if<PipelineText>(&expanded);
  std::string out = text ? text->text : "";
  for (const std::string& name : hidden) {
    const std::string placeholder = marker(name);
    for (std::size_t at = 0; (at = out.find(placeholder)) != std::string::npos;)
      out.replace(at, placeholder.size(), "${" + name + "}");
  }
  return redacted(out);
}

// The exit code for one file. `variables` get its profile.
int check_file(const std::string& path, const Options& options, const std::string& env_file,
               Variables& variables, std::vector<std::string>& mentioned) {
  std::optional<Profile> profile;
  const auto file = read_with_profile(path, options.profile, variables, profile);
  if (!file) return kExitUsage;
  std::vector<std::string> errors;
  const auto checked = check_pipeline(*file, variables, errors);
  for (const std::string& text : errors)
    std::fprintf(stderr, "%s\n", styled_error(stderr, text).c_str());
  // Also of a file with errors, so that one error does not make a second one of it.
  const auto names = file->mentioned_variables(variables);
  mentioned.insert(mentioned.end(), names.begin(), names.end());
  if (!checked) return kExitFailed;
  for (const std::string& text : checked->warnings) print_warning(text);
  for (const std::string& text :
       missing_from_environment(*checked, profile, variables, env_file_for(*file, env_file)))
    print_warning(text);
  if (options.print) {
    std::printf("%s\n", text_without_secrets(*file, variables).c_str());
  } else {
    std::printf("%s: %s, %s\n", path.c_str(), styled(stdout, Style::kGreen, "ok").c_str(),
                what_it_is(checked->kind));
  }
  return kExitOk;
}

int check(const Options& options) {
  init_gstreamer();
  std::vector<std::string> files;
  Variables variables = variables_for(options.preset);
  if (!split_files_and_variables(options.words, files, variables)) return kExitUsage;
  std::vector<std::string> folders;
  for (const std::string& file : files) {
    gstpp::CharPtr folder{g_path_get_dirname(file.c_str())};
    folders.emplace_back(folder.get());
  }
  folders.emplace_back(".");
  std::string used;
  std::string error;
  if (!load_env_file(options.env_file, folders, used, error)) {
    print_error(error);
    return kExitUsage;
  }
  hide_secrets_of_environment();
  redact_debug_log();
  // What a session would have; nothing is written there by a check.
  variables.built_in["RECORDING"] = "call.wav";
  variables.built_in["SESSION"] = "check";

  int worst = kExitOk;
  std::vector<std::string> mentioned;
  for (const std::string& path : files)
    worst = std::max(worst, check_file(path, options, used, variables, mentioned));
  if (worst != kExitUsage && (!all_variables_used(variables, mentioned) ||
                              !all_of_profile_used(options.profile, variables, mentioned) ||
                              !audio_preset_used(options.preset, variables, mentioned)))
    worst = kExitUsage;
  return worst;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "Checks pipeline files: variables, elements, properties, links, files they name.");
  command
      ->add_option("words", options->words, "Pipeline files, and NAME=value for variables in them")
      ->type_name("FILE... [NAME=value...]")
      ->required();
  command->add_flag(
      "--print", options->print,
      "Print the text with comments taken out and variables filled in; it runs as it "
      "is in gst-launch-1.0: eval \"gst-launch-1.0 $(jackfield check --print FILE)\"");
  command
      ->add_option("--env-file", options->env_file,
                   "Variables and secrets, NAME=value a line (default: .env beside a pipeline "
                   "file, else in the current folder, if there is one)")
      ->type_name("FILE");
  add_profile(*command, options->profile);
  add_audio_preset(*command, options->preset);
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace jackfield::cli
