// Words for the terminal. Main thread only.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace jackfield::cli {

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// `text` in a colour when `stream` is a terminal (and NO_COLOR is unset), as it is otherwise.
std::string styled(std::FILE* stream, Style style, std::string_view text);

// An error of describe_error() (FILE:LINE:COLUMN: message, source line, caret, hint) in colours.
std::string styled_error(std::FILE* stream, std::string_view text);

// "jackfield: what" to stderr, every further line as it is.
void print_error(std::string_view what);
// The same of what is no reason to stop: "warning: ...".
void print_warning(const std::string& text);

}  // namespace jackfield::cli
