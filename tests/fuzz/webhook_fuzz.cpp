// A webhook as a form, and its fields and those of a start message, a line each: numbers, SIDs,
// tokens, URLs. Whatever is taken reads back from our TwiML as it was.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/io/twiml.hpp"
#include "twilio/core/form.hpp"
#include "twilio/core/phone_address.hpp"
#include "twilio/core/signed_text.hpp"
#include "twilio/core/twiml.hpp"
#include "twilio/stream_token.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

void check_form(std::string_view text) {
  std::size_t bytes = 0;
  const auto form = jackfield::twilio::parse_form(text);
  for (const auto& [name, value] : form) bytes += name.size() + value.size();
  require(bytes <= text.size());
  require(jackfield::twilio::signed_text("u", form).size() <= 1 + text.size());
  const auto forms = jackfield::twilio::signed_url_forms(text);
  require(!forms.empty() && forms.front() == text);
  require(jackfield::twilio::body_digest_of(text).size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  static jackfield::twilio::StreamTokens tokens{"secret"};
  check_form(text);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (jackfield::twilio::is_sid(line, "CA")) require(line.size() == 34);
    require(!tokens.redeem(line, "", "CA1", 1));
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
