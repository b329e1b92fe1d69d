// Passes audio through and decides when the caller speaks. See docs/elements/turndetector.md.
#include "gstturndetector.h"

GST_DEBUG_CATEGORY_STATIC(gst_turn_detector_debug);
#define GST_CAT_DEFAULT gst_turn_detector_debug

namespace {

#define TURN_DETECTOR_CAPS                                                                       \
  "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, channels=(int)1, rate=(int){ " \
  "8000, 16000 }"

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(TURN_DETECTOR_CAPS));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS(TURN_DETECTOR_CAPS));

}  // namespace

struct _GstTurnDetector {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
};

G_DEFINE_FINAL_TYPE(GstTurnDetector, gst_turn_detector, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(turndetector, "turndetector", GST_RANK_NONE, GST_TYPE_TURN_DETECTOR)

static GstFlowReturn gst_turn_detector_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gst_pad_push(GST_TURN_DETECTOR(parent)->srcpad, buffer);
}

static void gst_turn_detector_class_init(GstTurnDetectorClass* klass) {
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_turn_detector_debug, "turndetector", 0, "turn detector");
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Turn detector", "Filter/Analyzer/Audio",
      "Finds where a caller's turns start and end (Silero voice activity detection)",
      "Jackfield project");
}

static void gst_turn_detector_init(GstTurnDetector* self) {
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_turn_detector_chain);
  GST_PAD_SET_PROXY_CAPS(self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION(self->sinkpad);
  GST_PAD_SET_PROXY_SCHEDULING(self->sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->srcpad);
  GST_PAD_SET_PROXY_SCHEDULING(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}
