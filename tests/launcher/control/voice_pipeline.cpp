#include "voice_pipeline.hpp"

#include <utility>

namespace jackfield::test {
namespace {

struct Heard {
  std::mutex lock;
  Bytes bytes;
};
Heard& heard() {
  static Heard everything;
  return everything;
}

GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-raw; audio/x-mulaw; audio/x-alaw"));
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-raw; audio/x-mulaw; audio/x-alaw"));

struct Element {
  GstElement parent;
};
using ElementClass = GstElementClass;

void init_source(GTypeInstance* instance, gpointer) {
  GstPad* pad = gst_pad_new_from_static_template(&source_template, "src");
  gst_element_add_pad(GST_ELEMENT(instance), pad);
}

GstFlowReturn chain(GstPad*, GstObject*, GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  const gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
  const std::lock_guard guard(heard().lock);
  heard().bytes.insert(heard().bytes.end(), map.data(), map.data() + map.size());
  return GST_FLOW_OK;
}

void init_sink(GTypeInstance* instance, gpointer) {
  GstPad* pad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(pad, chain);
  gst_element_add_pad(GST_ELEMENT(instance), pad);
}

void init_source_class(gpointer klass, gpointer) {
  gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &source_template);
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Voice", "Source/Audio", "A test",
                                        "Jackfield");
}
void init_sink_class(gpointer klass, gpointer) {
  gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &sink_template);
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Ear", "Sink/Audio", "A test",
                                        "Jackfield");
}

GType make_type(const char* name, GClassInitFunc class_init, GInstanceInitFunc init) {
  GTypeInfo info{};
  info.class_size = sizeof(ElementClass);
  info.class_init = class_init;
  info.instance_size = sizeof(Element);
  info.instance_init = init;
  return g_type_register_static(GST_TYPE_ELEMENT, name, &info, static_cast<GTypeFlags>(0));
}

}  // namespace

void register_voice_elements() {
  static const bool once = [] {
    gst_element_register(nullptr, "testvoicesrc", GST_RANK_NONE,
                         make_type("TestVoiceSrc", init_source_class, init_source));
    gst_element_register(nullptr, "testvoicesink", GST_RANK_NONE,
                         make_type("TestVoiceSink", init_sink_class, init_sink));
    return true;
  }();
  static_cast<void>(once);
}

Bytes VoicePipeline::taken() {
  const std::lock_guard guard(heard().lock);
  return std::exchange(heard().bytes, {});
}

}  // namespace jackfield::test
