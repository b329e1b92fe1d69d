#include "line_reader.hpp"

#include <utility>

namespace agentbrain::tools {

void LineReader::feed(std::string_view bytes) { pending_ += bytes; }

std::optional<std::string> LineReader::next() {
  for (;;) {
    const std::size_t end = pending_.find('\n', scanned_);
    if (end == std::string::npos) {
      // Once for all lines: a server may send a great many short ones.
      pending_.erase(0, std::exchange(begin_, 0));
      scanned_ = pending_.size();
      if (pending_.size() > max_bytes_) {
        if (!std::exchange(skipping_, true)) ++too_long_;
      }
      if (skipping_) {
        pending_.clear();
        scanned_ = 0;
      }
      return std::nullopt;
    }
    std::string line = pending_.substr(begin_, end - begin_);
    begin_ = scanned_ = end + 1;
    if (std::exchange(skipping_, false)) continue;
    if (line.size() > max_bytes_) {
      ++too_long_;
      continue;
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) return line;
  }
}

std::string LineReader::rest() {
  scanned_ = 0;
  std::string line = std::exchange(pending_, {}).substr(std::exchange(begin_, 0));
  return std::exchange(skipping_, false) ? std::string{} : line;
}

}  // namespace agentbrain::tools
