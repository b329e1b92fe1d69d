#include "control/routes_actions.hpp"

#include <cstdio>
#include <string_view>
#include <utility>

#include "control/core/voice_gain.hpp"
#include "plugins/common/core/settings_text.hpp"

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kLongestText = 8000;  // bytes of what is typed

JsonObjectPtr voices_json(const VoiceSettings& voices) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* muted = json_object_new();
  json_object_set_boolean_member(muted, "caller", voices.muted.caller);
  json_object_set_boolean_member(muted, "agent", voices.muted.agent);
  json_object_set_object_member(json.get(), "muted", muted);
  JsonObject* gain = json_object_new();
  json_object_set_double_member(gain, "caller", voices.gain.caller);
  json_object_set_double_member(gain, "agent", voices.gain.agent);
  json_object_set_object_member(json.get(), "gain", gain);
  return json;
}

void change_voices(ControlParts& parts, const std::string& id, const OfBoth<VoiceChange>& change,
                   const ApiAnswerPtr& answer) {
  if (!change.caller.any() && !change.agent.any())
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                         "nothing is to be done: give 'caller', 'agent' or both");
  parts.host.change_voices(
      id, change, [&parts, id, answer](const HostResult& result, const VoiceSettings& now) {
        if (result.ok()) {
          parts.directory.set_muted(id, now.muted);
          parts.directory.set_gain(id, now.gain);
        }
        answer_with(*answer, result, voices_json(now));
      });
}

bool is_gain(const std::optional<double>& decibels) {
  return !decibels || (*decibels >= VoiceGain::kLeast && *decibels <= VoiceGain::kMost);
}

void draw(GraphPicture& pictures, const std::string& dot, const ApiAnswerPtr& answer) {
  using Failure = GraphPicture::Failure;
  pictures.draw(dot, [answer](Failure failure, const std::string& svg) {
    switch (failure) {
      case Failure::kNone:
        return answer->text(SOUP_STATUS_OK, "image/svg+xml", svg);
      case Failure::kNotInstalled:
        return answer->error(SOUP_STATUS_NOT_IMPLEMENTED, "no-graphviz",
                             "pictures are drawn by Graphviz' dot, which is not installed here "
                             "(Debian: apt install graphviz); graph.dot is the same as text");
      case Failure::kBusy:
        return answer->error(SOUP_STATUS_SERVICE_UNAVAILABLE, "busy",
                             "too many pictures are being drawn; try again in a moment");
      case Failure::kTooLate:
        return answer->error(SOUP_STATUS_SERVICE_UNAVAILABLE, "too-slow",
                             "dot did not draw the graph in time; graph.dot is the same as text");
      case Failure::kTooBig:
        return answer->error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "too-big",
                             "the graph is too big to be drawn; graph.dot is the same as text");
      case Failure::kFailed:
        break;
    }
    answer->error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "not-drawn",
                  "dot could not draw the graph; graph.dot is the same as text");
  });
}

}  // namespace

void add_action_routes(ApiRouter& router, ControlParts& parts, GraphPicture& pictures) {
  router.add({.method = "POST",
              .path = "/api/v1/sessions/{id}/mute",
              .body = {{"caller", Kind::kBoolean}, {"agent", Kind::kBoolean}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               change_voices(parts, request.path_value("id"),
                             {.caller = {.muted = request.flag("caller"), .gain = {}},
                              .agent = {.muted = request.flag("agent"), .gain = {}}},
                             answer);
             });
  router.add({.method = "POST",
              .path = "/api/v1/sessions/{id}/gain",
              .body = {{"caller", Kind::kNumber}, {"agent", Kind::kNumber}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const auto caller = request.number("caller"), agent = request.number("agent");
               if (!is_gain(caller) || !is_gain(agent))
                 return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                                      "a gain is from -60 to 20 dB");
               change_voices(
                   parts, request.path_value("id"),
                   {.caller = {.muted = {}, .gain = caller}, .agent = {.muted = {}, .gain = agent}},
                   answer);
             });
  router.add(
      {.method = "POST",
       .path = "/api/v1/sessions/{id}/text",
       .body = {{"text", Kind::kString, true}}},
      [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
        const std::string text = request.text("text").value_or("");
        if (is_blank(text) || text.size() > kLongestText || text.find('\0') != std::string::npos)
          return answer->error(
              SOUP_STATUS_BAD_REQUEST, "bad-member",
              "'text' is what the caller types: something, and 8000 bytes at most");
        parts.host.send_text(request.path_value("id"), text,
                             [answer](const HostResult& result) { answer_with(*answer, result); });
      });
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/graph"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               parts.host.graph(request.path_value("id"),
                                [answer](const HostResult& result, const JsonObjectPtr& graph) {
                                  answer_with(*answer, result, graph);
                                });
             });
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/graph.dot"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               parts.host.graph_text(request.path_value("id"), [answer](const HostResult& result,
                                                                        const std::string& dot) {
                 if (!result.ok()) return answer_with(*answer, result);
                 answer->text(SOUP_STATUS_OK, "text/vnd.graphviz; charset=utf-8", dot);
               });
             });
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/graph.svg"},
             [&parts, &pictures](const ApiRequest& request, const ApiAnswerPtr& answer) {
               parts.host.graph_text(
                   request.path_value("id"),
                   [&pictures, answer](const HostResult& result, const std::string& dot) {
                     if (!result.ok()) return answer_with(*answer, result);
                     draw(pictures, dot, answer);
                   });
             });
}

}  // namespace jackfield
