// openaillm: a language model behind the OpenAI API, of OpenAI or any compatible server. See
// docs/elements/openaillm.md; llm_state.hpp tells how its threads work together. This file has the
// pads, the properties and the states, llm_reply.cpp what happens in a reply.
#include "gstopenaillm.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "llm_state.hpp"
#include "param_flags.hpp"
#include "persona.hpp"
#include "turn_events.hpp"
#include "utf8.hpp"

GST_DEBUG_CATEGORY(openaillm_debug);
#define GST_CAT_DEFAULT openaillm_debug

using namespace openai;
using namespace openai::llm;

namespace {

constexpr std::size_t kMaxQuestion = 16384;     // bytes of text of one turn
constexpr gsize kMaxPersonaFile = 1024 * 1024;  // bytes
constexpr std::size_t kMaxToolOutput = 65536;   // bytes

}  // namespace

enum {
  kPropBaseUrl = 1,
  kPropApiKey,
  kPropModel,
  kPropApi,
  kPropInstructions,
  kPropPersona,
  kPropVariables,
  kPropGreeting,
  kPropGreetingPrompt,
  kPropApology,
  kPropReasoningEffort,
  kPropTemperature,
  kPropMaxOutputTokens,
  kPropHistoryTokens,
  kPropTools,
  kPropToolTimeout,
  kPropConnectTimeout,
  kPropFirstTokenTimeout,
  kPropMaxRetries,
  kPropCheckModel,
  kPropHistory,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];
enum { kSignalAnswerToolCall, kSignalCount };
static guint signals[kSignalCount];

G_DEFINE_FINAL_TYPE(GstOpenAiLlm, gst_open_ai_llm, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openaillm, "openaillm", GST_RANK_NONE, GST_TYPE_OPEN_AI_LLM,
                                      GST_DEBUG_CATEGORY_INIT(openaillm_debug, "openaillm", 0,
                                                              "language model by the OpenAI API"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static GType gst_open_ai_llm_api_get_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(ApiChoice::kAuto), "Responses at api.openai.com, else Chat Completions",
         "auto"},
        {static_cast<gint>(ApiChoice::kChat), "Chat Completions", "chat"},
        {static_cast<gint>(ApiChoice::kResponses), "Responses", "responses"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstOpenAiLlmApi", values);
  }();
  return type;
}

// ---- The sink pad ----

static void add_to_question(GstOpenAiLlm* self, std::string_view text) {
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

static GstFlowReturn gst_open_ai_llm_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_OPEN_AI_LLM(parent);
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
    if (!s.turn_events_seen) return s.flow = answer(self, ++s.own_turns, false);
    // A reply that was pushed from an event could not return its result.
    return s.flow == GST_FLOW_FLUSHING ? GST_FLOW_OK : s.flow;
  });
}

// Custom events of ours that end here; false for all others.
static bool take_turn_event(GstOpenAiLlm* self, GstEvent* event, bool& ok) {
  State& s = *self->state;
  ok = true;
  if (const auto heard = jackfield::parse_heard(event)) {
    s.turn_events_seen = true;
    const std::lock_guard lock(s.mutex);
    ++s.stats.interrupted;
    s.conversation.heard(heard->turn_id, heard->text);
    return true;
  }
  if (const auto end = jackfield::parse_turn_end(event)) {
    s.turn_events_seen = true;
    ensure_started(self);
    gst_pad_push_event(s.src, gst_event_ref(event));
    s.flow = answer(self, end->turn_id, end->not_understood);
    ok = s.flow == GST_FLOW_OK;
    return true;
  }
  return false;
}

static void set_flushing(State& s, bool flushing) {
  std::shared_ptr<jackfield::HttpExchange> exchange;
  {
    const std::lock_guard lock(s.mutex);
    s.flushing = flushing;
    if (flushing) exchange = s.exchange;
    s.wake.notify_all();
  }
  if (exchange) exchange->cancel();
}

