#include "cli/profile_option.hpp"

#include <CLI/CLI.hpp>

#include "cli/console.hpp"
#include "scenario/core/nearest.hpp"

namespace jackfield::cli {

void add_profile(CLI::App& command, std::string& name) {
  command
      .add_option(
          "--profile", name,
          "Services for the stages: local, specification, current, fast, openai, or one of "
          "your own: a file profiles/NAME.conf beside the pipeline file, or the path of one "
          "(docs/pipeline-files.md)")
      ->type_name("NAME");
}

bool take_profile(const std::string& name, const PipelineFile& file, Variables& variables,
                  std::optional<Profile>& profile) {
  profile.reset();
  variables.profile.clear();
  if (name.empty()) return true;
  std::string error;
  profile = read_profile(name, file.folder(), error);
  if (!profile) {
    print_error(error);
    return false;
  }
  variables.profile = profile->variables;
  return true;
}

std::optional<PipelineFile> read_with_profile(const std::string& path, const std::string& name,
                                              Variables& variables,
                                              std::optional<Profile>& profile) {
  std::string error;
  auto file = PipelineFile::read(path, error);
  if (!file) {
    print_error(error);
    return std::nullopt;
  }
  if (!take_profile(name, *file, variables, profile)) return std::nullopt;
  return file;
}

bool profile_fits(const std::string& name, const Variables& variables,
                  const std::vector<std::string>& mentioned) {
  bool all = true;
  for (const std::string& variable : variables.misspelt_of_profile(mentioned)) {
    const std::string hint = did_you_mean(variable, mentioned);
    print_error("the profile '" + name + "' has a value for " + variable +
                ", which does not occur in the pipeline text" + (hint.empty() ? "" : "; " + hint));
    all = false;
  }
  return all;
}

std::vector<std::string> missing_from_environment(const CheckedPipeline& checked,
                                                  const std::optional<Profile>& profile,
                                                  const Variables& variables,
                                                  const std::string& env_file) {
  const auto advice = [&](const std::string& variable) {
    return "; write " + variable + "=... into " + env_file + " (or set it in the environment)";
  };
  std::vector<std::string> lines;
  for (const MissingKey& key : checked.missing_keys)
    lines.push_back(key.text() + advice(key.variable));
  if (!profile || !variables.environment) return lines;
  for (const std::string& name : profile->needs) {
    // Whether a key is needed is known better by the elements that are left.
    if (is_service_key(name) || !variables.environment(name).value_or("").empty()) continue;
    lines.push_back(name + " is not set: the profile '" + profile->name + "' needs it" +
                    advice(name));
  }
  return lines;
}

}  // namespace jackfield::cli
