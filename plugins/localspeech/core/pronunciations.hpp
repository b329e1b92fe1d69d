// Looks up words in a pronunciation dictionary of CMU's format: a line a word, then its phones;
// further pronunciations as word(2), word(3), or as another line for the word.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace localspeech {

struct Pronunciation {
  std::string word;    // further pronunciations are numbered in order: word, word(2), word(3)
  std::string phones;  // separated by single spaces
};

struct Pronunciations {
  std::vector<Pronunciation> found;  // in the order of the dictionary, so that variants follow
  std::vector<std::string> missing;  // sorted
};

Pronunciations find_pronunciations(std::string_view dictionary, const std::set<std::string>& words);

}  // namespace localspeech
