// jackfield check FILE... [NAME=value...]; pipeline files, and a jackfield.conf with its lines.

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
#include "cli/lines.hpp"
#include "cli/profile_option.hpp"
#include "scenario/core/secret_names.hpp"
#include "scenario/environment.hpp"
#include "scenario/pipeline_file.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario_report.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  bool print = false;
  bool json = false;
  std::string env_file;
  std::string profile;
  std::optional<AudioPreset> preset;
};

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

// What is missing or will go wrong later; the line is good all the same.
void print_warnings(const Line& line, const std::string& env_file) {
  for (const std::string& text : line.checked.warnings) print_warning(text);
  for (const std::string& text :
       missing_from_environment(line.checked, line.profile, line.variables, env_file))
    print_warning(text);
}

// The exit code for the lines of one file. `path` is the one on the command line.
int check_lines(const std::string& path, const Options& options, const std::string& env_file,
                Lines& lines) {
  int worst = kExitOk;
  for (Line* line : lines.with_tasks())
    if (!check_line(lines, *line)) worst = kExitFailed;
  if (worst != kExitOk) return worst;
  for (const Line* one : lines.with_tasks()) {
    const Line& line = *one;
    print_warnings(line, lines.env_file(env_file));
    if (options.print) {
      std::printf("%s\n", text_without_secrets(line.file, line.variables).c_str());
    } else {
      std::printf("%s: %s, %s%s\n", path.c_str(), styled(stdout, Style::kGreen, "ok").c_str(),
                  lines.conf ? ((line.task ? "task '" : "line '") + line.name + "' ").c_str() : "",
                  what_it_does(line.checked.kind));
    }
  }
  for (const ScheduleSettings& schedule : lines.schedules) {
    const auto* once = std::get_if<schedule::Once>(&schedule.rule.timing);
    if (once && once->at < g_get_real_time() / G_USEC_PER_SEC)
      print_warning("the schedule '" + schedule.name + "': this time has passed");
    const auto* rule = std::get_if<schedule::CronRule>(&schedule.rule.timing);
    if (const std::string remark = rule ? rule->remark() : ""; !remark.empty())
      print_warning("the schedule '" + schedule.name + "': " + remark);
  }
  return kExitOk;
}

// Reads the file with variables; before the environment is asked.
bool load_environment(const Options& options, const std::vector<Lines>& files, std::string& used) {
  std::string given = options.env_file;
  std::vector<std::string> folders;
  for (const Lines& lines : files) {
    if (lines.conf && given.empty()) given = lines.conf->conf().server.env_file;
    folders.push_back(lines.env_folders().front());
  }
  folders.emplace_back(".");
  std::string error;
  if (load_env_file(given, folders, used, error)) return true;
  print_error(error);
  return false;
}

// One file's report, with what its profile says.
JsonObjectPtr report_with_profile(const std::string& path, const std::string& name,
                                  Variables variables) {
  if (name.empty()) return report_scenario(path, variables);
  std::string error;
  const auto profile =
      read_profile(name, gstpp::CharPtr{g_path_get_dirname(path.c_str())}.get(), error);
  if (!profile) return report_failure(path, error);
  variables.profile = profile->variables;
  return report_scenario(path, variables);
}

// For programs: each file in a line, as soon as it is checked.
int check_as_json(const Options& options, const std::vector<std::string>& paths,
                  const Variables& variables) {
  std::vector<std::string> folders;
  for (const std::string& path : paths) {
    if (ConfFile::is_named(path)) {
      print_error("--json takes pipeline files; " + path + " has lines of several");
      return kExitUsage;
    }
    folders.emplace_back(gstpp::CharPtr{g_path_get_dirname(path.c_str())}.get());
  }
  folders.emplace_back(".");
  std::string used, error;
  if (!load_env_file(options.env_file, folders, used, error)) {
    print_error(error);
    return kExitUsage;
  }
  hide_secrets_of_environment();
  redact_debug_log();
  int worst = kExitOk;
  for (const std::string& path : paths) {
    const JsonObjectPtr report = report_with_profile(path, options.profile, variables);
    if (has_errors(report.get())) worst = kExitFailed;
    std::printf("%s\n", redacted(to_text(report.get())).c_str());
    std::fflush(stdout);
  }
  return worst;
}

int check(const Options& options) {
  init_gstreamer();
  std::vector<std::string> paths;
  Variables variables = variables_for(options.preset);
  if (!split_files_and_variables(options.words, paths, variables)) return kExitUsage;
  // What a session would have; nothing is written there by a check.
  variables.built_in["RECORDING"] = "call.wav";
  variables.built_in["SESSION"] = "check";
  if (options.json) return check_as_json(options, paths, variables);

  int worst = kExitOk;
  std::vector<Lines> files;
  std::vector<std::string> read;
  for (const std::string& path : paths) {
    auto lines = read_lines(path, options.profile, variables);
    if (lines && lines->conf && options.print) {
      print_error("--print takes pipeline files; " + path + " has lines of several");
      lines.reset();
    }
    if (!lines) {
      worst = kExitUsage;
      continue;
    }
    files.push_back(*std::move(lines));
    read.push_back(path);
  }
  std::string used;
  if (!load_environment(options, files, used)) return kExitUsage;
  hide_secrets_of_environment();
  redact_debug_log();

  std::vector<std::string> mentioned;
  for (std::size_t i = 0; i < files.size(); ++i) {
    worst = std::max(worst, check_lines(read[i], options, used, files[i]));
    // Also of a file with errors, so that one error does not make a second one of it.
    const auto names = mentioned_variables(files[i]);
    mentioned.insert(mentioned.end(), names.begin(), names.end());
    if (!files[i].conf) variables.profile = files[i].all.front().variables.profile;
  }
  if (worst != kExitUsage && (!all_variables_used(variables, mentioned) ||
                              !profile_fits(options.profile, variables, mentioned) ||
                              !audio_preset_used(options.preset, variables, mentioned)))
    worst = kExitUsage;
  return worst;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check",
      "Checks pipeline files (variables, elements, properties, links, files they name), and a "
      "jackfield.conf with all of its lines.");
  command
      ->add_option("words", options->words,
                   "Pipeline files or a jackfield.conf, and NAME=value for variables in "
                   "them")
      ->type_name("FILE... [NAME=value...]")
      ->required();
  CLI::Option* print = command->add_flag(
      "--print", options->print,
      "Print the text with comments taken out and variables filled in; it runs as it "
      "is in gst-launch-1.0: eval \"gst-launch-1.0 $(jackfield check --print FILE)\"");
  command
      ->add_flag(
          "--json", options->json,
          "Print what there is to say of each pipeline file as a JSON object on a line: title, "
          "kind, variables, errors with line and column, warnings")
      ->excludes(print);
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
