#include "control/room_feed.hpp"

#include <utility>

#include "control/room_json.hpp"

namespace jackfield {
namespace {

using conference::RoomView;
using conference::SeatView;

constexpr guint kLevelMs = 200;

}  // namespace

RoomFeed::RoomFeed(EventSocket& events, SessionDirectory& directory, LocalSessionHost& host)
    : events_(events), directory_(directory), host_(host) {}

RoomFeed::~RoomFeed() { set_rooms(nullptr); }

void RoomFeed::set_rooms(conference::Rooms* rooms) {
  if (rooms_) rooms_->remove(*this);
  if (level_timer_) g_source_remove(std::exchange(level_timer_, 0));
  if (idle_) g_source_remove(std::exchange(idle_, 0));
  newcomers_.clear();
  open_.clear();
  rooms_ = rooms;
  if (!rooms_) return;
  rooms_->add(*this);
  for (const RoomView& room : rooms_->rooms()) open_.insert(room.id);
  level_timer_ = g_timeout_add(
      kLevelMs,
      [](gpointer self) -> gboolean {
        static_cast<RoomFeed*>(self)->tell_levels();
        return G_SOURCE_CONTINUE;
      },
      this);
}

void RoomFeed::room_opened(const RoomView& room) {
  open_.insert(room.id);
  if (events_.wanted(EventKind::kRoomOpened, room.id))
    events_.publish(EventKind::kRoomOpened, room.id, room.line, to_json(room));
}

void RoomFeed::room_ended(const RoomView& room, const std::string& reason) {
  open_.erase(room.id);
  if (!events_.wanted(EventKind::kRoomEnded, room.id)) return;
  const JsonObjectPtr data = to_json(room);
  json_object_set_string_member(data.get(), "reason", reason.c_str());
  events_.publish(EventKind::kRoomEnded, room.id, room.line, data);
}

void RoomFeed::tell_seat(EventKind kind, const RoomView& room, const SeatView& seat,
                         const std::string& reason) {
  if (!events_.wanted(kind, room.id)) return;
  const JsonObjectPtr data{json_object_new()};
  JsonObject* where = json_object_new();
  json_object_set_string_member(where, "id", room.id.c_str());
  json_object_set_string_member(where, "name", room.name.c_str());
  json_object_set_object_member(data.get(), "room", where);
  json_object_set_object_member(data.get(), "seat", to_json(seat).release());
  if (!reason.empty()) json_object_set_string_member(data.get(), "reason", reason.c_str());
  events_.publish(kind, room.id, room.line, data);
}

void RoomFeed::seat_joined(const RoomView& room, const SeatView& seat) {
  directory_.set_room(seat.session, RoomPlace{.id = room.id, .name = room.name});
  learn_voice(seat);
  tell_seat(EventKind::kSeatJoined, room, seat);
  newcomers_.push_back(seat.session);
  // The rooms are not to be changed from within what they tell.
  if (idle_) return;
  idle_ = g_idle_add(
      [](gpointer user) -> gboolean {
        auto* self = static_cast<RoomFeed*>(user);
        self->idle_ = 0;
        self->hand_over();
        return G_SOURCE_REMOVE;
      },
      this);
}

void RoomFeed::seat_left(const RoomView& room, const SeatView& seat, const std::string& reason) {
  directory_.set_room(seat.session, std::nullopt);
  tell_seat(EventKind::kSeatLeft, room, seat, reason);
}

void RoomFeed::seat_changed(const RoomView& room, const SeatView& seat) {
  learn_voice(seat);
  tell_seat(EventKind::kSeatChanged, room, seat);
}

void RoomFeed::learn_voice(const SeatView& seat) {
  const auto view = directory_.find(seat.session);
  if (!view) return;
  OfBoth<bool> muted = view->muted;
  OfBoth<double> gain = view->gain;
  bool& is_muted = is_agent(seat) ? muted.agent : muted.caller;
  double& decibels = is_agent(seat) ? gain.agent : gain.caller;
  if (std::exchange(is_muted, seat.muted) != seat.muted) directory_.set_muted(seat.session, muted);
  const double told = told_gain(seat.gain_db);
  if (std::exchange(decibels, told) != told) directory_.set_gain(seat.session, gain);
}

void RoomFeed::hand_over() {
  for (const std::string& session : std::exchange(newcomers_, {})) host_.seated(session);
}

void RoomFeed::tell_levels() {
  for (const std::string& id : open_) {
    if (!events_.wanted(EventKind::kRoomLevels, id)) continue;
    if (const auto room = rooms_->find(id))
      events_.publish(EventKind::kRoomLevels, id, room->line, levels_json(*room));
  }
}

}  // namespace jackfield
