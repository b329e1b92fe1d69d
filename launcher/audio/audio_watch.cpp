#include "audio/audio_watch.hpp"

#include <mutex>

#include "audio/core/capture_loss.hpp"
#include "audio/core/playback_gaps.hpp"

namespace jackfield {
namespace {

bool is_a(GstElement* element, const char* type_name) {
  // The type is registered by the first plugin that needs it, that is before any such element.
  const GType type = g_type_from_name(type_name);
  return type != 0 && G_TYPE_CHECK_INSTANCE_TYPE(element, type);
}

// Holes that agentbrain made itself because its TTS was late, or the whole process: they are no
// late buffers, their timestamps are moved.
std::uint64_t reply_underruns(GstElement* element) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "stats");
  if (!spec || spec->value_type != GST_TYPE_STRUCTURE) return 0;
  GstStructure* raw = nullptr;
  g_object_get(element, "stats", &raw, nullptr);
  const gstpp::StructurePtr stats{raw};
  return stats ? gstpp::get_uint64(stats.get(), "reply-underruns", 0) : 0;
}

template <typename F>
void for_each_element(GstElement* bin, F&& visit) {
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(bin));
  GValue item = G_VALUE_INIT;
  for (;;) {
    const GstIteratorResult result = gst_iterator_next(it, &item);
    if (result == GST_ITERATOR_RESYNC) {
      gst_iterator_resync(it);
      continue;
    }
    if (result != GST_ITERATOR_OK) break;
    visit(GST_ELEMENT(g_value_get_object(&item)));
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
}

}  // namespace

void AudioCounts::add(const AudioCounts& other) {
  has_capture = has_capture || other.has_capture;
  has_playback = has_playback || other.has_playback;
  overruns += other.overruns;
  lost += other.lost;
  underruns += other.underruns;
  missing += other.missing;
}

struct AudioWatch::Shared {
  mutable std::mutex lock;
  AudioCounts counts;  // guarded by lock
};

namespace {

using SharedLock = std::lock_guard<std::mutex>;

// One device. Its streaming thread owns all of it but the counts.
template <typename Shared>
struct Device {
  std::shared_ptr<Shared> shared;
  GstElement* element;  // owns the pad and so this
  CaptureLoss loss;
  PlaybackGaps gaps;
  GstSegment segment;
  int rate = 0;  // Hz
  GstClockTime latency = 0;
  std::mutex latency_lock;  // LATENCY comes from the application's thread
};

void take_caps(GstEvent* event, int& rate) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate);
}

template <typename Shared>
GstPadProbeReturn on_captured(GstPad*, GstPadProbeInfo* info, gpointer user) {
  auto& device = *static_cast<Device<Shared>*>(user);
  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    take_caps(GST_PAD_PROBE_INFO_EVENT(info), device.rate);
    return GST_PAD_PROBE_OK;
  }
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  // The count of samples, not the timestamps: those are corrected for drift.
  const guint64 first = GST_BUFFER_OFFSET(buffer), end = GST_BUFFER_OFFSET_END(buffer);
  if (device.rate <= 0 || first == GST_BUFFER_OFFSET_NONE || end == GST_BUFFER_OFFSET_NONE ||
      end <= first)
    return GST_PAD_PROBE_OK;
  const auto time_of = [&](guint64 samples) {
    return static_cast<std::int64_t>(
        gst_util_uint64_scale(samples, GST_SECOND, static_cast<guint64>(device.rate)));
  };
  const std::int64_t lost = device.loss.add(time_of(first), time_of(end) - time_of(first),
                                            g_get_monotonic_time() * std::int64_t{1000});
  if (lost > 0) {
    SharedLock guard(device.shared->lock);
    ++device.shared->counts.overruns;
    device.shared->counts.lost += static_cast<std::uint64_t>(lost);
  }
  return GST_PAD_PROBE_OK;
}

