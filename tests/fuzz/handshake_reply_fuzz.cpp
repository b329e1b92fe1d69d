// A server's answer to the simulator's WebSocket handshake, as it comes in pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/core/handshake.hpp"

using namespace jackfield::simulate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  // What a prefix decides is not undone by what follows.
  for (std::size_t end = 0; end <= size; end += 1 + size / 16) {
    const auto early = parse_handshake_reply(bytes.substr(0, end), accept);
    if (!early) continue;
    const auto whole = parse_handshake_reply(bytes, accept);
    if (!whole || whole->error.empty() != early->error.empty()) std::abort();
    if (early->error.empty() && (early->length > end || early->status != 101)) std::abort();
    if (early->error.empty() && early->length != whole->length) std::abort();
  }
  if (size > kMaxHandshakeBytes && !parse_handshake_reply(bytes, accept)) std::abort();
  return 0;
}
