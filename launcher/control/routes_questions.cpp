#include "control/routes_questions.hpp"

#include <string_view>

#include "records/call_record.hpp"

namespace jackfield {
namespace {

using people::Question;
using Kind = JsonValue::Kind;

JsonObjectPtr to_json(const Question& question) {
  JsonObjectPtr object{json_object_new()};
  const auto set = [&](const char* name, const std::string& text) {
    json_object_set_string_member(object.get(), name, text.c_str());
  };
  set("id", question.id);
  set("session", question.session);
  set("line", question.line);
  set("person", question.person);
  set("question", question.text);
  set("asked-at", iso_time(question.asked_at));
  json_object_set_boolean_member(object.get(), "waiting", question.waiting);
  return object;
}

void list_questions(const ControlParts& parts, ApiAnswer& answer) {
  JsonArray* array = json_array_new();
  if (parts.questions) {
    for (const Question& question : parts.questions->open())
      json_array_add_object_element(array, to_json(question).release());
  }
  const JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "questions", array);
  answer.json(SOUP_STATUS_OK, object);
}

void tell(people::Questions::Told told, ApiAnswer& answer) {
  using Told = people::Questions::Told;
  switch (told) {
    case Told::kAgent:
      return answer.json(SOUP_STATUS_OK, JsonObjectPtr{json_object_new()});
    case Told::kNobody:
      return answer.error(SOUP_STATUS_GONE, "call-over",
                          "the call is over, and the agent was not told; the event file has it");
    case Told::kNoQuestion:
      break;
  }
  answer.error(SOUP_STATUS_NOT_FOUND, "no-such-question",
               "no question of this id is open: it has been answered, or its call is over");
}

people::Questions::Told refuse(const ControlParts& parts, const std::string& id) {
  return parts.questions ? parts.questions->refuse(id) : people::Questions::Told::kNoQuestion;
}

void answer_question(const ControlParts& parts, const std::string& id, const std::string& text,
                     ApiAnswer& answer) {
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank || text.size() > people::QuestionBook::kMostAnswer ||
      text.find('\0') != std::string::npos)
    return answer.error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                        "'answer' is what the agent is told: something, and 2000 bytes at most");
  tell(parts.questions ? parts.questions->answer(id, text) : people::Questions::Told::kNoQuestion,
       answer);
}

}  // namespace

void add_question_routes(ApiRouter& router, ControlParts& parts) {
  router.add(
      {.method = "GET", .path = "/api/v1/questions"},
      [&parts](const ApiRequest&, const ApiAnswerPtr& answer) { list_questions(parts, *answer); });
  router.add({.method = "POST",
              .path = "/api/v1/questions/{id}/answer",
              .body = {{"answer", Kind::kString, true}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               answer_question(parts, request.path_value("id"), request.text("answer").value_or(""),
                               *answer);
             });
  router.add({.method = "POST", .path = "/api/v1/questions/{id}/refuse"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               tell(refuse(parts, request.path_value("id")), *answer);
             });
}

}  // namespace jackfield
