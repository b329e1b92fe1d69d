// The bin: caller, agent (or mix) → call timeline → (opusenc → oggmux →) recording file.
//
// Going to READY ends the recording before the elements inside stop, so that all audio accepted is
// in the file, also without EOS. The EOS that closes the file then is not a message of the call.
//
// Threads: properties under the OBJECT_LOCK; state changes as usual; no lock is held while posting.

#include "gstcallrecorder.h"

#include <atomic>
#include <string>

#include "gstcalltimeline.h"
#include "gstpp.hpp"
#include "gstrecordingfile.h"
#include "param_flags.hpp"

GST_DEBUG_CATEGORY(callrecorder_debug);
#define GST_CAT_DEFAULT callrecorder_debug

#define CALL_RECORDER_SINK_CAPS                                  \
  "audio/x-raw, format=" GST_AUDIO_FORMATS_ALL                   \
  ", layout=interleaved, rate=[4000, 192000], channels=[1, 2]; " \
  "audio/x-mulaw, rate=[4000, 192000], channels=1"

GstStaticPadTemplate gst_call_recorder_caller_template = GST_STATIC_PAD_TEMPLATE(
    "caller", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(CALL_RECORDER_SINK_CAPS));
GstStaticPadTemplate gst_call_recorder_agent_template = GST_STATIC_PAD_TEMPLATE(
    "agent", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(CALL_RECORDER_SINK_CAPS));
GstStaticPadTemplate gst_call_recorder_mix_template = GST_STATIC_PAD_TEMPLATE(
    "mix", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(CALL_RECORDER_SINK_CAPS));

namespace {

enum class Format { kWav, kOgg };

GType format_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Format::kWav), "WAV, 16-bit PCM (RF64 past 4 GiB)", "wav"},
      {static_cast<int>(Format::kOgg), "Opus in Ogg", "ogg"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstCallRecorderFormat", values);
  return type;
}

enum Property {
  kPropNone,
  kPropLocation,
  kPropFormat,
  kPropOverwrite,
  kPropRate,
  kPropBitrate,
  kPropHold,
  kPropJitterTolerance,
  kPropWaiting,
  kPropStats,
  kPropCount
};
GParamSpec* properties[kPropCount];

constexpr guint64 kDefaultHold = 1500 * GST_MSECOND;
constexpr guint64 kDefaultJitterTolerance = 10 * GST_MSECOND;
constexpr gint kDefaultBitrate = 48000;
constexpr gint kMinRate = 4000;
constexpr gint kMaxRate = 192000;

struct Settings {
  std::string location;
  Format format = Format::kWav;
  bool overwrite = false;
  int rate = 0;
  int bitrate = kDefaultBitrate;
  guint64 hold = kDefaultHold;
  guint64 jitter_tolerance = kDefaultJitterTolerance;
  bool waiting = false;
};

struct State {
  Settings settings;  // guarded by the OBJECT_LOCK
  GstCallTimeline* timeline = nullptr;
  GstRecordingFile* file = nullptr;
  gstpp::ElementPtr encoder, muxer;  // Ogg only, from READY on
  std::atomic<bool> stopping{false};
};

}  // namespace

