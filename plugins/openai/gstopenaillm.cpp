// openaillm: a language model behind the OpenAI API, of OpenAI or any compatible server. See
// docs/elements/openaillm.md; llm_state.hpp tells how its threads work together. This file has the
// pads and the states, llm_settings.cpp the properties, llm_prepare.cpp what they come to,
// llm_reply.cpp what happens in a reply.
#include "gstopenaillm.hpp"

#include <string>
#include <utility>
#include <vector>

#include "end_call.hpp"
#include "function_signals.hpp"
#include "llm_state.hpp"
#include "trial.hpp"
#include "utf8.hpp"

GST_DEBUG_CATEGORY(openaillm_debug);
#define GST_CAT_DEFAULT openaillm_debug

using namespace openai;
using namespace openai::llm;

namespace {

constexpr std::size_t kMaxToolOutput = 65536;  // bytes

}  // namespace

static const jackfield::MemberProperties<Settings>* properties;  // since class_init

G_DEFINE_FINAL_TYPE(GstOpenAiLlm, gst_open_ai_llm, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openaillm, "openaillm", GST_RANK_NONE, GST_TYPE_OPEN_AI_LLM,
                                      GST_DEBUG_CATEGORY_INIT(openaillm_debug, "openaillm", 0,
                                                              "language model by the OpenAI API"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

// ---- What the pads ask for ----

namespace openai::llm {

void State::set_flushing(bool on) {
  std::shared_ptr<jackfield::HedgedExchange> running;
  {
    const std::lock_guard lock(mutex);
    flushing = on;
    if (on) running = exchange;
    wake.notify_all();
  }
  if (running) running->cancel();
}

void State::heard(const jackfield::Heard& heard) {
  const std::lock_guard lock(mutex);
  ++stats.interrupted;
  conversation.heard(heard.turn_id, heard.text);
  if (prepared.end_call) conversation.replace_tool_output(heard.turn_id, kEndCallName, kCallGoesOn);
}

void State::take_history(const jackfield::History& history) {
  const std::lock_guard lock(mutex);
  conversation.forget_from(history.from_turn);
  for (const auto& said : history.said) {
    if (said.by_agent) {
      conversation.add_agent(said.turn_id, said.text);
    } else if (!said.addressed) {
      conversation.add_overheard(said.turn_id, said.text);
    } else {
      conversation.add_caller(said.turn_id, said.text);
    }
  }
}

// A connection that was closed meanwhile is opened while the caller speaks.
void State::turn_starts(guint) { jackfield::http_prewarm(prepared.service.base_url); }

void State::dropped(std::size_t bytes) {
  const std::lock_guard lock(mutex);
  stats.dropped_bytes += bytes;
}

}  // namespace openai::llm

static GstFlowReturn gst_open_ai_llm_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  auto* self = GST_OPEN_AI_LLM(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] { return self->state->pads.chain(buffer); });
}

static gboolean gst_open_ai_llm_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  auto* self = GST_OPEN_AI_LLM(parent);
  return gstpp::guarded(self, FALSE, [&] { return self->state->pads.sink_event(event); });
}

// ---- The element ----

static bool answer_tool_call(GstOpenAiLlm* self, const std::string& id, const std::string& output) {
  State& s = *self->state;
  const std::lock_guard lock(s.mutex);
  const auto asked = s.asked.find(id);
  if (asked == s.asked.end() || asked->second) return false;
  asked->second = std::string(jackfield::truncate_utf8(output, kMaxToolOutput));
  s.wake.notify_all();
  return true;
}

static void offer_tools(GstOpenAiLlm* self, std::vector<Tool> tools) {
  const std::lock_guard lock(self->state->mutex);
  self->state->offered = std::move(tools);
}

static GstStateChangeReturn gst_open_ai_llm_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_OPEN_AI_LLM(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
    if (!jackfield::is_trial(element)) {
      gstpp::guarded(self, false, [&] {
        warm_up(self);
        return true;
      });
    }
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    s.pads.reset();
    s.set_flushing(false);
    const std::lock_guard lock(s.mutex);
    s.conversation.clear();
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.set_flushing(true);
  } else if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    s.warm_up.reset();
  }
  return GST_ELEMENT_CLASS(gst_open_ai_llm_parent_class)->change_state(element, transition);
}

static void gst_open_ai_llm_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_OPEN_AI_LLM(object)->state->settings;
  if (!properties->set(settings, id, value) && !set_service_property(settings.service, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static GstStructure* make_stats(State& s) {
  const std::lock_guard lock(s.mutex);
  const Stats& t = s.stats;
  return gst_structure_new(
      "application/x-openaillm-stats", "turns", G_TYPE_UINT64, t.turns, "requests", G_TYPE_UINT64,
      t.requests, "failed", G_TYPE_UINT64, t.failed, "aborted", G_TYPE_UINT64, t.aborted,
      "interrupted", G_TYPE_UINT64, t.interrupted, "retries", G_TYPE_UINT64, t.retries, "hedges",
      G_TYPE_UINT64, t.hedges, "hedges-won", G_TYPE_UINT64, t.hedges_won, "hedges-withheld",
      G_TYPE_UINT64, t.hedges_withheld, "tool-calls", G_TYPE_UINT64, t.tool_calls, "calls-ended",
      G_TYPE_UINT64, t.calls_ended, "input-tokens", G_TYPE_UINT64, t.input_tokens, "cached-tokens",
      G_TYPE_UINT64, t.cached_tokens, "output-tokens", G_TYPE_UINT64, t.output_tokens,
      "reasoning-tokens", G_TYPE_UINT64, t.reasoning_tokens, "first-token-latency", G_TYPE_UINT64,
      t.first_token, "first-token-latency-max", G_TYPE_UINT64, t.first_token_max,
      "first-piece-latency", G_TYPE_UINT64, t.first_piece, "malformed-events", G_TYPE_UINT64,
      t.malformed, "dropped-bytes", G_TYPE_UINT64, t.dropped_bytes, "last-error", G_TYPE_STRING,
      t.last_error.c_str(), nullptr);
}

static void gst_open_ai_llm_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  State& s = *GST_OPEN_AI_LLM(object)->state;
  if (properties->is_stats(id)) return g_value_take_boxed(value, make_stats(s));
  if (properties->is_history(id)) {
    const std::lock_guard lock(s.mutex);
    return g_value_set_string(value, s.conversation.to_json().c_str());
  }
  const gstpp::ObjectLock lock(object);
  if (!properties->get(s.settings, id, value) &&
      !get_service_property(s.settings.service, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_open_ai_llm_init(GstOpenAiLlm* self) {
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  self->state = new State(self, sink, src);
  gst_pad_set_chain_function(sink, gst_open_ai_llm_chain);
  gst_pad_set_event_function(sink, gst_open_ai_llm_sink_event);
}

static void gst_open_ai_llm_finalize(GObject* object) {
  delete GST_OPEN_AI_LLM(object)->state;
  G_OBJECT_CLASS(gst_open_ai_llm_parent_class)->finalize(object);
}

static void gst_open_ai_llm_class_init(GstOpenAiLlmClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_open_ai_llm_set_property;
  object_class->get_property = gst_open_ai_llm_get_property;
  object_class->finalize = gst_open_ai_llm_finalize;
  properties = make_properties(object_class);

  jackfield::add_function_signals<GstOpenAiLlm, offer_tools, answer_tool_call>(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_open_ai_llm_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "OpenAI language model", "Filter/Text/Network",
      "Answers text by a language model behind the OpenAI API, piece by piece for speech",
      "Jackfield project");
}
