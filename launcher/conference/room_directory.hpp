// The rooms of all lines of a server. Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conference/rooms.hpp"

namespace jackfield::conference {

class RoomDirectory final : public Rooms {
 public:
  // Before anything is asked; it must outlive this.
  void add_line(Rooms& line) { lines_.push_back(&line); }
  bool any() const { return !lines_.empty(); }

  std::vector<RoomView> rooms() const override;
  std::optional<RoomView> find(std::string_view id_or_name) const override;
  std::optional<Place> place_of(std::string_view session) const override;
  Outcome change(std::string_view room, std::string_view session,
                 const SeatChange& change) override;
  Outcome kick(std::string_view room, std::string_view session, const std::string& reason) override;
  Outcome end(std::string_view room, const std::string& reason) override;
  Outcome add_agent(std::string_view room) override;
  void add(RoomListener& listener) override;
  void remove(RoomListener& listener) override;

 private:
  // The line that has it; nullptr when none has, or several do.
  Rooms* line_of(std::string_view id_or_name) const;

  std::vector<Rooms*> lines_;
};

}  // namespace jackfield::conference
