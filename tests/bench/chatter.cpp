// An element for the benchmark of the control API: lets everything pass and posts, every `every`
// buffers, what agentbrain posts while a caller speaks; each tenth is final and has a turn behind
// it.
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#include <string>

#include "config.h"
#include "param_flags.hpp"

namespace {

struct Chatter {
  GstBaseTransform parent;
  guint every;  // guarded by the object lock
  guint buffers, texts;
};
struct ChatterClass {
  GstBaseTransformClass parent;
};

G_DEFINE_TYPE(Chatter, chatter, GST_TYPE_BASE_TRANSFORM)

enum { kPropEvery = 1 };
constexpr guint kFinal = 10;

void say(Chatter* self, GstClockTime at) {
  const guint turn = self->texts / kFinal + 1;
  const bool final = ++self->texts % kFinal == 0;
  std::string text = "so this is what I have said so far";
  for (guint i = 0; i < self->texts % kFinal; ++i) text += ", and then some more of it";
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(
          GST_OBJECT(self),
          gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, turn, "text",
                            G_TYPE_STRING, text.c_str(), "final", G_TYPE_BOOLEAN, final,
                            "not-understood", G_TYPE_BOOLEAN, FALSE, "speech-start", G_TYPE_UINT64,
                            at, "speech-end", G_TYPE_UINT64, at, nullptr)));
  if (!final) return;
  const auto stage = [&](guint64 ms) { return (ms + self->texts % 100) * GST_MSECOND; };
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(
          GST_OBJECT(self),
          gst_structure_new("agentbrain/turn", "turn-id", G_TYPE_UINT, turn, "hang-over",
                            G_TYPE_UINT64, stage(400), "stt", G_TYPE_UINT64, stage(100), "llm",
                            G_TYPE_UINT64, stage(300), "tts", G_TYPE_UINT64, stage(60), "output",
                            G_TYPE_UINT64, stage(5), "total", G_TYPE_UINT64, stage(865), nullptr)));
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  auto* self = reinterpret_cast<Chatter*>(base);
  GST_OBJECT_LOCK(self);
  const guint every = self->every;
  GST_OBJECT_UNLOCK(self);
  if (every > 0 && ++self->buffers % every == 0) say(self, GST_BUFFER_PTS(buffer));
  return GST_FLOW_OK;
}

void set_property(GObject* object, guint, const GValue* value, GParamSpec*) {
  GST_OBJECT_LOCK(object);
  reinterpret_cast<Chatter*>(object)->every = g_value_get_uint(value);
  GST_OBJECT_UNLOCK(object);
}

void get_property(GObject* object, guint, GValue* value, GParamSpec*) {
  GST_OBJECT_LOCK(object);
  g_value_set_uint(value, reinterpret_cast<Chatter*>(object)->every);
  GST_OBJECT_UNLOCK(object);
}

void chatter_class_init(ChatterClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  g_object_class_install_property(
      object, kPropEvery,
      g_param_spec_uint("every", "Every", "Buffers between two texts; 0: says nothing", 0,
                        G_MAXUINT, 25, jackfield::kReadWriteReady));
  auto* element = GST_ELEMENT_CLASS(klass);
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, {"src", GST_PAD_SRC}}) {
    GstCaps* caps = gst_caps_new_empty_simple("audio/x-mulaw");
    gst_element_class_add_pad_template(element,
                                       gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps));
    gst_caps_unref(caps);
  }
  gst_element_class_set_static_metadata(element, "Chatter", "Filter/Audio",
                                        "Posts what an agent would", PACKAGE_ORIGIN);
  auto* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->transform_ip = transform_ip;
  transform->transform_ip_on_passthrough = TRUE;
}

void chatter_init(Chatter* self) {
  self->every = 25;
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), TRUE);
}

gboolean plugin_init(GstPlugin* plugin) {
  return gst_element_register(plugin, "chatter", GST_RANK_NONE, chatter_get_type());
}

}  // namespace

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, chatter, "Posts what an agent would",
                  plugin_init, PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
