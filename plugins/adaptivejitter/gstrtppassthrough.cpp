// Stands in for rtpjitterbuffer inside rtpbin (its signal request-jitterbuffer), where
// adaptivejitter does the work behind rtpbin: packets pass at once and untouched.
// docs/elements/rtppassthrough.md.
//
// Threads: everything happens on the threads that push.
#include "gstrtppassthrough.hpp"

#include <gst/rtp/gstrtpbuffer.h>

#include <atomic>

#include "config.h"
#include "gstpp.hpp"
#include "param_flags.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_rtp_passthrough_debug);
#define GST_CAT_DEFAULT gst_rtp_passthrough_debug

namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS("application/x-rtp"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS("application/x-rtp"));
GstStaticPadTemplate rtcp_template = GST_STATIC_PAD_TEMPLATE(
    "sink_rtcp", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("application/x-rtcp"));

enum { kPropZero, kPropLatency, kPropDoRetransmission, kPropStats };
enum { kSignalRequestPtMap, kSignalClearPtMap, kSignalCount };
guint signals[kSignalCount];

}  // namespace

struct State {
  std::atomic<guint64> packets{0};
  std::atomic<guint64> bytes{0};
  std::atomic<guint> latency{0};
  std::atomic<gboolean> do_retransmission{FALSE};
  std::atomic<int> payload_type{-1};  // whose caps were sent
};

struct _GstRtpPassthrough {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE_WITH_CODE(GstRtpPassthrough, gst_rtp_passthrough, GST_TYPE_ELEMENT,
                              GST_DEBUG_CATEGORY_INIT(gst_rtp_passthrough_debug, "rtppassthrough",
                                                      0, "RTP without a jitter buffer"))
GST_ELEMENT_REGISTER_DEFINE(rtppassthrough, "rtppassthrough", GST_RANK_NONE,
                            GST_TYPE_RTP_PASSTHROUGH)

// The caps of rtpbin's first packets have no clock-rate; it tells them by payload type when asked.
static void learn_caps(GstRtpPassthrough* self, GstBuffer* buffer) {
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  if (!gst_rtp_buffer_map(buffer, GST_MAP_READ, &rtp)) return;
  const int type = gst_rtp_buffer_get_payload_type(&rtp);
  gst_rtp_buffer_unmap(&rtp);
  if (self->state->payload_type.exchange(type) == type) return;
  GstCaps* told = nullptr;
  g_signal_emit(self, signals[kSignalRequestPtMap], 0, static_cast<guint>(type), &told);
  const gstpp::CapsPtr caps{told};
  if (!caps) return;
  GST_DEBUG_OBJECT(self, "payload type %d: %" GST_PTR_FORMAT, type, caps.get());
  gst_pad_push_event(self->srcpad, gst_event_new_caps(caps.get()));
}

static GstFlowReturn gst_rtp_passthrough_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  GstRtpPassthrough* self = GST_RTP_PASSTHROUGH(parent);
  self->state->packets.fetch_add(1, std::memory_order_relaxed);
  self->state->bytes.fetch_add(gst_buffer_get_size(buffer), std::memory_order_relaxed);
  learn_caps(self, buffer);
  return gst_pad_push(self->srcpad, buffer);
}

static GstFlowReturn gst_rtp_passthrough_rtcp_chain(GstPad*, GstObject*, GstBuffer* buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

static gboolean gst_rtp_passthrough_rtcp_event(GstPad*, GstObject*, GstEvent* event) {
  gst_event_unref(event);
  return TRUE;
}

static GstPad* gst_rtp_passthrough_request_new_pad(GstElement* element, GstPadTemplate*,
                                                   const gchar* name, const GstCaps*) {
  if (g_strcmp0(name, "sink_rtcp") != 0) return nullptr;
  const gstpp::PadPtr there{gst_element_get_static_pad(element, "sink_rtcp")};
  if (there) return nullptr;
  GstPad* pad = gst_pad_new_from_static_template(&rtcp_template, "sink_rtcp");
  gst_pad_set_chain_function(pad, gst_rtp_passthrough_rtcp_chain);
  gst_pad_set_event_function(pad, gst_rtp_passthrough_rtcp_event);
  gst_pad_set_active(pad, TRUE);
  gst_element_add_pad(element, pad);
  return pad;
}

static void gst_rtp_passthrough_release_pad(GstElement* element, GstPad* pad) {
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
}

static GstStateChangeReturn gst_rtp_passthrough_change_state(GstElement* element,
                                                             GstStateChange transition) {
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    State& state = *GST_RTP_PASSTHROUGH(element)->state;
    state.packets = state.bytes = 0;
    state.payload_type = -1;
  }
  return GST_ELEMENT_CLASS(gst_rtp_passthrough_parent_class)->change_state(element, transition);
}