struct _GstCallRecorder {
  GstBin parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstCallRecorder, gst_call_recorder, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(callrecorder, "callrecorder", GST_RANK_NONE, GST_TYPE_CALL_RECORDER)

namespace {

Settings settings_of(GstCallRecorder* self) {
  gstpp::ObjectLock lock(self);
  return self->state->settings;
}

GstStructure* make_stats(GstCallRecorder* self) {
  const GstCallTimelineStats t = gst_call_timeline_stats(self->state->timeline);
  const GstRecordingFileStats f = gst_recording_file_stats(self->state->file);
  return gst_structure_new(
      "application/x-callrecorder-stats", "start", G_TYPE_UINT64, t.start, "recorded",
      G_TYPE_UINT64, t.recorded, "rate", G_TYPE_INT, t.rate, "late-samples", G_TYPE_UINT64, t.late,
      "overrun-samples", G_TYPE_UINT64, t.overrun, "discarded-samples", G_TYPE_UINT64, t.discarded,
      "unconfirmed-samples", G_TYPE_UINT64, t.unconfirmed, "corrected-samples", G_TYPE_UINT64,
      t.corrected, "gaps", G_TYPE_UINT64, t.gaps, "bytes-written", G_TYPE_UINT64, f.bytes_written,
      "longest-write", G_TYPE_UINT64, f.longest_write, "failed", G_TYPE_BOOLEAN,
      static_cast<gboolean>(f.failed), nullptr);
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  auto* self = GST_CALL_RECORDER(object);
  gstpp::guarded(self, 0, [&] {
    if (id == kPropWaiting)  // has a lock of its own
      gst_call_timeline_set_waiting(self->state->timeline, g_value_get_boolean(value) != FALSE);
    gstpp::ObjectLock lock(self);
    Settings& s = self->state->settings;
    switch (id) {
      case kPropLocation: {
        const gchar* text = g_value_get_string(value);
        s.location = text ? text : "";
        break;
      }
      case kPropFormat:
        s.format = static_cast<Format>(g_value_get_enum(value));
        break;
      case kPropOverwrite:
        s.overwrite = g_value_get_boolean(value) != FALSE;
        break;
      case kPropRate:
        s.rate = g_value_get_int(value);
        break;
      case kPropBitrate:
        s.bitrate = g_value_get_int(value);
        break;
      case kPropHold:
        s.hold = g_value_get_uint64(value);
        break;
      case kPropJitterTolerance:
        s.jitter_tolerance = g_value_get_uint64(value);
        break;
      case kPropWaiting:
        s.waiting = g_value_get_boolean(value) != FALSE;
        break;
      default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    return 0;
  });
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  auto* self = GST_CALL_RECORDER(object);
  gstpp::guarded(self, 0, [&] {
    const Settings s = settings_of(self);
    switch (id) {
      case kPropLocation:
        g_value_set_string(value, s.location.empty() ? nullptr : s.location.c_str());
        break;
      case kPropFormat:
        g_value_set_enum(value, static_cast<int>(s.format));
        break;
      case kPropOverwrite:
        g_value_set_boolean(value, s.overwrite);
        break;
      case kPropRate:
        g_value_set_int(value, s.rate);
        break;
      case kPropBitrate:
        g_value_set_int(value, s.bitrate);
        break;
      case kPropHold:
        g_value_set_uint64(value, s.hold);
        break;
      case kPropJitterTolerance:
        g_value_set_uint64(value, s.jitter_tolerance);
        break;
      case kPropWaiting:
        g_value_set_boolean(value, s.waiting);
        break;
      case kPropStats:
        g_value_take_boxed(value, make_stats(self));
        break;
      default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    return 0;
  });
}

// ---- pads ----

constexpr const char* kMixed =
    "A recording is either of a call, by the pads \"caller\" and \"agent\", or of a mix, by the pad "
    "\"mix\": it cannot have both.";

bool has_pad(GstCallRecorder* self, const char* name) {
  return gstpp::PadPtr{gst_element_get_static_pad(GST_ELEMENT(self), name)} != nullptr;
}

// Is there a pad that must not be beside this one?
bool excluded(GstCallRecorder* self, const gchar* name) {
  return g_str_equal(name, "mix") ? has_pad(self, "caller") || has_pad(self, "agent")
                                  : has_pad(self, "mix");
}

bool connect(GstCallRecorder* self, GstPad* ghost) {
  const gstpp::CharPtr name{gst_pad_get_name(ghost)};
  const gstpp::PadPtr inner{
      gst_element_request_pad_simple(GST_ELEMENT(self->state->timeline), name.get())};
  return inner && gst_ghost_pad_set_target(GST_GHOST_PAD(ghost), inner.get());
}

// Pads that were requested beside one that excludes them; false when it still does.
bool connect_pads(GstCallRecorder* self) {
  for (const char* name : {"caller", "agent", "mix"}) {
    const gstpp::PadPtr pad{gst_element_get_static_pad(GST_ELEMENT(self), name)};
    if (!pad) continue;
    if (excluded(self, name)) {
      GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, (kMixed), (nullptr));
      return false;
    }
    const gstpp::PadPtr inner{gst_ghost_pad_get_target(GST_GHOST_PAD(pad.get()))};
    if (!inner && !connect(self, pad.get())) return false;
  }
  return true;
}

GstPad* request_new_pad(GstElement* element, GstPadTemplate* pad_template, const gchar*,
                        const GstCaps*) {
  auto* self = GST_CALL_RECORDER(element);
  const gchar* name = GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template);
  if (has_pad(self, name)) {
    GST_WARNING_OBJECT(self, "there is only one pad \"%s\"", name);
    return nullptr;
  }
  const bool alone = !excluded(self, name);
  // Told on the way to READY, when somebody listens.
  if (!alone && GST_STATE(self) > GST_STATE_READY) {
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS, (kMixed), (nullptr));
    return nullptr;
  }
  GstPad* ghost = gst_ghost_pad_new_no_target_from_template(name, pad_template);
  if (alone && !connect(self, ghost)) {
    gst_object_unref(gst_object_ref_sink(ghost));
    return nullptr;
  }
  gst_pad_set_active(ghost, TRUE);
  gst_element_add_pad(element, ghost);
  return ghost;
}

void release_pad(GstElement* element, GstPad* pad) {
  auto* self = GST_CALL_RECORDER(element);
  gstpp::PadPtr inner{gst_ghost_pad_get_target(GST_GHOST_PAD(pad))};
  gst_pad_set_active(pad, FALSE);
  gst_ghost_pad_set_target(GST_GHOST_PAD(pad), nullptr);
  if (inner) gst_element_release_request_pad(GST_ELEMENT(self->state->timeline), inner.get());
  gst_element_remove_pad(element, pad);
}

// ---- states ----

// NULL → READY: the chain behind the timeline.
bool build(GstCallRecorder* self) {
  State& state = *self->state;
  if (!connect_pads(self)) return false;
  const Settings s = settings_of(self);
  if (s.rate != 0 && s.rate < kMinRate) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("rate=%d cannot be recorded; use 0 (that of the input) or %d to %d Hz.",
                       s.rate, kMinRate, kMaxRate),
                      (nullptr));
    return false;
  }
  const bool ogg = s.format == Format::kOgg;
  gst_call_timeline_configure(
      state.timeline,
      {.rate = s.rate, .opus_rates = ogg, .hold = s.hold, .jitter_tolerance = s.jitter_tolerance},
      GST_ELEMENT(self));
  gst_recording_file_configure(
      state.file, {.location = s.location.c_str(), .overwrite = s.overwrite, .wav = !ogg},
      GST_ELEMENT(self));
  auto* timeline = GST_ELEMENT(state.timeline);
  auto* file = GST_ELEMENT(state.file);
  if (!ogg) return gst_element_link(timeline, file);

  state.encoder = gstpp::make_element("opusenc", "encoder");
  state.muxer = gstpp::make_element("oggmux", "muxer");
  if (!state.encoder || !state.muxer) {
    GST_ELEMENT_ERROR(self, CORE, MISSING_PLUGIN,
                      ("format=ogg needs the elements opusenc and oggmux: install the package "
                       "gstreamer1.0-plugins-base, or use format=wav."),
                      (nullptr));
    return false;
  }
  // Variable rate: a silent side costs next to nothing. Complexity 5 is indistinguishable from 10
  // for telephone speech and takes half the time.
  g_object_set(state.encoder.get(), "bitrate", s.bitrate, "complexity", 5, nullptr);
  gst_util_set_object_arg(G_OBJECT(state.encoder.get()), "bitrate-type", "vbr");
  // A kill loses at most the running page.
  g_object_set(state.muxer.get(), "max-delay", guint64{500 * GST_MSECOND}, "max-page-delay",
               guint64{500 * GST_MSECOND}, nullptr);
  gst_bin_add_many(GST_BIN(self), state.encoder.get(), state.muxer.get(), nullptr);
  return gst_element_link_many(timeline, state.encoder.get(), state.muxer.get(), file, nullptr);
}

