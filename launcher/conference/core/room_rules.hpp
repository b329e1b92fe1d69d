// Which rooms a conference's line has, and what opens them: names, and PINs. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::conference {

inline constexpr unsigned kMostSeats = 255;  // as many inputs a mixer has

// "1234=main": the keys that open a room. With ":speaker" behind it whoever has it is heard where
// those who come are muted; it is no lock then.
struct Pin {
  std::string digits;
  std::string room;
  bool speaker = false;

  bool operator==(const Pin&) const = default;
};

// Small letters, digits and '-', at most 32.
bool is_room_name(std::string_view name);
// What is wrong with it otherwise.
std::variant<Pin, std::string> read_pin(std::string_view text);

struct RoomSettings {
  std::vector<std::string> rooms;
  std::vector<Pin> pins;
  bool open_rooms = false;  // any name makes a room
};

// A room that somebody may enter. As text "main", "main:speaker".
struct Choice {
  std::string room;
  bool speaker = false;

  std::string text() const { return speaker ? room + ":speaker" : room; }
  bool operator==(const Choice&) const = default;
};
// What Choice::text() gave.
Choice read_choice(std::string_view text);

class RoomRules {
 public:
  // Without rooms there are those of the pins, and without these one that is named like the line.
  RoomRules(RoomSettings settings, const std::string& line);

  // Where one goes who says nothing: the only room, if it has no lock.
  std::optional<Choice> default_room() const;
  // Has a caller to be asked who says nothing?
  bool must_ask() const { return open_rooms_ || !default_room(); }
  // A room without a lock by its name, any by its PIN. Capitals do not count.
  std::optional<Choice> find(std::string_view key) const;
  // Any room by its name: for those who proved that they may.
  std::optional<Choice> find_named(std::string_view name) const;

  const std::vector<std::string>& rooms() const { return rooms_; }
  bool has_pins() const { return !pins_.empty(); }

 private:
  bool is_locked(std::string_view room) const;
  std::optional<std::string> room_named(std::string_view name) const;

  std::vector<std::string> rooms_;
  std::vector<Pin> pins_;
  bool open_rooms_ = false;
};

}  // namespace jackfield::conference
