#include "control/routes_callers.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "caller_directory.hpp"
#include "caller_identity.hpp"
#include "callers/caller_json.hpp"
#include "control/background.hpp"

namespace jackfield {
namespace {

using callers::CallerDirectory;
using callers::DirectoryError;
using Kind = JsonValue::Kind;

constexpr std::size_t kDefaultLimit = 50;
constexpr std::size_t kMostLimit = 200;
constexpr guint kInsufficientStorage = 507;  // RFC 4918, section 11.5

// What became of work on a file.
struct Outcome {
  guint status = SOUP_STATUS_OK;
  JsonObjectPtr body;
  const char* code = nullptr;  // of an error
  std::string message;
};

Outcome problem(guint status, const char* code, std::string message) {
  return {.status = status, .body = {}, .code = code, .message = std::move(message)};
}

Outcome no_such_caller() {
  return problem(SOUP_STATUS_NOT_FOUND, "no-such-caller", "nothing is known of this caller");
}

Outcome failed(const DirectoryError& error) {
  using Cause = DirectoryError::Cause;
  switch (error.cause()) {
    case Cause::kRefused:
      return problem(SOUP_STATUS_BAD_REQUEST, "bad-member", error.what());
    case Cause::kLocked:
      return problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "busy", error.what());
    case Cause::kFull:
      return problem(kInsufficientStorage, "directory-full", error.what());
    default:
      return problem(SOUP_STATUS_INTERNAL_SERVER_ERROR, "directory-unusable", error.what());
  }
}

// Has the work done in a thread, in the file that the request is about.
template <typename Work>
void with_directory(ControlParts& parts, const std::optional<std::string>& line,
                    const ApiAnswerPtr& answer, Work work) {
  if (!parts.callers || !parts.callers->any())
    return answer->error(SOUP_STATUS_NOT_FOUND, "no-directory",
                         "no line has a directory of callers (jackfield run --callers)");
  const std::string* path = parts.callers->file_of(line.value_or(""));
  if (!path && line)
    return answer->error(SOUP_STATUS_NOT_FOUND, "no-directory",
                         "there is no line of this name that has a directory of callers");
  if (!path)
    return answer->error(SOUP_STATUS_BAD_REQUEST, "line-needed",
                         "the lines have several directories of callers: name one by 'line'");
  // What a pool takes, it copies.
  in_background<std::shared_ptr<Outcome>>(
      parts.callers->pool(),
      [path = *path, work = std::move(work)] {
        try {
          CallerDirectory directory(path);
          return std::make_shared<Outcome>(work(directory));
        } catch (const DirectoryError& error) {
          return std::make_shared<Outcome>(failed(error));
        }
      },
      [answer](const std::shared_ptr<Outcome>& outcome) {
        if (outcome->code) return answer->error(outcome->status, outcome->code, outcome->message);
        answer->json(outcome->status, outcome->body);
      });
}

// nullopt after an answer.
std::optional<std::string> identity(const std::string& text, ApiAnswer& answer) {
  auto found = callers::read_identity(text);
  if (!found)
    answer.error(SOUP_STATUS_BAD_REQUEST, "bad-caller",
                 "'caller' is a number with its country (+15551234567), or begins with sip:, "
                 "client: or browser:");
  return found;
}

void list_callers(ControlParts& parts, const ApiRequest& request, const ApiAnswerPtr& answer) {
  const auto line = request.query("line");
  if (const auto who = request.query("caller")) {
    const auto found = identity(*who, *answer);
    if (!found) return;
    return with_directory(parts, line, answer, [who = *found](CallerDirectory& directory) {
      const auto caller = directory.find(who);
      if (!caller) return no_such_caller();
      JsonArray* array = json_array_new();
      json_array_add_object_element(array, caller_json(*caller, true).release());
      Outcome outcome;
      outcome.body.reset(json_object_new());
      json_object_set_array_member(outcome.body.get(), "callers", array);
      json_object_set_null_member(outcome.body.get(), "next");
      return outcome;
    });
  }
  const std::string written = request.query("limit").value_or(std::to_string(kDefaultLimit));
  std::size_t limit = 0;
  const char* const end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data(), end, limit);
  if (error != std::errc{} || stop != end || limit < 1 || limit > kMostLimit)
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-query", "'limit' is a number from 1 to 200");
  with_directory(parts, line, answer,
                 [after = request.query("after").value_or(""), limit](CallerDirectory& directory) {
                   const auto callers = directory.list(after, limit);
                   JsonArray* array = json_array_new();
                   for (const callers::Caller& caller : callers)
                     json_array_add_object_element(array, caller_json(caller, false).release());
                   Outcome outcome;
                   outcome.body.reset(json_object_new());
                   JsonObject* object = outcome.body.get();
                   json_object_set_array_member(object, "callers", array);
                   if (callers.size() == limit)
                     json_object_set_string_member(object, "next", callers.back().identity.c_str());
                   else
                     json_object_set_null_member(object, "next");
                   return outcome;
                 });
}

