// The conversation so far as text, bounded, for the session that takes over from one that ended.
// Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace openai::realtime {

class CallHistory {
 public:
  struct Line {
    bool of_caller = false;
    unsigned turn_id = 0;
    std::string text;
    bool note = false;  // nobody has said it
  };

  // What the caller says is written down late, mostly behind the answer to it: it goes to its
  // place. Empty texts are nothing.
  void add(bool of_caller, unsigned turn_id, const std::string& text);
  void add_note(unsigned turn_id, const std::string& text);
  bool knows_caller(unsigned turn_id) const;
  const std::deque<Line>& lines() const { return lines_; }

 private:
  void insert(std::deque<Line>::iterator at, Line line);

  std::deque<Line> lines_;
  std::size_t bytes_ = 0;
};

}  // namespace openai::realtime
