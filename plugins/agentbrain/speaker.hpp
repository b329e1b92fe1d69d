// Says a text in the agent's voice past the LLM stage: pushes it into the TTS stage from a thread
// of its own, because a TTS may take its time. The thread exists only once there was something to
// say.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gstpp.hpp"
#include "turn_events.hpp"

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

  // Any thread, never blocks; beyond a few waiting texts new ones are dropped. With `end` the text
  // is a whole reply, which this event ends.
  void say(const std::string& text, const std::optional<jackfield::ReplyEnd>& end,
           GstClockTime now);

  // Forgets what waits and does not repeat what is being flushed.
  void cancel();

  // Was this buffer made by say() without `end`?
  static bool is_filler(GstBuffer* buffer);
  // True once for each text of say(), which may reach the stage again when a flush ended; always
  // true for other buffers.
  static bool is_new(GstBuffer* buffer);

 private:
  struct Saying {
    gstpp::BufferPtr text;
    gstpp::EventPtr end;
    guint generation = 0;
  };
  void run();
  void push(const Saying& saying);
  bool wait_to_repeat(guint generation);

  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<Saying> sayings_;
  bool running_ = false;
  guint generation_ = 0;
  std::thread thread_;
  gstpp::PadPtr pad_;
};

}  // namespace agentbrain
