// Letters without case and accents, for comparing what was heard with what is written. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// The words of a UTF-8 text, their letters folded: lower case, without accents (composed or not),
// ligatures apart ("Ångström" is "angstrom"). Latin (to Latin Extended-A, and Vietnamese), Greek
// and Cyrillic are folded, other letters stay as they are. Everything else separates words,
// apostrophes and hyphens too; broken bytes as well.
std::vector<std::u32string> plain_letters(std::string_view text);

}  // namespace jackfield
