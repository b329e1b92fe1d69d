// deepgramstt: speech to text by Deepgram's streaming services. See docs/elements/deepgramstt.md.
// The pads, the connection and the turns are StreamingStt's (plugins/common), the messages those of
// core/; here are the properties, which are under the object lock.
#include "gstdeepgramstt.hpp"

#include <string>

#include "flux_protocol.hpp"
#include "gstpp.hpp"
#include "listen_url.hpp"
#include "nova_protocol.hpp"
#include "param_flags.hpp"
#include "service_error.hpp"
#include "settings_text.hpp"
#include "streaming_stt.hpp"

GST_DEBUG_CATEGORY_STATIC(deepgramstt_debug);
#define GST_CAT_DEFAULT deepgramstt_debug

using jackfield::StreamingStt;
using jackfield::SttSession;

namespace {

constexpr char kKeyVariable[] = "DEEPGRAM_API_KEY";
enum Api { kApiNova, kApiFlux };

struct Settings {
  deepgram::ListenSettings listen;
  std::string keyterms;
  std::string api_key;
  SttSession::Config session;
};

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<StreamingStt> stt;
};

}  // namespace

struct _GstDeepgramStt {
  GstElement parent;
  State* state;
};

enum {
  kPropApi = 1,
  kPropApiKey,
  kPropBaseUrl,
  kPropModel,
  kPropLanguage,
  kPropKeyterms,
  kPropSmartFormat,
  kPropEndpointing,
  kPropEotThreshold,
  kPropEagerEotThreshold,
  kPropEotTimeout,
  kPropExtraQuery,
  kPropSegmentation,
  kPropPreRoll,
  kPropResultTimeout,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstDeepgramStt, gst_deepgram_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(deepgramstt, "deepgramstt", GST_RANK_NONE,
                                      GST_TYPE_DEEPGRAM_STT,
                                      GST_DEBUG_CATEGORY_INIT(deepgramstt_debug, "deepgramstt", 0,
                                                              "speech to text by Deepgram"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "
                    "rate = (int) [ 8000, 48000 ], channels = (int) 1; "
                    "audio/x-mulaw, rate = (int) 8000, channels = (int) 1"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static GType gst_deepgram_stt_api_get_type() {
  static const GEnumValue values[] = {{kApiNova, "Transcription, /v1/listen", "nova"},
                                      {kApiFlux, "Conversation, /v2/listen", "flux"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDeepgramSttApi", values);
  return type;
}

static GType gst_deepgram_stt_segmentation_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(SttSession::Segmentation::kAuto),
       "Deepgram's until the first VoiceTurnStart, then events", "auto"},
      {static_cast<int>(SttSession::Segmentation::kEvents), "VoiceTurnStart and VoiceTurnEnd only",
       "events"},
      {static_cast<int>(SttSession::Segmentation::kService),
       "Deepgram's, announced downstream as turn events", "service"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDeepgramSttSegmentation", values);
  return type;
}

static std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

// ---- Streams ----

static std::optional<SttSession::Failure> explain(const jackfield::WebSocketEnd& end) {
  if (const auto error = deepgram::explain_status(end.http_status, end.details)) {
    return SttSession::Failure{
        .cause = error->code, .text = error->text, .retryable = error->retryable};
  }
  if (end.details.find("NET-0001") != std::string::npos) {
    return SttSession::Failure{.cause = "idle",
                               .text = "Deepgram closed the connection: no audio came (NET-0001)"};
  }
  return std::nullopt;
}

static GstStructure* make_error(const SttSession::Failure& failure) {
  return gst_structure_new("deepgramstt/error", "cause", G_TYPE_STRING, failure.cause.c_str(),
                           "text", G_TYPE_STRING, failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                           failure.retryable, "http-status", G_TYPE_INT, failure.http_status,
                           "close-code", G_TYPE_INT, failure.close_code, nullptr);
}

static GstStructure* make_note(const SttSession::Note& note) {
  return gst_structure_new("deepgramstt/flux-event", "event", G_TYPE_STRING, note.event.c_str(),
                           "text", G_TYPE_STRING, note.text.c_str(), "confidence", G_TYPE_DOUBLE,
                           note.confidence, nullptr);
}

static StreamingStt::Setup make_setup(GstDeepgramStt* self) {
  Settings settings;
  {
    const gstpp::ObjectLock lock(self);
    settings = self->state->settings;
  }
  settings.listen.keyterms = jackfield::split_terms(settings.keyterms);
  settings.listen.vad_events = settings.session.segmentation == SttSession::Segmentation::kService;
  if (settings.api_key.empty()) {
    const gchar* key = g_getenv(kKeyVariable);
    settings.api_key = key ? key : "";
  }
  if (settings.listen.flux) settings.session.chunk_ns = 80'000'000;  // as Deepgram recommends
  const bool flux = settings.listen.flux;
  return {.session = settings.session,
          .make_service =
              [flux](const jackfield::SttFormat&) -> std::unique_ptr<jackfield::SttService> {
            if (flux) return std::make_unique<deepgram::FluxProtocol>();
            return std::make_unique<deepgram::NovaProtocol>();
          },
          .make_options =
              [settings](const jackfield::SttFormat& format) {
                jackfield::WebSocketOptions options;
                options.url = deepgram::listen_url(settings.listen, format);
                if (!settings.api_key.empty()) {
                  options.headers.emplace_back("Authorization", "Token " + settings.api_key);
                }
                return options;
              },
          .explain = explain,
          .make_error = make_error,
          .make_note = make_note};
}

static GstStateChangeReturn gst_deepgram_stt_change_state(GstElement* element,
                                                          GstStateChange transition) {
  auto* self = GST_DEEPGRAM_STT(element);
  StreamingStt& stt = *self->state->stt;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    const bool fine = gstpp::guarded(self, false, [&] {
      stt.start(make_setup(self));
      return true;
    });
    if (!fine) return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    stt.begin_stop();
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_deepgram_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stt.finish_stop();
  return result;
}

static GstFlowReturn gst_deepgram_stt_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return GST_DEEPGRAM_STT(parent)->state->stt->chain(buffer); });
}

static gboolean gst_deepgram_stt_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, gboolean{FALSE},
                        [&] { return GST_DEEPGRAM_STT(parent)->state->stt->sink_event(event); });
}

