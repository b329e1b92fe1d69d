#include "client/core/answer.hpp"

#include <utility>

#include "client/core/api_values.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

constexpr int kUnauthorized = 401, kForbidden = 403, kNotFound = 404, kTooManyRequests = 429;
constexpr std::size_t kMostWords = 400;

Answer failure(Outcome outcome, std::string problem) {
  return {.outcome = outcome, .json = {}, .text = {}, .problem = std::move(problem)};
}

Answer denied(int status, const std::string& words, const std::string& server, bool has_token) {
  if (status == kUnauthorized && !has_token)
    return failure(Outcome::kDenied,
                   server +
                       " wants a token\n  put the JACKFIELD_API_TOKEN that the server has into the "
                       "environment, or into a file .env in this folder");
  if (status == kUnauthorized)
    return failure(Outcome::kDenied, server +
                                         " does not know this token\n  JACKFIELD_API_TOKEN has to "
                                         "be the same here and on the server");
  return failure(Outcome::kDenied,
                 server + (words.empty() ? " refuses: " + std::to_string(status) : ": " + words));
}

Answer foreign(const std::string& server) {
  return failure(Outcome::kForeign,
                 server +
                     " has no control API that this command knows\n  it is another version of "
                     "jackfield, or something else: --server or JACKFIELD_SERVER names another");
}

}  // namespace

Answer read_answer(HttpAnswer answer, const std::string& server, bool has_token) {
  if (answer.status / 100 == 3)
    return failure(Outcome::kForeign,
                   server + " sends on to " +
                       shorten_end(clean_terminal_text(answer.location), kMostWords) +
                       "\n  redirects are not followed, so that the token stays here: name the "
                       "right address with --server or JACKFIELD_SERVER");
  JsonResult parsed = parse_json(answer.body);
  const bool object = parsed.value && parsed.value->is(JsonValue::Kind::kObject);
  if (answer.status / 100 == 2) {
    if (!object) return foreign(server);
    return {.outcome = Outcome::kDone,
            .json = std::move(*parsed.value),
            .text = std::move(answer.body),
            .problem = {}};
  }
  const std::string words = object ? shorten_end(read_error(*parsed.value), kMostWords) : "";
  if (answer.status == kUnauthorized || answer.status == kForbidden ||
      answer.status == kTooManyRequests)
    return denied(answer.status, words, server, has_token);
  if (!words.empty()) return failure(Outcome::kRefused, words);
  if (answer.status == kNotFound || answer.status < 500) return foreign(server);
  return failure(Outcome::kUnreachable,
                 server + " answers with an error: " + std::to_string(answer.status));
}

Answer unreachable(const std::string& server, std::string_view why, bool timed_out) {
  // It may begin with the address, and a path that says nothing to anybody.
  if (const std::size_t end = why.find(": "); why.starts_with(server) && end != why.npos)
    why.remove_prefix(end + 2);
  if (timed_out) return failure(Outcome::kUnreachable, server + " does not answer in time");
  return failure(Outcome::kUnreachable,
                 "nobody answers at " + server + ": " + clean_terminal_text(why) +
                     "\n  'jackfield run FILE.gst' starts a server; --server or JACKFIELD_SERVER "
                     "names another one");
}

Answer refused_socket(int status, const std::string& server, bool has_token) {
  return read_answer({.status = status, .location = "another address", .body = {}}, server,
                     has_token);
}

}  // namespace jackfield::client
