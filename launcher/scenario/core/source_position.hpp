// Places in a text file, and errors that show them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield {

struct SourcePosition {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in characters (UTF-8), a tab counts as one
};

SourcePosition position_of(std::string_view source, std::size_t offset);

// The line that a place is in; of a long one what is around it.
struct ShownLine {
  std::string_view text;   // of `source`
  std::size_t column = 1;  // of the place in `text`, from 1, in characters
};

ShownLine shown_line(std::string_view source, std::size_t offset);

// Several lines for a terminal:
//   FILE:LINE:COLUMN: message
//       the source line
//           ^
//   hint
// `hint` may be "". The result has no line break at its end.
std::string describe_error(std::string_view file, std::string_view source, std::size_t offset,
                           std::string_view message, std::string_view hint);

}  // namespace jackfield
