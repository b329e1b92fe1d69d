// Lines of a stream of bytes that may be cut anywhere; too long ones are skipped whole. One thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentbrain::tools {

class LineReader {
 public:
  explicit LineReader(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void feed(std::string_view bytes);
  // The next whole line, without its end (LF or CRLF). Empty lines are skipped.
  std::optional<std::string> next();
  // What is left at the end of the stream; "" nothing.
  std::string rest();
  std::uint64_t too_long() const { return too_long_; }  // lines that were skipped

 private:
  std::size_t max_bytes_;
  std::string pending_;
  std::size_t begin_ = 0;    // of the line that is next
  std::size_t scanned_ = 0;  // up to here there is no end of it
  bool skipping_ = false;
  std::uint64_t too_long_ = 0;
};

}  // namespace agentbrain::tools
