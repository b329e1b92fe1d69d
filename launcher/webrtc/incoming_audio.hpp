// What comes out of a webrtcbin: no jitter buffer of its own where an adaptivejitter follows, one
// stream at a time however often the peer begins anew, and the time of the last packet.
//
// Threads: made and let go on the main thread; the callbacks run on streaming threads.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::webrtc {

class IncomingAudio {
 public:
  // Before the pipeline plays.
  IncomingAudio(GstElement* pipeline, GstElement* webrtcbin);
  ~IncomingAudio();
  IncomingAudio(const IncomingAudio&) = delete;
  IncomingAudio& operator=(const IncomingAudio&) = delete;

  // From now on packets from the network are noticed; call it when the connection stands.
  void watch_arrivals();
  // How long nothing has come, ns; 0 while nothing is watched.
  GstClockTime silent_for() const;
  // Ends the stream of whoever listens, if there is one.
  bool send_eos();
  // Unlinks the stream: a pipeline from a webrtcbin back into it is a loop, of which GStreamer
  // warns whenever it changes its state.
  void detach();
  // The adaptivejitter that takes the stream; nullptr when there is none.
  GstElement* jitter() const { return jitter_.get(); }

  struct State;

 private:
  gstpp::ElementPtr webrtcbin_;
  gstpp::ElementPtr jitter_;
  gstpp::ObjectPtr<GstObject> rtpbin_;
  gulong pad_added_ = 0;
  gulong request_ = 0;
  struct Probed {
    gstpp::PadPtr pad;
    gulong probe;
  };
  std::vector<Probed> watched_;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::webrtc