void take_down(GstCallRecorder* self) {
  State& state = *self->state;
  gst_element_unlink(GST_ELEMENT(state.timeline), GST_ELEMENT(state.file));
  for (gstpp::ElementPtr* element : {&state.encoder, &state.muxer}) {
    if (!*element) continue;
    gst_element_set_state(element->get(), GST_STATE_NULL);
    if (GST_OBJECT_PARENT(element->get())) gst_bin_remove(GST_BIN(self), element->get());
    element->reset();
  }
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = GST_CALL_RECORDER(element);
  State& state = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return build(self); })) {
      take_down(self);
      return GST_STATE_CHANGE_FAILURE;
    }
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    state.stopping = true;
    gst_call_timeline_finish(state.timeline);
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_call_recorder_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) state.stopping = false;
  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY && result == GST_STATE_CHANGE_FAILURE)) {
    take_down(self);
  }
  return result;
}

void handle_message(GstBin* bin, GstMessage* message) {
  auto* self = GST_CALL_RECORDER(bin);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS &&
      GST_MESSAGE_SRC(message) == GST_OBJECT(self->state->file)) {
    const GstCallTimelineStats t = gst_call_timeline_stats(self->state->timeline);
    const std::string location = settings_of(self).location;
    gst_element_post_message(
        GST_ELEMENT(self),
        gst_message_new_element(
            GST_OBJECT(self), gst_structure_new("callrecorder/finished", "location", G_TYPE_STRING,
                                                location.c_str(), "start", G_TYPE_UINT64, t.start,
                                                "duration", G_TYPE_UINT64, t.recorded, nullptr)));
    if (self->state->stopping) {
      gst_message_unref(message);
      return;
    }
  }
  GST_BIN_CLASS(gst_call_recorder_parent_class)->handle_message(bin, message);
}

