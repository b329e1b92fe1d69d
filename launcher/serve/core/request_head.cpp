#include "serve/core/request_head.hpp"

namespace jackfield {

bool RequestHead::feed(std::string_view bytes) {
  if (upgraded_) return true;
  for (std::size_t at = 0; at < bytes.size() && !too_long_; ++at) {
    if (complete_) {
      body_ += bytes.size() - at;
      too_long_ = body_ > max_body_;
      break;
    }
    const char c = bytes[at];
    if (++size_ > max_) {
      too_long_ = true;
    } else if (c == '\n') {
      // Empty lines before the first are allowed (RFC 9112, 2.2).
      if (line_empty_ && line_complete_) complete_ = true;
      if (!line_.empty()) line_complete_ = true;
      line_empty_ = true;
    } else if (c != '\r') {
      line_empty_ = false;
      if (!line_complete_) line_ += c;
    }
  }
  return !too_long_;
}

std::string_view RequestHead::target() const {
  if (!line_complete_) return {};
  const std::string_view line = line_;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return {};
  return line.substr(first + 1, last - first - 1);
}

std::string_view RequestHead::query() const {
  const std::string_view whole = target();
  const std::size_t mark = whole.find('?');
  return mark == std::string_view::npos ? std::string_view{} : whole.substr(mark + 1);
}

}  // namespace jackfield
