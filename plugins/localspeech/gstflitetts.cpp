// flitetts: text to speech by flite, on this machine. See docs/elements/flitetts.md.
//
// Text is synthesised in the thread that pushes it, and pushed in pieces of 20 ms as flite makes
// them, so a flush is seen within a piece. Settings, and the figures of `stats`, are under the
// object lock; the position of the stream belongs to the streaming thread; `flushing` is set from
// any thread. No lock is held while pushing.
#include "gstflitetts.hpp"

#include <gst/audio/audio.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <string>
#include <vector>

#include "flite_voice.hpp"
#include "gstpp.hpp"
#include "param_flags.hpp"
#include "sentences.hpp"
#include "speakable_text.hpp"
#include "speech_pieces.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(flitetts_debug);
#define GST_CAT_DEFAULT flitetts_debug

namespace {

using localspeech::TimedWord;
using localspeech::VoiceId;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxTextBytes = 16384;  // of one buffer: a quarter of an hour of speech
constexpr std::size_t kMaxSentence = 300;     // flite plans a sentence as a whole before it speaks
constexpr int kPiecesPerSecond = 50;

constexpr VoiceId kDefaultVoice = VoiceId::kSlt;
constexpr double kDefaultSpeed = 1.0;
constexpr double kDefaultVolume = 1.0;
constexpr guint64 kDefaultLeadingSilence = 20 * GST_MSECOND;

struct Settings {
  VoiceId voice = kDefaultVoice;
  double speed = kDefaultSpeed;
  double volume = kDefaultVolume;
  GstClockTime leading_silence = kDefaultLeadingSilence;
};

struct Stats {
  guint64 sentences = 0;
  guint64 characters = 0;
  guint64 audio = 0;
  guint64 first_audio = 0;
  guint64 synthesis = 0;
  guint64 aborted = 0;
  guint64 dropped_bytes = 0;
  guint64 failed = 0;
};

struct State {
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  std::atomic<bool> flushing{false};

  // Under the object lock.
  Settings settings;
  Stats stats;

  // Of the streaming thread.
  GstSegment segment;
  GstClockTime next_position = GST_CLOCK_TIME_NONE;  // running time of the end of the last buffer
  int rate = 0;                                      // of the caps sent, 0: none yet
};

guint64 nanoseconds(SteadyClock::duration d) {
  return static_cast<guint64>(std::chrono::duration_cast<std::chrono::nanoseconds>(d).count());
}

}  // namespace

struct _GstFliteTts {
  GstElement parent;
  State* state;
};

enum { kPropVoice = 1, kPropSpeed, kPropVolume, kPropLeadingSilence, kPropStats, kPropCount };
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstFliteTts, gst_flite_tts, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(flitetts, "flitetts", GST_RANK_NONE, GST_TYPE_FLITE_TTS,
                                      GST_DEBUG_CATEGORY_INIT(flitetts_debug, "flitetts", 0,
                                                              "text to speech by flite"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) " GST_AUDIO_NE(
        S16) ", layout = (string) interleaved, rate = (int) { 16000, 8000 }, channels = (int) 1"));

static GType gst_flite_tts_voice_get_type() {
  static const GType type = [] {
    // GObject keeps the pointer.
    static std::vector<GEnumValue> values;
    for (const auto& voice : localspeech::voices()) {
      values.push_back({static_cast<gint>(voice.id), voice.description, voice.name});
    }
    values.push_back({0, nullptr, nullptr});
    return g_enum_register_static("GstFliteTtsVoice", values.data());
  }();
  return type;
}

// Sends the caps of the voice when they differ from what was sent.
static void set_voice_caps(GstFliteTts* self, VoiceId voice) {
  State& s = *self->state;
  const int rate = localspeech::voice_info(voice).rate;
  if (rate == s.rate) return;
  gstpp::CapsPtr caps{gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE(S16),
                                          "layout", G_TYPE_STRING, "interleaved", "rate",
                                          G_TYPE_INT, rate, "channels", G_TYPE_INT, 1, nullptr)};
  if (gst_pad_push_event(s.src, gst_event_new_caps(caps.get()))) s.rate = rate;
}

