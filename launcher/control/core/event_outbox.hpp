// Events on their way to one reader of the event socket. Bounded: when the reader takes them too
// slowly all that wait are given up at once, and it is told how many it has missed; what it knows
// is out of date then, so it has to subscribe anew. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace jackfield {

// A WebSocket frame, built once and shared by all who get it.
using EventFrame = std::shared_ptr<const std::vector<std::uint8_t>>;

class EventOutbox {
 public:
  struct Config {
    std::size_t max_bytes = 1 << 20;
    std::size_t max_events = 2000;
    // Answers of the server, which are never given up.
    std::size_t max_answers = 4;
  };

  EventOutbox() : EventOutbox(Config{}) {}
  explicit EventOutbox(Config config) : config_(config) {}

  // What the reader gets next: a frame, or, without one, how many events it has missed. From then
  // on no event is kept until subscribed().
  struct Next {
    EventFrame frame;
    std::uint64_t lost = 0;
  };

  void push(EventFrame event);
  // False when the reader asks for more answers than it takes: it is to be given up.
  [[nodiscard]] bool push_answer(EventFrame answer);
  // The reader has subscribed: events count again. What waits stays in front.
  void subscribed() { giving_up_ = false; }
  std::optional<Next> pop();

  bool empty() const { return waiting_.empty(); }
  // No event is kept: it has to subscribe anew.
  bool giving_up() const { return giving_up_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t events() const { return events_; }

 private:
  struct Waiting {
    EventFrame frame;  // null: so many were lost here
    bool answer = false;
    std::uint64_t lost = 0;
  };

  void give_up();

  Config config_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;  // of events
  std::size_t events_ = 0;
  std::size_t answers_ = 0;
  bool giving_up_ = false;
};

}  // namespace jackfield
