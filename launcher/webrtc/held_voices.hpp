// Keeps services that speak by themselves (openairealtime) from speaking before somebody hears
// them: their property hold-back is set until the connection stands. Stages of an agentbrain are
// made while the pipeline starts, so they are noticed as they come.
#pragma once

#include <gst/gst.h>

#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield::webrtc {

class HeldVoices {
 public:
  // `pipeline`, in NULL.
  explicit HeldVoices(GstElement* pipeline);
  ~HeldVoices();
  HeldVoices(const HeldVoices&) = delete;
  HeldVoices& operator=(const HeldVoices&) = delete;

  // From here on nobody is held back. Any thread.
  void release();

 private:
  struct State;
  const gstpp::ElementPtr pipeline_;
  const std::shared_ptr<State> state_;
  gulong handler_ = 0;
};

}  // namespace jackfield::webrtc
