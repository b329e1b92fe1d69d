// Reading UTF-8 that may be broken. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield {

constexpr char32_t kInvalidUtf8 = 0xFFFFFFFF;

// The code point at `at`, which moves behind it; kInvalidUtf8 (and one byte further) for a byte
// that begins none: stray or overlong sequences, surrogates, beyond U+10FFFF (RFC 3629 section 3).
char32_t decode_utf8(std::string_view text, std::size_t& at);

// Whether all of it is well-formed.
bool is_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t c);

// At most `max_bytes` of `text`, not ending within a character.
std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes);

}  // namespace jackfield
