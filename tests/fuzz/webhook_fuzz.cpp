// Fields of a webhook and of a start message, a line each: numbers, SIDs, tokens, URLs. Whatever
// is taken reads back from our TwiML as it was.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/io/twiml.hpp"
#include "twilio/core/phone_address.hpp"
#include "twilio/core/twiml.hpp"
#include "twilio/stream_token.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  static jackfield::twilio::StreamTokens tokens{"secret"};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (jackfield::twilio::is_sid(line, "CA")) require(line.size() == 34);
    require(!tokens.redeem(line, "CA1", 1));
    const std::string url = jackfield::twilio::media_url(line, "/twilio/media");
    if (!url.empty()) require(url.starts_with("ws") && url.ends_with("/twilio/media"));
    const auto address = jackfield::twilio::phone_address(line);
    if (!address) continue;
    require(*address == line && line.size() <= 260);
    require(
        std::all_of(line.begin(), line.end(), [](unsigned char c) { return c > 32 && c < 127; }));
    const auto twiml = jackfield::simulate::parse_twiml(
        jackfield::twilio::connect_stream("ws://x/", {{"from", *address}}));
    require(twiml.error.empty() && twiml.stream.parameters.size() == 1);
    require(twiml.stream.parameters[0].second == *address);
  }
  return 0;
}
