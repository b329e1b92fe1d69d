// Says a text in the agent's voice past the LLM stage: pushes it into the TTS stage from a thread
// of its own, because a TTS may take its time. The thread exists only once there was something to
// say.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "gstpp.hpp"

namespace agentbrain {

class Speaker {
 public:
  ~Speaker() { stop(); }
  Speaker() = default;
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // `tts_sink`: the sink pad of the TTS stage.
  void start(GstPad* tts_sink);
  // Joins; the pad must be inactive (or flushing) by then so that a blocked push returns.
  void stop();

  // Any thread, never blocks; beyond a few waiting texts new ones are dropped. `end_reply`: the
  // text is a whole reply, its VoiceReplyEnd follows.
  void say(const std::string& text, bool end_reply, guint turn_id, GstClockTime now);

  // Was this buffer made by say() without `end_reply`?
  static bool is_filler(GstBuffer* buffer);

 private:
  struct Saying {
    gstpp::BufferPtr text;
    gstpp::EventPtr end;
  };
  void run();
  void push(Saying saying);

  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<Saying> sayings_;
  bool running_ = false;
  std::thread thread_;
  gstpp::PadPtr pad_;
};

}  // namespace agentbrain
