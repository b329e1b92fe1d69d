#include "error_advice.hpp"

#include <algorithm>

namespace agentbrain {
namespace {

struct Advice {
  std::string_view cause;
  std::string_view text;
};

constexpr std::string_view kKey = "check the API key";
constexpr std::string_view kCredit = "check the account's credit and limits";
constexpr std::string_view kRate = "make fewer calls at once, or raise the account's limit";
constexpr std::string_view kAddress = "check base-url, and this machine's way to the network";
constexpr std::string_view kService = "the service has trouble; a fallback would take over";
constexpr std::string_view kSettings = "check the stage's properties";

constexpr Advice kAdvice[] = {
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
    {"certificate", "check base-url, and this machine's clock and certificates"},
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
    {"voice_not_found", "check the voice"},
};

}  // namespace

std::string_view error_advice(std::string_view cause) {
  const auto* found = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                   [&](const Advice& a) { return a.cause == cause; });
  return found == std::end(kAdvice) ? std::string_view{} : found->text;
}

}  // namespace agentbrain
