#include "gstagentloop.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "action_signals.hpp"
#include "agent_loop_settings.hpp"
#include "element_properties.hpp"
#include "gstpp.hpp"
#include "loop_work.hpp"
#include "model_settings.hpp"
#include "settings_text.hpp"
#include "text_stage.hpp"
#include "tool_signals.hpp"
#include "tools_file_loading.hpp"
#include "trial.hpp"
#include "turn_events.hpp"

// Not static: LoopWork logs under the same name.
GST_DEBUG_CATEGORY(gst_agent_loop_debug);
#define GST_CAT_DEFAULT gst_agent_loop_debug

using agentbrain::AgentTools;
using agentbrain::TextStage;
using agentbrain::loop::LoopWork;
using agentbrain::loop::Settings;
using jackfield::property_of;
using jackfield::text_property;

namespace {

constexpr gsize kMostFile = 1024 * 1024;  // bytes of a price list

struct State {
  Settings settings;  // under the object lock
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  std::unique_ptr<LoopWork> work;
  std::unique_ptr<TextStage> stage;
  // Of the state changes.
  std::shared_ptr<AgentTools> tools;
  std::string tools_path;
  std::optional<jackfield::PriceList> prices;
  bool alone = false;  // works on its goal
};

}  // namespace

struct _GstAgentLoop {
  GstBin parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstAgentLoop, gst_agent_loop, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(agentloop, "agentloop", GST_RANK_NONE, GST_TYPE_AGENT_LOOP)

namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

// Blanks are what a variable without a value leaves in a pipeline file.
Settings snapshot(GstAgentLoop* self) {
  gstpp::ObjectLock lock(self);
  Settings settings = self->state->settings;
  for (std::string* text : {&settings.goal, &settings.tools, &settings.prices})
    if (jackfield::is_blank(*text)) text->clear();
  return settings;
}

// --- Pads -------------------------------------------------------------------------------------

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GstAgentLoop* self = GST_AGENT_LOOP(parent);
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    LoopWork& work = *self->state->work;
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_FLUSH_START:
        gst_event_unref(event);
        work.flush();
        return TRUE;
      case GST_EVENT_FLUSH_STOP:
        gst_event_unref(event);
        work.forget_question();
        return TRUE;
      case GST_EVENT_CUSTOM_DOWNSTREAM:
        if (jackfield::parse_turn_start(event) || jackfield::parse_heard(event) ||
            jackfield::parse_history(event))
          work.expect_turn_ends();
        return gst_pad_event_default(pad, parent, event);
      default:
        return gst_pad_event_default(pad, parent, event);
    }
  });
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstAgentLoop* self = GST_AGENT_LOOP(parent);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  if (gst_pad_is_linked(self->state->sink)) return gst_pad_peer_query(self->state->sink, query);
  gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

// --- What the settings come to ----------------------------------------------------------------

bool refuse(GstAgentLoop* self, const std::string& why) {
  GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", why.c_str()), (nullptr));
  return false;
}

// As many rounds of tools as the limits allow; behind the last one the model concludes, if it can
// be made to.
void set_rounds(GstElement* model, guint steps) {
  GParamSpec* spec = property_of(model, "max-tool-rounds", G_TYPE_UINT);
  if (!spec) return;
  g_object_set(model, "max-tool-rounds", std::min(steps, G_PARAM_SPEC_UINT(spec)->maximum),
               nullptr);
}

// How long one request may think.
guint64 patience(const Settings& settings) {
  constexpr guint64 kMost = 300 * GST_SECOND;
  return settings.max_time == 0 ? kMost : std::min(settings.max_time, kMost);
}

std::optional<jackfield::PriceList> load_prices(const std::string& path) {
  if (path.empty()) return std::nullopt;
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) throw std::runtime_error(std::string("prices: ") + error->message);
  if (size > kMostFile) throw std::runtime_error(path + ": a price list has at most 1 MiB");
  try {
    return jackfield::read_price_list({text.get(), size});
  } catch (const jackfield::PositionedError& mistake) {
    throw std::runtime_error(jackfield::mistake_in(path, mistake));
  }
}

// What is wrong with the price list, if anything. Of a model that does not tell its name nothing is
// known yet.
std::optional<std::string> judge_cost(const State& s, const Settings& settings, GstElement* model) {
  if (settings.max_cost <= 0) return std::nullopt;
  if (!s.prices) return "max-cost: it needs a price list; set prices";
  if (!property_of(model, "model", G_TYPE_STRING)) return std::nullopt;
  const std::string name = text_property(model, "model");
  if (name.empty() || s.prices->find(name)) return std::nullopt;
  return settings.prices + ": the model \"" + name + "\" is not in it, and max-cost is set";
}

