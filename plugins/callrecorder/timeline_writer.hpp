// The writer thread of a call timeline: every 200 ms it takes what is final and pushes it to the
// file. Ends when all pads have ended and everything was heard, or when it is told to stop; then it
// pushes EOS.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "call_timeline_state.hpp"

namespace callrecorder {

class TimelineWriter {
 public:
  TimelineWriter(GstElement* element, TimelineState& state);
  void run();

 private:
  bool step(std::optional<Time> now, bool stopping);
  bool ended(std::optional<Time> now) const;
  bool write_some(std::optional<Time> now);
  void push_headers_once(int rate);
  void push(GstBuffer* buffer);
  void announce(Time start, int rate);

  GstElement* element_;
  TimelineState& state_;
  std::vector<int16_t> frames_;
  size_t channels_ = kSides;
  int64_t written_ = 0;  // frames
  bool headers_pushed_ = false;
  bool failed_ = false;
};

}  // namespace callrecorder
