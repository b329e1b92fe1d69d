#include "text/redaction.hpp"

#include <algorithm>
#include <vector>

namespace jackfield {
namespace {

// The longest first: one may be part of another.
std::vector<std::string>& secrets() {
  static auto* list = new std::vector<std::string>;
  return *list;
}

}  // namespace

void hide(std::string_view secret) {
  auto& list = secrets();
  if (secret.size() < kShortestSecret || std::find(list.begin(), list.end(), secret) != list.end())
    return;
  list.insert(std::find_if(list.begin(), list.end(),
                           [&](const std::string& other) { return other.size() < secret.size(); }),
              std::string{secret});
}

bool has_secrets() { return !secrets().empty(); }

std::string redacted(std::string text) {
  constexpr std::string_view kMask = "***";
  for (const std::string& secret : secrets()) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kMask.size()))
      text.replace(at, secret.size(), kMask);
  }
  return text;
}

}  // namespace jackfield
