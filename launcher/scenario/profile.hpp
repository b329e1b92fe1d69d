// A profile: a named choice of services, as texts for the variables of a pipeline file. A GKeyFile:
//
//   [profile]
//   description=one line
//   needs=OPENAI_API_KEY ELEVENLABS_API_KEY     variables of the environment
//   [variables]
//   STT=openaistt model=${STT_MODEL:-whisper-1}
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/core/variables.hpp"

namespace jackfield {

struct Profile {
  std::string name;
  std::string path;
  std::string description;
  std::vector<std::string> needs;
  Variables::Map variables;
};

// The profile that the user names: profiles/NAME.conf beside the pipeline file, else among the
// installed scenarios; or a path. nullopt and a text for the user when there is none, or something
// is wrong in it.
std::optional<Profile> read_profile(const std::string& given, const std::string& pipeline_folder,
                                    std::string& error);

// The names that read_profile() knows for a folder, sorted.
std::vector<std::string> profile_names(const std::string& pipeline_folder);

}  // namespace jackfield