// nullopt after an answer.
std::optional<callers::Change> change_of(const ApiRequest& request, ApiAnswer& answer) {
  callers::Change change{.name = request.text("name"), .language = request.text("language")};
  const JsonValue* permissions = request.body.find("permissions");
  if (!permissions) return change;
  change.permissions.emplace();
  for (const JsonValue& one : permissions->items) {
    if (!one.is(Kind::kString)) {
      answer.error(SOUP_STATUS_BAD_REQUEST, "bad-member", "'permissions' is a list of strings");
      return std::nullopt;
    }
    change.permissions->push_back(one.string);
  }
  return change;
}

void change_caller(ControlParts& parts, const ApiRequest& request, const ApiAnswerPtr& answer) {
  const auto who = identity(request.text("caller").value_or(""), *answer);
  if (!who) return;
  auto change = change_of(request, *answer);
  if (!change) return;
  const bool changes = change->name || change->language || change->permissions;
  const auto note = request.text("note");
  const auto removed = request.number("remove-note");
  // What a double holds exactly; anything else is no note's id.
  if (removed && !(*removed >= 1 && *removed <= 9007199254740992.0))
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                         "'remove-note' is the id of a note");
  if (!changes && !note && !removed)
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                         "nothing is to be done: give 'name', 'language', 'permissions', 'note' or "
                         "'remove-note'");
  with_directory(
      parts, request.text("line"), answer,
      [who = *who, change = *std::move(change), changes, note,
       removed](CallerDirectory& directory) {
        const std::int64_t now = g_get_real_time() / G_USEC_PER_SEC;
        if (removed && !directory.remove_note(who, static_cast<std::int64_t>(*removed), now))
          return problem(SOUP_STATUS_NOT_FOUND, "no-such-note",
                         "this caller has no note of this id");
        if (changes) directory.change(who, change, now);
        if (note)
          directory.add_note(
              who,
              {.time = now, .author = callers::Author::kPerson, .source = "api", .text = *note});
        const auto caller = directory.find(who);
        if (!caller) return no_such_caller();
        Outcome outcome;
        outcome.body = caller_json(*caller, true);
        return outcome;
      });
}

void forget_caller(ControlParts& parts, const ApiRequest& request, const ApiAnswerPtr& answer) {
  const auto who = identity(request.text("caller").value_or(""), *answer);
  if (!who) return;
  with_directory(parts, request.text("line"), answer, [who = *who](CallerDirectory& directory) {
    const auto forgotten = directory.forget(who);
    if (!forgotten.known) return no_such_caller();
    Outcome outcome;
    outcome.body.reset(json_object_new());
    json_object_set_string_member(outcome.body.get(), "forgotten", who.c_str());
    json_object_set_boolean_member(outcome.body.get(), "erased", forgotten.erased);
    return outcome;
  });
}

}  // namespace

void add_caller_routes(ApiRouter& router, ControlParts& parts) {
  router.add(
      {.method = "GET", .path = "/api/v1/callers", .query = {"line", "caller", "after", "limit"}},
      [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
        list_callers(parts, request, answer);
      });
  router.add({.method = "PATCH",
              .path = "/api/v1/callers",
              .body = {{"caller", Kind::kString, true},
                       {"line", Kind::kString},
                       {"name", Kind::kString},
                       {"language", Kind::kString},
                       {"permissions", Kind::kArray},
                       {"note", Kind::kString},
                       {"remove-note", Kind::kNumber}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               change_caller(parts, request, answer);
             });
  router.add({.method = "DELETE",
              .path = "/api/v1/callers",
              .body = {{"caller", Kind::kString, true}, {"line", Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               forget_caller(parts, request, answer);
             });
}

}  // namespace jackfield
