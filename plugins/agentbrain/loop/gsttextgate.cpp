#include "gsttextgate.hpp"

#include <atomic>

#include "gstpp.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_text_gate_debug);
#define GST_CAT_DEFAULT gst_text_gate_debug

namespace {

struct State {
  agentbrain::TextGateListener* listener = nullptr;
  std::atomic<bool> flushing{false};  // FLUSH_START went downstream
};

}  // namespace

struct _GstTextGate {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstTextGate, gst_text_gate, GST_TYPE_ELEMENT)

namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  GstTextGate* self = GST_TEXT_GATE(parent);
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
    if (!map) return GST_FLOW_OK;
    std::string text(reinterpret_cast<const char*>(map.data()), map.size());
    // Some elements count the closing NUL as text.
    while (!text.empty() && text.back() == '\0') text.pop_back();
    if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) {
      GST_WARNING_OBJECT(self, "text that is not UTF-8 was dropped");
    } else if (self->state->listener) {
      self->state->listener->on_piece(text);
    }
    return GST_FLOW_OK;
  });
}

void stop_flushing(GstTextGate* self) {
  if (self->state->flushing.exchange(false))
    gst_pad_push_event(self->srcpad, gst_event_new_flush_stop(FALSE));
}

bool handle_event(GstTextGate* self, GstPad* pad, gstpp::EventPtr event) {
  State& s = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_FLUSH_START:
      return true;
    case GST_EVENT_FLUSH_STOP:
      stop_flushing(self);
      if (s.listener) s.listener->on_flushed();
      return true;
    default:
      break;
  }
  if (const auto end = jackfield::parse_reply_end(event.get())) {
    if (s.listener) s.listener->on_reply_end(*end);
    return true;
  }
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CAPS) {
    gst_pad_push_event(self->srcpad, event.release());  // the default is to keep it
  } else {
    gst_pad_event_default(pad, GST_OBJECT(self), event.release());
  }
  return true;  // whether or not somebody listens behind
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    return handle_event(GST_TEXT_GATE(parent), pad, gstpp::EventPtr{event});
  });
}

void finalize(GObject* object) {
  delete GST_TEXT_GATE(object)->state;
  G_OBJECT_CLASS(gst_text_gate_parent_class)->finalize(object);
}

}  // namespace

static void gst_text_gate_class_init(GstTextGateClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_text_gate_debug, "textgate", 0,
                          "the end of a stage run by its owner");
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = finalize;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Text gate", "Generic/Text",
                                        "Takes what a stage of text gives (private to agentbrain's "
                                        "plugin)",
                                        "The Jackfield authors");
}

static void gst_text_gate_init(GstTextGate* self) {
  self->state = new State;
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, chain);
  gst_pad_set_event_function(self->sinkpad, sink_event);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

void gst_text_gate_connect(GstTextGate* self, agentbrain::TextGateListener* listener) {
  self->state->listener = listener;
}

void gst_text_gate_push(GstTextGate* self, const std::vector<std::string>& pieces,
                        const jackfield::ReplyEnd& end) {
  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  for (const std::string& piece : pieces) {
    if (self->state->flushing) return;
    GstBuffer* buffer = gst_buffer_new_memdup(piece.data(), piece.size());
    GST_BUFFER_PTS(buffer) = now;
    if (gst_pad_push(self->srcpad, buffer) != GST_FLOW_OK) return;
  }
  if (!self->state->flushing) gst_pad_push_event(self->srcpad, jackfield::make_event(end));
}

void gst_text_gate_flush(GstTextGate* self) {
  gst_pad_push_event(self->srcpad, gst_event_new_flush_start());
  // Behind it: a stage that lets go of an earlier flush must not end this one before it began.
  self->state->flushing = true;
}

void gst_text_gate_stop_flushing(GstTextGate* self) { stop_flushing(self); }
