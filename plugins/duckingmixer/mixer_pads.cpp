#include "mixer_pads.hpp"

#include <cmath>
#include <string>

#include "member_properties.hpp"
#include "param_flags.hpp"

namespace ducking {

GType duck_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(Duck::kAuto), "Gives way to whoever of those with 'auto' is loudest",
         "auto"},
        {static_cast<gint>(Duck::kNever), "Is left alone, and nobody gives way to it", "never"},
        {static_cast<gint>(Duck::kFollower),
         "Gives way to leaders of its own priority and higher ones", "follower"},
        {static_cast<gint>(Duck::kLeader),
         "Others give way to it; itself to leaders of higher priority", "leader"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstDuckingMixerDuck", values);
  }();
  return type;
}

namespace {

float decibels(float level) { return 20 * std::log10(std::max(level, 1e-6F)); }

}  // namespace

GstStructure* sink_stats(Sink& sink) {
  std::lock_guard guard(sink.lock);
  guint64 queued = 0, dropped = 0, skipped = 0, late = 0;
  if (sink.ring) {
    queued = sink.ring->queued_ns();
    dropped = sink.ring->dropped();
    skipped = sink.ring->skipped();
    late = sink.ring->late();
  }
  return gst_structure_new(
      "application/x-duckingmixer-sink-stats", "level", G_TYPE_DOUBLE,
      static_cast<gdouble>(decibels(sink.state.level)), "voice", G_TYPE_BOOLEAN,
      static_cast<gboolean>(sink.state.voice), "ducked", G_TYPE_DOUBLE,
      static_cast<gdouble>(sink.state.duck_db), "present", G_TYPE_BOOLEAN,
      static_cast<gboolean>(sink.state.present), "queued", G_TYPE_UINT64, queued, "missed",
      G_TYPE_UINT64, static_cast<guint64>(sink.state.missed), "late", G_TYPE_UINT64, late,
      "dropped", G_TYPE_UINT64, dropped, "skipped", G_TYPE_UINT64, skipped, nullptr);
}

GstStructure* src_stats(Src& src) {
  std::lock_guard guard(src.lock);
  return gst_structure_new("application/x-duckingmixer-src-stats", "peak", G_TYPE_DOUBLE,
                           static_cast<gdouble>(decibels(src.peak)), "limited", G_TYPE_DOUBLE,
                           static_cast<gdouble>(decibels(src.limiter_gain)), "pushed",
                           G_TYPE_UINT64, src.pushed, "dropped", G_TYPE_UINT64, src.dropped,
                           nullptr);
}