namespace {

// Turns what flite makes into buffers.
class Speaker final : public localspeech::SpeechReceiver {
 public:
  Speaker(GstFliteTts* self, const Settings& settings, GstClockTime text_position)
      : self_(self),
        settings_(settings),
        text_position_(text_position),
        voice_(localspeech::voice_info(settings.voice)),
        pieces_(static_cast<std::size_t>(voice_.rate / kPiecesPerSecond)) {}

  GstFlowReturn speak(const std::string& sentence) {
    began_ = SteadyClock::now();
    first_audio_ = pushing_ = {};
    made_ = 0;
    const bool fine = localspeech::speak(settings_.voice, sentence, settings_.speed, *this);
    if (flow_ == GST_FLOW_OK) pieces_.finish(*this);
    count(sentence, fine);
    if (!fine) {
      GST_ELEMENT_WARNING(self_, LIBRARY, ENCODE, ("A sentence could not be spoken."),
                          ("flite failed on \"%s\"", sentence.c_str()));
    }
    return flow_;
  }

  void on_words(std::vector<TimedWord> words, std::size_t first_sound) override {
    // Between sentences of one reply the pause belongs to the speech; before a reply it only delays
    // it.
    const auto kept = static_cast<std::size_t>(gst_util_uint64_scale(
        settings_.leading_silence, static_cast<guint64>(voice_.rate), GST_SECOND));
    const bool starts = starts_anew();
    pieces_.begin(std::move(words), starts && first_sound > kept ? first_sound - kept : 0,
                  static_cast<float>(settings_.volume) * voice_.level);
  }

  bool on_audio(std::span<const std::int16_t> samples) noexcept override {
    return gstpp::guarded(self_, false, [&] { return pieces_.feed(samples, *this); });
  }

  // A piece is ready.
  bool operator()(std::span<const std::int16_t> samples, std::span<const TimedWord> words) {
    return push(samples, words);
  }

 private:
  bool starts_anew() const {
    const State& s = *self_->state;
    const GstClockTime now = gstpp::running_time(GST_ELEMENT_CAST(self_));
    return !GST_CLOCK_TIME_IS_VALID(s.next_position) ||
           (GST_CLOCK_TIME_IS_VALID(now) && now > s.next_position);
  }

  GstClockTime time(std::size_t samples) const {
    return gst_util_uint64_scale_int_round(samples, GST_SECOND, voice_.rate);
  }

  bool push(std::span<const std::int16_t> samples, std::span<const TimedWord> words) {
    State& s = *self_->state;
    if (s.flushing) {
      flow_ = GST_FLOW_FLUSHING;
      return false;
    }
    // The later of now and the end of the last buffer; without a clock, the time of the text.
    GstClockTime now = gstpp::running_time(GST_ELEMENT_CAST(self_));
    if (!GST_CLOCK_TIME_IS_VALID(now)) now = text_position_;
    if (!GST_CLOCK_TIME_IS_VALID(now)) now = 0;
    const bool anew = !GST_CLOCK_TIME_IS_VALID(s.next_position) || now > s.next_position;
    const GstClockTime position = anew ? now : s.next_position;

    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
    GST_BUFFER_PTS(buffer) =
        gst_segment_position_from_running_time(&s.segment, GST_FORMAT_TIME, position);
    GST_BUFFER_DURATION(buffer) = time(samples.size());
    if (anew) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (!words.empty()) attach(buffer, words);
    s.next_position = position + GST_BUFFER_DURATION(buffer);
    made_ += samples.size();
    if (first_audio_ == SteadyClock::duration{}) first_audio_ = SteadyClock::now() - began_;

    const auto before = SteadyClock::now();
    flow_ = gst_pad_push(s.src, buffer);
    pushing_ += SteadyClock::now() - before;
    return flow_ == GST_FLOW_OK;
  }

  void attach(GstBuffer* buffer, std::span<const TimedWord> words) const {
    std::vector<jackfield::Word> attached;
    attached.reserve(words.size());
    for (const TimedWord& word : words) {
      attached.push_back({.text = word.text,
                          .offset = time(word.begin),
                          .duration = time(word.end - std::min(word.begin, word.end))});
    }
    jackfield::add_words(buffer, attached);
  }

