// What duckingmixer keeps, for the files that it consists of.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "clock_wait.hpp"
#include "element_time.hpp"
#include "gstduckingmixer.hpp"
#include "gstpp.hpp"
#include "join_tones.hpp"
#include "mixer_output.hpp"
#include "mixer_pads.hpp"
#include "mixer_settings.hpp"

namespace ducking {

struct MixerState {
  Settings settings;  // under the object lock
  std::atomic<bool> settings_changed{true};

  std::mutex lock;
  std::condition_variable wake;  // the task, until the clock runs
  // Under lock.
  std::unique_ptr<Mixer> mixer;  // from PAUSED on
  std::vector<gstpp::PadPtr> sinks, srcs;
  bool routes_changed = true;
  std::unique_ptr<JoinTones> tones;  // from the first one on
  int tones_place = Mixer::kNoPlace;
  bool running = false;  // PAUSED or PLAYING
  bool playing = false;
  bool ending = false;  // EOS was sent to the element
  bool ended = false;   // all inputs are, or that; and the outputs know
  jackfield::ClockWait clock_wait;
  guint next_sink = 0, next_src = 0;
  guint64 blocks = 0, distinct = 0, clipped = 0;
  gint64 work = 0;  // µs

  const std::shared_ptr<ElementTime> time = std::make_shared<ElementTime>();

  gstpp::ObjectPtr<GstTask> task;
  GRecMutex task_lock;

  // The task's own.
  GstClockTime next = GST_CLOCK_TIME_NONE;  // running time of the next block
  std::vector<Outgoing> outgoing;
  SharedBuffers buffers;
};

}  // namespace ducking

struct _GstDuckingMixer {
  GstElement parent;
  ducking::MixerState* state;
};
