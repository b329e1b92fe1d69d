#include "control/session_view.hpp"

#include "records/call_record.hpp"

namespace jackfield {
namespace {

void set_text(JsonObject* object, const char* name, const std::string& value) {
  json_object_set_string_member(object, name, value.c_str());
}

void set_ms(JsonObject* object, const char* name, std::uint64_t ns) {
  if (ns != kNoTime)
    json_object_set_double_member(object, name, rounded_ms(static_cast<double>(ns)));
}

JsonObject* both(const OfBoth<bool>& value) {
  JsonObject* object = json_object_new();
  json_object_set_boolean_member(object, "caller", value.caller);
  json_object_set_boolean_member(object, "agent", value.agent);
  return object;
}

JsonObject* both(const OfBoth<double>& value) {
  JsonObject* object = json_object_new();
  json_object_set_double_member(object, "caller", value.caller);
  json_object_set_double_member(object, "agent", value.agent);
  return object;
}

}  // namespace

const char* phase_name(SessionPhase phase) {
  switch (phase) {
    case SessionPhase::kStarting:
      return "starting";
    case SessionPhase::kRunning:
      return "running";
    case SessionPhase::kEnding:
      return "ending";
    case SessionPhase::kEnded:
      break;
  }
  return "ended";
}

JsonObjectPtr to_json(const SessionView& view) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "id", view.id);
  set_text(object, "line", view.line);
  set_text(object, "scenario", view.scenario);
  set_text(object, "kind", view.kind);
  set_text(object, "state", phase_name(view.phase));
  set_text(object, "started-at", iso_time(view.started_at));
  if (view.ended_at) set_text(object, "ended-at", iso_time(*view.ended_at));
  json_object_set_int_member(object, "duration-ms", static_cast<gint64>(view.duration_ms));
  json_object_set_boolean_member(object, "call", view.call);
  set_text(object, "from", view.from);
  set_text(object, "to", view.to);
  if (!view.end_reason.empty()) set_text(object, "end-reason", view.end_reason);
  json_object_set_boolean_member(object, "failed", view.failed);
  json_object_set_int_member(object, "turns", view.turns);
  json_object_set_int_member(object, "interruptions", view.interruptions);
  if (view.last_said) {
    JsonObject* said = json_object_new();
    set_text(said, "who", view.last_said->who);
    set_text(said, "text", view.last_said->text);
    json_object_set_object_member(object, "last-said", said);
  }
  if (view.latency) {
    JsonObject* latency = json_object_new();
    json_object_set_double_member(latency, "last", view.latency->last);
    json_object_set_double_member(latency, "p50", view.latency->p50);
    json_object_set_double_member(latency, "p95", view.latency->p95);
    json_object_set_object_member(object, "latency", latency);
  }
  json_object_set_object_member(object, "muted", both(view.muted));
  json_object_set_object_member(object, "gain", both(view.gain));
  json_object_set_boolean_member(object, "recording", view.recording);
  if (view.room) {
    JsonObject* room = json_object_new();
    set_text(room, "id", view.room->id);
    set_text(room, "name", view.room->name);
    json_object_set_object_member(object, "room", room);
  } else {
    json_object_set_null_member(object, "room");
  }
  return json;
}

double SessionTimes::ms(std::uint64_t running_time) const {
  return rounded_ms(static_cast<double>(static_cast<std::int64_t>(running_time) + running_zero));
}

JsonObjectPtr to_json(const TranscriptEntry& entry, const SessionTimes& times) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const auto time = [&](const char* name, std::uint64_t running_time) {
    if (running_time != kNoTime)
      json_object_set_double_member(object, name, times.ms(running_time));
  };
  time("at-ms", entry.at);
  json_object_set_string_member(object, "who", entry.who);
  json_object_set_int_member(object, "turn", entry.turn);
  set_text(object, "text", entry.text);
  if (entry.heard) set_text(object, "heard", *entry.heard);
  json_object_set_boolean_member(object, "interrupted", entry.interrupted);
  json_object_set_boolean_member(object, "final", entry.final);
  json_object_set_boolean_member(object, "not-understood", entry.not_understood);
  json_object_set_boolean_member(object, "typed", entry.typed);
  json_object_set_boolean_member(object, "addressed", entry.addressed);
  time("start-ms", entry.start);
  time("end-ms", entry.end);
  return json;
}

JsonObjectPtr to_json(const TurnView& turn) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  json_object_set_int_member(object, "turn", turn.latency.turn_id);
  set_ms(object, "hang-over", turn.latency.hang_over);
  set_ms(object, "stt", turn.latency.stt);
  set_ms(object, "llm", turn.latency.llm);
  set_ms(object, "tts", turn.latency.tts);
  set_ms(object, "output", turn.latency.output);
  set_ms(object, "total", turn.latency.total);
  json_object_set_boolean_member(object, "typed", turn.latency.typed);
  set_ms(object, "at-ms", turn.at);
  return json;
}

}  // namespace jackfield
