#include "mixer_settings.hpp"

#include <algorithm>
#include <cmath>

#include "constant_presets.hpp"
#include "param_flags.hpp"

namespace ducking {
namespace {

float milliseconds(guint64 time) { return static_cast<float>(time) / GST_MSECOND; }

using jackfield::PresetValue;

// Who speaks is in front, and who throws in a word is understood all the same: -6 dB. The more
// speak at once, the less loud is each.
constexpr PresetValue kMeeting[] = {{"normalise", "true"},       {"duck-threshold", "0.05"},
                                    {"duck-attenuation", "0.5"}, {"duck-attack", "30000000"},
                                    {"duck-hold", "300000000"},  {"duck-release", "500000000"}};
// One speaks, and what is heard of others meanwhile is 20 dB below, until a pause of a second.
constexpr PresetValue kBroadcast[] = {{"normalise", "false"},      {"duck-threshold", "0.05"},
                                      {"duck-attenuation", "0.1"}, {"duck-attack", "20000000"},
                                      {"duck-hold", "1000000000"}, {"duck-release", "1000000000"}};
// Music under a voice: -14 dB, slowly enough not to be noticed as a switch.
constexpr PresetValue kDesk[] = {{"normalise", "false"},      {"duck-threshold", "0.02"},
                                 {"duck-attenuation", "0.2"}, {"duck-attack", "50000000"},
                                 {"duck-hold", "500000000"},  {"duck-release", "600000000"}};
constexpr jackfield::ConstantPreset kPresets[] = {
    {"meeting", "Many who take turns: whoever is loudest is in front, the others stay audible",
     kMeeting},
    {"broadcast", "One speaks to many: hardly anything is heard of others meanwhile", kBroadcast},
    {"desk", "Music that gives way to an agent's voice", kDesk}};

}  // namespace

void init_presets(gpointer interface) { jackfield::init_constant_presets(interface, kPresets); }

jackfield::MemberProperties<Settings>* install_properties(GObjectClass* klass) {
  using jackfield::kReadWritePlaying;
  using jackfield::kReadWriteReady;
  const Settings defaults;
  auto* properties = new jackfield::MemberProperties<Settings>(klass);
  properties->add(
      g_param_spec_int("rate", "Rate",
                       "Of all pads, in Hz; a multiple of 100, other rates are rounded "
                       "down to one",
                       8000, 192000, defaults.rate, kReadWriteReady),
      [](auto& settings) -> auto& { return settings.rate; });
  properties->add(
      g_param_spec_int("channels", "Channels", "Of all pads", 1, 8, defaults.channels,
                       kReadWriteReady),
      [](auto& settings) -> auto& { return settings.channels; });
  properties->add(
      g_param_spec_double("master-gain", "Master gain", "Of all outputs (factor)", 0, 10,
                          defaults.master_gain, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.master_gain; });
  properties->add(
      g_param_spec_boolean("normalise", "Normalise",
                           "Divide by the square root of the number of voices", defaults.normalise,
                           kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.normalise; });
  properties->add(
      g_param_spec_double("duck-threshold", "Duck threshold",
                          "Of the inputs with duck=auto, others give way when the loudest is above "
                          "this level (RMS, 1 is full scale)",
                          0, 1, defaults.duck_threshold, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck_threshold; });
  properties->add(
      g_param_spec_double("duck-attenuation", "Duck attenuation", "Factor for what gives way", 0, 1,
                          defaults.duck_attenuation, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck_attenuation; });
  constexpr guint64 kLongest = 10 * GST_SECOND;
  properties->add(
      g_param_spec_uint64("duck-attack", "Duck attack",
                          "Time until what gives way has done so (ns)", 0, kLongest,
                          defaults.duck_attack, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck_attack; });
  properties->add(
      g_param_spec_uint64("duck-hold", "Duck hold",
                          "It stays so for this long behind the last cause (ns)", 0, kLongest,
                          defaults.duck_hold, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck_hold; });
  properties->add(
      g_param_spec_uint64("duck-release", "Duck release", "Time until it is as loud as before (ns)",
                          0, kLongest, defaults.duck_release, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.duck_release; });
  properties->add(
      g_param_spec_string("seats", "Seats",
                          "Makes the mixer a room, which does not end when its inputs do; for "
                          "supervisors: the pipeline files of its participants, as in 'phone=FILE "
                          "browser=FILE agent=FILE'. Empty: no room",
                          "", kReadWriteReady),
      [](auto& settings) -> auto& { return settings.seats; });
  properties->add(
      g_param_spec_uint("max-inputs", "Most inputs", "More are refused", 1, kMostInputs,
                        defaults.max_inputs, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.max_inputs; });
  properties->add(
      g_param_spec_boolean("join-muted", "Join muted",
                           "New inputs have mute=true until somebody sets it to false",
                           defaults.join_muted, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.join_muted; });
  properties->add(
      g_param_spec_boolean("join-tones", "Join tones",
                           "All hear two short tones, rising or falling, when an input comes or "
                           "goes while it plays (-24 dBFS)",
                           defaults.join_tones, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.join_tones; });
  properties->add_stats();
  return properties;
}

// Whole frames in 10 ms.
Mixer::Format format_of(const Settings& settings) {
  return {.rate = settings.rate - settings.rate % 100, .channels = settings.channels};
}

MixSettings mix_settings(const Settings& settings) {
  MixSettings mix;
  mix.master_gain = static_cast<float>(settings.master_gain);
  mix.normalise = settings.normalise;
  mix.duck_threshold = static_cast<float>(settings.duck_threshold);
  mix.curve = {
      .depth_db = static_cast<float>(20 * std::log10(std::max(settings.duck_attenuation, 1e-4))),
      .attack_ms = milliseconds(settings.duck_attack),
      .hold_ms = milliseconds(settings.duck_hold),
      .release_ms = milliseconds(settings.duck_release)};
  return mix;
}

}  // namespace ducking
