// The rooms of one line and who sits in them: when a room starts and ends, when agents come and go
// and when they answer to everything. It is told what happens, and answers with actions. Pure, not
// for several threads; times are a steady clock in ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/core/restart_policy.hpp"
#include "scenario/core/seat_kind.hpp"

namespace jackfield::conference {

using RoomNumber = std::uint64_t;

struct Guest {
  std::string session;
  SeatKind kind = SeatKind::kPhone;
  std::string name;
  bool speaker = false;  // heard, even where those who come are muted
};

namespace action {
// A session of the room's pipeline; then opened(), or over() when that cannot be.
struct OpenRoom {
  RoomNumber room;
  std::string name;
};
// The guest is joined to the room's mixer.
struct Seat {
  RoomNumber room;
  Guest guest;
};
// A session of an agent; then agent_started(), or agent_over() when that cannot be.
struct StartAgent {
  RoomNumber room;
};
// Its session is to end.
struct EndSeat {
  std::string session, reason;
};
// The session of its pipeline is to end in order; over() follows.
struct EndRoom {
  RoomNumber room;
  std::string reason;
};
// Is the agent to answer everything that is said, or what its file says?
struct Answer {
  std::string session;
  bool always;
};
// The room is gone under a person.
struct Orphan {
  std::string session;
};
}  // namespace action

using RoomAction = std::variant<action::OpenRoom, action::Seat, action::StartAgent, action::EndSeat,
                                action::EndRoom, action::Answer, action::Orphan>;

class RoomBook {
 public:
  struct Config {
    std::size_t size = 255;  // seats in a room, agents included
    std::size_t agents = 0;  // that come with the first person; at most size − 1
  };
  enum class Phase { kOpening, kOpen, kEnding };
  struct Room {
    RoomNumber number = 0;
    std::string name;
    std::string session;  // of its pipeline, "" until there is one
    Phase phase = Phase::kOpening;
    std::vector<Guest> seats;    // in the order they came
    std::vector<Guest> waiting;  // for the room to open
  };

  explicit RoomBook(Config config) : config_(config) {}

  // What is to be done, in order; call it after every other function until it is empty.
  std::optional<RoomAction> next_action();

  // Is there a place for one more person in the room of this name, if there is such a room?
  bool has_place(std::string_view name) const;
  // A person comes; false when the room is full.
  bool enter(Guest guest, const std::string& name);
  // A person leaves, or is gone. Nothing happens to sessions that are unknown.
  void leave(std::string_view session);

  // The room's session is there; it runs.
  void started(RoomNumber room, const std::string& session);
  void opened(RoomNumber room);
  // Its session is ending by itself, or was never there.
  void over(RoomNumber room);
  // All who sit there are to go, and then it ends.
  void end(RoomNumber room, const std::string& reason);

  // One more agent is to come. False when there is no place.
  bool add_agent(RoomNumber room);
  void agent_started(RoomNumber room, const std::string& session);
  // It runs, and may sit down.
  void agent_ready(RoomNumber room, const std::string& session);
  // It is gone, or was never there (`session` is "" then). One that failed comes again after a
  // while, if it had been running; false when it does not.
  struct Run {
    bool failed = false;
    bool had_been_running = false;
    std::int64_t lasted = 0;  // ns
  };
  bool agent_over(RoomNumber room, std::string_view session, const Run& run, std::int64_t now);

  // Call at deadline().
  void tick(std::int64_t now);
  std::optional<std::int64_t> deadline() const;

  const std::list<Room>& rooms() const { return rooms_; }
  // nullptr when there is none. Of those of a name the one that is not ending.
  const Room* find(RoomNumber room) const;
  const Room* find_named(std::string_view name) const;
  const Room* room_of(std::string_view session) const;

 private:
  // A place for an agent that is there, comes, or comes again.
  struct AgentPlace {
    RoomNumber room = 0;
    std::string session;                // "": none at the moment
    std::optional<std::int64_t> again;  // when it comes again
    RestartPolicy policy;
  };

  Room* edit(RoomNumber room);
  void act(RoomAction action) { actions_.push_back(std::move(action)); }
  std::size_t agents_of(RoomNumber room) const;
  std::size_t people_of(const Room& room) const;
  void sit(Room& room, Guest guest);
  void call_agents(const Room& room);
  // After somebody came or went.
  void changed(Room& room);
  void close(Room& room, const std::string& reason);

  const Config config_;
  RoomNumber last_ = 0;
  std::list<Room> rooms_;
  std::vector<AgentPlace> agents_;
  std::deque<RoomAction> actions_;
};

}  // namespace jackfield::conference
