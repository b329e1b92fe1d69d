// Two providers of one stage of agentbrain, the second in reserve: an element before both (the
// fork) and one behind both (the join), which share a StageSwitch. Private to agentbrain.
//
// Only the active provider is given anything, and only what it gives goes on. When it fails, or is
// slow, the other one takes over, and what the failed one still owed is given to it again. The
// reserve stays for `stay`; then the first is tried again with the next turn.
//
// fail() may be called from any thread, also out of the failing provider: it changes the active
// provider at once; flushing the failed one and repeating happens on GStreamer's thread pool. A
// provider must heed a flush; one that does not keeps only its own thread.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace agentbrain {

enum class StageKind { kStt, kLlm, kTts };
const char* stage_name(StageKind kind);

class StageSwitchListener {
 public:
  virtual ~StageSwitchListener() = default;
  // `to`: 0 the first provider, 1 the reserve. `element`: who told the application of the cause; ""
  // nobody did.
  virtual void on_fallback(const char* stage, int to, const std::string& cause,
                           const std::string& element) = 0;
};

struct StageSwitchSettings {
  GstClockTime after = 0;  // the first provider is slow when it gives nothing for so long; 0: never
  GstClockTime stay = 60 * GST_SECOND;
};

class StageSwitch {
 public:
  StageSwitch(StageKind kind, StageSwitchListener* listener);
  ~StageSwitch();
  StageSwitch(const StageSwitch&) = delete;
  StageSwitch& operator=(const StageSwitch&) = delete;

  GstElement* fork() const { return fork_; }  // pads sink, src_0, src_1
  GstElement* join() const { return join_; }  // pads sink_0, sink_1, src
  void configure(const StageSwitchSettings& settings);
  // A provider posted an error, or its `element` told the application of one. False: there is
  // nobody left to take over.
  bool fail(int provider, const std::string& cause, const std::string& element = {});

  // What was asked of the stage takes its time for good reason: it is not slow.
  void excuse();

  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
  GstElement* fork_;  // references of ours
  GstElement* join_;
};

}  // namespace agentbrain