void forget_tools(State& s) {
  if (s.tools) s.tools->stop();
  s.tools.reset();
  s.work->forget();
}

bool prepare_tools(GstAgentLoop* self, const Settings& settings, gstpp::ElementPtr model) {
  State& s = *self->state;
  if (!model && !settings.tools.empty())
    return refuse(self, "tools: the stage \"llm\" takes none (it has no signal offer-tools)");
  if (!s.tools || s.tools_path != settings.tools) {
    forget_tools(s);
    agentbrain::tools::ToolsFile file;
    if (!settings.tools.empty()) file = agentbrain::load_tools_file(settings.tools);
    s.tools_path = settings.tools;
    if (jackfield::is_trial(GST_ELEMENT(self))) return true;
    LoopWork* work = s.work.get();
    s.tools = std::make_shared<AgentTools>(
        GST_ELEMENT(self), std::move(file), agentbrain::BuiltInTools{},
        agentbrain::tools::ToolRunner::Config{.filler_after = 0, .filler = "", .matches = {}},
        AgentTools::Conversation{
            .say_filler = [](const std::string&) {},
            .waits = [](guint64) {},
            .answers = [work](const std::string& call_id) { work->answered(call_id); },
            .settled = [work] { work->settled(); },
            .messages = "agentloop"});
    s.tools->open_audit_log("");  // the supervisor's, if there is one
    s.tools->start();
  }
  std::vector<gstpp::ElementPtr> models;
  if (model) models.push_back(std::move(model));
  s.tools->set_models(std::move(models));
  return true;
}

// Everything that can be wrong is found before the work begins.
bool prepare(GstAgentLoop* self) {
  State& s = *self->state;
  const Settings settings = snapshot(self);
  try {
    s.prices = load_prices(settings.prices);
    if (const auto error = s.stage->build(settings.llm)) return refuse(self, *error);
    gstpp::ElementPtr model =
        agentbrain::find_with_signal(s.stage->stage(), "offer-tools", {G_TYPE_STRING});
    if (const auto error = judge_cost(s, settings, model.get())) return refuse(self, *error);
    agentbrain::give_instructions(s.stage->stage(), settings.instructions,
                                  settings.instructions_given);
    set_rounds(model.get(), settings.max_steps);
    agentbrain::give_patience(s.stage->stage(), patience(settings));
    return prepare_tools(self, settings, std::move(model));
  } catch (const std::runtime_error& mistake) {
    return refuse(self, mistake.what());
  }
}

bool start(GstAgentLoop* self) {
  State& s = *self->state;
  const Settings settings = snapshot(self);
  const bool linked = gst_pad_is_linked(s.sink);
  const bool trial = jackfield::is_trial(GST_ELEMENT(self));
  if (linked && !settings.goal.empty())
    return refuse(self, "goal: something is linked to the sink pad, which is worked on");
  if (!linked && settings.goal.empty() && !trial)
    return refuse(self, "goal: none is set, and nothing is linked to the sink pad");
  s.alone = !linked && !trial;
  s.work->start(*s.stage, s.tools, settings.limits(), s.prices, s.alone);
  return true;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  GstAgentLoop* self = GST_AGENT_LOOP(element);
  State& s = *self->state;
  const auto fine = [&](auto&& step) {
    return gstpp::guarded(self, false, [&] { return step(self); });
  };
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !fine(prepare))
    return GST_STATE_CHANGE_FAILURE;
  // In READY the settings may have been changed.
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !(fine(prepare) && fine(start)))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.work->stop();
    if (s.tools) s.tools->stop();
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_agent_loop_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE) {
    s.work->stop();
    // Some children may stream already.
    GST_ELEMENT_CLASS(gst_agent_loop_parent_class)
        ->change_state(element, GST_STATE_CHANGE_PAUSED_TO_READY);
  }
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) forget_tools(s);
  if (result == GST_STATE_CHANGE_FAILURE) return result;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING && s.alone)
    s.work->work_on(snapshot(self).goal);
  // The work begins with PLAYING: nothing can preroll before.
  const bool paused = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                      transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
  return paused && s.alone ? GST_STATE_CHANGE_NO_PREROLL : result;
}

// --- Messages of the stage --------------------------------------------------------------------

std::string complaint(const GstStructure* error) {
  const std::string cause = gstpp::get_string(error, "cause");
  const std::string text = gstpp::get_string(error, "text");
  return cause.empty() ? text : text.empty() ? cause : cause + ": " + text;
}

