#include "spoken_names.hpp"

#include <algorithm>
#include <utility>

#include "plain_letters.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kMaxNames = 64;
constexpr std::size_t kMaxLetters = 64;
constexpr std::size_t kToleratedFrom = 5;  // letters

// Chinese, Japanese, Korean syllables aside, Thai, Lao, Khmer, Burmese.
bool is_unspaced(char32_t c) {
  return (c >= 0xE00 && c <= 0xEFF) || (c >= 0x1000 && c <= 0x109F) ||
         (c >= 0x1780 && c <= 0x17FF) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

// One letter replaced, left out, put in, or exchanged with the next one (Damerau-Levenshtein
// distance of at most one).
bool within_one_edit(std::u32string_view a, std::u32string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t same = 0;
  while (same < a.size() && a[same] == b[same]) ++same;
  if (same == a.size()) return true;
  if (a.size() < b.size()) return a.substr(same) == b.substr(same + 1);
  if (a.substr(same + 1) == b.substr(same + 1)) return true;
  return same + 1 < a.size() && a[same] == b[same + 1] && a[same + 1] == b[same] &&
         a.substr(same + 2) == b.substr(same + 2);
}

std::u32string joined(const std::vector<std::u32string>& words) {
  std::u32string all;
  for (const auto& word : words) all += word;
  return all;
}

}  // namespace

SpokenNames::SpokenNames(std::string_view list) {
  for (std::size_t at = 0; at <= list.size() && names_.size() < kMaxNames;) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const auto words = plain_letters(list.substr(at, comma - at));
    at = comma + 1;
    Name name{.letters = joined(words), .words = words.size()};
    if (name.letters.empty() || name.letters.size() > kMaxLetters) continue;
    name.unspaced = std::any_of(name.letters.begin(), name.letters.end(), is_unspaced);
    names_.push_back(std::move(name));
  }
}

bool SpokenNames::in(std::string_view text) const {
  if (names_.empty()) return false;
  const auto words = plain_letters(text);
  for (const Name& name : names_) {
    if (name.unspaced) {
      if (joined(words).find(name.letters) != std::u32string::npos) return true;
      continue;
    }
    for (std::size_t first = 0; first < words.size(); ++first) {
      std::u32string said;
      // As many words as it has, one more when it was written apart, fewer when together.
      for (std::size_t count = 1; count <= name.words + 1 && first + count <= words.size();
           ++count) {
        said += words[first + count - 1];
        if (said.size() > name.letters.size() + 1) break;
        if (said == name.letters) return true;
        if (count == name.words && name.letters.size() >= kToleratedFrom &&
            within_one_edit(said, name.letters)) {
          return true;
        }
      }
    }
  }
  return false;
}

}  // namespace jackfield
