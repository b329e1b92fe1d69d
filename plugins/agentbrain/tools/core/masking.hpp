// Tool arguments and results without what is secret, for records and logs. Pure; one thread at a
// time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbrain::tools {

// Whether a member or variable of that name holds a secret.
bool sounds_secret(std::string_view name);

class Masking {
 public:
  // Values shorter than 6 bytes are not looked for: they would be found in harmless words.
  void hide(std::string_view secret);

  // "***" in place of every hidden value.
  std::string text(std::string text) const;
  // The same, and "***" as the value of every member whose name says that it is secret (password,
  // secret, token, api_key, authorization, credential, pin, cvv and the like). What is no JSON
  // object is treated as text. At most `max_bytes` of it.
  std::string arguments(std::string_view json, std::size_t max_bytes) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace agentbrain::tools
