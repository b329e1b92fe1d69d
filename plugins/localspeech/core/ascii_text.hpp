// Folds any bytes, meant as UTF-8, to printable ASCII.
//
// Accented Latin letters lose their accent, typographic punctuation becomes plain; everything else
// that is not ASCII, broken UTF-8 and control characters become a space. Line ends stay. Never
// fails.
#pragma once

#include <string>
#include <string_view>

namespace localspeech {

std::string fold_to_ascii(std::string_view utf8);

}  // namespace localspeech
