// Server-sent events, as a stream of bytes that may be cut anywhere (WHATWG HTML 9.2.6: lines end
// in CR, LF or CRLF; a byte order mark in front is skipped; an event ends with an empty line, and
// what is unfinished at the end of the stream is dropped). One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

struct SseEvent {
  std::string type;  // "" when the stream named none
  std::string data;  // its lines, joined by line feeds
};

class SseParser {
 public:
  // Lines and events of more than `max_bytes` are a failure of the stream.
  explicit SseParser(std::size_t max_bytes = 1024 * 1024) : max_bytes_(max_bytes) {}

  // Takes bytes; next() then gives the events in them. Bytes are ignored after a failure.
  void feed(std::string_view bytes);
  // The next complete event.
  std::optional<SseEvent> next();
  // The limit was exceeded: the stream is to be given up.
  bool failed() const { return failed_; }
  void reset();

 private:
  // The next line without its end, or nothing while it is incomplete.
  std::optional<std::string_view> next_line();
  void take_line(std::string_view line);

  std::size_t max_bytes_;
  std::string pending_;
  std::size_t read_ = 0;     // of `pending_`, complete lines
  std::size_t scanned_ = 0;  // of `pending_`, has no line end from `read_` up to here
  SseEvent event_;
  bool has_data_ = false;
  bool at_start_ = true;
  bool after_cr_ = false;  // a line feed that comes now belongs to the last line end
  bool failed_ = false;
};

}  // namespace jackfield
