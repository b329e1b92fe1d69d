// Counts where the sound of a pipeline's devices was lost: overruns of microphones (what they heard
// was not taken in time) and underruns of loudspeakers (what they should play came too late). For
// every element that is derived from GstAudioBaseSrc or GstAudioBaseSink, also inside bins.
//
// Pad probes in the streaming threads do the counting, under a lock of their own that nothing else
// is done under. All functions below belong to the main thread.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct AudioCounts {
  bool has_capture = false, has_playback = false;  // there are such devices at all
  std::uint64_t overruns = 0;
  std::uint64_t lost = 0;  // ns of the microphone's sound
  std::uint64_t underruns = 0;
  std::uint64_t missing = 0;  // ns of silence where sound should have been, as far as it is known

  void add(const AudioCounts& other);
};

class AudioWatch {
 public:
  // Looks at the pipeline's elements now, and at those that are added later.
  explicit AudioWatch(GstElement* pipeline);
  ~AudioWatch();
  AudioWatch(const AudioWatch&) = delete;
  AudioWatch& operator=(const AudioWatch&) = delete;

  AudioCounts counts() const;
  // Posts `sound/overrun` and `sound/underrun` on the pipeline's bus for what was counted since the
  // last call (docs/events-and-messages.md). Called about once a second, this bounds their number.
  void report();

 private:
  struct Shared;
  static void attach(const std::shared_ptr<Shared>& shared, GstElement* element);
  static void on_added(GstBin*, GstBin*, GstElement* element, gpointer user);

  GstElement* const pipeline_;
  const std::shared_ptr<Shared> shared_;
  gulong added_handler_ = 0;
  AudioCounts reported_;
};

}  // namespace jackfield