static gboolean gst_open_ai_llm_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  auto* self = GST_OPEN_AI_LLM(parent);
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    State& s = *self->state;
    gstpp::EventPtr event{raw};
    switch (GST_EVENT_TYPE(raw)) {
      case GST_EVENT_CUSTOM_DOWNSTREAM: {
        bool ok = true;
        if (take_turn_event(self, raw, ok)) return ok;
        if (jackfield::parse_turn_start(raw)) {
          s.turn_events_seen = true;
          // A connection that was closed meanwhile is opened while the caller speaks.
          jackfield::http_prewarm(s.prepared.service.base_url);
        }
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
      case GST_EVENT_FLUSH_START:
        set_flushing(s, true);
        break;
      case GST_EVENT_FLUSH_STOP:
        // The stream lock is held: the aborted reply has returned.
        s.question.clear();
        s.flow = GST_FLOW_OK;
        set_flushing(s, false);
        break;
      case GST_EVENT_EOS:
        if (!s.question.empty()) answer(self, ++s.own_turns, false);
        break;
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// ---- The element ----

static gboolean gst_open_ai_llm_answer_tool_call(GstOpenAiLlm* self, const gchar* id,
                                                 const gchar* output) {
  if (!id || !output) return FALSE;
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    State& s = *self->state;
    const std::lock_guard lock(s.mutex);
    const auto asked = s.asked.find(id);
    if (asked == s.asked.end() || asked->second) return FALSE;
    asked->second = std::string(jackfield::truncate_utf8(output, kMaxToolOutput));
    s.wake.notify_all();
    return TRUE;
  });
}

static std::optional<std::string> variable(const Settings& settings, std::string_view name) {
  const std::string key(name);
  if (settings.variables) {
    if (const GValue* value = gst_structure_get_value(settings.variables.get(), key.c_str())) {
      if (G_VALUE_HOLDS_STRING(value)) {
        const gchar* text = g_value_get_string(value);
        return std::string(text ? text : "");
      }
      const gstpp::CharPtr text{gst_value_serialize(value)};
      return std::string(text ? text.get() : "");
    }
  }
  if (key != "date" && key != "time" && key != "weekday") return std::nullopt;
  GDateTime* now = g_date_time_new_now_local();
  const gstpp::CharPtr text{g_date_time_format(now, key == "date"   ? "%Y-%m-%d"
                                                    : key == "time" ? "%H:%M"
                                                                    : "%A")};
  g_date_time_unref(now);
  return std::string(text.get());
}

// False after an element error.
static bool fill(GstOpenAiLlm* self, const std::string& what, const std::string& text,
                 std::string& out) {
  try {
    const gstpp::ObjectLock lock(self);
    out =
        fill_in(text, [&](std::string_view name) { return variable(self->state->settings, name); });
    return true;
  } catch (const jackfield::PositionedError& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("%s:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s", what.c_str(),
                       mistake.where().line, mistake.where().column, mistake.what()),
                      (nullptr));
    return false;
  }
}

static bool read_persona(GstOpenAiLlm* self, const std::string& path, std::string& out) {
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) {
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("The persona cannot be read: %s", error->message),
                      (nullptr));
    return false;
  }
  if (size > kMaxPersonaFile || !jackfield::is_utf8({text.get(), size})) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("%s: a persona is UTF-8 text of at most 1 MiB.", path.c_str()), (nullptr));
    return false;
  }
  return fill(self, path, std::string(text.get(), size), out);
}

// Everything that can be wrong is found before the call begins.
static bool prepare(GstOpenAiLlm* self) {
  Prepared prepared;
  std::string model;
  std::string persona;
  std::string instructions;
  std::string greeting;
  std::string tools;
  ApiChoice api = ApiChoice::kAuto;
  bool check = false;
  {
    const gstpp::ObjectLock lock(self);
    const Settings& set = self->state->settings;
    prepared.service = find_service(set.service);
    model = set.model;
    persona = set.persona;
    instructions = set.instructions;
    greeting = set.greeting;
    tools = set.tools;
    api = set.api;
    check = set.check_model;
  }
  if (model.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("No language model: set the property \"model\" of openaillm."), (nullptr));
    return false;
  }
  if (prepared.service.openai_itself && prepared.service.key.empty()) {
    GST_ELEMENT_ERROR(
        self, RESOURCE, SETTINGS,
        ("No key for api.openai.com: set OPENAI_API_KEY, or the property \"api-key\" of "
         "openaillm; or \"base-url\" to another server."),
        (nullptr));
    return false;
  }
  if (!fill(self, "instructions", instructions, prepared.instructions) ||
      !fill(self, "greeting", greeting, prepared.greeting)) {
    return false;
  }
  if (!persona.empty()) {
    std::string text;
    if (!read_persona(self, persona, text)) return false;
    if (!prepared.instructions.empty()) text += "\n\n" + prepared.instructions;
    prepared.instructions = std::move(text);
  }
  try {
    prepared.tools = read_tools(tools);
  } catch (const jackfield::PositionedError& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("tools:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s", mistake.where().line,
                       mistake.where().column, mistake.what()),
                      (nullptr));
    return false;
  }
  const bool responses =
      api == ApiChoice::kResponses || (api == ApiChoice::kAuto && prepared.service.openai_itself);
  prepared.api = responses ? Api::kResponses : Api::kChat;
  jackfield::http_prewarm(prepared.service.base_url);
  if (check) check_model(self, prepared.service, model);
  self->state->prepared = std::move(prepared);
  return true;
}

