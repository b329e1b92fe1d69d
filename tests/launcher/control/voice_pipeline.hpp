// A pipeline source ! tee ! sink whose source and sink look like those of a call: the test pushes
// buffers and reads what comes out.
#pragma once

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::test {

using Bytes = std::vector<std::uint8_t>;

// Elements "testvoicesrc" (Source/Audio) and "testvoicesink" (Sink/Audio). Call it once a process.
void register_voice_elements();

class VoicePipeline {
 public:
  // `between`: elements between the two, each with " ! " behind it.
  explicit VoicePipeline(const std::string& between = "") {
    register_voice_elements();
    const std::string text = "testvoicesrc name=in ! " + between + "testvoicesink name=out";
    gstpp::ErrorPtr error;
    GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
    EXPECT_FALSE(error) << error->message;
    pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(raw)));
    const gstpp::ElementPtr source{gst_bin_get_by_name(GST_BIN(raw), "in")};
    const gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(raw), "out")};
    source_.reset(gst_element_get_static_pad(source.get(), "src"));
    sink_.reset(gst_element_get_static_pad(sink.get(), "sink"));
    gst_element_set_state(raw, GST_STATE_PLAYING);
  }
  ~VoicePipeline() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  GstElement* pipeline() { return pipeline_.get(); }
  GstPad* source() { return source_.get(); }
  GstPad* sink() { return sink_.get(); }

  void begin(const std::string& caps_text) {
    gst_pad_push_event(source(), gst_event_new_stream_start("voice"));
    set_caps(caps_text);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(source(), gst_event_new_segment(&segment));
  }
  void set_caps(const std::string& text) {
    const gstpp::CapsPtr caps{gst_caps_from_string(text.c_str())};
    gst_pad_push_event(source(), gst_event_new_caps(caps.get()));
  }
  // Buffers of `duration` each, one behind the other.
  gstpp::BufferPtr buffer(const Bytes& bytes, GstClockTime duration = 20 * GST_MSECOND) {
    gstpp::BufferPtr made{gst_buffer_new_allocate(nullptr, bytes.size(), nullptr)};
    gst_buffer_fill(made.get(), 0, bytes.data(), bytes.size());
    GST_BUFFER_PTS(made.get()) = at;
    GST_BUFFER_DURATION(made.get()) = duration;
    at += duration;
    return made;
  }
  // What comes out of it.
  Bytes push(const Bytes& bytes) {
    gst_pad_push(source(), buffer(bytes).release());
    return taken();
  }
  // What came out since the last time.
  Bytes taken();

  static int probes(GstPad* pad) {
    const gstpp::ObjectLock lock(pad);
    return pad->num_probes;
  }

  GstClockTime at = 0;

 private:
  gstpp::ElementPtr pipeline_;
  gstpp::PadPtr source_, sink_;
};

}  // namespace jackfield::test
