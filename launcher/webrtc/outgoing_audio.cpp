#include "webrtc/outgoing_audio.hpp"

#include <algorithm>
#include <utility>

#include "webrtc/opus_encoder.hpp"

namespace jackfield::webrtc {

struct OutgoingAudio::State {
  GstElement* webrtcbin;  // kept by whoever holds the pads
  std::function<void()> on_end;
  std::atomic<bool> open{false};
  std::atomic<bool> wanted{true};
  std::atomic<bool> gone{false};
  std::atomic<GstClockTime> far_delay{0};
  std::atomic<GstClockTime> sent_until{0};
};

namespace {

using State = OutgoingAudio::State;

constexpr unsigned kMaxUpstream = 8;  // elements between encoder and webrtcbin

// docs/events-and-messages.md; the launcher does not link the library of the plugins.
constexpr char kPlayed[] = "VoicePlayed";

GstClockTime heard_until(const State& state) {
  const GstClockTime now = gstpp::running_time(state.webrtcbin);
  if (!GST_CLOCK_TIME_IS_VALID(now)) return 0;
  const GstClockTime delay = state.far_delay;
  return std::min<GstClockTime>(now > delay ? now - delay : 0, state.sent_until);
}

GstPadProbeReturn on_query(const State& state, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CUSTOM) return GST_PAD_PROBE_OK;
  const GstStructure* asked = gst_query_get_structure(query);
  if (!asked || !gst_structure_has_name(asked, kPlayed)) return GST_PAD_PROBE_OK;
  gst_structure_set(gst_query_writable_structure(query), "position", G_TYPE_UINT64,
                    heard_until(state), nullptr);
  return GST_PAD_PROBE_HANDLED;
}

GstPadProbeReturn on_event(const State& state, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
      state.on_end();
      return GST_PAD_PROBE_DROP;
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_OOB:
      return GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

GstPadProbeReturn on_audio(State& state, GstPad* pad, GstPadProbeInfo* info) {
  if (state.gone) {
    gst_mini_object_unref(GST_MINI_OBJECT_CAST(info->data));
    info->data = nullptr;
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
    return GST_PAD_PROBE_HANDLED;
  }
  if (!state.open) return GST_PAD_PROBE_DROP;
  GstBuffer* buffer = nullptr;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  } else if (GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
             gst_buffer_list_length(list) > 0) {
    buffer = gst_buffer_list_get(list, gst_buffer_list_length(list) - 1);
  }
  const GstPadProbeReturn passed = state.wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  if (!buffer || !GST_BUFFER_PTS_IS_VALID(buffer)) return passed;
  GstClockTime end = GST_BUFFER_PTS(buffer);
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) end += GST_BUFFER_DURATION(buffer);
  const gstpp::EventPtr event{gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0)};
  const GstSegment* segment = nullptr;
  if (event) gst_event_parse_segment(event.get(), &segment);
  if (segment && segment->format == GST_FORMAT_TIME)
    end = gst_segment_to_running_time(segment, GST_FORMAT_TIME, end);
  if (GST_CLOCK_TIME_IS_VALID(end)) state.sent_until = end;
  return passed;
}

GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer user) {
  State& state = **static_cast<std::shared_ptr<State>*>(user);
  if (info->type & (GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_QUERY_UPSTREAM))
    return on_query(state, GST_PAD_PROBE_INFO_QUERY(info));
  if (info->type & (GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH))
    return on_event(state, GST_PAD_PROBE_INFO_EVENT(info));
  return on_audio(state, pad, info);
}

// From a pad of webrtcbin on, as long as `visit` says that it goes on.
template <typename Visit>
void walk_upstream(GstPad* from, Visit visit) {
  gstpp::PadPtr up{gst_pad_get_peer(from)};
  for (unsigned i = 0; up && i < kMaxUpstream; ++i) {
    const gstpp::ElementPtr element{gst_pad_get_parent_element(up.get())};
    if (!element || !visit(element.get())) return;
    const gstpp::PadPtr sink{gst_element_get_static_pad(element.get(), "sink")};
    up.reset(sink ? gst_pad_get_peer(sink.get()) : nullptr);
  }
}

