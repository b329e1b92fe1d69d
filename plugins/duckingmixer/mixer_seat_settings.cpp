#include "mixer_seat_settings.hpp"

#include <cstring>

#include "mixer_pads.hpp"
#include "param_flags.hpp"

namespace ducking {
namespace {

// By name, as the pads have them.
constexpr const char* kOfSink[] = {"gain", "mute", "duck", "priority", "voice-only"};
constexpr const char* kRoute = "route";

GstPad* pad_with(const SeatRoom& room, const char* name) {
  if (std::strcmp(name, kRoute) == 0) return room.src();
  for (const char* one : kOfSink) {
    if (std::strcmp(name, one) == 0) return room.sink();
  }
  return nullptr;
}

}  // namespace

jackfield::MemberProperties<SeatSettings>* install_seat_properties(GObjectClass* klass) {
  using jackfield::kReadOnly;
  using jackfield::kReadWritePlaying;
  const SeatSettings defaults;
  auto* properties = new jackfield::MemberProperties<SeatSettings>(klass);
  properties->add(
      g_param_spec_object("mixer", "Mixer",
                          "The duckingmixer of the room that the seat is in, of this or another "
                          "pipeline; none: in no room",
                          GST_TYPE_ELEMENT, kReadWritePlaying),
      nullptr, nullptr);
  properties->add(
      g_param_spec_string("mixer-name", "Mixer's name",
                          "Name of a duckingmixer in the same pipeline, looked up on the way to "
                          "PAUSED; empty: what `mixer` says",
                          "", jackfield::kReadWriteReady),
      [](auto& settings) -> auto& { return settings.mixer_name; });
  properties->add(
      g_param_spec_double("gain", "Gain", "Factor for the amplitude; changes over 10 ms", 0, 10,
                          defaults.gain, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.gain; });
  properties->add(
      g_param_spec_boolean("mute", "Mute", "Nobody hears it", defaults.mute, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.mute; });
  properties->add(
      g_param_spec_enum("duck", "Duck", "To whom it gives way", duck_type(),
                        static_cast<gint>(defaults.duck), kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck; });
  properties->add(
      g_param_spec_int("priority", "Priority", "Of leaders and followers; the higher goes first",
                       -100, 100, defaults.priority, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.priority; });
  properties->add(
      g_param_spec_boolean("voice-only", "Voice only",
                           "Heard only while there is a voice in it, so that those who listen can "
                           "share one mix",
                           defaults.voice_only, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.voice_only; });
  properties->add(
      g_param_spec_string(kRoute, "Route",
                          "Whom it hears, by the mixer's pads: 'all', 'all -sink_1' (all but), "
                          "'sink_1 sink_2', 'none'; empty: all but itself",
                          "", kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.route; });
  properties->add(g_param_spec_int("pad-number", "Pad number",
                                   "N of the mixer's pads sink_N and src_N; -1: in no room", -1,
                                   G_MAXINT, -1, kReadOnly),
                  nullptr, nullptr);
  properties->add_stats();
  return properties;
}

void hand_on(GObject* seat, const SeatRoom& room) {
  for (const char* name : kOfSink) {
    GValue value = G_VALUE_INIT;
    g_object_get_property(seat, name, &value);
    g_object_set_property(G_OBJECT(room.sink()), name, &value);
    g_value_unset(&value);
  }
  gstpp::CharPtr route;
  g_object_get(seat, kRoute, gstpp::OutPtr{route}.operator gchar**(), nullptr);
  if (route && *route) g_object_set(room.src(), kRoute, route.get(), nullptr);
}

void hand_on(const SeatRoom& room, GParamSpec* pspec, const GValue* value) {
  GstPad* pad = pad_with(room, pspec->name);
  if (!pad) return;
  if (pad != room.src() || !gstpp::get_string(value).empty()) {
    g_object_set_property(G_OBJECT(pad), pspec->name, value);
    return;
  }
  const std::string others = "all -sink_" + std::to_string(room.number());
  g_object_set(pad, kRoute, others.c_str(), nullptr);
}

}  // namespace ducking
