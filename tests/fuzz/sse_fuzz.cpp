// The reader of event streams. How the bytes are cut must make no difference.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sse_parser.hpp"

namespace {

std::string read(std::string_view text, std::size_t piece, bool& failed) {
  jackfield::SseParser parser(64);
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(text.substr(at, piece));
    while (const auto event = parser.next()) {
      if (event->data.size() + event->type.size() > 64) std::abort();
      all += event->type + '\0' + event->data + '\0';
    }
  }
  failed = parser.failed();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  bool failed_whole = false;
  bool failed_cut = false;
  const std::string whole = read(text, size + 1, failed_whole);
  const std::string cut = read(text, 1, failed_cut);
  // Cut small, a long line may be seen before its end comes; whole, its end is there already.
  if (!failed_whole && !failed_cut && whole != cut) std::abort();
  return 0;
}
