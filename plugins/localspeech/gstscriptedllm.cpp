// scriptedllm: a dialogue from a file in the place of a language model. See
// docs/elements/scriptedllm.md.
//
// Replies are made in the thread that pushes the text. Settings are under the object lock; the
// dialogue, the figures and `flushing` are under State::mutex, taken after or without it, and never
// held while pushing. The question and the position of the stream belong to the streaming thread.
#include "gstscriptedllm.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "dialogue.hpp"
#include "gstpp.hpp"
#include "llm_pads.hpp"
#include "param_flags.hpp"
#include "script.hpp"

GST_DEBUG_CATEGORY_STATIC(scriptedllm_debug);
#define GST_CAT_DEFAULT scriptedllm_debug

namespace {

using localspeech::Answer;
using localspeech::Dialogue;

constexpr std::size_t kMaxQuestion = 4096;     // bytes of text of one turn
constexpr gsize kMaxScriptFile = 1024 * 1024;  // bytes

using TurnEvents = jackfield::LlmTurnEvents;

struct Settings {
  std::string script;
  guint seed = 0;
  GstClockTime delay = 0;
  TurnEvents turn_events = TurnEvents::kAuto;
};

struct Stats {
  guint64 turns = 0;
  guint64 understood = 0;
  guint64 not_understood = 0;
  guint64 gave_up = 0;
  guint64 silent = 0;
  guint64 aborted = 0;
  guint64 interrupted = 0;
  guint64 dropped_bytes = 0;
  std::string last_intent;
};

struct State final : jackfield::LlmPadsOwner {
  State(GstElement* self, GstPad* sink, GstPad* src)
      : element(self), pads(self, sink, src, kMaxQuestion, *this) {}

  GstFlowReturn answer(guint turn_id, std::string question, bool not_understood) override;
  void set_flushing(bool on) override;
  void heard(const jackfield::Heard& heard) override;
  void take_history(const jackfield::History& history) override;
  jackfield::LlmTurnEvents turn_events() override { return settings_now().turn_events; }
  void dropped(std::size_t bytes) override;

  Settings settings_now() const {
    const gstpp::ObjectLock lock(element);
    return settings;
  }

  GstElement* const element;
  Settings settings;  // under the object lock

  std::mutex mutex;
  std::condition_variable wake;
  bool flushing = false;
  std::unique_ptr<Dialogue> dialogue;  // none outside PAUSED and PLAYING until the first one
  Stats stats;

  // Of the state changes, which are serialized.
  std::shared_ptr<const localspeech::Script> script;

  jackfield::LlmPads pads;  // of the streaming thread
};

}  // namespace

struct _GstScriptedLlm {
  GstElement parent;
  State* state;
};

enum {
  kPropScript = 1,
  kPropSeed,
  kPropDelay,
  kPropTurnEvents,
  kPropHistory,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstScriptedLlm, gst_scripted_llm, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(scriptedllm, "scriptedllm", GST_RANK_NONE,
                                      GST_TYPE_SCRIPTED_LLM,
                                      GST_DEBUG_CATEGORY_INIT(scriptedllm_debug, "scriptedllm", 0,
                                                              "scripted dialogue"))

#define TEXT_CAPS "text/x-raw, format = (string) utf8"
static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(TEXT_CAPS));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(TEXT_CAPS));

static GType gst_scripted_llm_turn_events_get_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(TurnEvents::kAuto), "Each text is a turn until a turn event is seen",
         "auto"},
        {static_cast<gint>(TurnEvents::kAlways), "A turn ends with VoiceTurnEnd only", "always"},
        {static_cast<gint>(TurnEvents::kNever), "Each text is a turn", "never"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstScriptedLlmTurnEvents", values);
  }();
  return type;
}

// False when a flush came first.
static bool think(State& s, GstClockTime delay) {
  std::unique_lock lock(s.mutex);
  if (delay == 0) return !s.flushing;
  return !s.wake.wait_for(lock, std::chrono::nanoseconds(delay), [&] { return s.flushing; });
}

static void count(Stats& stats, const Answer& answer, guint turn_id) {
  if (turn_id == 0) return;
  ++stats.turns;
  if (answer.understood) ++stats.understood;
  if (!answer.understood && answer.sentences.empty() && !answer.gave_up) ++stats.silent;
  if (!answer.understood && (!answer.sentences.empty() || answer.gave_up)) ++stats.not_understood;
  if (answer.gave_up) ++stats.gave_up;
  stats.last_intent = answer.intent;
}