static GstStateChangeReturn gst_open_ai_llm_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_OPEN_AI_LLM(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_segment_init(&s.segment, GST_FORMAT_TIME);
    s.question.clear();
    s.question_pts = GST_CLOCK_TIME_NONE;
    s.turn_events_seen = false;
    s.own_turns = 0;
    s.flow = GST_FLOW_OK;
    set_flushing(s, false);
    const std::lock_guard lock(s.mutex);
    s.conversation.clear();
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    set_flushing(s, true);
  }
  return GST_ELEMENT_CLASS(gst_open_ai_llm_parent_class)->change_state(element, transition);
}

static void gst_open_ai_llm_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const auto text = [&] {
    const gchar* string = g_value_get_string(value);
    return std::string(string ? string : "");
  };
  const gstpp::ObjectLock lock(object);
  Settings& set = GST_OPEN_AI_LLM(object)->state->settings;
  switch (id) {
    case kPropBaseUrl:
      set.service.base_url = text();
      break;
    case kPropApiKey:
      set.service.api_key = text();
      break;
    case kPropModel:
      set.model = text();
      break;
    case kPropApi:
      set.api = static_cast<ApiChoice>(g_value_get_enum(value));
      break;
    case kPropInstructions:
      set.instructions = text();
      break;
    case kPropPersona:
      set.persona = text();
      break;
    case kPropVariables: {
      const auto* structure = static_cast<const GstStructure*>(g_value_get_boxed(value));
      set.variables.reset(structure ? gst_structure_copy(structure) : nullptr);
      break;
    }
    case kPropGreeting:
      set.greeting = text();
      break;
    case kPropGreetingPrompt:
      set.greeting_prompt = text();
      break;
    case kPropApology:
      set.apology = text();
      break;
    case kPropReasoningEffort:
      set.reasoning_effort = text();
      break;
    case kPropTemperature:
      set.temperature = g_value_get_double(value);
      break;
    case kPropMaxOutputTokens:
      set.max_output_tokens = g_value_get_uint(value);
      break;
    case kPropHistoryTokens:
      set.history_tokens = g_value_get_uint(value);
      break;
    case kPropTools:
      set.tools = text();
      break;
    case kPropToolTimeout:
      set.tool_timeout = g_value_get_uint64(value);
      break;
    case kPropConnectTimeout:
      set.connect_timeout = g_value_get_uint64(value);
      break;
    case kPropFirstTokenTimeout:
      set.first_token_timeout = g_value_get_uint64(value);
      break;
    case kPropMaxRetries:
      set.max_retries = g_value_get_uint(value);
      break;
    case kPropCheckModel:
      set.check_model = g_value_get_boolean(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(State& s) {
  const std::lock_guard lock(s.mutex);
  const Stats& t = s.stats;
  return gst_structure_new(
      "application/x-openaillm-stats", "turns", G_TYPE_UINT64, t.turns, "requests", G_TYPE_UINT64,
      t.requests, "failed", G_TYPE_UINT64, t.failed, "aborted", G_TYPE_UINT64, t.aborted,
      "interrupted", G_TYPE_UINT64, t.interrupted, "retries", G_TYPE_UINT64, t.retries,
      "tool-calls", G_TYPE_UINT64, t.tool_calls, "input-tokens", G_TYPE_UINT64, t.input_tokens,
      "cached-tokens", G_TYPE_UINT64, t.cached_tokens, "output-tokens", G_TYPE_UINT64,
      t.output_tokens, "reasoning-tokens", G_TYPE_UINT64, t.reasoning_tokens, "first-token-latency",
      G_TYPE_UINT64, t.first_token, "first-token-latency-max", G_TYPE_UINT64, t.first_token_max,
      "first-piece-latency", G_TYPE_UINT64, t.first_piece, "malformed-events", G_TYPE_UINT64,
      t.malformed, "dropped-bytes", G_TYPE_UINT64, t.dropped_bytes, "last-error", G_TYPE_STRING,
      t.last_error.c_str(), nullptr);
}

static void gst_open_ai_llm_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  State& s = *GST_OPEN_AI_LLM(object)->state;
  if (id == kPropStats) return g_value_take_boxed(value, make_stats(s));
  if (id == kPropHistory) {
    const std::lock_guard lock(s.mutex);
    return g_value_set_string(value, s.conversation.to_json().c_str());
  }
  const gstpp::ObjectLock lock(object);
  const Settings& set = s.settings;
  switch (id) {
    case kPropBaseUrl:
      g_value_set_string(value, set.service.base_url.c_str());
      break;
    case kPropModel:
      g_value_set_string(value, set.model.c_str());
      break;
    case kPropApi:
      g_value_set_enum(value, static_cast<gint>(set.api));
      break;
    case kPropInstructions:
      g_value_set_string(value, set.instructions.c_str());
      break;
    case kPropPersona:
      g_value_set_string(value, set.persona.c_str());
      break;
    case kPropVariables:
      g_value_set_boxed(value, set.variables.get());
      break;
    case kPropGreeting:
      g_value_set_string(value, set.greeting.c_str());
      break;
    case kPropGreetingPrompt:
      g_value_set_string(value, set.greeting_prompt.c_str());
      break;
    case kPropApology:
      g_value_set_string(value, set.apology.c_str());
      break;
    case kPropReasoningEffort:
      g_value_set_string(value, set.reasoning_effort.c_str());
      break;
    case kPropTemperature:
      g_value_set_double(value, set.temperature);
      break;
    case kPropMaxOutputTokens:
      g_value_set_uint(value, set.max_output_tokens);
      break;
    case kPropHistoryTokens:
      g_value_set_uint(value, set.history_tokens);
      break;
    case kPropTools:
      g_value_set_string(value, set.tools.c_str());
      break;
    case kPropToolTimeout:
      g_value_set_uint64(value, set.tool_timeout);
      break;
    case kPropConnectTimeout:
      g_value_set_uint64(value, set.connect_timeout);
      break;
    case kPropFirstTokenTimeout:
      g_value_set_uint64(value, set.first_token_timeout);
      break;
    case kPropMaxRetries:
      g_value_set_uint(value, set.max_retries);
      break;
    case kPropCheckModel:
      g_value_set_boolean(value, set.check_model);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_open_ai_llm_init(GstOpenAiLlm* self) {
  self->state = new State;
  State& s = *self->state;
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, gst_open_ai_llm_chain);
  gst_pad_set_event_function(s.sink, gst_open_ai_llm_sink_event);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
}

static void gst_open_ai_llm_finalize(GObject* object) {
  delete GST_OPEN_AI_LLM(object)->state;
  G_OBJECT_CLASS(gst_open_ai_llm_parent_class)->finalize(object);
}

static void install_properties(GObjectClass* object_class) {
  using namespace jackfield;
  const Settings def;
  const auto string = [](const char* name, const char* nick, const char* blurb,
                         const std::string& value, GParamFlags flags) {
    return g_param_spec_string(name, nick, blurb, value.c_str(), flags);
  };
  properties[kPropBaseUrl] =
      string("base-url", "Base URL",
             "Address of the API; empty: that in OPENAI_BASE_URL, else https://api.openai.com/v1",
             "", kReadWriteReady);
  properties[kPropApiKey] =
      g_param_spec_string("api-key", "API key", "Key of the service; unset: that in OPENAI_API_KEY",
                          nullptr, kWriteOnlyReady);
  properties[kPropModel] =
      string("model", "Model", "Name of the model, as the service knows it", "", kReadWriteReady);
  properties[kPropApi] = g_param_spec_enum(
      "api", "API", "Which of the two ways to ask a model is used", gst_open_ai_llm_api_get_type(),
      static_cast<gint>(def.api), kReadWriteReady);
  properties[kPropInstructions] =
      string("instructions", "Instructions", "What the model is told to do; may hold ${variables}",
             def.instructions, kReadWriteReady);
  properties[kPropPersona] = string(
      "persona", "Persona", "Text file that goes before the instructions; may hold ${variables}",
      "", kReadWriteReady);
  properties[kPropVariables] =
      g_param_spec_boxed("variables", "Variables",
                         "Values of ${variables}; ${date}, ${time} and ${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady);
  properties[kPropGreeting] =
      string("greeting", "Greeting",
             "What is said when the agent is to speak first; empty: the model says it", "",
             kReadWriteReady);
  properties[kPropGreetingPrompt] =
      string("greeting-prompt", "Greeting prompt",
             "What the model is told to greet the caller; empty: it does not speak first",
             def.greeting_prompt, kReadWritePlaying);
  properties[kPropApology] =
      string("apology", "Apology", "What is said when the service failed; empty: nothing",
             def.apology, kReadWritePlaying);
  properties[kPropReasoningEffort] =
      string("reasoning-effort", "Reasoning effort",
             "How much the model thinks (none, minimal, low, medium, high, xhigh, max; each model "
             "takes some of them); empty: the model's default",
             "", kReadWritePlaying);
  properties[kPropTemperature] =
      g_param_spec_double("temperature", "Temperature",
                          "Of sampling; below 0, or with an effort to reason: the model's default",
                          -1.0, 2.0, def.temperature, kReadWritePlaying);
  properties[kPropMaxOutputTokens] = g_param_spec_uint(
      "max-output-tokens", "Most output tokens", "Of one reply (tokens); 0: the model's limit", 0,
      1000000, 0, kReadWritePlaying);
  properties[kPropHistoryTokens] =
      g_param_spec_uint("history-tokens", "History tokens",
                        "How much of the conversation is sent (tokens, estimated), in whole turns",
                        0, 10000000, def.history_tokens, kReadWritePlaying);
  properties[kPropTools] =
      string("tools", "Tools", "Functions the model may call (JSON list)", "", kReadWriteReady);
  properties[kPropToolTimeout] = g_param_spec_uint64(
      "tool-timeout", "Tool time-out", "How long the answer of a tool is waited for (ns)", 0,
      600 * GST_SECOND, def.tool_timeout, kReadWritePlaying);
  properties[kPropConnectTimeout] =
      g_param_spec_uint64("connect-timeout", "Connect time-out", "For a connection (ns)",
                          GST_MSECOND, 60 * GST_SECOND, def.connect_timeout, kReadWritePlaying);
  properties[kPropFirstTokenTimeout] = g_param_spec_uint64(
      "first-token-timeout", "First token time-out",
      "For the beginning of an answer, and between its pieces (ns)", GST_MSECOND, 600 * GST_SECOND,
      def.first_token_timeout, kReadWritePlaying);
  properties[kPropMaxRetries] =
      g_param_spec_uint("max-retries", "Most retries", "Of one request, before its first byte came",
                        0, 10, def.max_retries, kReadWritePlaying);
  properties[kPropCheckModel] = g_param_spec_boolean(
      "check-model", "Check model",
      "Ask the service once per process when it shuts the model down, and warn", def.check_model,
      kReadWriteReady);
  properties[kPropHistory] = g_param_spec_string(
      "history", "History", "What was said and heard in this conversation (JSON)", "[]", kReadOnly);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);
}

static void gst_open_ai_llm_class_init(GstOpenAiLlmClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_open_ai_llm_set_property;
  object_class->get_property = gst_open_ai_llm_get_property;
  object_class->finalize = gst_open_ai_llm_finalize;
  install_properties(object_class);

  // GstOpenAiLlm::answer-tool-call: the result of a tool that openaillm/tool-call asked for; any
  // thread. FALSE when it was not asked, or not any more.
  signals[kSignalAnswerToolCall] =
      g_signal_new_class_handler("answer-tool-call", G_TYPE_FROM_CLASS(klass),
                                 static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                                 G_CALLBACK(gst_open_ai_llm_answer_tool_call), nullptr, nullptr,
                                 nullptr, G_TYPE_BOOLEAN, 2, G_TYPE_STRING, G_TYPE_STRING);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_open_ai_llm_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "OpenAI language model", "Filter/Text/Network",
      "Answers text by a language model behind the OpenAI API, piece by piece for speech",
      "Jackfield project");
  gst_type_mark_as_plugin_api(gst_open_ai_llm_api_get_type(), static_cast<GstPluginAPIFlags>(0));
}
