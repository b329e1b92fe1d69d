#include "control/audio_control.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "control/core/voice_gain.hpp"
#include "control/voice_pads.hpp"

namespace jackfield {
namespace {

// Behind so long a hole in the sound something new begins.
constexpr GstClockTime kHole = 100 * GST_MSECOND;

std::optional<VoiceFormat> format_of(GstCaps* caps) {
  using Samples = VoiceFormat::Samples;
  if (!caps || gst_caps_get_size(caps) != 1) return std::nullopt;
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  VoiceFormat format;
  gst_structure_get_int(s, "rate", &format.rate);
  gst_structure_get_int(s, "channels", &format.channels);
  if (format.rate <= 0 || format.channels <= 0) return std::nullopt;
  if (gst_structure_has_name(s, "audio/x-mulaw")) {
    format.samples = Samples::kMulaw;
  } else if (gst_structure_has_name(s, "audio/x-alaw")) {
    format.samples = Samples::kAlaw;
  } else {
    const std::string name = gstpp::get_string(s, "format");
    const std::string layout = gstpp::get_string(s, "layout");
    constexpr std::string_view kOrder = G_BYTE_ORDER == G_LITTLE_ENDIAN ? "LE" : "BE";
    if (!gst_structure_has_name(s, "audio/x-raw") || layout == "non-interleaved" ||
        !name.ends_with(kOrder))
      return std::nullopt;
    const std::string_view kind{name.data(), name.size() - kOrder.size()};
    if (kind == "S16") {
      format.samples = Samples::kS16;
    } else if (kind == "S32") {
      format.samples = Samples::kS32;
    } else if (kind == "F32") {
      format.samples = Samples::kF32;
    } else if (kind == "F64") {
      format.samples = Samples::kF64;
    } else {
      return std::nullopt;
    }
  }
  return format;
}

// What a probe and the main thread share.
struct Shared {
  std::mutex lock;
  // All under lock.
  VoiceGain gain;
  VoiceLevel level;
  std::optional<VoiceFormat> format;
  bool measured = false;
  bool installed = false;
  // Where the sound goes on if it does: PTS, GST_CLOCK_TIME_NONE before the first buffer.
  GstClockTime next = GST_CLOCK_TIME_NONE;
  gint64 set_at = 0;  // monotonic, µs
};

void change_buffer(Shared& shared, GstBuffer* buffer) {
  gstpp::MappedBuffer map{buffer, GST_MAP_READWRITE};
  if (!map) return;
  const std::span<std::uint8_t> bytes{map.data(), map.size()};
  shared.gain.process(bytes, *shared.format);
  if (shared.measured) shared.level.add(bytes, *shared.format);
}

void measure_buffer(Shared& shared, GstBuffer* buffer) {
  const gstpp::MappedBuffer map{buffer, GST_MAP_READ};
  if (map) shared.level.add({map.data(), map.size()}, *shared.format);
}

// Does it begin anew? Then it need not be faded into what it is to be.
bool begins(Shared& shared, GstBuffer* buffer) {
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  const GstClockTime duration = GST_BUFFER_DURATION(buffer);
  const GstClockTime next = shared.next;
  if (GST_CLOCK_TIME_IS_VALID(pts))
    shared.next = pts + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
  if (GST_CLOCK_TIME_IS_VALID(next) && GST_CLOCK_TIME_IS_VALID(pts)) return pts > next + kHole;
  // The first that is seen: since the gain was set, would there not have been another one?
  return !GST_CLOCK_TIME_IS_VALID(next) &&
         (g_get_monotonic_time() - shared.set_at) * 1000 > 3 * gint64{kHole};
}

void take_data(Shared& shared, GstPadProbeInfo* info) {
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER && begins(shared, GST_PAD_PROBE_INFO_BUFFER(info)))
    shared.gain.settle();
  const bool neutral = shared.gain.neutral();
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    if (neutral) return measure_buffer(shared, GST_PAD_PROBE_INFO_BUFFER(info));
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    change_buffer(shared, buffer);
    return;
  }
  GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
  if (!neutral) {
    list = gst_buffer_list_make_writable(list);
    GST_PAD_PROBE_INFO_DATA(info) = list;
  }
  for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
    if (neutral) {
      measure_buffer(shared, gst_buffer_list_get(list, i));
    } else {
      change_buffer(shared, gst_buffer_list_get_writable(list, i));
    }
  }
}

GstPadProbeReturn on_data(GstPad*, GstPadProbeInfo* info, gpointer user) {
  Shared& shared = **static_cast<std::shared_ptr<Shared>*>(user);
  const std::lock_guard guard(shared.lock);
  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      shared.format = format_of(caps);
    }
    return GST_PAD_PROBE_OK;
  }
  if (shared.gain.neutral() && !shared.measured) {
    shared.installed = false;
    return GST_PAD_PROBE_REMOVE;
  }
  if (shared.format) take_data(shared, info);
  return GST_PAD_PROBE_OK;
}

}  // namespace

