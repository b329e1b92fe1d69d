// The paths of the control API: templates such as "/api/v1/sessions/{id}/mute". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

class ApiPath {
 public:
  // Value by name, in the order of the template.
  using Values = std::vector<std::pair<std::string, std::string>>;

  explicit ApiPath(std::string_view pattern);

  const std::string& pattern() const { return pattern_; }
  // nullopt when `path` is another one. A value is what is_api_name() allows, so that nothing that
  // means something to a file system ever gets into one.
  std::optional<Values> match(std::string_view path) const;

 private:
  std::string pattern_;
  std::vector<std::string> parts_;
};

// 1 to 64 letters, digits, '-', '_' or '.', and no '.' in front.
bool is_api_name(std::string_view text);

}  // namespace jackfield