namespace {

struct SinkPad {
  GstPad parent;
  Sink* state;
};
struct SinkPadClass {
  GstPadClass parent_class;
};
struct SrcPad {
  GstPad parent;
  Src* state;
};
struct SrcPadClass {
  GstPadClass parent_class;
};

gpointer sink_parent_class = nullptr;
gpointer src_parent_class = nullptr;
jackfield::MemberProperties<SinkSettings>* sink_properties = nullptr;

enum { kSrcZero, kSrcRoute, kSrcStats };

void sink_set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
  Sink& sink = sink_of(GST_PAD(object));
  {
    gstpp::ObjectLock lock(object);
    if (!sink_properties->set(sink.settings, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
  sink.settings_changed = true;
}

void sink_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  if (sink_properties->is_stats(id)) {
    g_value_take_boxed(value, sink_stats(sink_of(GST_PAD(object))));
    return;
  }
  gstpp::ObjectLock lock(object);
  if (!sink_properties->get(sink_of(GST_PAD(object)).settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

void sink_finalize(GObject* object) {
  delete reinterpret_cast<SinkPad*>(object)->state;
  G_OBJECT_CLASS(sink_parent_class)->finalize(object);
}

void sink_class_init(gpointer klass, gpointer) {
  sink_parent_class = g_type_class_peek_parent(klass);
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = sink_set_property;
  object_class->get_property = sink_get_property;
  object_class->finalize = sink_finalize;
  const SinkSettings defaults;
  sink_properties = new jackfield::MemberProperties<SinkSettings>(object_class);
  sink_properties->add(
      g_param_spec_double("gain", "Gain", "Factor for the amplitude; changes over 10 ms", 0, 10,
                          defaults.gain, jackfield::kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.gain; });
  sink_properties->add(
      g_param_spec_boolean("mute", "Mute", "Nobody hears it", defaults.mute,
                           jackfield::kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.mute; });
  sink_properties->add(
      g_param_spec_enum("duck", "Duck", "To whom it gives way", duck_type(),
                        static_cast<gint>(defaults.duck), jackfield::kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck; });
  sink_properties->add(
      g_param_spec_int("priority", "Priority", "Of leaders and followers; the higher goes first",
                       -100, 100, defaults.priority, jackfield::kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.priority; });
  sink_properties->add(
      g_param_spec_boolean("voice-only", "Voice only",
                           "Heard only while there is a voice in it, so that those who listen can "
                           "share one mix",
                           defaults.voice_only, jackfield::kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.voice_only; });
  sink_properties->add_stats();
}

void sink_init(GTypeInstance* instance, gpointer) {
  auto* pad = reinterpret_cast<SinkPad*>(instance);
  pad->state = new Sink;
  gst_segment_init(&pad->state->segment, GST_FORMAT_TIME);
}

void src_set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
  if (id != kSrcRoute) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    return;
  }
  std::string error;
  const auto route = parse_route(gstpp::get_string(value), error);
  if (!route) {
    const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(object))};
    g_warning("duckingmixer: the route of %s stays as it was: %s", name.get(), error.c_str());
    return;
  }
  Src& src = src_of(GST_PAD(object));
  {
    gstpp::ObjectLock lock(object);
    src.settings.route = *route;
  }
  src.route_changed = true;
}

void src_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  switch (id) {
    case kSrcRoute:
      g_value_set_string(value, route_of(GST_PAD(object)).text().c_str());
      break;
    case kSrcStats:
      g_value_take_boxed(value, src_stats(src_of(GST_PAD(object))));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

void src_finalize(GObject* object) {
  delete reinterpret_cast<SrcPad*>(object)->state;
  G_OBJECT_CLASS(src_parent_class)->finalize(object);
}

void src_class_init(gpointer klass, gpointer) {
  src_parent_class = g_type_class_peek_parent(klass);
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = src_set_property;
  object_class->get_property = src_get_property;
  object_class->finalize = src_finalize;
  g_object_class_install_property(
      object_class, kSrcRoute,
      g_param_spec_string("route", "Route",
                          "Whom it hears: 'all', 'all -sink_1' (all but), 'sink_1 sink_2', 'none'",
                          "all", jackfield::kReadWritePlaying));
  g_object_class_install_property(object_class, kSrcStats,
                                  g_param_spec_boxed("stats", "Statistics", "What went out",
                                                     GST_TYPE_STRUCTURE, jackfield::kReadOnly));
}

void src_init(GTypeInstance* instance, gpointer) {
  reinterpret_cast<SrcPad*>(instance)->state = new Src;
}

}  // namespace

GType sink_pad_type() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_PAD, "GstDuckingMixerSink", sizeof(SinkPadClass), sink_class_init, sizeof(SinkPad),
      sink_init, static_cast<GTypeFlags>(0));
  return type;
}

GType src_pad_type() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_PAD, "GstDuckingMixerSrc", sizeof(SrcPadClass), src_class_init, sizeof(SrcPad),
      src_init, static_cast<GTypeFlags>(0));
  return type;
}

Sink& sink_of(GstPad* pad) { return *reinterpret_cast<SinkPad*>(pad)->state; }
Src& src_of(GstPad* pad) { return *reinterpret_cast<SrcPad*>(pad)->state; }
std::shared_ptr<OutputReceiver>& receiver_of(GstPad* pad) {
  return GST_PAD_IS_SRC(pad) ? src_of(pad).receiver : sink_of(pad).receiver;
}

InputSettings input_settings(GstPad* pad) {
  gstpp::ObjectLock lock(pad);
  const SinkSettings& settings = sink_of(pad).settings;
  return {.gain = static_cast<float>(settings.gain),
          .mute = settings.mute,
          .duck = settings.duck,
          .priority = settings.priority,
          .voice_only = settings.voice_only};
}

Route route_of(GstPad* pad) {
  gstpp::ObjectLock lock(pad);
  return src_of(pad).settings.route;
}

}  // namespace ducking