// Says the answer and that it is complete. A flush ends it at once.
static GstFlowReturn push_answer(State& s, guint turn_id, const Answer& answer) {
  s.pads.ensure_started();
  std::string said;
  GstFlowReturn flow = think(s, s.settings_now().delay) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
  for (const std::string& sentence : answer.sentences) {
    if (flow != GST_FLOW_OK) break;
    GST_DEBUG_OBJECT(s.element, "turn %u: \"%s\"", turn_id, sentence.c_str());
    flow = s.pads.push_text(sentence);
    if (flow == GST_FLOW_OK) said += (said.empty() ? "" : " ") + sentence;
  }
  if (flow != GST_FLOW_OK) {
    GST_DEBUG_OBJECT(s.element, "reply to turn %u ended: %s", turn_id, gst_flow_get_name(flow));
    const std::lock_guard lock(s.mutex);
    ++s.stats.aborted;
    // What was passed on may have been heard; VoiceHeard will tell.
    if (s.dialogue) s.dialogue->heard(turn_id, said);
    return flow;
  }
  s.pads.end_reply({.turn_id = turn_id, .hang_up = answer.hang_up, .transfer = answer.transfer});
  return GST_FLOW_OK;
}

// ---- What the pads ask for ----

GstFlowReturn State::answer(guint turn_id, std::string question, bool not_understood) {
  Answer found;
  {
    const std::lock_guard lock(mutex);
    if (flushing || !dialogue) return GST_FLOW_FLUSHING;
    found = turn_id == 0 ? dialogue->greet() : dialogue->answer(turn_id, question, not_understood);
    count(stats, found, turn_id);
  }
  GST_INFO_OBJECT(element, "turn %u: \"%s\" is %s", turn_id, question.c_str(),
                  found.intent.empty() ? "no intent" : found.intent.c_str());
  return push_answer(*this, turn_id, found);
}

void State::set_flushing(bool on) {
  const std::lock_guard lock(mutex);
  flushing = on;
  wake.notify_all();
}

void State::heard(const jackfield::Heard& heard) {
  const std::lock_guard lock(mutex);
  ++stats.interrupted;
  if (dialogue) dialogue->heard(heard.turn_id, heard.text);
}

void State::take_history(const jackfield::History& history) {
  const std::lock_guard lock(mutex);
  if (!dialogue) return;
  auto& known = dialogue->history();
  known.forget_from(history.from_turn);
  for (const auto& said : history.said) {
    if (!said.addressed) continue;  // a script has no use for it
    if (said.by_agent) {
      known.add_agent(said.turn_id, said.text);
    } else {
      known.add_caller(said.turn_id, said.text);
    }
  }
}

void State::dropped(std::size_t bytes) {
  const std::lock_guard lock(mutex);
  stats.dropped_bytes += bytes;
}

static GstFlowReturn gst_scripted_llm_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  auto* self = GST_SCRIPTED_LLM(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] { return self->state->pads.chain(buffer); });
}

static gboolean gst_scripted_llm_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  auto* self = GST_SCRIPTED_LLM(parent);
  return gstpp::guarded(self, FALSE, [&] { return self->state->pads.sink_event(event); });
}

// Reads the script. Posts an error that names the place of the mistake.
static bool load_script(GstScriptedLlm* self) {
  const std::string path = self->state->settings_now().script;
  if (path.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("No script: set the property \"script\" to a file."), (nullptr));
    return false;
  }
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) {
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("The script cannot be read: %s", error->message),
                      (nullptr));
    return false;
  }
  if (size > kMaxScriptFile) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s: a script has at most 1 MiB.", path.c_str()),
                      (nullptr));
    return false;
  }
  try {
    self->state->script = localspeech::read_script({text.get(), size});
    return true;
  } catch (const localspeech::ScriptError& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("%s:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s", path.c_str(),
                       mistake.where().line, mistake.where().column, mistake.what()),
                      (nullptr));
    return false;
  }
}

static GstStateChangeReturn gst_scripted_llm_change_state(GstElement* element,
                                                          GstStateChange transition) {
  auto* self = GST_SCRIPTED_LLM(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return load_script(self); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    s.pads.reset();
    const guint seed = self->state->settings_now().seed;
    const std::lock_guard lock(s.mutex);
    s.dialogue = std::make_unique<Dialogue>(s.script, seed);
    s.flushing = false;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.set_flushing(true);
  }
  return GST_ELEMENT_CLASS(gst_scripted_llm_parent_class)->change_state(element, transition);
}

