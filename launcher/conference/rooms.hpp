// The rooms of a server's conferences, as the control API and its kind see and change them. Main
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::conference {

// Whom a seat hears, by sessions of other seats: all but these, or only these.
struct Hears {
  bool all = true;
  std::vector<std::string> sessions{};

  bool operator==(const Hears&) const = default;
};

// A participant in a room.
struct SeatView {
  std::string session;         // its id
  std::string kind;            // "phone", "browser", "agent"
  std::string name;            // who it is: number or name, "" when unknown
  std::int64_t joined_at = 0;  // Unix time, µs
  bool muted = false;
  double gain_db = 0;  // −60 to 20
  Hears hears{};
  // Of what it says, as the mixer sees it now.
  double level_db = -100;  // dBFS, RMS; −100 is silence
  bool voice = false;
  double ducked_db = 0;  // by how much it gives way, 0 and less
  // Blocks that did not come, pieces that came too late, and frames that were thrown away.
  std::uint64_t missed = 0, late = 0, dropped = 0;
};

struct RoomView {
  std::string id;    // the session of the room's own pipeline
  std::string name;  // "sales"
  std::string line;
  std::int64_t opened_at = 0;     // Unix time, µs
  std::size_t size = 0;           // seats that it may have
  double peak_db = -100;          // dBFS, of the full mix; −100 is silence
  double distinct = 0;            // different mixes for a block, on average
  std::uint64_t block_time = 0;   // ns of work on a block, on average
  std::vector<SeatView> seats{};  // in the order they came
};

// What is to be another with a seat.
struct SeatChange {
  std::optional<bool> mute{};
  std::optional<double> gain_db{};  // −60 to 20
  std::optional<Hears> hears{};
};

// How it went: with a code it failed, and nothing was changed.
struct Outcome {
  // "no-such-room", "no-such-seat", "room-full", "no-agent", "out-of-range", "stopping", "failed"
  const char* code = nullptr;
  std::string message{};  // for people

  bool ok() const { return code == nullptr; }
};

// The seat of a session.
struct Place {
  std::string room;  // its id
  std::string name;
  std::string line;
};

// Who wants to know. The views are as things are now.
class RoomListener {
 public:
  virtual ~RoomListener() = default;
  virtual void room_opened(const RoomView&) {}
  virtual void room_ended(const RoomView&, const std::string& /*reason*/) {}
  virtual void seat_joined(const RoomView&, const SeatView&) {}
  virtual void seat_left(const RoomView&, const SeatView&, const std::string& /*reason*/) {}
  // Mute, gain, whom it hears.
  virtual void seat_changed(const RoomView&, const SeatView&) {}
};

class Rooms {
 public:
  virtual ~Rooms() = default;

  // In the order in which they were opened.
  virtual std::vector<RoomView> rooms() const = 0;
  // By id, or by a name that only one of them has.
  virtual std::optional<RoomView> find(std::string_view id_or_name) const = 0;
  // nullopt when the session has no seat (yet).
  virtual std::optional<Place> place_of(std::string_view session) const = 0;

  // `room` is an id, or a name that only one of them has; `session` is the seat's.
  virtual Outcome change(std::string_view room, std::string_view session,
                         const SeatChange& change) = 0;
  // Ends the session of the seat. `reason` is what its records say.
  virtual Outcome kick(std::string_view room, std::string_view session,
                       const std::string& reason) = 0;
  // Ends all its seats, and then the room in order.
  virtual Outcome end(std::string_view room, const std::string& reason) = 0;
  // One more of the line's agents sits down.
  virtual Outcome add_agent(std::string_view room) = 0;

  // A listener must outlive the rooms' use, or be removed. Both are allowed from within one.
  virtual void add(RoomListener& listener) = 0;
  virtual void remove(RoomListener& listener) = 0;
};

}  // namespace jackfield::conference
