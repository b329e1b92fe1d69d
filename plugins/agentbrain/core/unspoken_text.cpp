#include "unspoken_text.hpp"

#include <algorithm>

#include "heard_text.hpp"

namespace agentbrain {
namespace {

constexpr std::uint64_t kNsPerCharacter = 1'000'000'000 / 15;
constexpr const char* kSpace = " \t\r\n";

}  // namespace

std::string unspoken_text(const std::vector<std::string>& texts, std::size_t words,
                          std::uint64_t audio) {
  const std::string all = jackfield::join(texts);
  std::size_t at = 0;
  if (words > 0) {
    for (; words > 0 && at < all.size(); --words) {
      at = std::min(all.find_first_not_of(kSpace, at), all.size());
      at = std::min(all.find_first_of(kSpace, at), all.size());
    }
  } else {
    at = std::min<std::uint64_t>(audio / kNsPerCharacter, all.size());
    // Rather a word twice than one that is missing.
    if (at < all.size() && at > 0) {
      const std::size_t space = all.find_last_of(kSpace, at);
      at = space == std::string::npos ? 0 : space;
    }
  }
  at = std::min(all.find_first_not_of(kSpace, at), all.size());
  return all.substr(at);
}

}  // namespace agentbrain
