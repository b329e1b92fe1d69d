// The words of a text, without its case and punctuation. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// Lower case words of letters, digits and apostrophes; hyphens separate.
std::vector<std::string> plain_words(std::string_view text);

}  // namespace jackfield
