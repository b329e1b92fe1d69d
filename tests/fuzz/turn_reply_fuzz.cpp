// What a TURN server answers. Input: transport (0: UDP, else TCP), then messages: what is done to
// it (bit 0: gets the number of our request, bit 1: its length is put right, bit 2: half a second
// goes by before), length (2 bytes), the message. Whatever comes, little is sent, and in the end
// there is a verdict that can be printed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "webrtc/core/turn_inquiry.hpp"

namespace {

using namespace jackfield::webrtc;

constexpr std::int64_t kHalfSecond = 500'000'000;
constexpr std::size_t kHead = 3;
constexpr std::size_t kLongest = 2048;  // what is read of a server at once

void require(bool ok) {
  if (!ok) std::abort();
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
}

std::uint8_t requests = 0;

Transaction next_transaction() {
  Transaction transaction{};
  transaction[11] = ++requests;
  return transaction;
}

class Inquiry {
 public:
  explicit Inquiry(bool tcp)
      : inquiry_({.host = "::1",
                  .port = 3478,
                  .transport = tcp ? "tcp" : "udp",
                  .user = "anna",
                  .password = "hush"},
                 {.hmac = [](auto, auto) { return std::array<std::uint8_t, 20>{}; },
                  .md5 = [](std::string_view) { return std::array<std::uint8_t, 16>{}; },
                  .transaction = next_transaction},
                 now_) {
    send();
  }

  void receive(std::uint8_t how, std::vector<std::uint8_t>& message) {
    if (inquiry_.verdict()) return;
    if (how & 4) now_ += kHalfSecond;
    if ((how & 1) && message.size() >= kStunHead)
      std::copy(sent_.begin() + 4, sent_.begin() + 20, message.begin() + 4);
    if ((how & 2) && message.size() >= kStunHead) {
      const std::size_t length = message.size() - kStunHead;
      message[2] = static_cast<std::uint8_t>(length >> 8);
      message[3] = static_cast<std::uint8_t>(length);
    }
    if (const auto whole = stun_length(message)) require(*whole >= kStunHead && *whole % 4 == 0);
    inquiry_.received(message);
    send();
  }

  void end() {
    while (!inquiry_.verdict()) {
      require(inquiry_.wake_at() > now_ && inquiry_.wake_at() <= now_ + TurnInquiry::kPatience);
      now_ = inquiry_.wake_at();
      send();
    }
    require(!inquiry_.verdict()->text.empty());
    require(printable(inquiry_.verdict()->text) && printable(inquiry_.verdict()->advice));
    require(inquiry_.verdict()->good == inquiry_.verdict()->advice.empty());
    require(now_ <= TurnInquiry::kPatience + 1'000'000'000);
  }

 private:
  void send() {
    for (Bytes message = inquiry_.next(now_); !message.empty(); message = inquiry_.next(now_)) {
      require(stun_length(message) == message.size());
      sent_ = message;
      // Three requests, each at most four times, and the relay given back.
      require(++count_ <= 13);
    }
  }

  std::int64_t now_ = 1'000'000'000;
  TurnInquiry inquiry_;
  Bytes sent_;
  int count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> rest(data, size);
  if (rest.empty()) return 0;
  requests = 0;
  Inquiry inquiry(rest[0] != 0);
  rest = rest.subspan(1);
  while (rest.size() >= kHead) {
    const std::uint8_t how = rest[0];
    const auto wanted = static_cast<std::size_t>(rest[1] << 8 | rest[2]);
    const std::size_t length = std::min({wanted, rest.size() - kHead, kLongest});
    std::vector<std::uint8_t> message(rest.begin() + kHead,
                                      rest.begin() + static_cast<std::ptrdiff_t>(kHead + length));
    rest = rest.subspan(kHead + length);
    inquiry.receive(how, message);
  }
  inquiry.end();
  return 0;
}
