// A callrecorder in a pipeline with a test clock, two pads that feed it, and a strict reader of the
// file it writes.
#pragma once

#include <gst/check/gsttestclock.h>
#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace recorder_bench {

constexpr const char* kS16 = "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=";

struct Recording {
  std::string problem;  // empty: the file is a sound WAV file
  uint32_t rate = 0;
  std::vector<int16_t> caller, agent;
  std::vector<int16_t> mix;  // of a file of one channel, in place of both
};
// Refuses headers whose sizes do not fit the file. `exact`: nothing may lie behind the data.
Recording read_recording(const std::string& path, bool exact = true);
// Decodes an Ogg Opus file at 8 kHz.
Recording decode_ogg(const std::string& path);

std::vector<int16_t> tone(size_t samples, double hz, int rate, double amplitude = 8000.0);
int largest_step(const std::vector<int16_t>& samples);

// A folder of its own, removed with what it holds.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const std::string& name) const { return path_ + G_DIR_SEPARATOR_S + name; }

 private:
  std::string path_;
};

class RecorderBench {
 public:
  // `properties` is the middle of a gst-launch line.
  explicit RecorderBench(const std::string& properties, bool live = true);
  ~RecorderBench();

  GstElement* recorder() { return recorder_.get(); }
  GstStateChangeReturn set_state(GstState state);
  // Requests the pad and links a source to it, with stream-start, caps and a time segment.
  GstPad* add(const char* side, const std::string& caps);
  void remove(const char* side);

  void set_time(GstClockTime running_time);
  GstFlowReturn push(GstPad* pad, GstClockTime at, const std::vector<int16_t>& samples);
  GstFlowReturn push_bytes(GstPad* pad, GstClockTime at, const std::vector<uint8_t>& bytes);
  // `samples` in frames of 20 ms, the first at `at`; the clock goes along.
  void speak(GstPad* pad, GstClockTime at, const std::vector<int16_t>& samples, int rate);
  void eos(GstPad* pad);

  // Waits up to 20 s for the message; absent: it did not come (or an ERROR came first).
  gstpp::MessagePtr wait_for(GstMessageType type);
  std::string wait_for_problem(GstMessageType type);  // its text
  bool has_message(GstMessageType type);
  guint64 stat(const char* field);
  bool wait_for_stat(const char* field, guint64 at_least);

 private:
  struct Feed {
    gstpp::PadPtr src, sink;
  };
  gstpp::ElementPtr pipeline_, recorder_;
  gstpp::ObjectPtr<GstClock> clock_;
  bool live_;
  std::vector<Feed> feeds_;
};

}  // namespace recorder_bench
