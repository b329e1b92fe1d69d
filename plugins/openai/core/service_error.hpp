// What went wrong with a service, as far as an operator can do something about it.
#pragma once

#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace openai {

struct ServiceError {
  // "key", "model", "quota", "rate-limit", "request", "server", "network", "timeout", "cut",
  // "protocol", "content"
  std::string cause;
  std::string text;  // for people; holds no secret
  bool retryable = false;
  int status = 0;  // of HTTP, 0: none
};

// Of an answer that is not 2xx. `secret` is taken out of what the server says.
ServiceError read_http_error(int status, std::string_view body, std::string_view secret);

// Of an object {message, type, code, param} within a stream.
ServiceError read_stream_error(const jackfield::JsonValue& error, std::string_view secret);
ServiceError make_stream_error(std::string_view message, std::string_view type,
                               std::string_view code, std::string_view secret);

// Whether a request that was answered so need not be tried again: 429 without quota.
bool is_hopeless(int status, std::string_view body);

// The text without the secret, and without anything that looks like a key (sk-...).
std::string without_secrets(std::string_view text, std::string_view secret);

}  // namespace openai
