// The head of an HTTP request as it passes by, in pieces or at once: both see the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "serve/core/request_head.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMax = 300;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  jackfield::RequestHead whole{kMax};
  const bool fits = whole.feed(bytes);
  const std::size_t piece = size % 7 + 1;
  jackfield::RequestHead pieces{kMax};
  bool all = true;
  for (std::size_t at = 0; at < size; at += piece)
    all = pieces.feed(bytes.substr(at, piece)) && all;
  if (fits != all || fits == whole.too_long() || whole.complete() != pieces.complete())
    std::abort();
  if (whole.target() != pieces.target() || whole.query() != pieces.query()) std::abort();
  if (whole.target().size() > kMax || (!whole.query().empty() && whole.target().empty()))
    std::abort();
  return 0;
}
