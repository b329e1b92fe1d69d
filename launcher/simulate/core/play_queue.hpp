// What Twilio does with the audio and marks of a stream: a queue that plays at 8 kHz from the
// moment audio arrives, in arrival order.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "line_time.hpp"

namespace jackfield::simulate {

class PlayQueue {
 public:
  // Twilio holds at most ten minutes (warning 31931 beyond).
  static constexpr Samples kLimit = 600 * kRate;
  static constexpr std::size_t kMaxMarks = 10000;

  class Listener {
   public:
    virtual ~Listener() = default;
    // What the caller hears; together these two cover the time line without a hole.
    virtual void on_played(Samples at, std::span<const std::uint8_t> mulaw) = 0;
    virtual void on_idle(Samples at, Samples count) = 0;
    virtual void on_mark(Samples at, const std::string& name, bool cleared) = 0;
  };

  explicit PlayQueue(Listener& listener) : listener_(listener) {}

  // Plays up to `now`. Time never runs backwards: an earlier `now` is ignored.
  void advance(Samples now);
  // Returns how many samples did not fit.
  Samples push(Samples now, std::vector<std::uint8_t> mulaw);
  // Returns false when too many marks wait already.
  bool mark(Samples now, std::string name);
  // Returns how many samples were dropped.
  Samples clear(Samples now);

  Samples queued() const { return queued_; }
  std::size_t pending_marks() const { return marks_; }
  Samples position() const { return cursor_; }

 private:
  struct Audio {
    std::vector<std::uint8_t> mulaw;
    std::size_t used = 0;
  };
  struct Mark {
    std::string name;
  };

  void echo_leading_marks();

  Listener& listener_;
  std::deque<std::variant<Audio, Mark>> items_;
  Samples cursor_ = 0;
  Samples queued_ = 0;
  std::size_t marks_ = 0;
};

}  // namespace jackfield::simulate
