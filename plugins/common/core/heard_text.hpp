// What the caller heard of a reply, as text. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jackfield {

// Words separated by white space that hold at least one letter, digit or non-ASCII byte.
std::uint32_t count_words(const std::string& text);

// `heard` of `total` nanoseconds of audio were heard and nobody knows where the words lie: the
// whole words within that share of the text's length. While the audio is not `complete`, more of it
// is to come for the same text; a reading speed of 15 characters a second (English, conversational)
// then sets the least total.
std::string estimate_heard(const std::string& text, std::uint64_t heard, std::uint64_t total,
                           bool complete);

// `heard` without the words of `filler` it begins with. The filler was no part of the answer.
std::string without_filler(const std::string& heard, const std::string& filler);

std::string join(const std::vector<std::string>& parts);

}  // namespace jackfield
