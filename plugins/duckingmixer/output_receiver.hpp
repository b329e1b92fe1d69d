// Who takes what an output gives without being linked to its pad: a mixerseat, in another pipeline.
#pragma once

#include <gst/gst.h>

#include "gstpp.hpp"
#include "mixer.hpp"

namespace ducking {

class OutputReceiver {
 public:
  virtual ~OutputReceiver() = default;

  // The mixing task's; none of them may hold it up.
  // The format has to be asked for, (again) because what is below has changed.
  virtual bool undecided() = 0;
  virtual bool prefers_float(const Mixer::Format& format) = 0;
  virtual GstFlowReturn take(gstpp::BufferPtr buffer) = 0;

  // The mixer has stopped or ended, or given the pad back. Any thread, which holds no lock. Nothing
  // is taken from then on.
  virtual void ended() = 0;
};

}  // namespace ducking