// True: it ends here.
bool heed(GstAgentLoop* self, GstMessage* message) {
  State& s = *self->state;
  GstObject* from = GST_MESSAGE_SRC(message);
  if (!from || !s.stage->owns(from) || GST_STATE(self) < GST_STATE_PAUSED) return false;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gstpp::ErrorPtr error;
    gstpp::CharPtr debug;
    gst_message_parse_error(message, gstpp::OutPtr{error}, gstpp::OutPtr{debug});
    return s.work->broke(error->message);
  }
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return false;
  const GstStructure* structure = gst_message_get_structure(message);
  if (!structure) return false;
  const char* name = gst_structure_get_name(structure);
  if (g_str_has_suffix(name, "/tool-call")) return s.work->called(from, structure);
  if (g_str_has_suffix(name, "/usage")) s.work->used(structure);
  if (g_str_has_suffix(name, "/error")) s.work->complained(complaint(structure));
  return false;
}

void handle_message(GstBin* bin, GstMessage* message) {
  GstAgentLoop* self = GST_AGENT_LOOP(bin);
  if (gstpp::guarded(self, false, [&] { return heed(self, message); })) {
    gst_message_unref(message);
    return;
  }
  GST_BIN_CLASS(gst_agent_loop_parent_class)->handle_message(bin, message);
}

// --- Properties and signals -------------------------------------------------------------------

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
  GstAgentLoop* self = GST_AGENT_LOOP(object);
  {
    gstpp::ObjectLock lock(self);
    if (!agentbrain::loop::set_setting(self->state->settings, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
  if (!snapshot(self).goal.empty()) {
    GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
  } else {
    GST_OBJECT_FLAG_UNSET(self, GST_ELEMENT_FLAG_SOURCE);
  }
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  GstAgentLoop* self = GST_AGENT_LOOP(object);
  State& s = *self->state;
  if (agentbrain::loop::is_stats(id)) {
    GstStructure* stats = gst_structure_new_empty("application/x-agentloop-stats");
    s.work->add_stats(stats);
    return g_value_take_boxed(value, stats);
  }
  gstpp::ObjectLock lock(self);
  if (!agentbrain::loop::get_setting(s.settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

// Of the action signal: what the application found.
gboolean tool_result(GstElement* element, const gchar* call_id, const gchar* output) {
  GstAgentLoop* self = GST_AGENT_LOOP(element);
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    return call_id && output && self->state->work->tool_result(call_id, output);
  });
}

void finalize(GObject* object) {
  delete GST_AGENT_LOOP(object)->state;
  G_OBJECT_CLASS(gst_agent_loop_parent_class)->finalize(object);
}

GstPad* add_ghost(GstAgentLoop* self, gpointer inner, const char* name,
                  GstStaticPadTemplate* static_template) {
  const gstpp::PadPtr target{gst_element_get_static_pad(GST_ELEMENT(inner), name)};
  const gstpp::ObjectPtr<GstPadTemplate> pad_template{static_cast<GstPadTemplate*>(
      gst_object_ref_sink(gst_static_pad_template_get(static_template)))};
  GstPad* pad = gst_ghost_pad_new_from_template(name, target.get(), pad_template.get());
  gst_element_add_pad(GST_ELEMENT(self), pad);
  return pad;
}

}  // namespace

static void gst_agent_loop_class_init(GstAgentLoopClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_agent_loop_debug, "agentloop", 0, "agent that works by itself");
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  element->change_state = change_state;
  GST_BIN_CLASS(klass)->handle_message = handle_message;
  agentbrain::loop::install_properties(object);
  agentbrain::install_tool_signals(object, tool_result);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(
      element, "Agent loop", "Generic/Bin/Text",
      "Works on a task by itself: a language model and its tools, with limits of steps, time and "
      "cost",
      "The Jackfield authors");
}

static void gst_agent_loop_init(GstAgentLoop* self) {
  State& s = *(self->state = new State);
  s.work = std::make_unique<LoopWork>(GST_ELEMENT(self));
  s.stage = std::make_unique<TextStage>(GST_BIN(self), "llm", s.work.get(), s.work.get());
  s.stage->add_gates();
  s.sink = add_ghost(self, s.stage->in(), "sink", &sink_template);
  gst_pad_set_event_function(s.sink, sink_event);
  s.src = add_ghost(self, s.stage->out(), "src", &src_template);
  gst_pad_set_query_function(s.src, src_query);
}
