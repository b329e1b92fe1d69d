// What happens in rooms of conferences, for the event socket and for what is known of sessions: in
// which room one sits, and whether it is muted there. Main thread.
#pragma once

#include <glib.h>

#include <set>
#include <string>
#include <vector>

#include "conference/rooms.hpp"
#include "control/event_socket.hpp"
#include "control/session_directory.hpp"
#include "control/session_host.hpp"

namespace jackfield {

class RoomFeed final : public conference::RoomListener {
 public:
  // All must outlive it; so must the rooms, or be taken away.
  RoomFeed(EventSocket& events, SessionDirectory& directory, LocalSessionHost& host);
  ~RoomFeed() override;
  RoomFeed(const RoomFeed&) = delete;
  RoomFeed& operator=(const RoomFeed&) = delete;

  // nullptr: there are none any more.
  void set_rooms(conference::Rooms* rooms);

  void room_opened(const conference::RoomView& room) override;
  void room_ended(const conference::RoomView& room, const std::string& reason) override;
  void seat_joined(const conference::RoomView& room, const conference::SeatView& seat) override;
  void seat_left(const conference::RoomView& room, const conference::SeatView& seat,
                 const std::string& reason) override;
  void seat_changed(const conference::RoomView& room, const conference::SeatView& seat) override;

 private:
  void tell_seat(EventKind kind, const conference::RoomView& room, const conference::SeatView& seat,
                 const std::string& reason = {});
  void learn_voice(const conference::SeatView& seat);
  void tell_levels();
  void hand_over();

  EventSocket& events_;
  SessionDirectory& directory_;
  LocalSessionHost& host_;
  conference::Rooms* rooms_ = nullptr;
  std::set<std::string> open_;          // ids of rooms
  std::vector<std::string> newcomers_;  // sessions that have just sat down
  guint level_timer_ = 0, idle_ = 0;
};

}  // namespace jackfield
