#include "conference/core/room_rules.hpp"

#include <algorithm>

namespace jackfield::conference {
namespace {

constexpr std::size_t kLongestName = 32;
constexpr std::size_t kShortestPin = 4;
constexpr std::size_t kLongestPin = 12;
constexpr std::string_view kSpeaker = ":speaker";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string in_small_letters(std::string_view text) {
  std::string small{text};
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

}  // namespace

bool is_room_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

std::variant<Pin, std::string> read_pin(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return "a PIN looks like this: 1234=ROOM";
  Pin pin{.digits = std::string{text.substr(0, equals)},
          .room = std::string{text.substr(equals + 1)}};
  if (pin.room.ends_with(kSpeaker)) {
    pin.room.resize(pin.room.size() - kSpeaker.size());
    pin.speaker = true;
  }
  if (pin.digits.size() < kShortestPin || pin.digits.size() > kLongestPin ||
      !std::all_of(pin.digits.begin(), pin.digits.end(), is_digit))
    return "a PIN has " + std::to_string(kShortestPin) + " to " + std::to_string(kLongestPin) +
           " digits";
  if (!is_room_name(pin.room))
    return "'" + pin.room + "' is no name of a room: small letters, digits and '-', at most " +
           std::to_string(kLongestName);
  return pin;
}

Choice read_choice(std::string_view text) {
  const bool speaker = text.ends_with(kSpeaker);
  if (speaker) text.remove_suffix(kSpeaker.size());
  return {.room = std::string{text}, .speaker = speaker};
}

RoomRules::RoomRules(RoomSettings settings, const std::string& line)
    : rooms_(std::move(settings.rooms)),
      pins_(std::move(settings.pins)),
      open_rooms_(settings.open_rooms) {
  if (!rooms_.empty()) return;
  for (const Pin& pin : pins_) {
    if (std::find(rooms_.begin(), rooms_.end(), pin.room) == rooms_.end())
      rooms_.push_back(pin.room);
  }
  if (rooms_.empty()) rooms_.push_back(line);
}

bool RoomRules::is_locked(std::string_view room) const {
  return std::any_of(pins_.begin(), pins_.end(),
                     [&](const Pin& pin) { return pin.room == room && !pin.speaker; });
}

std::optional<std::string> RoomRules::room_named(std::string_view name) const {
  const std::string small = in_small_letters(name);
  // A room that is named like its line may have capitals.
  for (const std::string& room : rooms_) {
    if (in_small_letters(room) == small) return room;
  }
  if (open_rooms_ && is_room_name(small)) return small;
  return std::nullopt;
}

std::optional<Choice> RoomRules::default_room() const {
  if (rooms_.size() != 1 || is_locked(rooms_.front())) return std::nullopt;
  return Choice{.room = rooms_.front()};
}

std::optional<Choice> RoomRules::find(std::string_view key) const {
  for (const Pin& pin : pins_) {
    if (pin.digits == key) return Choice{.room = pin.room, .speaker = pin.speaker};
  }
  const auto room = room_named(key);
  if (!room || is_locked(*room)) return std::nullopt;
  return Choice{.room = *room};
}

std::optional<Choice> RoomRules::find_named(std::string_view name) const {
  auto room = room_named(name);
  if (!room) return std::nullopt;
  return Choice{.room = *std::move(room)};
}

}  // namespace jackfield::conference