  void count(const std::string& sentence, bool fine) {
    const auto spent = SteadyClock::now() - began_ - pushing_;
    const gstpp::ObjectLock lock(self_);
    Stats& stats = self_->state->stats;
    ++stats.sentences;
    stats.characters += sentence.size();
    stats.audio += time(made_);
    stats.synthesis += nanoseconds(spent);
    if (made_ > 0) stats.first_audio = nanoseconds(first_audio_);
    if (flow_ != GST_FLOW_OK) ++stats.aborted;
    if (!fine) ++stats.failed;
  }

  GstFliteTts* self_;
  Settings settings_;
  GstClockTime text_position_;
  const localspeech::VoiceInfo& voice_;
  localspeech::SpeechPieces pieces_;
  GstFlowReturn flow_ = GST_FLOW_OK;
  SteadyClock::time_point began_;
  SteadyClock::duration first_audio_{};
  SteadyClock::duration pushing_{};
  std::size_t made_ = 0;
};

}  // namespace

static GstFlowReturn speak_text(GstFliteTts* self, std::string_view text, GstClockTime position) {
  State& s = *self->state;
  const auto speakable = localspeech::make_speakable(text, kMaxTextBytes);
  if (speakable.dropped_bytes > 0) {
    GST_WARNING_OBJECT(self, "text of %" G_GSIZE_FORMAT " bytes cut by %" G_GSIZE_FORMAT,
                       text.size(), speakable.dropped_bytes);
    const gstpp::ObjectLock lock(self);
    s.stats.dropped_bytes += speakable.dropped_bytes;
  }
  for (const std::string& sentence : localspeech::split_sentences(speakable.text, kMaxSentence)) {
    if (s.flushing) return GST_FLOW_FLUSHING;
    if (!localspeech::has_speech(sentence)) continue;
    Settings settings;
    {
      const gstpp::ObjectLock lock(self);
      settings = s.settings;
    }
    set_voice_caps(self, settings.voice);
    GST_DEBUG_OBJECT(self, "speaking \"%s\"", sentence.c_str());
    const GstFlowReturn flow = Speaker(self, settings, position).speak(sentence);
    if (flow != GST_FLOW_OK) {
      GST_DEBUG_OBJECT(self, "stopped: %s", gst_flow_get_name(flow));
      return flow;
    }
  }
  return GST_FLOW_OK;
}

static GstFlowReturn gst_flite_tts_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_FLITE_TTS(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    const gstpp::BufferPtr buffer{raw};
    std::string text;
    {
      const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
      if (!map) {
        GST_ELEMENT_ERROR(self, RESOURCE, READ, (nullptr), ("could not map a text buffer"));
        return GST_FLOW_ERROR;
      }
      text.assign(reinterpret_cast<const char*>(map.data()), map.size());
    }
    const GstClockTime position = gst_segment_to_running_time(
        &self->state->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer.get()));
    return speak_text(self, text, position);
  });
}

static gboolean gst_flite_tts_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = GST_FLITE_TTS(parent);
  State& s = *self->state;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS: {
      gst_event_unref(event);
      VoiceId voice = kDefaultVoice;
      {
        const gstpp::ObjectLock lock(self);
        voice = s.settings.voice;
      }
      s.rate = 0;
      set_voice_caps(self, voice);
      return TRUE;
    }
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      if (segment->format == GST_FORMAT_TIME) {
        gst_segment_copy_into(segment, &s.segment);
        break;
      }
      gst_segment_init(&s.segment, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&s.segment);
      gst_event_set_seqnum(own, gst_event_get_seqnum(event));
      gst_event_unref(event);
      return gst_pad_push_event(s.src, own);
    }
    case GST_EVENT_FLUSH_START:
      s.flushing = true;
      break;
    case GST_EVENT_FLUSH_STOP:
      // The stream lock is held: the aborted chain has returned.
      s.next_position = GST_CLOCK_TIME_NONE;
      s.flushing = false;
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, parent, event);
}

static GstStateChangeReturn gst_flite_tts_change_state(GstElement* element,
                                                       GstStateChange transition) {
  State& s = *GST_FLITE_TTS(element)->state;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_segment_init(&s.segment, GST_FORMAT_TIME);
    s.next_position = GST_CLOCK_TIME_NONE;
    s.rate = 0;
    s.flushing = false;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.flushing = true;
  }
  return GST_ELEMENT_CLASS(gst_flite_tts_parent_class)->change_state(element, transition);
}

