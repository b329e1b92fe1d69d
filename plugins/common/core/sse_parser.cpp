#include "sse_parser.hpp"

#include <algorithm>
#include <utility>

namespace jackfield {

void SseParser::reset() { *this = SseParser(max_bytes_); }

void SseParser::feed(std::string_view bytes) {
  if (failed_) return;
  scanned_ -= std::min(scanned_, read_);
  pending_.erase(0, std::exchange(read_, 0));
  pending_ += bytes;
}

std::optional<std::string_view> SseParser::next_line() {
  if (at_start_) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    const std::string_view begin = std::string_view(pending_).substr(0, kMark.size());
    if (begin.size() < kMark.size() && kMark.starts_with(begin)) return std::nullopt;
    if (begin == kMark) read_ += kMark.size();
    at_start_ = false;
  }
  if (after_cr_ && read_ < pending_.size()) {
    if (pending_[read_] == '\n') ++read_;
    after_cr_ = false;
  }
  const std::size_t end = pending_.find_first_of("\r\n", std::max(read_, scanned_));
  if (end == std::string::npos) {
    scanned_ = pending_.size();
    if (pending_.size() - read_ > max_bytes_) failed_ = true;
    return std::nullopt;
  }
  const std::string_view line = std::string_view(pending_).substr(read_, end - read_);
  after_cr_ = pending_[end] == '\r';
  read_ = end + 1;
  return line;
}

void SseParser::take_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    event_.type = value;
  } else if (field == "data") {
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
  }
  if (event_.data.size() + event_.type.size() > max_bytes_) failed_ = true;
}

std::optional<SseEvent> SseParser::next() {
  while (!failed_) {
    const auto line = next_line();
    if (!line) break;
    if (!line->empty()) {
      take_line(*line);
      continue;
    }
    SseEvent event = std::exchange(event_, {});
    if (std::exchange(has_data_, false)) return event;
  }
  return std::nullopt;
}

}  // namespace jackfield
