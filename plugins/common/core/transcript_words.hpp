// The texts of a recognizer, which come in pieces. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield {

inline constexpr std::size_t kMostTranscript = 64 * 1024;  // bytes

// Adds `more` behind a space; not beyond kMostTranscript.
void append_text(std::string& text, const std::string& more);
std::string join_texts(const std::string& text, const std::string& more);
std::size_t count_words(std::string_view text);
// `text` without its first words.
std::string skip_words(std::string_view text, std::size_t words);

}  // namespace jackfield
