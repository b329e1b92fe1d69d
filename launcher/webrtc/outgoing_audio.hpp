// What goes into a webrtcbin. Nothing passes before the connection stands (webrtcbin would hold it,
// and what was held would stay a standing delay), flushes and ends stay outside (they would stop
// RTCP, which goes the same way), and elements upstream are told what the far end has heard.
//
// Threads: made and let go on the main thread; the probes run on the threads that push, and touch
// nothing but atomics and the callback for the end.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::webrtc {

class OutgoingAudio {
 public:
  // `on_end` is called on a streaming thread when the stream into the webrtcbin has ended.
  OutgoingAudio(GstElement* webrtcbin, std::function<void()> on_end);
  ~OutgoingAudio();
  OutgoingAudio(const OutgoingAudio&) = delete;
  OutgoingAudio& operator=(const OutgoingAudio&) = delete;

  bool empty() const { return pads_.empty(); }
  // The payload type of the payloaders before the webrtcbin, and of capsfilters behind them.
  void set_payload_type(unsigned type);
  // ms of sound in a packet of what is encoded before the webrtcbin; 0: it is not known.
  unsigned packet_time() const;
  void open();
  // Whether the far end takes sound at all. What it does not take is dropped at the pace at which
  // it would be heard, so that who speaks to nobody speaks on.
  void set_wanted(bool wanted);
  // The far end is gone: who pushes is told so, and elements that keep a reply give it up.
  void close();
  // From the moment a frame is pushed until it is heard at the far end, ns.
  void set_far_delay(GstClockTime delay);

  struct State;

 private:
  struct Probed {
    gstpp::PadPtr pad;   // of the webrtcbin
    gstpp::PadPtr from;  // whose data is watched
    gulong probe;
  };
  std::vector<Probed> pads_;
  std::optional<unsigned> payload_type_;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::webrtc
