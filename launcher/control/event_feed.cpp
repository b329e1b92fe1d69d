#include "control/event_feed.hpp"

#include <string_view>
#include <utility>

#include "control/latency_json.hpp"

namespace jackfield {
namespace {

void set_time(JsonObject* object, const char* name, std::uint64_t running_time,
              const SessionTimes& times) {
  if (running_time != kNoTime) json_object_set_double_member(object, name, times.ms(running_time));
}

JsonObjectPtr interrupted_json(const Interrupted& event, const SessionTimes& times) {
  JsonObjectPtr data{json_object_new()};
  json_object_set_int_member(data.get(), "turn", event.turn_id);
  set_time(data.get(), "at-ms", event.at, times);
  json_object_set_string_member(data.get(), "heard", event.heard.c_str());
  if (event.onset_to_flush != kNoTime)
    json_object_set_double_member(data.get(), "onset-to-flush-ms",
                                  rounded_ms(static_cast<double>(event.onset_to_flush)));
  json_object_set_boolean_member(data.get(), "confirmed", event.confirmed);
  return data;
}

JsonObjectPtr resumed_json(const Resumed& event, const SessionTimes& times) {
  JsonObjectPtr data{json_object_new()};
  json_object_set_int_member(data.get(), "turn", event.turn_id);
  set_time(data.get(), "at-ms", event.at, times);
  return data;
}

JsonObjectPtr tool_call_json(const ToolCall& event) {
  JsonObjectPtr data{json_object_new()};
  json_object_set_int_member(data.get(), "turn", event.turn_id);
  json_object_set_string_member(data.get(), "name", event.name.c_str());
  json_object_set_string_member(data.get(), "arguments", event.arguments.c_str());
  return data;
}

// What has become of a question to people; nullptr: the message is of something else.
const char* question_state(const GstStructure& message) {
  if (gst_structure_has_name(&message, "people/question")) return "asked";
  if (gst_structure_has_name(&message, "people/answer")) return "answered";
  if (gst_structure_has_name(&message, "people/no-answer"))
    return gstpp::get_string(&message, "reason") == "refused" ? "refused" : "not-answered";
  return nullptr;
}

}  // namespace

EventFeed::EventFeed(EventSocket& events, SessionDirectory& directory,
                     const LatencyMonitor& latencies, ServerFigures server)
    : EventFeed(events, directory, latencies, std::move(server), Intervals{}) {}

EventFeed::EventFeed(EventSocket& events, SessionDirectory& directory,
                     const LatencyMonitor& latencies, ServerFigures server, Intervals intervals)
    : events_(events), directory_(directory), latencies_(latencies), server_(std::move(server)) {
  directory_.add(*this);
  latency_timer_ = g_timeout_add(
      intervals.latency,
      [](gpointer self) -> gboolean {
        static_cast<EventFeed*>(self)->tell_latencies();
        return G_SOURCE_CONTINUE;
      },
      this);
  server_timer_ = g_timeout_add(
      intervals.server,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<EventFeed*>(user);
        if (self->events_.wanted(EventKind::kServer, ""))
          self->events_.publish(EventKind::kServer, "", "", self->server_());
        return G_SOURCE_CONTINUE;
      },
      this);
}

EventFeed::~EventFeed() {
  g_source_remove(server_timer_);
  g_source_remove(latency_timer_);
  directory_.remove(*this);
}

void EventFeed::tell_session(EventKind kind, const SessionView& view) {
  if (events_.wanted(kind, view.id)) events_.publish(kind, view.id, view.line, to_json(view));
}

void EventFeed::tell_text(EventKind kind, const SessionView& view, const std::string& text,
                          const std::string& stage) {
  if (!events_.wanted(kind, view.id)) return;
  const JsonObjectPtr data{json_object_new()};
  if (!stage.empty()) json_object_set_string_member(data.get(), "stage", stage.c_str());
  json_object_set_string_member(data.get(), "text", text.c_str());
  events_.publish(kind, view.id, view.line, data);
}

void EventFeed::opened(const SessionView& view) { tell_session(EventKind::kSessionOpened, view); }
void EventFeed::running(const SessionView& view) { tell_session(EventKind::kSessionRunning, view); }
void EventFeed::changed(const SessionView& view) { tell_session(EventKind::kSessionChanged, view); }
void EventFeed::ended(const SessionView& view, bool) {
  tell_session(EventKind::kSessionEnded, view);
}

void EventFeed::entry(const SessionView& view, const TranscriptEntry& entry,
                      const SessionTimes& times) {
  if (events_.wanted(EventKind::kTranscript, view.id))
    events_.publish(EventKind::kTranscript, view.id, view.line, to_json(entry, times));
}

void EventFeed::turn(const SessionView& view, const TurnView& turn) {
  if (events_.wanted(EventKind::kTurn, view.id))
    events_.publish(EventKind::kTurn, view.id, view.line, to_json(turn));
}

void EventFeed::message(const SessionView& view, const GstStructure& message,
                        const std::optional<CallEvent>& event, const SessionTimes& times) {
  const auto tell = [&](EventKind kind, const auto& make) {
    if (events_.wanted(kind, view.id)) events_.publish(kind, view.id, view.line, make());
  };
  if (event) {
    if (const auto* interrupted = std::get_if<Interrupted>(&*event))
      tell(EventKind::kInterrupted, [&] { return interrupted_json(*interrupted, times); });
    else if (const auto* resumed = std::get_if<Resumed>(&*event))
      tell(EventKind::kResumed, [&] { return resumed_json(*resumed, times); });
    else if (const auto* call = std::get_if<ToolCall>(&*event))
      tell(EventKind::kToolCall, [&] { return tool_call_json(*call); });
    else if (const auto* failure = std::get_if<StageError>(&*event))
      tell_text(EventKind::kError, view, failure->text, failure->stage);
  } else if (gst_structure_has_name(&message, "people/transfer")) {
    tell(EventKind::kTransfer, [&] { return structure_to_json(message); });
  } else if (const char* state = question_state(message)) {
    tell(EventKind::kQuestion, [&] {
      JsonObjectPtr data = structure_to_json(message);
      json_object_set_string_member(data.get(), "state", state);
      return data;
    });
  } else if (gst_structure_has_name(&message, "agentbrain/state")) {
    tell(EventKind::kState, [&] {
      JsonObjectPtr data{json_object_new()};
      json_object_set_string_member(data.get(), "state",
                                    gstpp::get_string(&message, "state").c_str());
      return data;
    });
  }
}

void EventFeed::warning(const SessionView& view, const std::string& text) {
  tell_text(EventKind::kWarning, view, text);
}

void EventFeed::error(const SessionView& view, const std::string& text) {
  tell_text(EventKind::kError, view, text);
}

void EventFeed::tell_latencies() {
  if (!events_.wanted(EventKind::kLatency, "")) return;
  const auto lines = latencies_.changed(told_latencies_);
  if (!lines.empty()) events_.publish(EventKind::kLatency, "", "", to_json(lines));
}

}  // namespace jackfield
