// Sentences that are spoken when the service cannot: by a TTS of this machine, prepared when a call
// begins, and once for all calls of a process.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "realtime_messages.hpp"

namespace openai::realtime {

class Announcement {
 public:
  enum class State { kPending, kReady, kFailed };

  // The sentence `text` by the bin description `tts` (text/x-raw -> audio/x-raw), in `format`. The
  // first who asks has it made, in a thread of GStreamer's pool; `element` lives as long. The
  // result is kept for the next.
  static std::shared_ptr<Announcement> get(GstElement* element, const std::string& tts,
                                           const std::string& text, AudioFormat format);

  State state() const;
  // Once ready, they do not change.
  const std::vector<uint8_t>& audio() const { return audio_; }
  const std::string& text() const { return text_; }
  std::string error() const;  // why it failed

 private:
  Announcement(std::string tts, std::string text, AudioFormat format)
      : tts_(std::move(tts)), text_(std::move(text)), format_(format) {}
  void make(GstElement* element);
  std::string speak();  // "", or what went wrong

  const std::string tts_, text_;
  const AudioFormat format_;
  std::vector<uint8_t> audio_;
  mutable std::mutex lock_;
  State state_ = State::kPending;
  std::string error_;
};

}  // namespace openai::realtime
