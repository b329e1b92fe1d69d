#include "error_advice.hpp"

#include <algorithm>

namespace agentbrain {
namespace {

struct Text {
  std::string_view text;
  // A word of texts that say as much themselves.
  std::string_view said_by = {};
};

struct Advice {
  std::string_view cause;
  Text advice;
};

constexpr Text kKey{"check the API key", "api-key"};
constexpr Text kCredit{"check the account's credit and limits", "account"};
constexpr Text kRate{"make fewer calls at once, or raise the account's limit"};
constexpr Text kAddress{"check base-url, and this machine's way to the network"};
constexpr Text kService{"the service has trouble; a fallback would take over"};
constexpr Text kSettings{"check the stage's properties"};

constexpr Advice kAdvice[] = {
    {"key", kKey},
    {"unauthorized", kKey},
    {"invalid_api_key", kKey},
    {"quota", kCredit},
    {"no-credit", kCredit},
    {"quota_exceeded", kCredit},
    {"rate-limit", kRate},
    {"rate-limited", kRate},
    {"network", kAddress},
    {"unreachable", kAddress},
    {"bad-address", kAddress},
    {"certificate", {"check base-url, and this machine's clock and certificates"}},
    {"timeout", kService},
    {"server", kService},
    {"cut", kService},
    {"refused", kService},
    {"closed", kService},
    {"lost", kService},
    {"dead", kService},
    {"request", kSettings},
    {"bad-request", kSettings},
    {"protocol", kSettings},
    {"voice_not_found", {"check the voice"}},
};

}  // namespace

std::string_view error_advice(std::string_view cause, std::string_view text) {
  const auto* found = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                   [&](const Advice& a) { return a.cause == cause; });
  if (found == std::end(kAdvice)) return {};
  const Text& advice = found->advice;
  const bool said = !advice.said_by.empty() && text.find(advice.said_by) != std::string_view::npos;
  return said ? std::string_view{} : advice.text;
}

}  // namespace agentbrain
