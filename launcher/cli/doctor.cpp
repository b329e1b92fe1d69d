// jackfield doctor [FILE.gst|FILE.conf]
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/audio_option.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "cli/lines.hpp"
#include "cli/profile_option.hpp"
#include "doctor/examine.hpp"
#include "records/message_json.hpp"
#include "scenario/environment.hpp"
#include "scenario/pipeline_file.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  std::string profile;
  std::string env_file;
  std::string recordings = "recordings";
  std::uint16_t port = 8080;
  bool json = false;
};

void append(Findings& all, Findings more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// `line`: of a jackfield.conf, else "".
Finding examined(const std::string& path, const std::string& line, bool good,
                 const std::vector<std::string>& errors) {
  const std::string of_line = line.empty() ? "" : "line '" + line + "' ";
  if (good)
    return {.topic = "scenario",
            .health = Health::kOk,
            .text = path + ": " + of_line + "ok",
            .advice = {}};
  std::string text;
  for (const std::string& error : errors) text += (text.empty() ? "" : "\n") + error;
  return {.topic = "scenario",
          .health = Health::kFailure,
          .text = text,
          .advice = "mend the file; jackfield check " + path + " looks at it alone"};
}

Style style_of(Health health) {
  switch (health) {
    case Health::kWarning:
      return Style::kYellow;
    case Health::kFailure:
      return Style::kRed;
    case Health::kOk:
      break;
  }
  return Style::kGreen;
}

void print_text(const Findings& findings) {
  for (const Finding& finding : findings) {
    char mark[8];
    std::snprintf(mark, sizeof mark, "%-4s", health_name(finding.health));
    std::printf("%s  %-8s  %s\n", styled(stdout, style_of(finding.health), mark).c_str(),
                finding.topic.c_str(), finding.text.c_str());
    if (!finding.advice.empty()) std::printf("                -> %s\n", finding.advice.c_str());
  }
  std::size_t warnings = 0, failures = 0;
  for (const Finding& finding : findings) {
    warnings += finding.health == Health::kWarning;
    failures += finding.health == Health::kFailure;
  }
  std::printf("\n%zu looked at, %zu warnings, %zu failures\n", findings.size(), warnings, failures);
}

void print_json(const Findings& findings) {
  const JsonObjectPtr json{json_object_new()};
  json_object_set_string_member(json.get(), "health", health_name(worst(findings)));
  JsonArray* array = json_array_new();
  for (const Finding& finding : findings) {
    JsonObject* object = json_object_new();
    json_object_set_string_member(object, "topic", finding.topic.c_str());
    json_object_set_string_member(object, "health", health_name(finding.health));
    json_object_set_string_member(object, "text", finding.text.c_str());
    json_object_set_string_member(object, "advice", finding.advice.c_str());
    json_array_add_object_element(array, object);
  }
  json_object_set_array_member(json.get(), "findings", array);
  std::printf("%s\n", to_text(json.get(), true).c_str());
}

// Reads .env as `run` does; what is wrong with it is a finding.
std::string read_env_file(const Options& options, const std::vector<std::string>& files,
                          Findings& findings) {
  std::vector<std::string> folders;
  for (const std::string& file : files)
    folders.emplace_back(gstpp::CharPtr{g_path_get_dirname(file.c_str())}.get());
  folders.emplace_back(".");
  std::string used, error;
  if (!load_env_file(options.env_file, folders, used, error))
    findings.push_back({.topic = "keys",
                        .health = Health::kFailure,
                        .text = error,
                        .advice = "jackfield run will not start before that is mended"});
  else if (!used.empty())
    findings.push_back(
        {.topic = "keys", .health = Health::kOk, .text = used + " is read", .advice = {}});
  hide_secrets_of_environment();
  return used;
}

// What a scenario needs of services: findings of their own.
Findings examine_services(const Line& line, const std::string& env_file) {
  Findings findings;
  for (const std::string& text : line.checked.warnings)
    findings.push_back({.topic = "models",
                        .health = Health::kWarning,
                        .text = text,
                        .advice = "set it in the pipeline file, in the profile, or on the command "
                                  "line"});
  for (const std::string& text :
       missing_from_environment(line.checked, line.profile, line.variables, env_file)) {
    const std::size_t advice = text.find("; ");
    findings.push_back({.topic = "keys",
                        .health = Health::kFailure,
                        .text = text.substr(0, advice),
                        .advice = advice == std::string::npos ? "" : text.substr(advice + 2)});
  }
  return findings;
}

int doctor(const Options& options) {
  init_gstreamer();
  Findings findings;
  append(findings, examine_plugins());
  append(findings, examine_models());
  bool needs_audio = false, needs_port = false;
  std::vector<std::string> files;
  Variables variables = variables_for(std::nullopt);
  if (!options.words.empty() && !split_files_and_variables(options.words, files, variables))
    return kExitUsage;
  Findings keys;
  const std::string env_file = read_env_file(options, files, keys);
  variables.built_in["RECORDING"] = "call.wav";
  variables.built_in["SESSION"] = "check";
  for (const std::string& path : files) {
    auto lines = read_lines(path, options.profile, variables);
    if (!lines) return kExitUsage;
    for (Line& line : lines->all) {
      std::vector<std::string> errors;
      const bool good = check_line(*lines, line, errors);
      findings.push_back(examined(path, lines->conf ? line.name : "", good, errors));
      if (!good) continue;
      append(keys, examine_services(line, lines->env_file(env_file)));
      needs_audio = needs_audio || line.checked.desk;
      needs_port = needs_port || line.checked.kind != ScenarioKind::kOnce;
    }
  }
  append(findings, examine_audio(needs_audio));
  append(findings, examine_machine());
  append(findings, examine_storage(options.recordings));
  append(findings, examine_port(options.port, needs_port));
  append(findings, examine_tools());
  append(findings, examine_keys());
  append(findings, std::move(keys));
  options.json ? print_json(findings) : print_text(findings);
  return worst(findings) == Health::kFailure ? kExitFailed : kExitOk;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "doctor",
      "Looks for what is missing: plugins, models, audio, the machine, ports, keys. Exit code 1 "
      "when something must be mended.");
  command
      ->add_option(
          "words", options->words,
          "Scenarios that are to run here, or a jackfield.conf, and NAME=value for variables in "
          "them")
      ->type_name("[FILE.gst|FILE.conf...] [NAME=value...]");
  add_profile(*command, options->profile);
  command
      ->add_option("--env-file", options->env_file,
                   "Variables and secrets, NAME=value a line (default: .env beside a pipeline "
                   "file, else in the current folder, if there is one)")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--recordings", options->recordings, "The folder that recordings will go to")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_option("--port", options->port, "The port that calls will come in at")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = doctor(*options); });
}

}  // namespace jackfield::cli
