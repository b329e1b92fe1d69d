// elevenlabsstt: speech to text by ElevenLabs' Scribe. See docs/elements/elevenlabsstt.md. The
// pads, the connection and the turns are StreamingStt's (plugins/common), the messages those of
// core/; here are the properties, which are under the object lock.
#include "gstelevenlabsstt.hpp"

#include <string>

#include "gstpp.hpp"
#include "param_flags.hpp"
#include "scribe_protocol.hpp"
#include "service_error.hpp"
#include "settings_text.hpp"
#include "streaming_stt.hpp"
#include "trial.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(elevenlabsstt_debug);
#define GST_CAT_DEFAULT elevenlabsstt_debug

using elevenlabs::ScribeSettings;
using jackfield::StreamingStt;
using jackfield::SttSession;
using Segmentation = SttSession::Segmentation;

namespace {

constexpr char kKeyVariable[] = "ELEVENLABS_API_KEY";

struct Settings {
  ScribeSettings scribe;
  std::string keyterms;
  std::string api_key;
  SttSession::Config session{.segmentation = Segmentation::kEvents};
};

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<StreamingStt> stt;
};

}  // namespace

struct _GstElevenlabsStt {
  GstElement parent;
  State* state;
};

enum {
  kPropApiKey = 1,
  kPropBaseUrl,
  kPropModel,
  kPropLanguage,
  kPropKeyterms,
  kPropTimestamps,
  kPropVadSilence,
  kPropVadThreshold,
  kPropMinSpeech,
  kPropMinSilence,
  kPropExtraQuery,
  kPropSegmentation,
  kPropPreRoll,
  kPropResultTimeout,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstElevenlabsStt, gst_elevenlabs_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(elevenlabsstt, "elevenlabsstt", GST_RANK_NONE,
                                      GST_TYPE_ELEVENLABS_STT,
                                      GST_DEBUG_CATEGORY_INIT(elevenlabsstt_debug, "elevenlabsstt",
                                                              0, "speech to text by ElevenLabs"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "
                    "rate = (int) { 8000, 16000, 22050, 24000, 44100, 48000 }, channels = (int) 1; "
                    "audio/x-mulaw, rate = (int) 8000, channels = (int) 1"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static GType gst_elevenlabs_stt_segmentation_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Segmentation::kEvents), "VoiceTurnStart and VoiceTurnEnd", "events"},
      {static_cast<int>(Segmentation::kService),
       "Pauses that ElevenLabs finds, announced downstream as turn events", "service"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsSttSegmentation", values);
  return type;
}

static std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

// ---- Streams ----

static std::optional<SttSession::Failure> explain(const jackfield::WebSocketEnd& end) {
  const auto error = elevenlabs::explain_end(end.http_status, end.close_code, end.details);
  if (!error) return std::nullopt;
  return SttSession::Failure{
      .cause = error->code, .text = error->text, .retryable = error->retryable};
}

static GstStructure* make_error(const SttSession::Failure& failure) {
  return gst_structure_new("elevenlabsstt/error", "cause", G_TYPE_STRING, failure.cause.c_str(),
                           "text", G_TYPE_STRING, failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                           failure.retryable, "http-status", G_TYPE_INT, failure.http_status,
                           "close-code", G_TYPE_INT, failure.close_code, nullptr);
}

static guint64 nanoseconds(double seconds) { return static_cast<guint64>(seconds * 1e9); }

static GstStructure* make_words(const SttSession::Note& note) {
  GstStructure* message = gst_structure_new("elevenlabsstt/words", "language", G_TYPE_STRING,
                                            note.language.c_str(), nullptr);
  std::vector<jackfield::Word> words;
  for (const jackfield::SttWord& word : note.words) {
    words.push_back({.text = word.text,
                     .offset = nanoseconds(word.start_s),
                     .duration = nanoseconds(word.end_s - word.start_s)});
  }
  jackfield::append_words(message, words);
  return message;
}

static bool start(GstElevenlabsStt* self) {
  Settings settings;
  {
    const gstpp::ObjectLock lock(self);
    settings = self->state->settings;
  }
  ScribeSettings& scribe = settings.scribe;
  scribe.keyterms = jackfield::split_terms(settings.keyterms);
  scribe.find_turns = settings.session.segmentation == Segmentation::kService;
  const ScribeSettings defaults;
  if (scribe.base_url.empty()) scribe.base_url = defaults.base_url;
  if (scribe.model.empty()) scribe.model = defaults.model;
  if (const std::string wrong = elevenlabs::check_scribe_settings(scribe); !wrong.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("elevenlabsstt: %s.", wrong.c_str()), (nullptr));
    return false;
  }
  if (jackfield::is_trial(GST_ELEMENT_CAST(self))) return true;
  if (settings.api_key.empty()) {
    const gchar* key = g_getenv(kKeyVariable);
    settings.api_key = key ? key : "";
  }
  self->state->stt->start({.session = settings.session,
                           .make_service = [scribe](const jackfield::SttFormat& format)
                               -> std::unique_ptr<jackfield::SttService> {
                             return std::make_unique<elevenlabs::ScribeProtocol>(scribe, format);
                           },
                           .make_options =
                               [settings](const jackfield::SttFormat& format) {
                                 jackfield::WebSocketOptions options;
                                 options.url = elevenlabs::scribe_url(settings.scribe, format);
                                 if (!settings.api_key.empty()) {
                                   options.headers.emplace_back("xi-api-key", settings.api_key);
                                 }
                                 return options;
                               },
                           .explain = explain,
                           .make_error = make_error,
                           .make_note = make_words});
  return true;
}

