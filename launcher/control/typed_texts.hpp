// Hands typed texts to the agents of pipelines: each by the action signal `user-text` of the first
// element that has it (agentbrain, openairealtime), in a thread of GStreamer's pool, because it
// interrupts a reply and so waits for streaming threads. Those for one pipeline go one after the
// other, in order. Main thread.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <string>

#include "functions/pipeline_work.hpp"

namespace jackfield {

class TypedTexts {
 public:
  enum class Outcome { kTaken, kNobody, kRefused, kTooMany };
  using Done = std::function<void(Outcome)>;

  static constexpr std::size_t kMostWaiting = 16;  // for one pipeline

  void send(GstElement* pipeline, std::string text, Done done);

 private:
  PipelineWork work_{kMostWaiting};
};

}  // namespace jackfield
