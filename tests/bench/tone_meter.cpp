// An element for the benchmark of browser calls: notes when bursts of tone arrive, and sends its
// own bursts in place of what came.
//
//   tonemeter location=FILE     appends "mouth TIME", "ear TIME" and once "first TIME" to FILE
//
// TIME is the wall clock in microseconds. Of a buffer that arrives at t a listener hears the sample
// i at t + i / rate, and a speaker had spoken it at t - (length - i) / rate, as a sound card would.
#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#include <cstdio>
#include <memory>

#include "config.h"
#include "gstpp.hpp"
#include "param_flags.hpp"
#include "tone_bursts.hpp"

namespace {

constexpr unsigned kRate = 48000;
constexpr char kCaps[] = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1";

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

struct State {
  gstpp::CharPtr location;  // guarded by the object lock
  // Of the streaming thread.
  std::unique_ptr<std::FILE, FileCloser> file;
  jackfield::bench::ToneBursts bursts{kRate, 1};
  jackfield::bench::BurstFinder finder{kRate};
  bool heard = false;
};

struct ToneMeter {
  GstBaseTransform parent;
  State* state;
};
struct ToneMeterClass {
  GstBaseTransformClass parent;
};

G_DEFINE_TYPE(ToneMeter, tone_meter, GST_TYPE_BASE_TRANSFORM)

enum { kPropLocation = 1 };

void note(State& state, const char* what, gint64 at) {
  if (state.file) std::fprintf(state.file.get(), "%s %" G_GINT64_FORMAT "\n", what, at);
}

gint64 microseconds(std::size_t samples) {
  return static_cast<gint64>(samples) * G_USEC_PER_SEC / kRate;
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  const gint64 now = g_get_real_time();
  State& state = *reinterpret_cast<ToneMeter*>(base)->state;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READWRITE)) return GST_FLOW_ERROR;
  const std::span samples(reinterpret_cast<std::int16_t*>(map.data), map.size / 2);
  if (const auto ear = state.finder.feed(samples)) note(state, "ear", now + microseconds(*ear));
  if (!state.heard && state.finder.heard_anything()) {
    state.heard = true;
    note(state, "first", now);
  }
  if (const auto mouth = state.bursts.fill(samples))
    note(state, "mouth", now - microseconds(samples.size() - *mouth));
  gst_buffer_unmap(buffer, &map);
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_GAP);
  return GST_FLOW_OK;
}

gboolean start(GstBaseTransform* base) {
  State& state = *reinterpret_cast<ToneMeter*>(base)->state;
  GST_OBJECT_LOCK(base);
  gstpp::CharPtr location(g_strdup(state.location.get()));
  GST_OBJECT_UNLOCK(base);
  if (!location) return TRUE;
  state.file.reset(std::fopen(location.get(), "a"));
  if (!state.file) {
    GST_ELEMENT_ERROR(base, RESOURCE, OPEN_WRITE, ("Cannot write %s", location.get()), (nullptr));
    return FALSE;
  }
  std::setvbuf(state.file.get(), nullptr, _IOLBF, 0);
  return TRUE;
}

gboolean stop(GstBaseTransform* base) {
  reinterpret_cast<ToneMeter*>(base)->state->file.reset();
  return TRUE;
}

void set_property(GObject* object, guint, const GValue* value, GParamSpec*) {
  State& state = *reinterpret_cast<ToneMeter*>(object)->state;
  GST_OBJECT_LOCK(object);
  state.location.reset(g_value_dup_string(value));
  GST_OBJECT_UNLOCK(object);
}

void get_property(GObject* object, guint, GValue* value, GParamSpec*) {
  State& state = *reinterpret_cast<ToneMeter*>(object)->state;
  GST_OBJECT_LOCK(object);
  g_value_set_string(value, state.location.get());
  GST_OBJECT_UNLOCK(object);
}

void finalize(GObject* object) {
  delete reinterpret_cast<ToneMeter*>(object)->state;
  G_OBJECT_CLASS(tone_meter_parent_class)->finalize(object);
}

void tone_meter_class_init(ToneMeterClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  g_object_class_install_property(
      object, kPropLocation,
      g_param_spec_string("location", "Location", "File that times are appended to", nullptr,
                          jackfield::kReadWriteReady));
  auto* element = GST_ELEMENT_CLASS(klass);
  gstpp::CapsPtr caps(gst_caps_from_string(kCaps));
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, {"src", GST_PAD_SRC}}) {
    gst_element_class_add_pad_template(
        element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  }
  gst_element_class_set_static_metadata(element, "Tone meter", "Filter/Audio",
                                        "Measures how long sound is on its way", PACKAGE_ORIGIN);
  auto* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->transform_ip = transform_ip;
  transform->start = start;
  transform->stop = stop;
}

void tone_meter_init(ToneMeter* self) {
  self->state = new State;
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

gboolean plugin_init(GstPlugin* plugin) {
  return gst_element_register(plugin, "tonemeter", GST_RANK_NONE, tone_meter_get_type());
}

}  // namespace

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, tonemeter, "Measures delays of audio",
                  plugin_init, PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
