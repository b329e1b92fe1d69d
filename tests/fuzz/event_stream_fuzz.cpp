// Server-sent events in pieces or at once are the same events; the server's wish for a pause is a
// bounded time or none. The first line is a Retry-After.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "retry_policy.hpp"
#include "sse_parser.hpp"

namespace {

constexpr std::size_t kMax = 200;

std::vector<std::string> events_of(std::string_view stream, std::size_t piece, bool& failed) {
  jackfield::SseParser parser{kMax};
  std::vector<std::string> events;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    parser.feed(stream.substr(at, piece));
    while (const auto event = parser.next()) {
      if (event->data.size() > kMax || event->type.size() > kMax) std::abort();
      events.push_back(event->type + '\0' + event->data);
    }
  }
  failed = parser.failed();
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t line = text.find('\n');
  const std::string_view wish = text.substr(0, line);
  jackfield::read_retry_after(wish, "", 1'700'000'000);
  jackfield::read_retry_after("", wish, 1'700'000'000);
  if (line == std::string_view::npos) return 0;
  text.remove_prefix(line + 1);
  bool failed_whole = false;
  bool failed_pieces = false;
  const auto whole = events_of(text, text.size() + 1, failed_whole);
  const auto pieces = events_of(text, size % 5 + 1, failed_pieces);
  // How much of a stream that is too long comes through depends on how it arrives.
  if (!failed_whole && !failed_pieces && whole != pieces) std::abort();
  return 0;
}