struct AudioControl::Tap {
  gstpp::PadPtr pad;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  gulong probe = 0;

  explicit Tap(gstpp::PadPtr given) : pad(std::move(given)) {}
  ~Tap() {
    bool installed = false;
    {
      const std::lock_guard guard(shared->lock);
      installed = shared->installed;
    }
    if (installed) gst_pad_remove_probe(pad.get(), probe);
  }

  // The caps that flow are known, and are none that can be changed.
  bool is_foreign() const {
    const gstpp::CapsPtr caps{gst_pad_get_current_caps(pad.get())};
    return caps && !format_of(caps.get());
  }

  void set_gain(double decibels, bool muted) {
    {
      const std::lock_guard guard(shared->lock);
      shared->gain.set(decibels, muted);
      shared->set_at = g_get_monotonic_time();
      if (shared->gain.neutral()) return;
    }
    install();
  }

  void measure(bool wanted) {
    {
      const std::lock_guard guard(shared->lock);
      shared->measured = wanted;
      shared->level.take();
      if (!wanted) return;
    }
    install();
  }

  // It removes itself when there is nothing to be done any more.
  void install() {
    const gstpp::CapsPtr caps{gst_pad_get_current_caps(pad.get())};
    {
      const std::lock_guard guard(shared->lock);
      if (std::exchange(shared->installed, true)) return;
      shared->format = format_of(caps.get());
      shared->next = GST_CLOCK_TIME_NONE;
    }
    constexpr auto kTypes =
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                     GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
    probe = gst_pad_add_probe(
        pad.get(), kTypes, on_data, new std::shared_ptr<Shared>{shared},
        [](gpointer user) { delete static_cast<std::shared_ptr<Shared>*>(user); });
  }
};

AudioControl::Voice::Voice(const char* given) : name(given) {}
AudioControl::Voice::~Voice() = default;

AudioControl::AudioControl(GstElement* pipeline)
    : pipeline_(pipeline), caller_("caller"), agent_("agent") {}
AudioControl::~AudioControl() = default;

// Again each time while there are none: a pipeline that starts may get them.
bool AudioControl::find_pads(Voice& voice) {
  if (!voice.taps.empty()) return true;
  const bool is_caller = &voice == &caller_;
  VoicePads pads = find_voice_pads(pipeline_);
  for (gstpp::PadPtr& pad : is_caller ? pads.caller : pads.agent) {
    voice.taps.push_back(std::make_unique<Tap>(std::move(pad)));
    if (voice.muted || voice.gain != 0) voice.taps.back()->set_gain(voice.gain, voice.muted);
  }
  if (measured_ && !voice.taps.empty()) voice.taps.front()->measure(true);
  return !voice.taps.empty();
}

std::string AudioControl::reason_against(Voice& voice, const VoiceChange& change) {
  if (!change.any()) return {};
  if (!find_pads(voice))
    return "the pipeline has no place where the voice of the " + std::string{voice.name} +
           " is known to pass (a twiliosrc or twiliosink, a webrtcbin, a sound device, an "
           "agentbrain)";
  for (const auto& tap : voice.taps) {
    if (tap->is_foreign())
      return "the voice of the " + std::string{voice.name} +
             " is in a format that cannot be changed here (mu-law, A-law, and interleaved S16, "
             "S32, F32 and F64 can)";
  }
  return {};
}

void AudioControl::apply(Voice& voice, const VoiceChange& change) {
  if (!change.any()) return;
  voice.muted = change.muted.value_or(voice.muted);
  voice.gain = change.gain.value_or(voice.gain);
  for (const auto& tap : voice.taps) tap->set_gain(voice.gain, voice.muted);
}

std::string AudioControl::change(const OfBoth<VoiceChange>& change) {
  if (std::string why = reason_against(caller_, change.caller); !why.empty()) return why;
  if (std::string why = reason_against(agent_, change.agent); !why.empty()) return why;
  apply(caller_, change.caller);
  apply(agent_, change.agent);
  return {};
}

void AudioControl::measure(bool wanted) {
  const bool is_new = std::exchange(measured_, wanted) != wanted;
  for (Voice* voice : {&caller_, &agent_}) {
    if (voice->taps.empty()) {
      if (wanted) find_pads(*voice);
    } else if (is_new) {
      voice->taps.front()->measure(wanted);
    }
  }
}

OfBoth<std::optional<Loudness>> AudioControl::take_levels() {
  const auto take = [](Voice& voice) -> std::optional<Loudness> {
    if (voice.taps.empty()) return std::nullopt;
    Shared& shared = *voice.taps.front()->shared;
    const std::lock_guard guard(shared.lock);
    return shared.level.take();
  };
  return {.caller = take(caller_), .agent = take(agent_)};
}

}  // namespace jackfield