static gboolean gst_deepgram_stt_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  return GST_DEEPGRAM_STT(parent)->state->stt->sink_query(query);
}

// ---- The element ----

static void gst_deepgram_stt_set_property(GObject* object, guint id, const GValue* value,
                                          GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_DEEPGRAM_STT(object)->state->settings;
  deepgram::ListenSettings& listen = settings.listen;
  switch (id) {
    case kPropApi:
      listen.flux = g_value_get_enum(value) == kApiFlux;
      break;
    case kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case kPropBaseUrl:
      listen.base_url = string_of(value);
      break;
    case kPropModel:
      listen.model = string_of(value);
      break;
    case kPropLanguage:
      listen.language = string_of(value);
      break;
    case kPropKeyterms:
      settings.keyterms = string_of(value);
      break;
    case kPropSmartFormat:
      listen.smart_format = g_value_get_boolean(value) != FALSE;
      break;
    case kPropEndpointing:
      listen.endpointing_ns = g_value_get_uint64(value);
      break;
    case kPropEotThreshold:
      listen.eot_threshold = g_value_get_double(value);
      break;
    case kPropEagerEotThreshold:
      listen.eager_eot_threshold = g_value_get_double(value);
      break;
    case kPropEotTimeout:
      listen.eot_timeout_ns = g_value_get_uint64(value);
      break;
    case kPropExtraQuery:
      listen.extra = string_of(value);
      break;
    case kPropSegmentation:
      settings.session.segmentation =
          static_cast<SttSession::Segmentation>(g_value_get_enum(value));
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

static void gst_deepgram_stt_get_property(GObject* object, guint id, GValue* value,
                                          GParamSpec* spec) {
  if (id == kPropStats) {
    g_value_take_boxed(value, GST_DEEPGRAM_STT(object)->state->stt->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  const Settings& settings = GST_DEEPGRAM_STT(object)->state->settings;
  const deepgram::ListenSettings& listen = settings.listen;
  switch (id) {
    case kPropApi:
      g_value_set_enum(value, listen.flux ? kApiFlux : kApiNova);
      break;
    case kPropBaseUrl:
      g_value_set_string(value, listen.base_url.c_str());
      break;
    case kPropModel:
      g_value_set_string(value, listen.model.c_str());
      break;
    case kPropLanguage:
      g_value_set_string(value, listen.language.c_str());
      break;
    case kPropKeyterms:
      g_value_set_string(value, settings.keyterms.c_str());
      break;
    case kPropSmartFormat:
      g_value_set_boolean(value, listen.smart_format);
      break;
    case kPropEndpointing:
      g_value_set_uint64(value, listen.endpointing_ns);
      break;
    case kPropEotThreshold:
      g_value_set_double(value, listen.eot_threshold);
      break;
    case kPropEagerEotThreshold:
      g_value_set_double(value, listen.eager_eot_threshold);
      break;
    case kPropEotTimeout:
      g_value_set_uint64(value, listen.eot_timeout_ns);
      break;
    case kPropExtraQuery:
      g_value_set_string(value, listen.extra.c_str());
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

static void gst_deepgram_stt_init(GstDeepgramStt* self) {
  self->state = new State;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_deepgram_stt_chain);
  gst_pad_set_event_function(sink, gst_deepgram_stt_sink_event);
  gst_pad_set_query_function(sink, gst_deepgram_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  self->state->stt = std::make_unique<StreamingStt>(GST_ELEMENT_CAST(self), sink, src,
                                                    "deepgramstt", deepgramstt_debug);
}

static void gst_deepgram_stt_finalize(GObject* object) {
  delete GST_DEEPGRAM_STT(object)->state;
  G_OBJECT_CLASS(gst_deepgram_stt_parent_class)->finalize(object);
}

static void install_properties(GObjectClass* klass) {
  const deepgram::ListenSettings listen;
  const SttSession::Config session;
  properties[kPropApi] =
      g_param_spec_enum("api", "API", "Which of Deepgram's services recognizes",
                        gst_deepgram_stt_api_get_type(), kApiNova, jackfield::kReadWriteReady);
  properties[kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "Deepgram's key; empty: the environment variable DEEPGRAM_API_KEY", "",
      jackfield::kWriteOnlyReady);
  properties[kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/listen",
      listen.base_url.c_str(), jackfield::kReadWriteReady);
  properties[kPropModel] = g_param_spec_string(
      "model", "Model",
      "Deepgram's name of the model; empty: nova-3, with api=flux flux-general-en", "",
      jackfield::kReadWriteReady);
  properties[kPropLanguage] = g_param_spec_string(
      "language", "Language",
      "Language of the speech, such as \"en\" or \"multi\"; with api=flux a hint for "
      "flux-general-multi; empty: the model's own",
      "", jackfield::kReadWriteReady);
  properties[kPropKeyterms] = g_param_spec_string(
      "keyterms", "Key terms", "Names and words that are to be expected, separated by commas", "",
      jackfield::kReadWriteReady);
  properties[kPropSmartFormat] = g_param_spec_boolean(
      "smart-format", "Smart format", "Punctuation, numbers and dates as they are written (nova)",
      listen.smart_format, jackfield::kReadWriteReady);
  properties[kPropEndpointing] = g_param_spec_uint64(
      "endpointing", "Endpointing",
      "Silence that ends an utterance where no turn events do (nova, ns)", 10 * GST_MSECOND,
      10 * GST_SECOND, listen.endpointing_ns, jackfield::kReadWriteReady);
  properties[kPropEotThreshold] = g_param_spec_double(
      "eot-threshold", "End-of-turn threshold", "Confidence that ends a turn (flux)", 0.5, 0.9,
      listen.eot_threshold, jackfield::kReadWriteReady);
  properties[kPropEagerEotThreshold] =
      g_param_spec_double("eager-eot-threshold", "Eager end-of-turn threshold",
                          "Confidence from which an end of turn is expected (flux); 0: never", 0.0,
                          0.9, listen.eager_eot_threshold, jackfield::kReadWriteReady);
  properties[kPropEotTimeout] = g_param_spec_uint64(
      "eot-timeout", "End-of-turn time-out", "Silence that ends a turn in any case (flux, ns)",
      500 * GST_MSECOND, 10 * GST_SECOND, listen.eot_timeout_ns, jackfield::kReadWriteReady);
  properties[kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"tag=desk&numerals=true\"", "",
      jackfield::kReadWriteReady);
  properties[kPropSegmentation] =
      g_param_spec_enum("segmentation", "Segmentation", "What decides where a turn begins and ends",
                        gst_deepgram_stt_segmentation_get_type(),
                        static_cast<int>(session.segmentation), jackfield::kReadWriteReady);
  properties[kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio sent from before the announced start of speech (ns)", 0,
      GST_SECOND, session.pre_roll_ns, jackfield::kReadWriteReady);
  properties[kPropResultTimeout] = g_param_spec_uint64(
      "result-timeout", "Result time-out",
      "How long the text may take from the end of a turn (ns); three times that with a "
      "reconnection between",
      100 * GST_MSECOND, 60 * GST_SECOND, session.result_timeout_ns, jackfield::kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, kPropCount, properties);
}

static void gst_deepgram_stt_class_init(GstDeepgramSttClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_deepgram_stt_set_property;
  object_class->get_property = gst_deepgram_stt_get_property;
  object_class->finalize = gst_deepgram_stt_finalize;
  install_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_deepgram_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Deepgram speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech with Deepgram's streaming services while it is spoken",
      "Jackfield project");
  gst_type_mark_as_plugin_api(gst_deepgram_stt_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_deepgram_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}