void finalize(GObject* object) {
  delete GST_CALL_RECORDER(object)->state;
  G_OBJECT_CLASS(gst_call_recorder_parent_class)->finalize(object);
}

void install_properties(GObjectClass* klass) {
  using jackfield::kReadOnly;
  using jackfield::kReadWriteReady;
  properties[kPropLocation] = g_param_spec_string(
      "location", "File location",
      "File to write; missing folders are created. An existing file is an error unless "
      "overwrite=true",
      nullptr, kReadWriteReady);
  properties[kPropFormat] =
      g_param_spec_enum("format", "File format", "What to write into the file", format_type(),
                        static_cast<int>(Format::kWav), kReadWriteReady);
  properties[kPropOverwrite] = g_param_spec_boolean(
      "overwrite", "Overwrite", "Replace the file when it exists", FALSE, kReadWriteReady);
  properties[kPropRate] = g_param_spec_int(
      "rate", "Sample rate",
      "Sample rate of the file in Hz; 0: that of the first pad that has caps. Ogg takes the next "
      "rate of Opus: 8000, 12000, 16000, 24000 or 48000",
      0, kMaxRate, 0, kReadWriteReady);
  properties[kPropBitrate] = g_param_spec_int(
      "bitrate", "Bit rate",
      "Mean bit rate of Ogg Opus for both sides together (or for the mix), in bit/s. Below 32000 the "
      "encoder would mix the sides",
      32000, 510000, kDefaultBitrate, kReadWriteReady);
  properties[kPropHold] = g_param_spec_uint64(
      "hold", "Hold",
      "How long audio is kept before it is written, in ns: the time in which an interruption can "
      "still take the agent's audio back. A latency of the pipeline is added",
      100 * GST_MSECOND, 10 * GST_SECOND, kDefaultHold, kReadWriteReady);
  properties[kPropJitterTolerance] = g_param_spec_uint64(
      "jitter-tolerance", "Jitter tolerance",
      "A timestamp that is this close to the end of the audio before it continues it without a "
      "seam, in ns; a larger difference is a gap. Use half a frame",
      0, 500 * GST_MSECOND, kDefaultJitterTolerance, kReadWriteReady);
  properties[kPropWaiting] = g_param_spec_boolean(
      "waiting", "Waiting",
      "Write nothing yet. The file begins when this becomes false, with what came up to hold "
      "before; a file that has begun goes on",
      FALSE, jackfield::kReadWritePlaying);
  properties[kPropStats] = g_param_spec_boxed(
      "stats", "Statistics",
      "start (running time of the first frame, ns), recorded (ns), rate (Hz), late-samples, "
      "overrun-samples, discarded-samples, unconfirmed-samples, corrected-samples, gaps, "
      "bytes-written, longest-write (ns), failed",
      GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(klass, kPropCount, properties);
}

}  // namespace

static void gst_call_recorder_class_init(GstCallRecorderClass* klass) {
  GST_DEBUG_CATEGORY_INIT(callrecorder_debug, "callrecorder", 0, "call recorder");
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties(object_class);
  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = change_state;
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  GST_BIN_CLASS(klass)->handle_message = handle_message;
  gst_element_class_set_static_metadata(
      element_class, "Call recorder", "Sink/File/Audio",
      "Records a call into one stereo file: caller left, agent right, as they were heard; or a "
      "mix into one channel",
      "Jackfield");
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_caller_template);
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_agent_template);
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_mix_template);
  gst_type_mark_as_plugin_api(format_type(), static_cast<GstPluginAPIFlags>(0));
}

static void gst_call_recorder_init(GstCallRecorder* self) {
  self->state = new State;
  State& state = *self->state;
  state.timeline =
      GST_CALL_TIMELINE(g_object_new(GST_TYPE_CALL_TIMELINE, "name", "timeline", nullptr));
  state.file = GST_RECORDING_FILE(g_object_new(GST_TYPE_RECORDING_FILE, "name", "file", nullptr));
  gst_bin_add_many(GST_BIN(self), GST_ELEMENT(state.timeline), GST_ELEMENT(state.file), nullptr);
}
