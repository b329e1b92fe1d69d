// pocketsphinxstt: speech to text by pocketsphinx, on this machine. See
// docs/elements/pocketsphinxstt.md; stt_state.hpp tells how its threads work together. This file
// has the pads, the properties and the states, stt_task.cpp what happens behind the queue.
#include <gst/audio/audio.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "param_flags.hpp"
#include "stt_state.hpp"

GST_DEBUG_CATEGORY(pocketsphinxstt_debug);
#define GST_CAT_DEFAULT pocketsphinxstt_debug

using localspeech::RecognizerPool;
using namespace localspeech::stt;

enum {
  kPropGrammar = 1,
  kPropAcousticModel,
  kPropDictionary,
  kPropPronunciations,
  kPropLanguageModel,
  kPropRejection,
  kPropPreRoll,
  kPropMaxDecoders,
  kPropSegmentation,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstPocketsphinxStt, gst_pocketsphinx_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(pocketsphinxstt, "pocketsphinxstt", GST_RANK_NONE,
                                      GST_TYPE_POCKETSPHINX_STT,
                                      GST_DEBUG_CATEGORY_INIT(pocketsphinxstt_debug,
                                                              "pocketsphinxstt", 0,
                                                              "speech to text by pocketsphinx"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) " GST_AUDIO_NE(
        S16) ", layout = (string) interleaved, rate = (int) { 8000, 16000 }, channels = (int) 1"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static GType gst_pocketsphinx_stt_segmentation_get_type() {
  static const GEnumValue values[] = {
      {kSegmentationAuto, "Energy until the first VoiceTurnStart, then events", "auto"},
      {kSegmentationEvents, "VoiceTurnStart and VoiceTurnEnd only", "events"},
      {kSegmentationEnergy, "Energy only; turn events are passed on", "energy"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstPocketsphinxSttSegmentation", values);
  return type;
}

// ---- The sink pad ----

static GstFlowReturn gst_pocketsphinx_stt_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    return GST_POCKETSPHINX_STT(parent)->state->chain(std::move(buffer));
  });
}

static gboolean gst_pocketsphinx_stt_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, gboolean{FALSE}, [&] {
    return GST_POCKETSPHINX_STT(parent)->state->pads.sink_event(event);
  });
}

static gboolean gst_pocketsphinx_stt_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  return GST_POCKETSPHINX_STT(parent)->state->pads.sink_query(query);
}

// ---- The element ----

// The file beside the grammar that adds pronunciations, "" when there is none.
static std::string beside_grammar(const std::string& grammar) {
  const std::size_t dot = grammar.rfind('.');
  if (grammar.empty() || dot == std::string::npos) return "";
  const std::string path = grammar.substr(0, dot) + ".dict";
  return g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR) ? path : "";
}

// Finds the pool, which begins to load in the background. False after an element error.
static bool prepare(GstPocketsphinxStt* self) {
  const Settings settings = get_settings(self);
  const struct {
    const char* property;
    const std::string& path;
    bool needed;
  } files[] = {{"grammar", settings.grammar, !settings.grammar.empty()},
               {"acoustic-model", settings.acoustic_model, true},
               {"dictionary", settings.dictionary, true},
               {"pronunciations", settings.pronunciations, !settings.pronunciations.empty()},
               {"language-model", settings.language_model, settings.grammar.empty()}};
  for (const auto& file : files) {
    if (!file.needed || g_file_test(file.path.c_str(), G_FILE_TEST_EXISTS)) continue;
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND,
                      ("There is no file \"%s\": set the property \"%s\" of pocketsphinxstt%s.",
                       file.path.c_str(), file.property,
                       file.path == settings.grammar ? "" : ", or install pocketsphinx-en-us"),
                      (nullptr));
    return false;
  }
  auto pool = RecognizerPool::get(
      {.grammar = settings.grammar,
       .language_model = settings.grammar.empty() ? settings.language_model : std::string(),
       .acoustic_model = settings.acoustic_model,
       .dictionary = settings.dictionary,
       .pronunciations = settings.pronunciations.empty() ? beside_grammar(settings.grammar)
                                                         : settings.pronunciations,
       .judged = settings.rejection > 0.0});
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  pool->set_limit(settings.max_decoders > 0 ? settings.max_decoders : 4 * cores);
  const std::weak_ptr<SerialTask> task = self->state->task;
  const std::string error = pool->prepare([task] {
    if (const auto t = task.lock()) t->schedule();
  });
  if (!error.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error.c_str()), (nullptr));
    return false;
  }
  const std::lock_guard lock(self->state->mutex);
  self->state->pool = std::move(pool);
  return true;
}

