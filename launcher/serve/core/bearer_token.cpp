#include "serve/core/bearer_token.hpp"

#include <algorithm>

namespace jackfield {

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size() ||
      !std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
      }))
    return {};
  authorization.remove_prefix(kScheme.size());
  const std::size_t begin = authorization.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  const std::size_t end = authorization.find_last_not_of(' ');
  return authorization.substr(begin, end - begin + 1);
}

}  // namespace jackfield