template <typename Shared>
void on_played(Device<Shared>& device, GstBuffer* buffer) {
  if (!GST_BUFFER_PTS_IS_VALID(buffer) || device.segment.format != GST_FORMAT_TIME) return;
  const guint64 at =
      gst_segment_to_running_time(&device.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  const GstClockTime now = gstpp::running_time(device.element);
  if (at == GST_CLOCK_TIME_NONE || now == GST_CLOCK_TIME_NONE ||
      GST_STATE(device.element) != GST_STATE_PLAYING)
    return;
  GstClockTime latency = 0;
  {
    std::lock_guard guard(device.latency_lock);
    latency = device.latency;
  }
  const GstClockTime duration = GST_BUFFER_DURATION(buffer);
  const std::int64_t gap =
      device.gaps.add(static_cast<std::int64_t>(at + latency),
                      GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<std::int64_t>(duration) : 0,
                      static_cast<std::int64_t>(now));
  if (gap <= 0) return;
  SharedLock guard(device.shared->lock);
  ++device.shared->counts.underruns;
  device.shared->counts.missing += static_cast<std::uint64_t>(gap);
}

template <typename Shared>
GstPadProbeReturn on_playback(GstPad*, GstPadProbeInfo* info, gpointer user) {
  auto& device = *static_cast<Device<Shared>*>(user);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    on_played(device, GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &device.segment);
      break;
    case GST_EVENT_FLUSH_STOP:
      device.gaps.reset();
      break;
    case GST_EVENT_LATENCY: {
      std::lock_guard guard(device.latency_lock);
      gst_event_parse_latency(event, &device.latency);
      break;
    }
    default:
      break;
  }
  return GST_PAD_PROBE_OK;
}

template <typename Shared>
void add_probe(const std::shared_ptr<Shared>& shared, GstElement* element, const char* pad_name,
               int type, GstPadProbeCallback callback) {
  const gstpp::PadPtr pad{gst_element_get_static_pad(element, pad_name)};
  if (!pad) return;
  auto* device = new Device<Shared>;
  device->shared = shared;
  device->element = element;
  gst_segment_init(&device->segment, GST_FORMAT_UNDEFINED);
  gst_pad_add_probe(pad.get(), static_cast<GstPadProbeType>(type), callback, device,
                    [](gpointer user) { delete static_cast<Device<Shared>*>(user); });
}

}  // namespace

void AudioWatch::attach(const std::shared_ptr<Shared>& shared, GstElement* element) {
  if (is_a(element, "GstAudioBaseSrc")) {
    {
      SharedLock guard(shared->lock);
      shared->counts.has_capture = true;
    }
    add_probe(shared, element, "src",
              GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_captured<Shared>);
  } else if (is_a(element, "GstAudioBaseSink")) {
    {
      SharedLock guard(shared->lock);
      shared->counts.has_playback = true;
    }
    add_probe(
        shared, element, "sink",
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_BOTH | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
        on_playback<Shared>);
  }
}

void AudioWatch::on_added(GstBin*, GstBin*, GstElement* element, gpointer user) {
  attach(*static_cast<std::shared_ptr<Shared>*>(user), element);
}

AudioWatch::AudioWatch(GstElement* pipeline)
    : pipeline_(pipeline), shared_(std::make_shared<Shared>()) {
  for_each_element(pipeline, [&](GstElement* element) { attach(shared_, element); });
  // Bins like autoaudiosink choose their device when the pipeline starts, in any thread.
  added_handler_ = g_signal_connect_data(
      pipeline, "deep-element-added", G_CALLBACK(on_added), new std::shared_ptr<Shared>(shared_),
      [](gpointer user, GClosure*) { delete static_cast<std::shared_ptr<Shared>*>(user); },
      static_cast<GConnectFlags>(0));
}

AudioWatch::~AudioWatch() { g_signal_handler_disconnect(pipeline_, added_handler_); }

AudioCounts AudioWatch::counts() const {
  AudioCounts counts;
  {
    SharedLock guard(shared_->lock);
    counts = shared_->counts;
  }
  if (!counts.has_playback) return counts;
  for_each_element(pipeline_,
                   [&](GstElement* element) { counts.underruns += reply_underruns(element); });
  return counts;
}

void AudioWatch::report() {
  const AudioCounts now = counts();
  const auto post = [&](GstStructure* structure) {
    gst_element_post_message(pipeline_, gst_message_new_element(GST_OBJECT(pipeline_), structure));
  };
  if (now.overruns > reported_.overruns)
    post(gst_structure_new("sound/overrun", "count", G_TYPE_UINT64,
                           now.overruns - reported_.overruns, "total", G_TYPE_UINT64, now.overruns,
                           "lost", G_TYPE_UINT64, now.lost - reported_.lost, nullptr));
  if (now.underruns > reported_.underruns)
    post(gst_structure_new("sound/underrun", "count", G_TYPE_UINT64,
                           now.underruns - reported_.underruns, "total", G_TYPE_UINT64,
                           now.underruns, "missing", G_TYPE_UINT64, now.missing - reported_.missing,
                           nullptr));
  reported_ = now;
}

}  // namespace jackfield
