#include "client/core/room_choice.hpp"

#include "client/core/session_choice.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

// The one of this name, or else of this id.
template <typename Item>
const Item* choose(const std::vector<Item>& items, std::string Item::*id, const std::string& word,
                   const std::string& what, std::string& problem) {
  const std::string shown = "'" + clean_terminal_text(word) + "'";
  std::vector<const Item*> named;
  std::vector<std::string> ids;
  for (const Item& item : items) {
    if (!word.empty() && item.name == word) named.push_back(&item);
    ids.push_back(item.*id);
  }
  if (named.size() == 1) return named.front();
  const std::vector<std::string> meant = ids_meant(ids, word);
  if (meant.size() == 1 && named.empty()) {
    for (const Item& item : items)
      if (item.*id == meant.front()) return &item;
  }
  if (!named.empty())
    problem = shown + " is the name of " + std::to_string(named.size()) + " " + what +
              "s; name one by its id";
  else if (!meant.empty())
    problem = shown + " is the beginning of " + std::to_string(meant.size()) + " ids";
  else
    problem = "there is no " + what + " " + shown;
  return nullptr;
}

}  // namespace

const Room* choose_room(const std::vector<Room>& rooms, const std::string& word,
                        std::string& problem) {
  return choose(rooms, &Room::id, word, "room", problem);
}

const Seat* choose_seat(const Room& room, const std::string& word, std::string& problem) {
  const Seat* seat = choose(room.seats, &Seat::session, word, "seat", problem);
  if (!seat) problem += " in room " + room.name;
  return seat;
}

}  // namespace jackfield::client
