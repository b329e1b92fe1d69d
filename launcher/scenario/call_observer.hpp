// Who wants to know what happens in the sessions: the terminal, the event file. Main thread.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "audio/audio_watch.hpp"
#include "records/core/call_events.hpp"

namespace jackfield {

struct SessionSummary {
  std::string id;
  std::string folder;  // "" when nothing was kept
  std::string reason;
  bool failed = false;
  bool was_running = false;  // the pipeline came to state PLAYING
  bool was_call = false;     // a call was connected, not only a socket
  GstClockTime duration = 0;
  std::vector<TurnLatency> turns;
  AudioCounts audio;
};

class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // A session of the line `line`.
  virtual void opened(const std::string& /*id*/, const std::string& /*line*/,
                      const std::string& /*folder*/) {}
  virtual void running(const std::string& /*id*/) {}
  // It is being ended, or ends by itself; its last messages may still come.
  virtual void ending(const std::string& /*id*/, const std::string& /*reason*/) {}
  virtual void message(const std::string& /*id*/, const GstStructure& /*message*/,
                       const std::optional<CallEvent>& /*event*/, GstClockTime /*now*/) {}
  virtual void warning(const std::string& /*id*/, const std::string& /*text*/) {}
  virtual void error(const std::string& /*id*/, const std::string& /*text*/) {}
  virtual void closed(const SessionSummary& /*summary*/) {}
};

}  // namespace jackfield