// Whether it was the payloader.
bool set_payload(GstElement* element, unsigned type) {
  GObjectClass* klass = G_OBJECT_GET_CLASS(element);
  if (GParamSpec* pt = g_object_class_find_property(klass, "pt");
      pt && pt->value_type == G_TYPE_UINT) {
    g_object_set(element, "pt", type, nullptr);
    return true;
  }
  GParamSpec* spec = g_object_class_find_property(klass, "caps");
  if (!spec || spec->value_type != GST_TYPE_CAPS) return false;
  GstCaps* read = nullptr;
  g_object_get(element, "caps", &read, nullptr);
  gstpp::CapsPtr caps{read};
  if (!caps || gst_caps_is_any(caps.get())) return false;
  caps.reset(gst_caps_make_writable(caps.release()));
  for (guint i = 0; i < gst_caps_get_size(caps.get()); ++i) {
    GstStructure* s = gst_caps_get_structure(caps.get(), i);
    if (gst_structure_has_name(s, "application/x-rtp"))
      gst_structure_set(s, "payload", G_TYPE_INT, static_cast<gint>(type), nullptr);
  }
  g_object_set(element, "caps", caps.get(), nullptr);
  return false;
}

}  // namespace

OutgoingAudio::OutgoingAudio(GstElement* webrtcbin, std::function<void()> on_end)
    : state_(std::make_shared<State>()) {
  state_->webrtcbin = webrtcbin;
  state_->on_end = std::move(on_end);
  std::vector<gstpp::PadPtr> sinks;
  {
    gstpp::ObjectLock lock(webrtcbin);
    for (GList* item = webrtcbin->sinkpads; item; item = item->next)
      sinks.emplace_back(GST_PAD_CAST(gst_object_ref(item->data)));
  }
  constexpr auto kTypes = static_cast<GstPadProbeType>(
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH |
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM);
  for (gstpp::PadPtr& pad : sinks) {
    // Before webrtcbin's own pad, which is blocked until its direction is known, or for ever.
    gstpp::PadPtr from{gst_pad_get_peer(pad.get())};
    if (!from) from.reset(GST_PAD_CAST(gst_object_ref(pad.get())));
    const gulong probe =
        gst_pad_add_probe(from.get(), kTypes, on_data, new std::shared_ptr<State>{state_},
                          [](gpointer user) { delete static_cast<std::shared_ptr<State>*>(user); });
    pads_.push_back({std::move(pad), std::move(from), probe});
  }
}

OutgoingAudio::~OutgoingAudio() {
  for (const Probed& p : pads_) gst_pad_remove_probe(p.from.get(), p.probe);
}

void OutgoingAudio::set_payload_type(unsigned type) {
  // New caps in the middle of a stream are negotiated anew; not for nothing.
  if (std::exchange(payload_type_, type) == type) return;
  for (const Probed& p : pads_)
    walk_upstream(p.pad.get(), [type](GstElement* element) { return !set_payload(element, type); });
}

unsigned OutgoingAudio::packet_time() const {
  double length = 0;
  for (const Probed& p : pads_) {
    walk_upstream(p.pad.get(), [&length](GstElement* element) {
      if (!is_opus_encoder(element)) return true;
      length = packet_length_of(element);
      return false;
    });
  }
  return length > 2.5 ? static_cast<unsigned>(length) : 0;
}

void OutgoingAudio::open() { state_->open = true; }

void OutgoingAudio::set_wanted(bool wanted) { state_->wanted = wanted; }

void OutgoingAudio::set_far_delay(GstClockTime delay) { state_->far_delay = delay; }

void OutgoingAudio::close() {
  if (state_->gone.exchange(true)) return;
  for (const Probed& p : pads_) {
    gst_pad_push_event(
        p.pad.get(), gst_event_new_custom(
                         GST_EVENT_CUSTOM_UPSTREAM,
                         gst_structure_new(kPlayed, "position", G_TYPE_UINT64, heard_until(*state_),
                                           "discarded", G_TYPE_BOOLEAN, TRUE, nullptr)));
  }
}

}  // namespace jackfield::webrtc