static void gst_rtp_passthrough_set_property(GObject* object, guint id, const GValue* value,
                                             GParamSpec* pspec) {
  State& state = *GST_RTP_PASSTHROUGH(object)->state;
  switch (id) {
    case kPropLatency:
      state.latency = g_value_get_uint(value);
      break;
    case kPropDoRetransmission:
      state.do_retransmission = g_value_get_boolean(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void gst_rtp_passthrough_get_property(GObject* object, guint id, GValue* value,
                                             GParamSpec* pspec) {
  State& state = *GST_RTP_PASSTHROUGH(object)->state;
  switch (id) {
    case kPropLatency:
      g_value_set_uint(value, state.latency);
      break;
    case kPropDoRetransmission:
      g_value_set_boolean(value, state.do_retransmission);
      break;
    case kPropStats:
      g_value_take_boxed(
          value,
          gst_structure_new("application/x-rtp-jitterbuffer-stats", "num-pushed", G_TYPE_UINT64,
                            state.packets.load(), "num-lost", G_TYPE_UINT64, guint64{0}, "num-late",
                            G_TYPE_UINT64, guint64{0}, "num-duplicates", G_TYPE_UINT64, guint64{0},
                            "avg-jitter", G_TYPE_UINT64, guint64{0}, "num-bytes", G_TYPE_UINT64,
                            state.bytes.load(), nullptr));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void gst_rtp_passthrough_finalize(GObject* object) {
  delete GST_RTP_PASSTHROUGH(object)->state;
  G_OBJECT_CLASS(gst_rtp_passthrough_parent_class)->finalize(object);
}

static void gst_rtp_passthrough_init(GstRtpPassthrough* self) {
  self->state = new State;
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_rtp_passthrough_chain);
  GST_PAD_SET_PROXY_CAPS(self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION(self->sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

static void gst_rtp_passthrough_class_init(GstRtpPassthroughClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_rtp_passthrough_set_property;
  object_class->get_property = gst_rtp_passthrough_get_property;
  object_class->finalize = gst_rtp_passthrough_finalize;
  element_class->change_state = gst_rtp_passthrough_change_state;
  element_class->request_new_pad = gst_rtp_passthrough_request_new_pad;
  element_class->release_pad = gst_rtp_passthrough_release_pad;
  // rtpbin and webrtcbin set and read these of whatever stands here.
  g_object_class_install_property(
      object_class, kPropLatency,
      g_param_spec_uint("latency", "Latency",
                        "Set by rtpbin (ms); without effect: nothing is held here", 0, G_MAXUINT, 0,
                        jackfield::kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropDoRetransmission,
      g_param_spec_boolean("do-retransmission", "Retransmission",
                           "Set by webrtcbin; without effect: nothing is asked for", FALSE,
                           jackfield::kReadWritePlaying));
  g_object_class_install_property(object_class, kPropStats,
                                  g_param_spec_boxed("stats", "Statistics", "Packets so far",
                                                     GST_TYPE_STRUCTURE, jackfield::kReadOnly));
  // GstRtpPassthrough::request-pt-map: asks for the caps of a payload type. guint pt; returns
  // GstCaps or nothing. On the thread that pushes.
  signals[kSignalRequestPtMap] =
      g_signal_new("request-pt-map", GST_TYPE_RTP_PASSTHROUGH, G_SIGNAL_RUN_LAST, 0, nullptr,
                   nullptr, nullptr, GST_TYPE_CAPS, 1, G_TYPE_UINT);
  // GstRtpPassthrough::clear-pt-map: forget what request-pt-map said.
  signals[kSignalClearPtMap] = g_signal_new_class_handler(
      "clear-pt-map", GST_TYPE_RTP_PASSTHROUGH,
      static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
      G_CALLBACK(+[](GstRtpPassthrough* self) { self->state->payload_type = -1; }), nullptr,
      nullptr, nullptr, G_TYPE_NONE, 0);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_add_static_pad_template(element_class, &rtcp_template);
  gst_element_class_set_static_metadata(
      element_class, "RTP passthrough", "Filter/Network/RTP",
      "Stands in for rtpjitterbuffer in rtpbin: packets pass at once", PACKAGE_NAME " project");
}
