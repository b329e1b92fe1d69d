// A room's hold on the pipeline of one seat: its mixerseat, its prompts, its agent. Main thread;
// what may have to wait for a streaming thread is done by GStreamer's pool of threads, in order.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "conference/rooms.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield::conference {

class SeatLink {
 public:
  explicit SeatLink(GstElement* pipeline);
  ~SeatLink();  // what was begun is done all the same
  SeatLink(const SeatLink&) = delete;
  SeatLink& operator=(const SeatLink&) = delete;

  // Sits down in the room of this mixer; `done` is called, on the main thread, when that is so,
  // unless this is gone by then. `heard`: even where those who come are muted.
  void join(GstElement* mixer, bool heard, std::function<void()> done);
  void leave();
  // Leaves, and ends what the pipeline still plays and writes: for one that is a circle through its
  // mixerseat and has no source.
  void end_streams();
  // Of the mixer: N of sink_N; −1 while it sits nowhere.
  int pad_number() const;

  void set_muted(bool muted);
  bool muted() const;
  void set_gain_db(double gain);
  double gain_db() const;
  // As the mixer's pads have it: "all -sink_1".
  void set_route(const std::string& route);
  // What its voice is like now.
  void measure(SeatView& view) const;

  // False when the file has no appsrc named prompt.
  bool say(const std::string& sentence);
  // Whether an agent answers everything, or what its file says. Nothing happens where there is no
  // agent, or none that knows the difference.
  void answer_always(bool always);

 private:
  struct Jobs;

  gstpp::ElementPtr seat_, prompt_, agent_;
  gstpp::ElementPtr mixer_;  // that it was told to join
  std::string answer_when_;  // of the file
  std::shared_ptr<Jobs> jobs_;
};

// The mixer of a room's pipeline: that which has seats.
gstpp::ElementPtr mixer_of(GstElement* pipeline);
// Its figures.
void measure(GstElement* mixer, RoomView& view);

}  // namespace jackfield::conference
