// Text in pictures: cleaned, measured, broken into lines, and laid out without overlaps. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// Valid UTF-8 without characters that XML forbids; every white space is one space.
std::string clean_text(std::string_view text);

// Estimated width in pixels at a font size, generous for the usual sans serif fonts.
double text_width(std::string_view text, double font_size);

// At most `max_lines` lines no wider than `width`, broken between words; what does not fit ends in
// an ellipsis. The text must be clean.
std::vector<std::string> wrap_text(std::string_view text, double width, double font_size,
                                   std::size_t max_lines);

// Puts boxes into lanes so that none overlap; every lane is filled from left to right.
class Lanes {
 public:
  Lanes(std::size_t max_lanes, double gap) : max_lanes_(max_lanes), gap_(gap) {}

  static constexpr std::size_t kNoLane = static_cast<std::size_t>(-1);
  // Boxes must come ordered by `left`. The lane, or kNoLane when all are taken there.
  std::size_t place(double left, double width);
  std::size_t count() const { return ends_.size(); }

 private:
  std::size_t max_lanes_;
  double gap_;
  std::vector<double> ends_;
};

}  // namespace jackfield
