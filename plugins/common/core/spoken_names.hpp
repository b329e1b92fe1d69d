// Was a name said? For text that a speech recognizer wrote. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

class SpokenNames {
 public:
  SpokenNames() = default;  // there are none
  // Names between commas, each of one word or more; case, punctuation and accents do not matter.
  // At most 64 names, of 64 letters each; others are left out.
  explicit SpokenNames(std::string_view list);

  bool empty() const { return names_.empty(); }

  // Is one of them said in the text, as words of its own ("Jack's" holds "Jack", "jacket" does
  // not)? A recognizer may write it apart ("jack field") or together. In a name of five letters and
  // more one letter may be wrong, missing, too much, or exchanged with its neighbour. In scripts
  // that put no blanks between words a name is looked for anywhere.
  bool in(std::string_view text) const;

 private:
  struct Name {
    std::u32string letters;
    std::size_t words = 1;
    bool unspaced = false;  // of such a script
  };
  std::vector<Name> names_;
};

}  // namespace jackfield