static GstStateChangeReturn gst_elevenlabs_stt_change_state(GstElement* element,
                                                            GstStateChange transition) {
  auto* self = GST_ELEVENLABS_STT(element);
  StreamingStt& stt = *self->state->stt;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!gstpp::guarded(self, false, [&] { return start(self); })) return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    stt.begin_stop();
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_elevenlabs_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stt.finish_stop();
  return result;
}

static GstFlowReturn gst_elevenlabs_stt_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return GST_ELEVENLABS_STT(parent)->state->stt->chain(buffer); });
}

static gboolean gst_elevenlabs_stt_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, gboolean{FALSE},
                        [&] { return GST_ELEVENLABS_STT(parent)->state->stt->sink_event(event); });
}

static gboolean gst_elevenlabs_stt_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  return GST_ELEVENLABS_STT(parent)->state->stt->sink_query(query);
}

// ---- The element ----

static void gst_elevenlabs_stt_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_ELEVENLABS_STT(object)->state->settings;
  ScribeSettings& scribe = settings.scribe;
  switch (id) {
    case kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case kPropBaseUrl:
      scribe.base_url = string_of(value);
      break;
    case kPropModel:
      scribe.model = string_of(value);
      break;
    case kPropLanguage:
      scribe.language = string_of(value);
      break;
    case kPropKeyterms:
      settings.keyterms = string_of(value);
      break;
    case kPropTimestamps:
      scribe.timestamps = g_value_get_boolean(value) != FALSE;
      break;
    case kPropVadSilence:
      scribe.vad_silence_ns = g_value_get_uint64(value);
      break;
    case kPropVadThreshold:
      scribe.vad_threshold = g_value_get_double(value);
      break;
    case kPropMinSpeech:
      scribe.min_speech_ns = g_value_get_uint64(value);
      break;
    case kPropMinSilence:
      scribe.min_silence_ns = g_value_get_uint64(value);
      break;
    case kPropExtraQuery:
      scribe.extra = string_of(value);
      break;
    case kPropSegmentation:
      settings.session.segmentation = static_cast<Segmentation>(g_value_get_enum(value));
      break;
    case kPropPreRoll:
      settings.session.pre_roll_ns = g_value_get_uint64(value);
      break;
    case kPropResultTimeout:
      settings.session.result_timeout_ns = g_value_get_uint64(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_elevenlabs_stt_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* spec) {
  if (id == kPropStats) {
    g_value_take_boxed(value, GST_ELEVENLABS_STT(object)->state->stt->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  const Settings& settings = GST_ELEVENLABS_STT(object)->state->settings;
  const ScribeSettings& scribe = settings.scribe;
  switch (id) {
    case kPropBaseUrl:
      g_value_set_string(value, scribe.base_url.c_str());
      break;
    case kPropModel:
      g_value_set_string(value, scribe.model.c_str());
      break;
    case kPropLanguage:
      g_value_set_string(value, scribe.language.c_str());
      break;
    case kPropKeyterms:
      g_value_set_string(value, settings.keyterms.c_str());
      break;
    case kPropTimestamps:
      g_value_set_boolean(value, scribe.timestamps);
      break;
    case kPropVadSilence:
      g_value_set_uint64(value, scribe.vad_silence_ns);
      break;
    case kPropVadThreshold:
      g_value_set_double(value, scribe.vad_threshold);
      break;
    case kPropMinSpeech:
      g_value_set_uint64(value, scribe.min_speech_ns);
      break;
    case kPropMinSilence:
      g_value_set_uint64(value, scribe.min_silence_ns);
      break;
    case kPropExtraQuery:
      g_value_set_string(value, scribe.extra.c_str());
      break;
    case kPropSegmentation:
      g_value_set_enum(value, static_cast<int>(settings.session.segmentation));
      break;
    case kPropPreRoll:
      g_value_set_uint64(value, settings.session.pre_roll_ns);
      break;
    case kPropResultTimeout:
      g_value_set_uint64(value, settings.session.result_timeout_ns);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_elevenlabs_stt_init(GstElevenlabsStt* self) {
  self->state = new State;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_elevenlabs_stt_chain);
  gst_pad_set_event_function(sink, gst_elevenlabs_stt_sink_event);
  gst_pad_set_query_function(sink, gst_elevenlabs_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  self->state->stt = std::make_unique<StreamingStt>(GST_ELEMENT_CAST(self), sink, src,
                                                    "elevenlabsstt", elevenlabsstt_debug);
}

static void gst_elevenlabs_stt_finalize(GObject* object) {
  delete GST_ELEVENLABS_STT(object)->state;
  G_OBJECT_CLASS(gst_elevenlabs_stt_parent_class)->finalize(object);
}

static void install_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const ScribeSettings scribe;
  const Settings settings;
  const SttSession::Config& session = settings.session;
  properties[kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY",
      "", jackfield::kWriteOnlyReady);
  properties[kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/...",
      scribe.base_url.c_str(), kReadWriteReady);
  properties[kPropModel] = g_param_spec_string("model", "Model", "ElevenLabs' name of the model",
                                               scribe.model.c_str(), kReadWriteReady);
  properties[kPropLanguage] =
      g_param_spec_string("language", "Language",
                          "Code of the speech's language, such as \"en\"; empty: found by the "
                          "model",
                          "", kReadWriteReady);
  properties[kPropKeyterms] = g_param_spec_string(
      "keyterms", "Key terms",
      "Names and words that are to be expected, separated by commas: at most 50, each of at most "
      "20 characters",
      "", kReadWriteReady);
  properties[kPropTimestamps] = g_param_spec_boolean(
      "timestamps", "Timestamps", "Post elevenlabsstt/words with the time of each word",
      scribe.timestamps, kReadWriteReady);
  properties[kPropVadSilence] = g_param_spec_uint64(
      "vad-silence", "VAD silence", "Pause that ends a turn (segmentation=service, ns)",
      300 * GST_MSECOND, 3 * GST_SECOND, scribe.vad_silence_ns, kReadWriteReady);
  properties[kPropVadThreshold] =
      g_param_spec_double("vad-threshold", "VAD threshold",
                          "Probability from which sound is speech (segmentation=service)", 0.1, 0.9,
                          scribe.vad_threshold, kReadWriteReady);
  properties[kPropMinSpeech] = g_param_spec_uint64(
      "min-speech", "Shortest speech", "What is shorter is no speech (segmentation=service, ns)",
      50 * GST_MSECOND, 2 * GST_SECOND, scribe.min_speech_ns, kReadWriteReady);
  properties[kPropMinSilence] = g_param_spec_uint64(
      "min-silence", "Shortest silence", "What is shorter is no pause (segmentation=service, ns)",
      50 * GST_MSECOND, 2 * GST_SECOND, scribe.min_silence_ns, kReadWriteReady);
  properties[kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"", "",
      kReadWriteReady);
  properties[kPropSegmentation] =
      g_param_spec_enum("segmentation", "Segmentation", "What decides where a turn begins and ends",
                        gst_elevenlabs_stt_segmentation_get_type(),
                        static_cast<int>(session.segmentation), kReadWriteReady);
  properties[kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio sent from before the announced start of speech (ns)", 0,
      GST_SECOND, session.pre_roll_ns, kReadWriteReady);
  properties[kPropResultTimeout] = g_param_spec_uint64(
      "result-timeout", "Result time-out",
      "How long the text may take from the end of a turn (ns); three times that with a "
      "reconnection between",
      100 * GST_MSECOND, 60 * GST_SECOND, session.result_timeout_ns, kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, kPropCount, properties);
}

static void gst_elevenlabs_stt_class_init(GstElevenlabsSttClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_elevenlabs_stt_set_property;
  object_class->get_property = gst_elevenlabs_stt_get_property;
  object_class->finalize = gst_elevenlabs_stt_finalize;
  install_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_elevenlabs_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "ElevenLabs speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech with ElevenLabs' Scribe while it is spoken", "Jackfield project");
  gst_type_mark_as_plugin_api(gst_elevenlabs_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}
