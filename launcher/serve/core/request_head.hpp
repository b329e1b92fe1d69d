// Watches an HTTP request pass by: the length of its head and of all that follows (an HTTP library
// may keep any length of a body in memory), and the request target as the client wrote it (the
// library gives it normalised, which is not what a client signed). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield {

class RequestHead {
 public:
  // `max`: bytes of request line and fields together; `max_body`: of everything behind them.
  explicit RequestHead(std::size_t max, std::size_t max_body = SIZE_MAX)
      : max_(max), max_body_(max_body) {}

  // The bytes that came next. False when the head or the body is too long; from then on always.
  bool feed(std::string_view bytes);

  // What follows belongs to another protocol: it is neither counted nor limited.
  void upgraded() { upgraded_ = true; }

  bool complete() const { return complete_; }
  bool too_long() const { return too_long_; }
  // "/path?query" of "GET /path?query HTTP/1.1"; "" before the first line is complete, or when it
  // is none.
  std::string_view target() const;
  // What follows the '?' of the target.
  std::string_view query() const;

 private:
  const std::size_t max_;
  const std::size_t max_body_;
  std::string line_;  // the first
  bool line_complete_ = false;
  bool line_empty_ = true;  // the line that bytes arrive for now
  std::size_t size_ = 0;
  std::size_t body_ = 0;
  bool complete_ = false;
  bool too_long_ = false;
  bool upgraded_ = false;
};

}  // namespace jackfield