static void gst_scripted_llm_set_property(GObject* object, guint id, const GValue* value,
                                          GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_SCRIPTED_LLM(object)->state->settings;
  switch (id) {
    case kPropScript: {
      const gchar* path = g_value_get_string(value);
      settings.script = path ? path : "";
      break;
    }
    case kPropSeed:
      settings.seed = g_value_get_uint(value);
      break;
    case kPropDelay:
      settings.delay = g_value_get_uint64(value);
      break;
    case kPropTurnEvents:
      settings.turn_events = static_cast<TurnEvents>(g_value_get_enum(value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(State& s) {
  const std::lock_guard lock(s.mutex);
  const Stats& stats = s.stats;
  return gst_structure_new("application/x-scriptedllm-stats", "turns", G_TYPE_UINT64, stats.turns,
                           "understood", G_TYPE_UINT64, stats.understood, "not-understood",
                           G_TYPE_UINT64, stats.not_understood, "gave-up", G_TYPE_UINT64,
                           stats.gave_up, "silent", G_TYPE_UINT64, stats.silent, "aborted",
                           G_TYPE_UINT64, stats.aborted, "interrupted", G_TYPE_UINT64,
                           stats.interrupted, "dropped-bytes", G_TYPE_UINT64, stats.dropped_bytes,
                           "last-intent", G_TYPE_STRING, stats.last_intent.c_str(), "state",
                           G_TYPE_STRING, s.dialogue ? s.dialogue->state().c_str() : "", nullptr);
}

static void gst_scripted_llm_get_property(GObject* object, guint id, GValue* value,
                                          GParamSpec* spec) {
  auto* self = GST_SCRIPTED_LLM(object);
  State& s = *self->state;
  switch (id) {
    case kPropScript:
      g_value_set_string(value, self->state->settings_now().script.c_str());
      break;
    case kPropSeed:
      g_value_set_uint(value, self->state->settings_now().seed);
      break;
    case kPropDelay:
      g_value_set_uint64(value, self->state->settings_now().delay);
      break;
    case kPropTurnEvents:
      g_value_set_enum(value, static_cast<gint>(self->state->settings_now().turn_events));
      break;
    case kPropHistory: {
      const std::lock_guard lock(s.mutex);
      g_value_set_string(value, s.dialogue ? s.dialogue->history().to_json().c_str() : "[]");
      break;
    }
    case kPropStats:
      g_value_take_boxed(value, make_stats(s));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_scripted_llm_init(GstScriptedLlm* self) {
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  self->state = new State(GST_ELEMENT_CAST(self), sink, src);
  gst_pad_set_chain_function(sink, gst_scripted_llm_chain);
  gst_pad_set_event_function(sink, gst_scripted_llm_sink_event);
}

static void gst_scripted_llm_finalize(GObject* object) {
  delete GST_SCRIPTED_LLM(object)->state;
  G_OBJECT_CLASS(gst_scripted_llm_parent_class)->finalize(object);
}

static void gst_scripted_llm_class_init(GstScriptedLlmClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_scripted_llm_set_property;
  object_class->get_property = gst_scripted_llm_get_property;
  object_class->finalize = gst_scripted_llm_finalize;
  properties[kPropScript] = g_param_spec_string("script", "Script", "File of the dialogue (JSON)",
                                                nullptr, jackfield::kReadWriteReady);
  properties[kPropSeed] = g_param_spec_uint(
      "seed", "Seed", "Decides which variant of a reply is said; equal seeds give equal dialogues",
      0, G_MAXUINT, 0, jackfield::kReadWriteReady);
  properties[kPropDelay] =
      g_param_spec_uint64("delay", "Delay", "Time to think before each reply (ns); a flush ends it",
                          0, GST_SECOND * 60, 0, jackfield::kReadWritePlaying);
  properties[kPropTurnEvents] = g_param_spec_enum(
      "turn-events", "Turn events", "What ends a turn", gst_scripted_llm_turn_events_get_type(),
      static_cast<gint>(TurnEvents::kAuto), jackfield::kReadWritePlaying);
  properties[kPropHistory] = g_param_spec_string(
      "history", "History", "What was said and heard in this conversation (JSON)", "[]",
      jackfield::kReadOnly);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_scripted_llm_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Scripted dialogue", "Filter/Text",
      "Answers text by a dialogue from a file, in place of a language model", "Jackfield project");
  gst_type_mark_as_plugin_api(gst_scripted_llm_turn_events_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}
