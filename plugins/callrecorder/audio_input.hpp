// Turns the buffers of one pad into 16-bit mono samples at the recording's rate: mu-law by a table,
// everything else by GStreamer's audio converter, and nothing at all when it is that already.
// One thread: the pad's streaming thread.
#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "gstpp.hpp"

namespace callrecorder {

class AudioInput {
 public:
  // False: not audio that can be recorded. Forgets what was in the resampler.
  bool set_caps(const GstCaps* caps);
  void set_output_rate(int rate);
  bool ready() const { return rate_ > 0 && output_rate_ > 0; }
  int rate() const { return rate_; }
  int output_rate() const { return output_rate_; }
  // Frames (samples of one channel) that a buffer holds; trailing bytes of a part are left out.
  size_t frames_in(GstBuffer* buffer) const;

  struct Block {
    std::span<const int16_t> samples;  // valid until the next call
    int64_t delay = 0;  // ns; the first sample is this much earlier than the buffer's time
  };
  Block convert(GstBuffer* buffer);
  // What the resampler still holds; then it starts anew. Call it where the stream is interrupted.
  Block drain();

 private:
  struct ConverterFree {
    void operator()(GstAudioConverter* c) const noexcept { gst_audio_converter_free(c); }
  };
  void make_converter();
  Block run_converter(gpointer in, size_t frames);

  GstAudioInfo info_{};
  bool mulaw_ = false;
  int rate_ = 0;
  int output_rate_ = 0;
  std::unique_ptr<GstAudioConverter, ConverterFree> converter_;  // absent when none is needed
  std::vector<int16_t> linear_;
  std::vector<int16_t> out_;
  uint64_t frames_taken_ = 0;  // by the converter since it started, at rate_
  uint64_t frames_given_ = 0;  // and what it gave, at output_rate_
};

}  // namespace callrecorder
