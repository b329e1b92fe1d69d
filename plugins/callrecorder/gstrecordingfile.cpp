// A plain GstElement and not a GstBaseSink: in PAUSED that one waits in its chain function, and a
// recorder that is shut down from PAUSED would wait for it for ever.
//
// The chain runs in the timeline's writer thread, so a slow disk holds up nothing but that thread.
// Once writing fails, the element posts one WARNING, swallows the rest and returns OK: the call
// goes on.

#include "gstrecordingfile.h"

#include <mutex>

#include "gstpp.hpp"
#include "recording_file.hpp"

GST_DEBUG_CATEGORY_EXTERN(callrecorder_debug);
#define GST_CAT_DEFAULT callrecorder_debug

namespace {

constexpr gint64 kRefreshMicroseconds = G_USEC_PER_SEC;

struct State {
  callrecorder::RecordingFile::Config config;  // changed in NULL and READY only
  GstElement* reporter = nullptr;
  callrecorder::RecordingFile file;  // writer thread; state changes while that does not run
  gint64 next_refresh = 0;           // g_get_monotonic_time(), writer thread
  std::mutex lock;
  GstRecordingFileStats stats;  // guarded by lock
};

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-raw, format=S16LE, channels=[1, 2], "
                                            "rate=[1, MAX]; audio/ogg; application/ogg"));

}  // namespace

struct _GstRecordingFile {
  GstElement parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstRecordingFile, gst_recording_file, GST_TYPE_ELEMENT)

namespace {

void report_failure(GstRecordingFile* self, const std::string& problem) {
  State& state = *self->state;
  {
    std::lock_guard guard(state.lock);
    state.stats.failed = true;
  }
  GST_ELEMENT_WARNING(state.reporter, RESOURCE, WRITE,
                      ("The recording ends here; the call goes on: %s.", problem.c_str()),
                      (nullptr));
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_RECORDING_FILE(parent);
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    State& state = *self->state;
    if (!state.file.is_open()) return GST_FLOW_OK;
    const gint64 before = g_get_monotonic_time();
    std::string problem;
    {
      gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
      if (map) problem = state.file.append({map.data(), map.size()});
    }
    if (problem.empty() && before >= state.next_refresh) {
      problem = state.file.refresh();
      state.next_refresh = before + kRefreshMicroseconds;
    }
    const auto took = static_cast<GstClockTime>(g_get_monotonic_time() - before) * GST_USECOND;
    {
      std::lock_guard guard(state.lock);
      state.stats.bytes_written = state.file.data_bytes();
      state.stats.longest_write = std::max(state.stats.longest_write, took);
    }
    if (!problem.empty()) report_failure(self, problem);
    return GST_FLOW_OK;
  });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = GST_RECORDING_FILE(parent);
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    State& state = *self->state;
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      const GstStructure* format = gst_caps_get_structure(caps, 0);
      gint rate = 0;
      gint channels = 2;
      gst_structure_get_int(format, "channels", &channels);
      if (gst_structure_get_int(format, "rate", &rate)) {
        state.file.set_format(static_cast<uint32_t>(rate), static_cast<uint16_t>(channels));
      }
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
      if (const std::string problem = state.file.close(); !problem.empty()) {
        report_failure(self, problem);
      }
      GstMessage* eos = gst_message_new_eos(GST_OBJECT(self));
      gst_message_set_seqnum(eos, gst_event_get_seqnum(event));
      gst_element_post_message(GST_ELEMENT(self), eos);
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = GST_RECORDING_FILE(element);
  State& state = *self->state;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    const bool opened = gstpp::guarded(element, false, [&] {
      {
        std::lock_guard guard(state.lock);
        state.stats = {};
      }
      state.next_refresh = 0;
      const std::string problem = state.file.open(state.config);
      if (problem.empty()) return true;
      GST_ELEMENT_ERROR(state.reporter, RESOURCE, OPEN_WRITE,
                        ("The call cannot be recorded: %s.", problem.c_str()), (nullptr));
      return false;
    });
    if (!opened) return GST_STATE_CHANGE_FAILURE;
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_recording_file_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gstpp::guarded(element, 0, [&] {
      if (const std::string problem = state.file.close(); !problem.empty()) {
        report_failure(self, problem);
      }
      return 0;
    });
  }
  return result;
}

void finalize(GObject* object) {
  delete GST_RECORDING_FILE(object)->state;
  G_OBJECT_CLASS(gst_recording_file_parent_class)->finalize(object);
}

}  // namespace

static void gst_recording_file_class_init(GstRecordingFileClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = change_state;
  gst_element_class_set_static_metadata(element_class, "Recording file", "Sink/File",
                                        "Writes the file of a call recording (private element)",
                                        "Jackfield");
  gst_element_class_add_static_pad_template(element_class, &sink_template);
}

static void gst_recording_file_init(GstRecordingFile* self) {
  self->state = new State;
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
  GstPad* pad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(pad, chain);
  gst_pad_set_event_function(pad, sink_event);
  gst_element_add_pad(GST_ELEMENT(self), pad);
}

void gst_recording_file_configure(GstRecordingFile* self, const GstRecordingFileSettings& settings,
                                  GstElement* reporter) {
  self->state->config = {.path = settings.location ? settings.location : "",
                         .overwrite = settings.overwrite,
                         .wav_header = settings.wav};
  self->state->reporter = reporter;
}

GstRecordingFileStats gst_recording_file_stats(GstRecordingFile* self) {
  std::lock_guard guard(self->state->lock);
  return self->state->stats;
}
