// --profile, of the commands that fill in a pipeline file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/pipeline_file.hpp"
#include "scenario/profile.hpp"

namespace CLI {
class App;
}

namespace jackfield::cli {

// `name` outlives the parse; without the option it stays empty.
void add_profile(CLI::App& command, std::string& name);

// Takes what the profile of that name says for `file` into `variables`; without a name, nothing.
// False after saying what is wrong.
bool take_profile(const std::string& name, const PipelineFile& file, Variables& variables,
                  std::optional<Profile>& profile);

// The pipeline file at `path`, with what its profile says taken; nothing after saying what is
// wrong.
std::optional<PipelineFile> read_with_profile(const std::string& path, const std::string& name,
                                              Variables& variables,
                                              std::optional<Profile>& profile);

// False, after saying which, when variables of the profile are misspelt, or none is in `mentioned`.
bool profile_fits(const std::string& name, const Variables& variables,
                  const std::vector<std::string>& mentioned);

// A line for each variable of the environment that the checked pipeline or the profile needs and
// that is not set; `env_file` is where it would be written.
std::vector<std::string> missing_from_environment(const CheckedPipeline& checked,
                                                  const std::optional<Profile>& profile,
                                                  const Variables& variables,
                                                  const std::string& env_file);

}  // namespace jackfield::cli
