#include "scenario/core/secret_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace jackfield {

bool looks_secret(std::string_view name) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"TOKEN", "KEY", "APIKEY", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS"});
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    std::string word{name.substr(0, end)};
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

}  // namespace jackfield
