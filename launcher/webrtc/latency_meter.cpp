#include "webrtc/latency_meter.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "webrtc/core/transit_times.hpp"
#include "webrtc/opus_encoder.hpp"

namespace jackfield::webrtc {

// What the streaming threads note. It lives as long as a probe does.
struct LatencyProbes {
  struct Mean {
    double sum = 0;
    unsigned count = 0;
    void add(double value) {
      sum += value;
      ++count;
    }
    std::optional<double> value() const {
      return count > 0 ? std::optional{sum / count} : std::nullopt;
    }
  };
  struct Installed {
    gstpp::PadPtr pad;
    gulong id;
  };

  std::mutex lock;
  // Under lock; ms.
  TransitTimes transits;
  Mean transit, encode;
  gint64 encoding_since = -1;  // µs

  std::vector<Installed> installed;  // main thread
};

namespace {

using SharedProbes = std::shared_ptr<LatencyProbes>;

std::string factory_of(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory ? GST_OBJECT_NAME(factory) : "";
}

std::vector<gstpp::ElementPtr> elements_of(GstElement* pipeline) {
  std::vector<gstpp::ElementPtr> found;
  const std::unique_ptr<GstIterator, gstpp::FreeWith<gst_iterator_free>> all{
      gst_bin_iterate_recurse(GST_BIN(pipeline))};
  GValue item = G_VALUE_INIT;
  for (bool more = true; more;) {
    switch (gst_iterator_next(all.get(), &item)) {
      case GST_ITERATOR_OK:
        found.push_back(gstpp::share_object(GST_ELEMENT(g_value_get_object(&item))));
        g_value_reset(&item);
        break;
      case GST_ITERATOR_RESYNC:
        found.clear();
        gst_iterator_resync(all.get());
        break;
      default:
        more = false;
    }
  }
  g_value_unset(&item);
  return found;
}

// A source or sink of a sound card, PulseAudio's and the like included.
bool is_sound_card(GstElement* element, const char* kind) {
  const gchar* klass = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  return klass && std::string{klass} == kind && factory_of(element) != "audiotestsrc";
}

std::optional<double> milliseconds(const GstStructure* stats, const char* field) {
  guint64 ns = 0;
  if (!gst_structure_get_uint64(stats, field, &ns)) return std::nullopt;
  return static_cast<double>(ns) / GST_MSECOND;
}

void add_part(GValue* parts, const LatencyPart& part) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_STRUCTURE);
  const auto ns = [](double ms) { return static_cast<guint64>(ms * GST_MSECOND); };
  g_value_take_boxed(
      &value, gst_structure_new("part", "name", G_TYPE_STRING, part.name, "time", G_TYPE_UINT64,
                                ns(part.ms), "origin", G_TYPE_STRING, origin_name(part.origin),
                                "budget-min", G_TYPE_UINT64, ns(part.budget_least), "budget-max",
                                G_TYPE_UINT64, ns(part.budget_most), nullptr));
  gst_value_array_append_and_take_value(parts, &value);
}

void set_way(GstStructure* message, const char* name, const LatencySum& sum) {
  GstStructure* way = gst_structure_new(
      "way", "total", G_TYPE_UINT64, static_cast<guint64>(sum.total_ms * GST_MSECOND), "assumed",
      G_TYPE_UINT64, static_cast<guint64>(sum.assumed_ms * GST_MSECOND), "text", G_TYPE_STRING,
      latency_text(sum).c_str(), nullptr);
  GValue parts = G_VALUE_INIT;
  g_value_init(&parts, GST_TYPE_ARRAY);
  for (const LatencyPart& part : sum.parts) add_part(&parts, part);
  gst_structure_take_value(way, "parts", &parts);
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed(&value, way);
  gst_structure_take_value(message, name, &value);
}

LatencyProbes& probes_of(gpointer data) { return **static_cast<SharedProbes*>(data); }

GstPadProbeReturn leaves(GstPad*, GstPadProbeInfo* info, gpointer data) {
  LatencyProbes& probes = probes_of(data);
  const std::lock_guard guard(probes.lock);
  probes.transits.left(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)), g_get_monotonic_time());
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn arrives(GstPad*, GstPadProbeInfo* info, gpointer data) {
  LatencyProbes& probes = probes_of(data);
  const gint64 now = g_get_monotonic_time();
  const std::lock_guard guard(probes.lock);
  const auto us = probes.transits.arrived(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)), now);
  if (us) probes.transit.add(static_cast<double>(*us) / 1000);
  probes.encoding_since = now;
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn encoded(GstPad*, GstPadProbeInfo*, gpointer data) {
  LatencyProbes& probes = probes_of(data);
  const gint64 now = g_get_monotonic_time();
  const std::lock_guard guard(probes.lock);
  if (probes.encoding_since >= 0)
    probes.encode.add(static_cast<double>(now - probes.encoding_since) / 1000);
  probes.encoding_since = -1;
  return GST_PAD_PROBE_OK;
}

