// Bytes from a socket into the framing, in pieces whose size the first byte chooses.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "websocket_framing.hpp"

namespace {

class Listener final : public jackfield::WebSocketFraming::Listener {
 public:
  void on_text(std::string_view text) override {
    if (text.size() > jackfield::WebSocketFraming::kMaxMessage) std::abort();
  }
  void on_binary() override {}
  void on_too_long() override {}
  void on_ping(std::span<const uint8_t> payload) override {
    if (payload.size() > 125) std::abort();
  }
  void on_close(uint16_t) override {
    if (closed_) std::abort();
    closed_ = true;
  }

 private:
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] ? data[0] : size;
  Listener listener;
  jackfield::WebSocketFraming framing{listener};
  std::vector<uint8_t> bytes(data, data + size);  // they are unmasked where they stand
  for (size_t at = 1; at < size; at += piece) {
    if (!framing.feed({bytes.data() + at, std::min(piece, size - at)})) break;
  }
  return 0;
}
