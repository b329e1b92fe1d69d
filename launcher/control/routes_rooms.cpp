#include "control/routes_rooms.hpp"

#include <algorithm>

#include "control/core/room_change.hpp"
#include "control/room_json.hpp"

namespace jackfield {
namespace {

using conference::RoomView;
using conference::SeatView;
using Kind = JsonValue::Kind;

HostResult no_such_room() {
  return room_result(
      {.code = "no-such-room", .message = "there is no open room of this id or name"},
      SOUP_STATUS_OK);
}

// Done to a room, when there are any.
template <typename Function>
HostResult act(const ControlParts& parts, guint status, const Function& function) {
  if (!parts.rooms) return no_such_room();
  return room_result(function(*parts.rooms), status);
}

void list_rooms(const ControlParts& parts, ApiAnswer& answer) {
  JsonArray* array = json_array_new();
  if (parts.rooms) {
    for (const RoomView& room : parts.rooms->rooms())
      json_array_add_object_element(array, to_json(room).release());
  }
  const JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "rooms", array);
  answer.json(SOUP_STATUS_OK, object);
}

void tell_room(const ControlParts& parts, const std::string& id, ApiAnswer& answer) {
  const auto room = parts.rooms ? parts.rooms->find(id) : std::nullopt;
  if (!room) return answer_with(answer, no_such_room());
  answer.json(SOUP_STATUS_OK, to_json(*room));
}

// How it is now.
void tell_seat(const ControlParts& parts, const std::string& room_id, const std::string& session,
               ApiAnswer& answer) {
  if (const auto room = parts.rooms->find(room_id)) {
    const auto seat = std::find_if(room->seats.begin(), room->seats.end(),
                                   [&](const SeatView& one) { return one.session == session; });
    if (seat != room->seats.end()) return answer.json(SOUP_STATUS_OK, to_json(*seat));
  }
  answer_with(answer,
              room_result({.code = "no-such-seat", .message = "it has just left"}, SOUP_STATUS_OK));
}

void change_seat(const ControlParts& parts, const ApiRequest& request, ApiAnswer& answer) {
  std::string error;
  const auto change = read_seat_change(request.body, error);
  if (!change) return answer.error(SOUP_STATUS_BAD_REQUEST, "bad-member", error);
  const std::string& room = request.path_value("id");
  const std::string& session = request.path_value("session");
  const HostResult result = act(parts, SOUP_STATUS_OK, [&](conference::Rooms& rooms) {
    return rooms.change(room, session, *change);
  });
  if (!result.ok()) return answer_with(answer, result);
  tell_seat(parts, room, session, answer);
}

}  // namespace

void add_room_routes(ApiRouter& router, ControlParts& parts) {
  router.add(
      {.method = "GET", .path = "/api/v1/rooms"},
      [&parts](const ApiRequest&, const ApiAnswerPtr& answer) { list_rooms(parts, *answer); });
  router.add({.method = "GET", .path = "/api/v1/rooms/{id}"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               tell_room(parts, request.path_value("id"), *answer);
             });
  router.add(
      {.method = "DELETE", .path = "/api/v1/rooms/{id}", .body = {{"reason", Kind::kString}}},
      [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
        const auto reason = end_reason_of(request, *answer);
        if (!reason) return;
        answer_with(*answer, act(parts, SOUP_STATUS_ACCEPTED, [&](conference::Rooms& rooms) {
          return rooms.end(request.path_value("id"), *reason);
        }));
      });
  router.add({.method = "POST", .path = "/api/v1/rooms/{id}/agents"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               answer_with(*answer, act(parts, SOUP_STATUS_ACCEPTED, [&](conference::Rooms& rooms) {
                 return rooms.add_agent(request.path_value("id"));
               }));
             });
  router.add({.method = "PATCH",
              .path = "/api/v1/rooms/{id}/seats/{session}",
              .body = {{"mute", Kind::kBoolean},
                       {"gain", Kind::kNumber},
                       {.name = "hears", .kind = Kind::kString, .other = Kind::kObject}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               change_seat(parts, request, *answer);
             });
  router.add({.method = "DELETE",
              .path = "/api/v1/rooms/{id}/seats/{session}",
              .body = {{"reason", Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const auto reason = end_reason_of(request, *answer);
               if (!reason) return;
               answer_with(*answer, act(parts, SOUP_STATUS_ACCEPTED, [&](conference::Rooms& rooms) {
                 return rooms.kick(request.path_value("id"), request.path_value("session"),
                                   *reason);
               }));
             });
}

}  // namespace jackfield