void install(const SharedProbes& probes, GstElement* element, const char* pad_name,
             GstPadProbeCallback probe) {
  gstpp::PadPtr pad{gst_element_get_static_pad(element, pad_name)};
  if (!pad) return;
  const gulong id =
      gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, probe, new SharedProbes{probes},
                        [](gpointer data) { delete static_cast<SharedProbes*>(data); });
  probes->installed.push_back({.pad = std::move(pad), .id = id});
}

}  // namespace

LatencyMeter::LatencyMeter(GstElement* pipeline)
    : probes_(std::make_shared<LatencyProbes>()), pipeline_(gstpp::share_object(pipeline)) {
  std::vector<gstpp::ElementPtr> elements = elements_of(pipeline);
  // What a seat of a conference sends is made of the others' voices: with what came from this peer
  // it has at most timestamps in common.
  const bool seat = std::any_of(elements.begin(), elements.end(), [](const auto& element) {
    return factory_of(element.get()) == "mixerseat";
  });
  for (gstpp::ElementPtr& element : elements) {
    const std::string factory = factory_of(element.get());
    if (!seat &&
        (factory == "adaptivejitter" || factory == "agentbrain" || factory == "openairealtime"))
      install(probes_, element.get(), "src", leaves);
    ready_voice_ = ready_voice_ || factory == "agentbrain" || factory == "openairealtime";
    if (factory == "adaptivejitter") {
      jitter_buffer_ = std::move(element);
    } else if (is_opus_encoder(element.get())) {
      install(probes_, element.get(), "sink", arrives);
      install(probes_, element.get(), "src", encoded);
      encoder_ = std::move(element);
    } else if (is_sound_card(element.get(), "Source/Audio")) {
      install(probes_, element.get(), "src", leaves);
      microphone_ = std::move(element);
    } else if (is_sound_card(element.get(), "Sink/Audio")) {
      loudspeaker_ = std::move(element);
    }
  }
}

LatencyMeter::~LatencyMeter() {
  for (const LatencyProbes::Installed& one : probes_->installed)
    gst_pad_remove_probe(one.pad.get(), one.id);
}

void LatencyMeter::add_round_trip(double ms) {
  round_trip_sum_ += ms;
  ++round_trips_;
}

CallDelays LatencyMeter::delays() const {
  CallDelays delays;
  if (round_trips_ > 0) delays.round_trip = round_trip_sum_ / round_trips_;
  delays.peer_held = peer_held_;
  delays.ready_voice = ready_voice_;
  if (jitter_buffer_) {
    GstStructure* raw = nullptr;
    guint64 frame = 0;
    g_object_get(jitter_buffer_.get(), "stats", &raw, "frame-duration", &frame, nullptr);
    const gstpp::StructurePtr stats{raw};
    const auto samples = gstpp::get_uint64(raw, "jitterBufferEmittedCount", 0);
    const auto packets = gstpp::get_uint64(raw, "packetsReceived", 0);
    double seconds = 0;
    gst_structure_get_double(raw, "totalSamplesDuration", &seconds);
    const auto total = static_cast<double>(gstpp::get_uint64(raw, "totalSamplesReceived", 0));
    if (samples > 0) {
      delays.held = milliseconds(raw, "mean-delay");
      delays.decode = milliseconds(raw, "frame-work");
    }
    delays.output_frame = static_cast<double>(frame) / GST_MSECOND;
    const auto length = packet_length(static_cast<double>(samples), static_cast<double>(packets),
                                      seconds > 0 ? total / seconds : 0);
    delays.received_frame = length.value_or(delays.received_frame);
  }
  if (encoder_) delays.sent_frame = packet_length_of(encoder_.get());
  {
    const std::lock_guard guard(probes_->lock);
    delays.stages = probes_->transit.value();
    delays.encode = probes_->encode.value();
  }
  if (microphone_) {
    // Blocks of this length come from the sound card.
    gint64 block = 0;
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(microphone_.get()), "latency-time")) {
      g_object_get(microphone_.get(), "latency-time", &block, nullptr);
      delays.capture = static_cast<double>(block) / 1000;
    }
  }
  if (loudspeaker_) {
    // What a live pipeline plays waits for the slowest part of it.
    const gstpp::QueryPtr query{gst_query_new_latency()};
    GstClockTime least = 0;
    if (gst_element_query(loudspeaker_.get(), query.get())) {
      gst_query_parse_latency(query.get(), nullptr, &least, nullptr);
      delays.playback = static_cast<double>(least) / GST_MSECOND;
    }
  }
  return delays;
}

gstpp::StructurePtr LatencyMeter::report() const {
  const CallDelays known = delays();
  gstpp::StructurePtr message{gst_structure_new_empty("webrtc/latency")};
  set_way(message.get(), "incoming", incoming_latency(known));
  set_way(message.get(), "outgoing", outgoing_latency(known));
  return message;
}

}  // namespace jackfield::webrtc
