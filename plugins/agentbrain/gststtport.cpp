#include "gststtport.hpp"

#include <atomic>

#include "gstpp.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_stt_port_debug);
#define GST_CAT_DEFAULT gst_stt_port_debug

namespace {

// A stage that refuses this many buffers in a row (about two seconds) is left alone.
constexpr guint kMaxRefusals = 100;

// Touched by the streaming thread only, but for what is atomic.
struct State {
  GstSegment segment;
  guint refusals = 0;
  std::atomic<guint64> refused{0};
  agentbrain::SttPortListener* listener = nullptr;
};

}  // namespace

struct _GstSttPort {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstSttPort, gst_stt_port, GST_TYPE_ELEMENT)

namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));

GstClockTime end_of(const State& s, GstBuffer* buffer) {
  GstClockTime end = GST_BUFFER_PTS(buffer);
  if (!GST_CLOCK_TIME_IS_VALID(end) || s.segment.format != GST_FORMAT_TIME) {
    return GST_CLOCK_TIME_NONE;
  }
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) end += GST_BUFFER_DURATION(buffer);
  return gst_segment_to_running_time(&s.segment, GST_FORMAT_TIME, end);
}

GstFlowReturn handle_chain(GstSttPort* self, gstpp::BufferPtr buffer) {
  State& s = *self->state;
  if (s.listener) s.listener->on_input(end_of(s, buffer.get()));
  if (s.refusals >= kMaxRefusals) {
    ++s.refused;
    return GST_FLOW_OK;
  }
  const GstFlowReturn flow = gst_pad_push(self->srcpad, buffer.release());
  if (flow >= GST_FLOW_OK) {
    s.refusals = 0;
    return GST_FLOW_OK;
  }
  if (flow == GST_FLOW_FLUSHING || !s.listener) return flow;
  ++s.refused;
  if (s.refusals++ == 0) s.listener->on_stt_failed(flow);
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    return handle_chain(GST_STT_PORT(parent), gstpp::BufferPtr{buffer});
  });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    State& s = *GST_STT_PORT(parent)->state;
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_STREAM_START:
        s.refusals = 0;
        break;
      case GST_EVENT_SEGMENT:
        gst_event_copy_segment(event, &s.segment);
        break;
      case GST_EVENT_EOS: {
        if (s.listener) s.listener->on_input_closing();
        break;
      }
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

gboolean src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    State& s = *GST_STT_PORT(parent)->state;
    if (const auto interim = jackfield::parse_interim(event); interim && s.listener) {
      s.listener->on_interim(*interim);
    }
    // On to the detector, whose hang-over may adapt.
    return gst_pad_event_default(pad, parent, event);
  });
}

void finalize(GObject* object) {
  delete GST_STT_PORT(object)->state;
  G_OBJECT_CLASS(gst_stt_port_parent_class)->finalize(object);
}

}  // namespace

static void gst_stt_port_class_init(GstSttPortClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_stt_port_debug, "sttport", 0, "agentbrain's way into the STT stage");
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = finalize;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "STT port", "Generic/Audio",
                                        "Keeps a failing STT stage from ending the caller's stream "
                                        "(private to agentbrain)",
                                        "The Jackfield authors");
}

static void gst_stt_port_init(GstSttPort* self) {
  self->state = new State;
  gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, chain);
  gst_pad_set_event_function(self->sinkpad, sink_event);
  GST_PAD_SET_PROXY_CAPS(self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION(self->sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_event_function(self->srcpad, src_event);
  GST_PAD_SET_PROXY_CAPS(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

void gst_stt_port_connect(GstSttPort* self, agentbrain::SttPortListener* listener) {
  self->state->listener = listener;
}

guint64 gst_stt_port_refused(GstSttPort* self) { return self->state->refused; }
