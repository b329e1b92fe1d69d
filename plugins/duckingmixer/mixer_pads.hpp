// The request pads of duckingmixer, with their properties and what the element keeps for each.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "gstpp.hpp"
#include "input_ring.hpp"
#include "mixer.hpp"
#include "output_receiver.hpp"
#include "route.hpp"

namespace ducking {

struct SinkSettings {
  double gain = 1;
  bool mute = false;
  Duck duck = Duck::kAuto;
  int priority = 0;
  bool voice_only = false;
};

// What comes in. `settings` are under the pad's object lock, the rest under `lock`; the place and
// the receiver are the element's, under its lock.
struct Sink {
  SinkSettings settings;
  std::atomic<bool> settings_changed{true};
  int place = Mixer::kNoPlace;
  std::shared_ptr<OutputReceiver> receiver;  // the seat that it belongs to

  std::mutex lock;
  std::condition_variable wake;  // who waits for room
  std::unique_ptr<InputRing> ring;
  GstSegment segment;
  bool is_float = false;  // else 16 bits
  bool has_caps = false;
  Mixer::Format format;      // with caps
  bool running = false;      // active and not flushing
  bool ended = false;        // EOS came
  bool never_waits = false;  // who pushes must not be held up, and was told so
  bool live = false;         // so upstream says
  InputState state;          // of the last block, for statistics
};

struct SrcSettings {
  Route route;
};

// What goes out. `settings` are under the pad's object lock, the place and the receiver under the
// element's.
struct Src {
  SrcSettings settings;
  std::atomic<bool> route_changed{true};
  int place = Mixer::kNoPlace;
  std::shared_ptr<OutputReceiver> receiver;  // in place of a peer

  // The mixing task's own.
  bool begun = false;
  bool is_float = false;
  bool own_task = false;  // what is below can hold its pusher up

  std::mutex lock;
  std::condition_variable wake;  // the pad's own task
  std::deque<gstpp::BufferPtr> queue;
  bool running = false;
  bool ending = false;  // EOS behind the queue
  bool discont = true;
  guint64 pushed = 0, dropped = 0;  // buffers
  GstFlowReturn flow = GST_FLOW_OK;
  float peak = 0;          // of the last block, 0 to 1
  float limiter_gain = 1;  // the same
};

GType duck_type();
GType sink_pad_type();
GType src_pad_type();

// Of pads of these types. A pad keeps it until it is finalized.
Sink& sink_of(GstPad* pad);
Src& src_of(GstPad* pad);
std::shared_ptr<OutputReceiver>& receiver_of(GstPad* pad);

// What `stats` of the pads tell.
GstStructure* sink_stats(Sink& sink);
GstStructure* src_stats(Src& src);

InputSettings input_settings(GstPad* pad);
Route route_of(GstPad* pad);

}  // namespace ducking
