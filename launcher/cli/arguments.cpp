#include "cli/arguments.hpp"

#include "cli/console.hpp"
#include "scenario/core/nearest.hpp"

namespace jackfield::cli {

bool split_files_and_variables(const std::vector<std::string>& words,
                               std::vector<std::string>& files, Variables& variables) {
  for (const std::string& word : words) {
    if (auto assignment = parse_assignment(word)) {
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
