// The variables of a scenario. Where several places give a value, the first counts: command line,
// the line's section in jackfield.conf, profile, built-in, environment, default of the platform.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// NAME=value of a command line, nullopt when it is not that.
std::optional<std::pair<std::string, std::string>> parse_assignment(std::string_view word);

struct Variables {
  using Map = std::map<std::string, std::string, std::less<>>;

  Map command_line;
  Map line;      // of jackfield.conf
  Map profile;   // texts with variables in them (pipeline_text.hpp), not values
  Map built_in;  // HERE, RECORDING, SESSION
  std::function<std::optional<std::string>(std::string_view)> environment;
  Map platform;  // CAPTURE, PLAYBACK

  // The value of a variable; what the profile says is none.
  std::optional<std::string> find(std::string_view name) const;
  // What of the profile the command line and jackfield.conf leave to it.
  Map profile_texts() const;
  // Names of the command line that do not occur in `mentioned`: most likely misspelt.
  std::vector<std::string> unused(const std::vector<std::string>& mentioned) const;
  // Of the profile, which may serve several pipeline files: all when it has nothing for this one,
  // otherwise those that look like a name in `mentioned` for which it has nothing.
  std::vector<std::string> misspelt_of_profile(const std::vector<std::string>& mentioned) const;
};

}  // namespace jackfield
