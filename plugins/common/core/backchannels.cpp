#include "backchannels.hpp"

#include <algorithm>

#include "plain_words.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kMaxWords = 6;
constexpr std::size_t kMaxBytes = 120;
constexpr std::size_t kMaxPhrases = 256;

}  // namespace

Backchannels::Backchannels(std::string_view list) {
  for (std::size_t at = 0; at <= list.size() && phrases_.size() < kMaxPhrases;) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    auto words = plain_words(list.substr(at, comma - at));
    if (!words.empty()) phrases_.push_back(std::move(words));
    at = comma + 1;
  }
  std::stable_sort(phrases_.begin(), phrases_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

bool Backchannels::cover(std::string_view text) const {
  if (phrases_.empty() || text.size() > kMaxBytes) return false;
  const auto words = plain_words(text);
  if (words.empty() || words.size() > kMaxWords) return false;
  for (auto at = words.begin(); at != words.end();) {
    const auto found = std::find_if(phrases_.begin(), phrases_.end(), [&](const auto& phrase) {
      return phrase.size() <= static_cast<std::size_t>(words.end() - at) &&
             std::equal(phrase.begin(), phrase.end(), at);
    });
    if (found == phrases_.end()) return false;
    at += static_cast<std::ptrdiff_t>(found->size());
  }
  return true;
}

}  // namespace jackfield