static void gst_flite_tts_set_property(GObject* object, guint id, const GValue* value,
                                       GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_FLITE_TTS(object)->state->settings;
  switch (id) {
    case kPropVoice:
      settings.voice = static_cast<VoiceId>(g_value_get_enum(value));
      break;
    case kPropSpeed:
      settings.speed = g_value_get_double(value);
      break;
    case kPropVolume:
      settings.volume = g_value_get_double(value);
      break;
    case kPropLeadingSilence:
      settings.leading_silence = g_value_get_uint64(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(const Stats& stats) {
  const double factor =
      stats.audio > 0 ? static_cast<double>(stats.synthesis) / static_cast<double>(stats.audio)
                      : 0.0;
  return gst_structure_new("application/x-flitetts-stats", "sentences", G_TYPE_UINT64,
                           stats.sentences, "characters", G_TYPE_UINT64, stats.characters,
                           "audio-duration", G_TYPE_UINT64, stats.audio, "time-to-first-audio",
                           G_TYPE_UINT64, stats.first_audio, "synthesis-time", G_TYPE_UINT64,
                           stats.synthesis, "real-time-factor", G_TYPE_DOUBLE, factor, "aborted",
                           G_TYPE_UINT64, stats.aborted, "failed", G_TYPE_UINT64, stats.failed,
                           "dropped-bytes", G_TYPE_UINT64, stats.dropped_bytes, nullptr);
}

static void gst_flite_tts_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  const State& s = *GST_FLITE_TTS(object)->state;
  switch (id) {
    case kPropVoice:
      g_value_set_enum(value, static_cast<gint>(s.settings.voice));
      break;
    case kPropSpeed:
      g_value_set_double(value, s.settings.speed);
      break;
    case kPropVolume:
      g_value_set_double(value, s.settings.volume);
      break;
    case kPropLeadingSilence:
      g_value_set_uint64(value, s.settings.leading_silence);
      break;
    case kPropStats:
      g_value_take_boxed(value, make_stats(s.stats));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_flite_tts_init(GstFliteTts* self) {
  self->state = new State;
  State& s = *self->state;
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, gst_flite_tts_chain);
  gst_pad_set_event_function(s.sink, gst_flite_tts_sink_event);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
}

static void gst_flite_tts_finalize(GObject* object) {
  delete GST_FLITE_TTS(object)->state;
  G_OBJECT_CLASS(gst_flite_tts_parent_class)->finalize(object);
}

static void gst_flite_tts_class_init(GstFliteTtsClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_flite_tts_set_property;
  object_class->get_property = gst_flite_tts_get_property;
  object_class->finalize = gst_flite_tts_finalize;
  properties[kPropVoice] = g_param_spec_enum(
      "voice", "Voice", "Who speaks; a change takes effect with the next sentence",
      gst_flite_tts_voice_get_type(), static_cast<gint>(kDefaultVoice),
      jackfield::kReadWritePlaying);
  properties[kPropSpeed] = g_param_spec_double(
      "speed", "Speed",
      "Speed of speech, as a factor of the voice's own; from the next sentence on", 0.5, 2.0,
      kDefaultSpeed, jackfield::kReadWritePlaying);
  properties[kPropVolume] =
      g_param_spec_double("volume", "Volume",
                          "Linear factor on the level, which is the same for all voices at 1; "
                          "peaks are bent, never clipped",
                          0.0, 4.0, kDefaultVolume, jackfield::kReadWritePlaying);
  properties[kPropLeadingSilence] = g_param_spec_uint64(
      "leading-silence", "Leading silence",
      "Silence kept before the first word of a reply (ns); the voices' own is 120 to 250 ms", 0,
      GST_SECOND, kDefaultLeadingSilence, jackfield::kReadWritePlaying);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_flite_tts_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Flite text to speech", "Converter/Text/Audio",
      "Speaks English text with the voices of flite, on this machine, sentence by sentence",
      "Jackfield project");
  gst_type_mark_as_plugin_api(gst_flite_tts_voice_get_type(), static_cast<GstPluginAPIFlags>(0));
}
