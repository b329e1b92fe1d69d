// Words for the terminal. Main thread only.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "terminal/core/styled_row.hpp"

namespace jackfield::cli {

// Without secrets, and without anything that a terminal would obey. Everything that is printed and
// not all ours goes through it, before it gets a style.
std::string for_terminal(std::string_view text);

// A terminal, and NO_COLOR is unset.
bool has_colours(std::FILE* stream);

// `text` in a style when `stream` has colours, as it is otherwise.
std::string styled(std::FILE* stream, Style style, std::string_view text);

// An error of describe_error() (FILE:LINE:COLUMN: message, source line, caret, hint) in colours.
std::string styled_error(std::FILE* stream, std::string_view text);

// "jackfield: what" to stderr, every further line as it is.
void print_error(std::string_view what);
// The same of what is no reason to stop: "warning: ...".
void print_warning(const std::string& text);

}  // namespace jackfield::cli
