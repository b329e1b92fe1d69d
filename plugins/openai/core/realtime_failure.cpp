#include "realtime_failure.hpp"

#include <array>

namespace openai::realtime {
namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// By the names that the service uses in codes, types and reasons of close frames.
std::string cause_of_name(std::string_view name) {
  if (holds(name, "insufficient_quota") || holds(name, "billing")) return "quota";
  if (holds(name, "api_key") || holds(name, "authentication")) return "key";
  if (holds(name, "model_not") || holds(name, "invalid_model")) return "model";
  if (holds(name, "rate_limit")) return "rate-limit";
  if (holds(name, "content_filter") || holds(name, "content_policy")) return "content";
  if (holds(name, "server_error") || holds(name, "overloaded")) return "server";
  return {};
}

bool passes_by_itself(std::string_view cause) { return cause == "rate-limit" || cause == "server"; }

}  // namespace

ServiceError connection_failure(int http_status, std::string_view text, std::string_view details,
                                bool retryable) {
  ServiceError error{.text = std::string(text), .retryable = retryable, .status = http_status};
  if (!details.empty()) error.text += " (" + std::string(details) + ")";
  error.cause = cause_of_name(details);
  if (!error.cause.empty()) {
    error.retryable = passes_by_itself(error.cause);
  } else if (http_status == 401 || http_status == 403) {
    error.cause = "key";
  } else if (http_status == 402) {
    error.cause = "quota";
  } else if (http_status == 429) {
    error.cause = "rate-limit";
  } else if (http_status == 408) {
    error.cause = "timeout";
  } else if (http_status >= 500) {
    error.cause = "server";
  } else if (http_status >= 400) {
    error.cause = http_status == 404 ? "model" : "request";
  } else {
    error.cause = "network";
  }
  return error;
}

ServiceError event_failure(std::string_view code, std::string_view message) {
  ServiceError error{.cause = cause_of_name(code)};
  error.text = std::string(message.empty() ? code : message);
  if (!message.empty() && !code.empty()) error.text += " (" + std::string(code) + ")";
  if (error.cause.empty()) error.cause = "request";
  error.retryable = passes_by_itself(error.cause);
  return error;
}

std::string_view remedy(const ServiceError& error) {
  struct Advice {
    std::string_view cause, text;
  };
  static constexpr std::array kAdvice{
      Advice{"key", "check api-key, or OPENAI_API_KEY in the environment"},
      Advice{"model", "check model; does the account have access to it?"},
      Advice{"quota", "the account has no credit left, or reached its limit: see its billing page"},
      Advice{"rate-limit", "too many calls at once for this account's limits"},
      Advice{"request", "check the properties of openairealtime"},
      Advice{"network", "is base-url right, and can this machine reach it?"},
      Advice{"timeout", "is base-url right, and can this machine reach it?"},
      Advice{"server", "the service itself is in trouble: see its status page"},
  };
  for (const Advice& advice : kAdvice) {
    if (advice.cause == error.cause) return advice.text;
  }
  return {};
}

std::string explained(const ServiceError& error) {
  std::string text = error.text;
  if (const auto advice = remedy(error); !advice.empty()) text += "; " + std::string(advice);
  return text;
}

}  // namespace openai::realtime
