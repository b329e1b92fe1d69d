// Text of strangers for a terminal: cleaned, measured, shortened, broken into rows. Pure; any
// thread.
//
// A terminal obeys what it is sent: escape sequences move the cursor, change titles, fill the
// keyboard's buffer; directional overrides turn the order of what is read. So whatever callers,
// services or servers have worded goes through one of the functions that clean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// One row of valid UTF-8 without control characters (C0, C1, DEL), escape sequences and invisible
// format characters (directional ones above all); white space of any kind is one space, of marks
// upon one letter there are eight at most, what is not UTF-8 becomes U+FFFD.
std::string clean_terminal_text(std::string_view text);

// The same for text of several rows: line breaks and all spaces stay, a tab is one character.
std::string clean_terminal_rows(std::string_view text);

// JSON whose strings a terminal may be shown: the same characters as escapes (\u009b). Line breaks
// and tabs between values stay.
std::string clean_terminal_json(std::string_view json);

// The functions below take text that is clean.

std::size_t text_columns(std::string_view text);

// At most so many columns; what is cut off shows as an ellipsis.
std::string shorten_end(std::string_view text, std::size_t columns);
std::string shorten_start(std::string_view text, std::size_t columns);

enum class Align { kLeft, kRight };
// Exactly so many columns: shortened, or filled with spaces.
std::string fit_text(std::string_view text, std::size_t columns, Align align = Align::kLeft);

// Rows of at most so many columns (at least 1), broken between words where there are any.
std::vector<std::string> wrap_columns(std::string_view text, std::size_t columns);

}  // namespace jackfield
