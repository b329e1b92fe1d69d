// The conferences of one line: its rooms and the agents in them are sessions of its own; those who
// call are sessions of the line, by telephone and from browsers, which this watches. Main thread.
#pragma once

#include <glib.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conference/core/pin_entry.hpp"
#include "conference/core/prompts.hpp"
#include "conference/core/room_book.hpp"
#include "conference/core/room_rules.hpp"
#include "conference/rooms.hpp"
#include "conference/seat_link.hpp"
#include "scenario/call_observer.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield::conference {

class ConferenceLine final : public Rooms {
 public:
  struct Config {
    std::string line;
    RoomSettings rooms;
    RoomBook::Config book;
    SessionManager::Config room;                  // of the rooms' pipelines
    std::optional<SessionManager::Config> agent;  // of the agents' seats
  };
  // `phone` and `browser`: the sessions of those who call, nullptr when nobody can. They must
  // outlive this. `registry`: the places of rooms and agents, which are no calls.
  ConferenceLine(Config config, SessionManager* phone, SessionManager* browser,
                 SessionRegistry& registry);
  ~ConferenceLine() override;
  ConferenceLine(const ConferenceLine&) = delete;
  ConferenceLine& operator=(const ConferenceLine&) = delete;

  // The room that somebody may enter who names this key; `by_name`: he has proved that he may enter
  // the room of this name. Fails with "no-such-room", "room-full".
  Outcome choose(const std::string& key, bool by_name, Choice& choice) const;

  SessionManager& rooms_sessions() { return rooms_; }
  // nullptr when there are no agents.
  SessionManager* agents_sessions() { return agents_ ? &*agents_ : nullptr; }
  // Told of what cannot be started.
  void set_on_trouble(std::function<void(const std::string& text)> f) {
    on_trouble_ = std::move(f);
  }

  // Rooms.
  std::vector<RoomView> rooms() const override;
  std::optional<RoomView> find(std::string_view id_or_name) const override;
  std::optional<Place> place_of(std::string_view session) const override;
  Outcome change(std::string_view room, std::string_view session,
                 const SeatChange& change) override;
  Outcome kick(std::string_view room, std::string_view session, const std::string& reason) override;
  Outcome end(std::string_view room, const std::string& reason) override;
  Outcome add_agent(std::string_view room) override;
  void add(RoomListener& listener) override { listeners_.push_back(&listener); }
  void remove(RoomListener& listener) override;

 private:
  class SeatWatch;
  class RoomWatch;
  struct Seat {
    SeatKind kind = SeatKind::kPhone;
    std::string name;
    std::unique_ptr<SeatLink> link;
    std::optional<PinEntry> entry;  // while keys are listened to
    Hears hears{};
    gint64 joined_at = 0;  // Unix time, µs; 0: sits nowhere
    bool told = false;     // that it has sat down
    bool ending = false;
    RoomNumber room = 0;            // of an agent: for which it was started
    std::int64_t dismissed_at = 0;  // when its session is ended, monotonic ns; 0: it is not
    std::string reason;             // for that
  };
  struct OpenRoom {
    std::string session;
    gstpp::ElementPtr mixer;
    gint64 opened_at = 0;          // Unix time, µs; 0: not yet
    std::optional<RoomView> last;  // when it began to end
    std::string reason;            // for that
  };
  using Seats = std::map<std::string, Seat, std::less<>>;
  using Open = std::map<RoomNumber, OpenRoom>;

  SessionManager* manager_of(SeatKind kind);

  // What the seats' sessions tell.
  void arrived(SeatKind kind, const std::string& session, const CallStarted& call);
  void pressed(const std::string& session, const GstStructure& message);
  void leaving(const std::string& session, const std::string& reason);
  void gone(const SessionSummary& summary);
  // What the rooms' sessions tell.
  void room_running(RoomNumber number);
  void room_ending(const std::string& session, const std::string& reason);
  void room_closed(const std::string& session);

  void enter(Seat& seat, const std::string& session, const Choice& choice);
  void ask(Seat& seat, Prompt prompt);
  void try_key(Seat& seat, const std::string& session, const std::string& key);
  void refused(Seat& seat, PinEntry::Verdict verdict);
  void dismiss(Seat& seat, Prompt prompt, const std::string& reason);

  void drain();
  void perform(const action::OpenRoom& open);
  void perform(const action::Seat& seat);
  void perform(const action::StartAgent& start);
  void perform(const action::EndSeat& end);
  void perform(const action::EndRoom& end);
  void perform(const action::Answer& answer);
  void perform(const action::Orphan& orphan);

  void seated(const std::string& session);
  void end_mix(RoomNumber number);
  void reroute(RoomNumber number);
  void forget(const std::string& session);
  std::string route_of(const std::string& session, const Seat& seat) const;
  void tick();
  void keep_ticking();

  bool sits_in(const RoomBook::Room& room, std::string_view session) const;
  const RoomBook::Room* book_room(std::string_view id_or_name) const;
  RoomView view_of(const RoomBook::Room& room, bool measured) const;
  SeatView view_of(const std::string& session, const Seat& seat, bool measured) const;
  void tell(const std::function<void(RoomListener&)>& function);

  const std::string line_;
  const std::size_t size_;
  const RoomRules rules_;
  RoomBook book_;
  SessionManager* const phone_;
  SessionManager* const browser_;
  std::vector<std::unique_ptr<CallObserver>> watches_;
  SessionManager rooms_;
  std::optional<SessionManager> agents_;
  Seats seats_;  // sessions whose call began, and agents
  Open open_;
  std::vector<RoomListener*> listeners_;
  std::function<void(const std::string& text)> on_trouble_;
  bool draining_ = false;
  guint tick_ = 0;
};

}  // namespace jackfield::conference
