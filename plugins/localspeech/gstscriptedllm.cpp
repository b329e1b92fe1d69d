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
#include "param_flags.hpp"
#include "script.hpp"
#include "turn_events.hpp"
#include "utf8.hpp"

GST_DEBUG_CATEGORY_STATIC(scriptedllm_debug);
#define GST_CAT_DEFAULT scriptedllm_debug

namespace {

using localspeech::Answer;
using localspeech::Dialogue;

constexpr std::size_t kMaxQuestion = 4096;     // bytes of text of one turn
constexpr gsize kMaxScriptFile = 1024 * 1024;  // bytes

enum class TurnEvents { kAuto, kAlways, kNever };

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

struct State {
  GstPad* sink = nullptr;
  GstPad* src = nullptr;

  Settings settings;  // under the object lock

  std::mutex mutex;
  std::condition_variable wake;
  bool flushing = false;
  std::unique_ptr<Dialogue> dialogue;  // none outside PAUSED and PLAYING until the first one
  Stats stats;

  // Of the state changes, which are serialized.
  std::shared_ptr<const localspeech::Script> script;

  // Of the streaming thread.
  GstSegment segment;
  std::string question;
  GstClockTime question_pts = GST_CLOCK_TIME_NONE;
  bool turn_events_seen = false;
  guint own_turns = 0;  // counted when upstream counts none
  GstFlowReturn flow = GST_FLOW_OK;
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

static Settings settings_of(GstScriptedLlm* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings;
}

// The agent may speak first, before anything has come from upstream but the question to do so.
static void ensure_started(GstScriptedLlm* self) {
  State& s = *self->state;
  const auto sent = [&](GstEventType type) {
    return gstpp::EventPtr{gst_pad_get_sticky_event(s.src, type, 0)} != nullptr;
  };
  if (!sent(GST_EVENT_STREAM_START)) {
    const gstpp::CharPtr id{gst_pad_create_stream_id(s.src, GST_ELEMENT_CAST(self), nullptr)};
    gst_pad_push_event(s.src, gst_event_new_stream_start(id.get()));
  }
  if (!sent(GST_EVENT_CAPS)) {
    const gstpp::CapsPtr caps{gst_caps_from_string(TEXT_CAPS)};
    gst_pad_push_event(s.src, gst_event_new_caps(caps.get()));
  }
  if (!sent(GST_EVENT_SEGMENT)) gst_pad_push_event(s.src, gst_event_new_segment(&s.segment));
}

// False when a flush came first.
static bool think(State& s, GstClockTime delay) {
  std::unique_lock lock(s.mutex);
  if (delay == 0) return !s.flushing;
  return !s.wake.wait_for(lock, std::chrono::nanoseconds(delay), [&] { return s.flushing; });
}

static GstFlowReturn push_sentence(GstScriptedLlm* self, const std::string& sentence) {
  State& s = *self->state;
  GstBuffer* buffer = gst_buffer_new_memdup(sentence.data(), sentence.size());
  const GstClockTime now = gstpp::running_time(GST_ELEMENT_CAST(self));
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_IS_VALID(now) ? gst_segment_position_from_running_time(
                                                              &s.segment, GST_FORMAT_TIME, now)
                                                        : s.question_pts;
  return gst_pad_push(s.src, buffer);
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
static GstFlowReturn push_answer(GstScriptedLlm* self, guint turn_id, const Answer& answer) {
  State& s = *self->state;
  ensure_started(self);
  std::string said;
  GstFlowReturn flow = think(s, settings_of(self).delay) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
  for (const std::string& sentence : answer.sentences) {
    if (flow != GST_FLOW_OK) break;
    GST_DEBUG_OBJECT(self, "turn %u: \"%s\"", turn_id, sentence.c_str());
    flow = push_sentence(self, sentence);
    if (flow == GST_FLOW_OK) said += (said.empty() ? "" : " ") + sentence;
  }
  if (flow != GST_FLOW_OK) {
    GST_DEBUG_OBJECT(self, "reply to turn %u ended: %s", turn_id, gst_flow_get_name(flow));
    const std::lock_guard lock(s.mutex);
    ++s.stats.aborted;
    // What was passed on may have been heard; VoiceHeard will tell.
    if (s.dialogue) s.dialogue->heard(turn_id, said);
    return flow;
  }
  gst_pad_push_event(
      s.src, jackfield::make_event(jackfield::ReplyEnd{
                 .turn_id = turn_id, .hang_up = answer.hang_up, .transfer = answer.transfer}));
  return GST_FLOW_OK;
}

static GstFlowReturn take_turn(GstScriptedLlm* self, guint turn_id, bool not_understood) {
  State& s = *self->state;
  const std::string question = std::move(s.question);
  s.question.clear();
  Answer answer;
  {
    const std::lock_guard lock(s.mutex);
    if (s.flushing || !s.dialogue) return GST_FLOW_FLUSHING;
    answer =
        turn_id == 0 ? s.dialogue->greet() : s.dialogue->answer(turn_id, question, not_understood);
    count(s.stats, answer, turn_id);
  }
  GST_INFO_OBJECT(self, "turn %u: \"%s\" is %s", turn_id, question.c_str(),
                  answer.intent.empty() ? "no intent" : answer.intent.c_str());
  s.flow = push_answer(self, turn_id, answer);
  return s.flow;
}

static void add_to_question(GstScriptedLlm* self, std::string_view text) {
  State& s = *self->state;
  const std::size_t room = kMaxQuestion - std::min(kMaxQuestion, s.question.size() + 1);
  const std::string_view fits = jackfield::truncate_utf8(text, room);
  if (!s.question.empty() && !fits.empty()) s.question += ' ';
  s.question += fits;
  if (fits.size() == text.size()) return;
  GST_WARNING_OBJECT(self, "a turn of more than %" G_GSIZE_FORMAT " bytes is cut", kMaxQuestion);
  const std::lock_guard lock(s.mutex);
  s.stats.dropped_bytes += text.size() - fits.size();
}

static GstFlowReturn gst_scripted_llm_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_SCRIPTED_LLM(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    State& s = *self->state;
    const gstpp::BufferPtr buffer{raw};
    {
      const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
      if (!map) {
        GST_ELEMENT_ERROR(self, RESOURCE, READ, (nullptr), ("could not map a text buffer"));
        return GST_FLOW_ERROR;
      }
      add_to_question(self, {reinterpret_cast<const char*>(map.data()), map.size()});
    }
    s.question_pts = GST_BUFFER_PTS(buffer.get());
    const TurnEvents mode = settings_of(self).turn_events;
    if (mode == TurnEvents::kNever || (mode == TurnEvents::kAuto && !s.turn_events_seen)) {
      return take_turn(self, ++s.own_turns, false);
    }
    // A reply that was pushed from an event could not return its result.
    return s.flow == GST_FLOW_FLUSHING ? GST_FLOW_OK : s.flow;
  });
}

// Custom events of ours; false when the event is none.
static bool handle_turn_event(GstScriptedLlm* self, GstEvent* event, bool& forward, bool& ok) {
  State& s = *self->state;
  forward = ok = true;
  if (jackfield::parse_turn_start(event)) {
    s.turn_events_seen = true;
    return true;
  }
  if (const auto heard = jackfield::parse_heard(event)) {
    s.turn_events_seen = true;
    forward = false;
    const std::lock_guard lock(s.mutex);
    ++s.stats.interrupted;
    if (s.dialogue) s.dialogue->heard(heard->turn_id, heard->text);
    return true;
  }
  if (const auto history = jackfield::parse_history(event)) {
    forward = false;
    const std::lock_guard lock(s.mutex);
    if (!s.dialogue) return true;
    auto& known = s.dialogue->history();
    known.forget_from(history->from_turn);
    for (const auto& said : history->said) {
      if (!said.addressed) continue;  // a script has no use for it
      if (said.by_agent) {
        known.add_agent(said.turn_id, said.text);
      } else {
        known.add_caller(said.turn_id, said.text);
      }
    }
    return true;
  }
  if (const auto end = jackfield::parse_turn_end(event)) {
    s.turn_events_seen = true;
    forward = false;
    ensure_started(self);
    gst_pad_push_event(s.src, gst_event_ref(event));
    if (settings_of(self).turn_events == TurnEvents::kNever && end->turn_id != 0) return true;
    ok = take_turn(self, end->turn_id, end->not_understood) == GST_FLOW_OK;
    return true;
  }
  return false;
}

static gboolean gst_scripted_llm_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  auto* self = GST_SCRIPTED_LLM(parent);
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    State& s = *self->state;
    gstpp::EventPtr event{raw};
    switch (GST_EVENT_TYPE(raw)) {
      case GST_EVENT_CUSTOM_DOWNSTREAM: {
        bool forward = true;
        bool ok = true;
        if (handle_turn_event(self, raw, forward, ok) && !forward) return ok;
        break;
      }
      case GST_EVENT_CAPS:
        return gst_pad_push_event(s.src, event.release());  // the default is to keep it
      case GST_EVENT_SEGMENT: {
        const GstSegment* segment = nullptr;
        gst_event_parse_segment(raw, &segment);
        if (segment->format == GST_FORMAT_TIME) {
          gst_segment_copy_into(segment, &s.segment);
          break;
        }
        gst_segment_init(&s.segment, GST_FORMAT_TIME);
        GstEvent* own = gst_event_new_segment(&s.segment);
        gst_event_set_seqnum(own, gst_event_get_seqnum(raw));
        return gst_pad_push_event(s.src, own);
      }
      case GST_EVENT_FLUSH_START: {
        const std::lock_guard lock(s.mutex);
        s.flushing = true;
        s.wake.notify_all();
        break;
      }
      case GST_EVENT_FLUSH_STOP: {
        s.question.clear();
        s.flow = GST_FLOW_OK;
        const std::lock_guard lock(s.mutex);
        s.flushing = false;
        break;
      }
      case GST_EVENT_EOS:
        if (!s.question.empty()) take_turn(self, ++s.own_turns, false);
        break;
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// Reads the script. Posts an error that names the place of the mistake.
static bool load_script(GstScriptedLlm* self) {
  const std::string path = settings_of(self).script;
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
    gst_segment_init(&s.segment, GST_FORMAT_TIME);
    s.question.clear();
    s.question_pts = GST_CLOCK_TIME_NONE;
    s.turn_events_seen = false;
    s.own_turns = 0;
    s.flow = GST_FLOW_OK;
    const guint seed = settings_of(self).seed;
    const std::lock_guard lock(s.mutex);
    s.dialogue = std::make_unique<Dialogue>(s.script, seed);
    s.flushing = false;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    const std::lock_guard lock(s.mutex);
    s.flushing = true;
    s.wake.notify_all();
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
      g_value_set_string(value, settings_of(self).script.c_str());
      break;
    case kPropSeed:
      g_value_set_uint(value, settings_of(self).seed);
      break;
    case kPropDelay:
      g_value_set_uint64(value, settings_of(self).delay);
      break;
    case kPropTurnEvents:
      g_value_set_enum(value, static_cast<gint>(settings_of(self).turn_events));
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
  self->state = new State;
  State& s = *self->state;
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, gst_scripted_llm_chain);
  gst_pad_set_event_function(s.sink, gst_scripted_llm_sink_event);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
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
