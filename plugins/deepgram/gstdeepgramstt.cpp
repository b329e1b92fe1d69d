// deepgramstt: speech to text by Deepgram's streaming services. See docs/elements/deepgramstt.md.
// The pads, the connection and the turns are StreamingStt's (plugins/common), the messages those of
// core/, the properties those of stt_settings.cpp, under the object lock.
#include "gstdeepgramstt.hpp"

#include <string>

#include "flux_protocol.hpp"
#include "gstpp.hpp"
#include "listen_url.hpp"
#include "nova_protocol.hpp"
#include "service_error.hpp"
#include "settings_text.hpp"
#include "streaming_stt.hpp"
#include "stt_settings.hpp"

GST_DEBUG_CATEGORY_STATIC(deepgramstt_debug);
#define GST_CAT_DEFAULT deepgramstt_debug

using jackfield::StreamingStt;
using jackfield::SttSession;
using Settings = deepgram::SttSettings;

namespace {

constexpr char kKeyVariable[] = "DEEPGRAM_API_KEY";

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<StreamingStt> stt;
};

}  // namespace

struct _GstDeepgramStt {
  GstElement parent;
  State* state;
};

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

static const jackfield::MemberProperties<Settings>* properties;  // since class_init

static void gst_deepgram_stt_set_property(GObject* object, guint id, const GValue* value,
                                          GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  if (!properties->set(GST_DEEPGRAM_STT(object)->state->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_deepgram_stt_get_property(GObject* object, guint id, GValue* value,
                                          GParamSpec* spec) {
  State& state = *GST_DEEPGRAM_STT(object)->state;
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, state.stt->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  if (!properties->get(state.settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
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

static void gst_deepgram_stt_class_init(GstDeepgramSttClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_deepgram_stt_set_property;
  object_class->get_property = gst_deepgram_stt_get_property;
  object_class->finalize = gst_deepgram_stt_finalize;
  properties = deepgram::make_stt_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_deepgram_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Deepgram speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech with Deepgram's streaming services while it is spoken",
      "Jackfield project");
}
