#include "control/room_json.hpp"

#include <cmath>

#include "records/call_record.hpp"
#include "records/core/total_latency.hpp"

namespace jackfield {
namespace {

using conference::Hears;
using conference::RoomView;
using conference::SeatView;

void set_text(JsonObject* object, const char* name, const std::string& value) {
  json_object_set_string_member(object, name, value.c_str());
}

void set_count(JsonObject* object, const char* name, std::uint64_t value) {
  json_object_set_int_member(object, name, static_cast<gint64>(value));
}

// dB, in tenths.
void set_decibels(JsonObject* object, const char* name, double value) {
  json_object_set_double_member(object, name, std::round(10 * value) / 10);
}

void set_hears(JsonObject* object, const Hears& hears) {
  if (hears.all && hears.sessions.empty()) return set_text(object, "hears", "all");
  JsonArray* sessions = json_array_new();
  for (const std::string& session : hears.sessions)
    json_array_add_string_element(sessions, session.c_str());
  JsonObject* whom = json_object_new();
  json_object_set_array_member(whom, hears.all ? "all-but" : "only", sessions);
  json_object_set_object_member(object, "hears", whom);
}

void set_levels(JsonObject* object, const SeatView& seat) {
  set_decibels(object, "level", seat.level_db);
  json_object_set_boolean_member(object, "voice", seat.voice);
  set_decibels(object, "ducked", seat.ducked_db);
}

void set_mix(JsonObject* object, const RoomView& room) {
  set_decibels(object, "peak", room.peak_db);
  json_object_set_double_member(object, "distinct", std::round(100 * room.distinct) / 100);
  json_object_set_double_member(object, "block-ms",
                                rounded_ms(static_cast<double>(room.block_time)));
}

}  // namespace

double told_gain(double decibels) { return std::round(100 * decibels) / 100 + 0.0; }

JsonObjectPtr to_json(const SeatView& seat) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "session", seat.session);
  set_text(object, "kind", seat.kind);
  set_text(object, "name", seat.name);
  set_text(object, "joined-at", iso_time(seat.joined_at));
  json_object_set_boolean_member(object, "muted", seat.muted);
  json_object_set_double_member(object, "gain", told_gain(seat.gain_db));
  set_hears(object, seat.hears);
  set_levels(object, seat);
  set_count(object, "missed", seat.missed);
  set_count(object, "late", seat.late);
  set_count(object, "dropped", seat.dropped);
  return json;
}

JsonObjectPtr to_json(const RoomView& room) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "id", room.id);
  set_text(object, "name", room.name);
  set_text(object, "line", room.line);
  set_text(object, "opened-at", iso_time(room.opened_at));
  set_count(object, "size", room.size);
  set_mix(object, room);
  JsonArray* seats = json_array_new();
  for (const SeatView& seat : room.seats)
    json_array_add_object_element(seats, to_json(seat).release());
  json_object_set_array_member(object, "seats", seats);
  return json;
}

JsonObjectPtr levels_json(const RoomView& room) {
  JsonObjectPtr json{json_object_new()};
  set_mix(json.get(), room);
  JsonArray* seats = json_array_new();
  for (const SeatView& seat : room.seats) {
    JsonObject* object = json_object_new();
    set_text(object, "session", seat.session);
    set_levels(object, seat);
    json_array_add_object_element(seats, object);
  }
  json_object_set_array_member(json.get(), "seats", seats);
  return json;
}

}  // namespace jackfield