static GstStateChangeReturn gst_pocketsphinx_stt_change_state(GstElement* element,
                                                              GstStateChange transition) {
  auto* self = GST_POCKETSPHINX_STT(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    const bool fine = gstpp::guarded(self, false, [&] { return prepare(self); });
    if (!fine) return GST_STATE_CHANGE_FAILURE;
    s.pads.reset();
    s.rate = 0;
    s.audio_end = 0;
    s.failed = s.blocks_never = false;
    s.mean.reset();
    s.task->start();
    const bool energy = get_settings(self).segmentation != kSegmentationEvents;
    const std::lock_guard lock(s.mutex);
    s.flushing = false;
    s.flow = GST_FLOW_OK;
    s.by_energy = energy;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.set_flushing(true);
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_pocketsphinx_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.task->stop();
    s.forget();
    const std::lock_guard lock(s.mutex);
    s.queue.clear();
    s.recent.reset();
  }
  return result;
}

static void gst_pocketsphinx_stt_set_property(GObject* object, guint id, const GValue* value,
                                              GParamSpec* spec) {
  const auto text = [&] {
    const gchar* string = g_value_get_string(value);
    return std::string(string ? string : "");
  };
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_POCKETSPHINX_STT(object)->state->settings;
  switch (id) {
    case kPropGrammar:
      settings.grammar = text();
      break;
    case kPropAcousticModel:
      settings.acoustic_model = text();
      break;
    case kPropDictionary:
      settings.dictionary = text();
      break;
    case kPropPronunciations:
      settings.pronunciations = text();
      break;
    case kPropLanguageModel:
      settings.language_model = text();
      break;
    case kPropRejection:
      settings.rejection = g_value_get_double(value);
      break;
    case kPropPreRoll:
      settings.pre_roll = g_value_get_uint64(value);
      break;
    case kPropMaxDecoders:
      settings.max_decoders = g_value_get_uint(value);
      break;
    case kPropSegmentation:
      settings.segmentation = g_value_get_enum(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(State& s) {
  Stats stats;
  RecognizerPool::Figures pool;
  {
    const std::lock_guard lock(s.mutex);
    stats = s.stats;
    if (s.pool) pool = s.pool->figures();
  }
  const guint64 turns = std::max<guint64>(1, stats.turns);
  const double factor = stats.audio_decoded > 0 ? static_cast<double>(stats.decoding) /
                                                      static_cast<double>(stats.audio_decoded)
                                                : 0.0;
  return gst_structure_new(
      "application/x-pocketsphinxstt-stats", "turns", G_TYPE_UINT64, stats.turns, "understood",
      G_TYPE_UINT64, stats.understood, "rejected", G_TYPE_UINT64, stats.rejected, "empty",
      G_TYPE_UINT64, stats.empty, "decode-time-mean", G_TYPE_UINT64, stats.decoding / turns,
      "decode-time-max", G_TYPE_UINT64, stats.decoding_max, "real-time-factor", G_TYPE_DOUBLE,
      factor, "latency-mean", G_TYPE_UINT64, stats.latency / turns, "latency-max", G_TYPE_UINT64,
      stats.latency_max, "pool-waits", G_TYPE_UINT64, stats.pool_waits, "pool-wait-max",
      G_TYPE_UINT64, stats.pool_wait_max, "audio-dropped", G_TYPE_UINT64, stats.audio_dropped,
      "decoders", G_TYPE_UINT, pool.loaded, "decoders-busy", G_TYPE_UINT, pool.busy, nullptr);
}

static void gst_pocketsphinx_stt_get_property(GObject* object, guint id, GValue* value,
                                              GParamSpec* spec) {
  State& s = *GST_POCKETSPHINX_STT(object)->state;
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(s));
    return;
  }
  const gstpp::ObjectLock lock(object);
  const Settings& settings = s.settings;
  switch (id) {
    case kPropGrammar:
      g_value_set_string(value, settings.grammar.c_str());
      break;
    case kPropAcousticModel:
      g_value_set_string(value, settings.acoustic_model.c_str());
      break;
    case kPropDictionary:
      g_value_set_string(value, settings.dictionary.c_str());
      break;
    case kPropPronunciations:
      g_value_set_string(value, settings.pronunciations.c_str());
      break;
    case kPropLanguageModel:
      g_value_set_string(value, settings.language_model.c_str());
      break;
    case kPropRejection:
      g_value_set_double(value, settings.rejection);
      break;
    case kPropPreRoll:
      g_value_set_uint64(value, settings.pre_roll);
      break;
    case kPropMaxDecoders:
      g_value_set_uint(value, settings.max_decoders);
      break;
    case kPropSegmentation:
      g_value_set_enum(value, settings.segmentation);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_pocketsphinx_stt_init(GstPocketsphinxStt* self) {
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_pocketsphinx_stt_chain);
  gst_pad_set_event_function(sink, gst_pocketsphinx_stt_sink_event);
  gst_pad_set_query_function(sink, gst_pocketsphinx_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  self->state = new State(self, sink, src);
}

static void gst_pocketsphinx_stt_finalize(GObject* object) {
  State* s = GST_POCKETSPHINX_STT(object)->state;
  s->task->stop();
  delete s;
  G_OBJECT_CLASS(gst_pocketsphinx_stt_parent_class)->finalize(object);
}

static void install_properties(GObjectClass* klass) {
  properties[kPropGrammar] = g_param_spec_string(
      "grammar", "Grammar",
      "JSGF file with the phrases to be heard; empty: any English words, by the language model", "",
      jackfield::kReadWriteReady);
  properties[kPropAcousticModel] = g_param_spec_string(
      "acoustic-model", "Acoustic model", "Directory of a pocketsphinx acoustic model for 16 kHz",
      kModel, jackfield::kReadWriteReady);
  properties[kPropDictionary] =
      g_param_spec_string("dictionary", "Dictionary", "Pronunciation dictionary of CMU's format",
                          kDictionary, jackfield::kReadWriteReady);
  properties[kPropPronunciations] = g_param_spec_string(
      "pronunciations", "Pronunciations",
      "Dictionary with further words of the grammar and other ways to say them; empty: the file "
      "beside the grammar that is named like it but ends in .dict, if there is one",
      "", jackfield::kReadWriteReady);
  properties[kPropLanguageModel] = g_param_spec_string(
      "language-model", "Language model", "Statistical language model, used without a grammar",
      kLanguageModel, jackfield::kReadWriteReady);
  properties[kPropRejection] = g_param_spec_double(
      "rejection", "Rejection",
      "Least confidence (0 to 1) with which a phrase of the grammar is believed; 0 believes "
      "everything, and leaves the check out when set before start",
      0.0, 1.0, kRejection, jackfield::kReadWritePlaying);
  properties[kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio decoded before the announced start of speech (ns)", 0,
      GST_SECOND, kPreRoll, jackfield::kReadWritePlaying);
  properties[kPropMaxDecoders] = g_param_spec_uint(
      "max-decoders", "Maximum of decoders",
      "Turns that are decoded at once in this process with this grammar (0: four per core); others "
      "wait. The last element that starts decides",
      0, 1024, 0, jackfield::kReadWriteReady);
  properties[kPropSegmentation] = g_param_spec_enum(
      "segmentation", "Segmentation", "What decides where a turn begins and ends",
      gst_pocketsphinx_stt_segmentation_get_type(), kSegmentationAuto, jackfield::kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, kPropCount, properties);
}

static void gst_pocketsphinx_stt_class_init(GstPocketsphinxSttClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_pocketsphinx_stt_set_property;
  object_class->get_property = gst_pocketsphinx_stt_get_property;
  object_class->finalize = gst_pocketsphinx_stt_finalize;
  install_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_pocketsphinx_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Pocketsphinx speech to text", "Converter/Audio/Text",
      "Recognizes the phrases of a grammar in telephone speech, on this machine, and rejects other "
      "speech",
      "Jackfield project");
  gst_type_mark_as_plugin_api(gst_pocketsphinx_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}
