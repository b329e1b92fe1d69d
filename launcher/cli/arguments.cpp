#include "cli/arguments.hpp"

#include <algorithm>
#include <cstring>

#include "cli/console.hpp"
#include "scenario/core/nearest.hpp"
#include "scenario/core/secret_names.hpp"
#include "scenario/environment.hpp"

namespace jackfield::cli {

void wipe_secrets_of_command_line(int argc, char** argv) {
  constexpr std::string_view kToken = "--token";
  const auto wipe = [](char* text) { std::fill_n(text, std::strlen(text), '*'); };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::size_t equals = word.find('=');
    if (word == kToken && i + 1 < argc) {
      wipe(argv[++i]);
    } else if (equals != std::string_view::npos &&
               (word.substr(0, equals) == kToken || looks_secret(word.substr(0, equals)))) {
      wipe(argv[i] + equals + 1);
    }
  }
}

bool split_files_and_variables(const std::vector<std::string>& words,
                               std::vector<std::string>& files, Variables& variables) {
  for (const std::string& word : words) {
    if (auto assignment = parse_assignment(word)) {
      if (looks_secret(assignment->first)) hide_value(assignment->second);
      variables.command_line[assignment->first] = assignment->second;
    } else {
      files.push_back(word);
    }
  }
  if (!files.empty()) return true;
  print_error("no pipeline file is named; for example: pipelines/phone-agent.gst");
  return false;
}

bool all_variables_used(const Variables& variables, const std::vector<std::string>& mentioned) {
  bool all = true;
  for (const std::string& name : variables.unused(mentioned)) {
    const std::string hint = did_you_mean(name, mentioned);
    print_error("the variable " + name + " does not occur in the pipeline text" +
                (hint.empty() ? "" : "; " + hint));
    all = false;
  }
  return all;
}

}  // namespace jackfield::cli
