#include "service_error.hpp"

#include "json_members.hpp"

namespace deepgram {

using jackfield::JsonValue;
using jackfield::SttError;

SttError read_error(const JsonValue& message) {
  std::string code = string_member(message, "code");
  if (code.empty()) code = string_member(message, "variant");
  if (code.empty()) code = "service";
  std::string text = string_member(message, "description");
  if (text.empty()) text = string_member(message, "message");
  if (text.empty()) text = "no reason was given";
  // Audio or parameters that it cannot use stay what they are.
  const bool hopeless =
      code == "DATA-0000" || code == "INVALID_PARAMETERS" || code == "INVALID_AUTH";
  return {.code = code, .text = "Deepgram: " + text, .retryable = !hopeless};
}

std::optional<SttError> explain_status(int status, std::string_view details) {
  const std::string more = details.empty() ? "" : " (" + std::string(details) + ")";
  switch (status) {
    case 400:
    case 404:
      return SttError{"bad-request", "Deepgram does not accept these settings" + more, false};
    case 401:
    case 403:
      return SttError{"unauthorized",
                      "Deepgram refuses the key: set api-key or DEEPGRAM_API_KEY" + more, false};
    case 402:
      return SttError{"no-credit", "no credit is left at Deepgram" + more, false};
    case 429:
      return SttError{"rate-limited", "too many connections to Deepgram at a time" + more, true};
    default:
      return std::nullopt;
  }
}

}  // namespace deepgram
