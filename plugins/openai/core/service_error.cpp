#include "service_error.hpp"

#include "json_writer.hpp"
#include "retry_policy.hpp"
#include "utf8.hpp"

namespace openai {
namespace {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

constexpr std::size_t kLongestText = 500;

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Fields {
  std::string message;
  std::string type;
  std::string code;
};

Fields fields_of(const JsonValue& error) {
  if (error.is(Kind::kString)) return {.message = error.string};  // Ollama and others
  return {.message = string_member(error, "message"),
          .type = string_member(error, "type"),
          .code = string_member(error, "code")};
}

Fields fields_of_body(std::string_view body) {
  const auto json = jackfield::parse_json(body);
  if (!json.value || !json.value->is(Kind::kObject))
    return {.message = std::string(body.substr(0, 200))};
  if (const JsonValue* error = json.value->find("error")) return fields_of(*error);
  return fields_of(*json.value);
}

std::string cause_of(int status, const Fields& f) {
  const auto is = [&](std::string_view name) { return f.code == name || f.type == name; };
  if (is("insufficient_quota") || is("billing_hard_limit_reached") || status == 402) return "quota";
  if (is("invalid_api_key") || status == 401 || status == 403) return "key";
  if (is("model_not_found") || is("model_not_available") ||
      f.message.starts_with("Invalid `model`"))  // OpenClaw
    return "model";
  if (status == 404) {
    return f.message.find("odel") != std::string::npos ? "model" : "request";
  }
  if (is("rate_limit_exceeded") || status == 429) return "rate-limit";
  if (is("content_filter") || is("content_policy_violation")) return "content";
  if (status >= 500 || is("server_error") || is("overloaded_error")) return "server";
  if (status == 408) return "timeout";
  return "request";
}

ServiceError make(int status, const Fields& f, std::string_view secret) {
  ServiceError error;
  error.cause = cause_of(status, f);
  error.status = status;
  error.retryable =
      error.cause == "rate-limit" || error.cause == "server" || error.cause == "timeout";
  error.text = without_secrets(f.message, secret);
  if (error.text.empty()) error.text = f.code.empty() ? f.type : f.code;
  if (status != 0)
    error.text = "HTTP " + std::to_string(status) + (error.text.empty() ? "" : ": ") + error.text;
  if (status == 407) {
    error.cause = "network";
    error.text += " (the proxy wants a login: https_proxy=http://user:password@host:port)";
  }
  if (error.cause == "key") error.text += " (see to OPENAI_API_KEY, or the property api-key)";
  if (error.cause == "model") error.text += " (see to the property model)";
  return error;
}

}  // namespace

std::string without_secrets(std::string_view text, std::string_view secret) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    if (secret.size() >= 4 && text.substr(at).starts_with(secret)) {
      clean += "***";
      at += secret.size();
      continue;
    }
    // OpenAI repeats a part of a wrong key in its message.
    const bool word_begins = at == 0 || !is_alnum(text[at - 1]);
    if (word_begins && text.substr(at).starts_with("sk-")) {
      clean += "***";
      while (at < text.size() &&
             (is_alnum(text[at]) || text[at] == '-' || text[at] == '_' || text[at] == '*'))
        ++at;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[at++]);
    clean += c < ' ' ? ' ' : static_cast<char>(c);
  }
  clean = std::string(jackfield::truncate_utf8(clean, kLongestText));
  std::string valid;
  for (std::size_t at = 0; at < clean.size();) {
    const char32_t c = jackfield::decode_utf8(clean, at);
    jackfield::append_utf8(valid, c == jackfield::kInvalidUtf8 ? U'\uFFFD' : c);
  }
  return valid;
}

ServiceError read_http_error(int status, std::string_view body, std::string_view secret) {
  return make(status, fields_of_body(body), secret);
}

ServiceError read_stream_error(const JsonValue& error, std::string_view secret) {
  const Fields f = fields_of(error);
  return make_stream_error(f.message, f.type, f.code, secret);
}

ServiceError make_stream_error(std::string_view message, std::string_view type,
                               std::string_view code, std::string_view secret) {
  ServiceError e = make(
      0, {.message = std::string(message), .type = std::string(type), .code = std::string(code)},
      secret);
  // Without a status, an unknown failure is the server's.
  if (e.cause == "request" && type != "invalid_request_error") {
    e.cause = "server";
    e.retryable = true;
  }
  return e;
}

bool is_hopeless(int status, std::string_view body) {
  if (!jackfield::is_transient_status(status)) return false;  // the status alone says it
  return cause_of(status, fields_of_body(body)) == "quota";
}

}  // namespace openai
