#include "service_error.hpp"

#include <array>

#include "json_members.hpp"
#include "utf8.hpp"

namespace elevenlabs {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr std::size_t kLongestText = 500;  // bytes of the service's words that are passed on

struct Code {
  std::string_view code;
  std::string_view text;  // "": the service's words say it best
  bool retryable;
};

constexpr char kRefusedKey[] = "ElevenLabs refuses the key: set api-key or ELEVENLABS_API_KEY";
constexpr char kNoCredit[] = "no credit is left at ElevenLabs: see to the account";
constexpr char kTooMany[] = "too many requests to ElevenLabs at a time for this plan";

// Wrong keys, wrong voices, an empty account: the next attempt ends the same way.
constexpr std::array<Code, 27> kCodes{{
    {"invalid_api_key", kRefusedKey, false},
    {"auth_error", kRefusedKey, false},
    {"authentication_error", kRefusedKey, false},
    {"authentication_required", kRefusedKey, false},
    {"missing_permissions", "the key does not have the permission for this service", false},
    {"quota_exceeded", kNoCredit, false},
    {"max_character_limit_exceeded", "the text is too long for this model or plan", false},
    {"voice_not_found", "ElevenLabs has no such voice", false},
    {"model_not_found", "ElevenLabs has no such model", false},
    {"invalid_request", "ElevenLabs does not accept these settings", false},
    {"only_for_creator+", "the plan does not have this format or voice", false},
    {"unaccepted_terms",
     "ElevenLabs' terms for this service are not accepted yet: do so in the account's dashboard",
     false},
    {"input_error", "ElevenLabs cannot use this input", false},
    {"chunk_size_exceeded", "ElevenLabs finds a piece of audio too long", false},
    {"rate_limited", kTooMany, true},
    {"too_many_concurrent_requests", kTooMany, true},
    {"system_busy", "ElevenLabs is busy", true},
    {"resource_exhausted", "ElevenLabs has no capacity at the moment", true},
    {"queue_overflow", "ElevenLabs got audio faster than it can take it", true},
    {"session_time_limit_exceeded", "the longest time of a connection to ElevenLabs is over", true},
    {"insufficient_audio_activity", "ElevenLabs closed the connection, since too little audio came",
     true},
    {"transcriber_error", "ElevenLabs' recognizer failed", true},
    {"commit_throttled", "ElevenLabs took no text from so little audio", true},
    {"input_timeout_exceeded", "ElevenLabs closed the connection: nothing was said for too long",
     true},
    {"error", "", true},
    {"warning", "", true},
    {"service", "", true},
}};

const Code* find_code(std::string_view code) {
  for (const Code& known : kCodes) {
    if (known.code == code) return &known;
  }
  return nullptr;
}

ServiceError make(std::string code, std::string_view words) {
  ServiceError error{.text = describe(code, words), .retryable = is_retryable(code)};
  error.code = std::move(code);
  return error;
}

}  // namespace

bool is_retryable(std::string_view code) {
  const Code* known = find_code(code);
  return !known || known->retryable;
}

std::string describe(std::string_view code, std::string_view words) {
  words = jackfield::truncate_utf8(words, kLongestText);
  const Code* known = find_code(code);
  if (!known || known->text.empty()) {
    return "ElevenLabs: " + std::string(words.empty() ? code : words);
  }
  std::string text(known->text);
  if (!words.empty()) text += " (" + std::string(words) + ")";
  return text;
}

std::optional<ServiceError> explain_end(int http_status, int close_code, std::string_view details) {
  const std::string more = details.empty() ? "" : " (" + std::string(details) + ")";
  switch (http_status) {
    case 401:
      // ElevenLabs says so of an empty account, too.
      return ServiceError{"unauthorized",
                          "ElevenLabs refuses the key, or no credit is left: set api-key or "
                          "ELEVENLABS_API_KEY, or see to the account" +
                              more,
                          false};
    case 402:
      return ServiceError{"no-credit", kNoCredit + more, false};
    case 400:
    case 403:
    case 404:
    case 422:
      return ServiceError{"bad-request",
                          "ElevenLabs does not accept these settings (voice, model, format, "
                          "language), or the plan does not have them" +
                              more,
                          false};
    case 429:
      return ServiceError{"rate-limited", kTooMany + more, true};
    default:
      break;
  }
  if (close_code == 1008) {
    return ServiceError{"refused", "ElevenLabs closed the connection: " + std::string(details),
                        true};
  }
  return std::nullopt;
}

ServiceError explain_answer(int http_status, std::string_view body) {
  // {"detail":{"status":"...","message":"..."}}, or for parameters {"detail":[{"msg":"..."}]}.
  const auto parsed = jackfield::parse_json(body);
  std::string code;
  std::string words;
  if (parsed.value) {
    if (const JsonValue* detail = object_member(*parsed.value, "detail")) {
      code = string_member(*detail, "status");
      words = string_member(*detail, "message");
    } else if (const JsonValue* list = array_member(*parsed.value, "detail");
               list && !list->items.empty()) {
      words = string_member(list->items.front(), "msg");
    } else {
      words = string_member(*parsed.value, "detail");
    }
  }
  if (!code.empty()) {
    ServiceError error = make(code, words);
    if (!find_code(code)) error.retryable = http_status == 429 || http_status >= 500;
    return error;
  }
  if (auto error = explain_end(http_status, 0, words)) return *error;
  return {.code = "refused",
          .text = "ElevenLabs answers with the status " + std::to_string(http_status) +
                  (words.empty() ? "" : ": " + words),
          .retryable = http_status >= 500 || http_status == 408 || http_status == 429};
}

std::optional<ScribeError> read_scribe_error(std::string_view type, const JsonValue& message) {
  std::string words = string_member(message, "error");
  if (words.empty()) words = string_member(message, "message");
  if (type == "warning") words = string_member(message, "warning");
  const JsonValue* error = message.find("error");
  if (!find_code(type) && !(error && error->is(Kind::kString))) return std::nullopt;
  ServiceError read = make(std::string(type), words);
  return ScribeError{.error = {.code = read.code, .text = read.text, .retryable = read.retryable},
                     // What follows is not harmed by these.
                     .passing = type == "commit_throttled" || type == "warning"};
}

}  // namespace elevenlabs
