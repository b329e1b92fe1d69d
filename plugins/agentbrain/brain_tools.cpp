#include "brain_tools.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "action_signals.hpp"
#include "settings_text.hpp"
#include "tool_messages.hpp"
#include "tools_file_loading.hpp"
#include "trial.hpp"

namespace agentbrain {

std::shared_ptr<AgentTools> BrainTools::tools() {
  const std::lock_guard lock(lock_);
  return tools_;
}

bool BrainTools::prepare(const brain::Settings& settings) {
  std::vector<gstpp::ElementPtr> models;
  for (const char* name : {"llm", "llm-fallback", "realtime"}) {
    const gstpp::ElementPtr stage{gst_bin_get_by_name(GST_BIN(bin_), name)};
    auto model = find_with_signal(stage.get(), "offer-tools", {G_TYPE_STRING});
    if (model) models.push_back(std::move(model));
  }
  std::vector<tools::FunctionSettings> functions;
  bool news = false;  // that it takes none
  {
    const std::lock_guard lock(lock_);
    news = std::exchange(takes_tools_, !models.empty()) && models.empty();
    functions = functions_;
  }
  if (models.empty() && !settings.tools.empty()) {
    GST_ELEMENT_ERROR(bin_, RESOURCE, SETTINGS,
                      ("tools: the stage \"%s\" takes none (it has no signal offer-tools)",
                       settings.realtime.empty() ? "llm" : "realtime"),
                      (nullptr));
    return false;
  }
  // Offered before it was known.
  if (news && !functions.empty())
    GST_ELEMENT_WARNING(bin_, RESOURCE, SETTINGS,
                        ("The stage \"%s\" takes no functions (it has no signal offer-tools): "
                         "those of the application are not offered to it",
                         settings.realtime.empty() ? "llm" : "realtime"),
                        (nullptr));
  if (!prepare_thinker(settings, !models.empty())) return false;

  auto tools = this->tools();
  Basis basis{.file = settings.tools,
              .audit_log = settings.audit_log,
              .may = settings.may,
              .thinker = settings.thinker,
              .think_limit = settings.think_limit,
              .callers = settings.caller.directory};
  if (!tools || basis != basis_) {
    forget();
    tools::ToolsFile file;
    try {
      if (!settings.tools.empty()) file = load_tools_file(settings.tools);
    } catch (const std::runtime_error& mistake) {
      GST_ELEMENT_ERROR(bin_, RESOURCE, SETTINGS, ("%s", mistake.what()), (nullptr));
      return false;
    }
    basis_ = std::move(basis);
    if (jackfield::is_trial(bin_)) return true;
    tools = std::make_shared<AgentTools>(
        bin_, std::move(file), built_in(settings),
        tools::ToolRunner::Config{.filler_after = settings.tool_filler_after,
                                  .filler = settings.tool_filler,
                                  .matches = {},
                                  .has_caller = true},
        AgentTools::Conversation{
            .say_filler = [this](const std::string& text) { say_filler(text); },
            .waits =
                [this](guint64 at_most) {
                  wait_ = at_most;
                  used_ = true;
                  waiting_changed_();
                  conductor_->on_tools_awaited(at_most);
                }});
    tools->set_allowed(settings.may);
    tools->open_audit_log(settings.audit_log);
    tools->set_functions(std::move(functions));
    tools->start();
    const std::lock_guard lock(lock_);
    tools_ = tools;
  }
  tools->set_models(std::move(models));
  return true;
}

// A speech-to-speech stage has a voice of its own.
void BrainTools::say_filler(const std::string& text) {
  const gstpp::ElementPtr stage{gst_bin_get_by_name(GST_BIN(bin_), "realtime")};
  if (!stage) return conductor_->on_tool_filler(text);
  const auto voice = find_with_signal(stage.get(), "say-filler", {G_TYPE_STRING});
  gboolean taken = FALSE;
  if (voice) g_signal_emit_by_name(voice.get(), "say-filler", text.c_str(), &taken);
}

bool BrainTools::prepare_thinker(const brain::Settings& settings, bool takes_tools) {
  std::optional<std::string> wrong = thinker_->build(settings.thinker, settings.think_limit);
  if (!wrong && !settings.thinker.empty() && !takes_tools)
    wrong = std::string("thinker: the stage \"") +
            (settings.realtime.empty() ? "llm" : "realtime") +
            "\" takes no tools (it has no signal offer-tools)";
  if (!wrong) return true;
  GST_ELEMENT_ERROR(bin_, RESOURCE, SETTINGS, ("%s", wrong->c_str()), (nullptr));
  return false;
}

BuiltInTools BrainTools::built_in(const brain::Settings& settings) const {
  BuiltInTools all;
  if (caller_ && !settings.caller.directory.empty()) all = caller_->tools();
  if (!settings.thinker.empty()) all.push_back(make_think_tool(thinker_, settings.think_limit));
  return all;
}

bool BrainTools::heed_thinker(GstMessage* message) {
  GstObject* from = GST_MESSAGE_SRC(message);
  return from && GST_STATE(bin_) >= GST_STATE_PAUSED && thinker_->owns(from) &&
         thinker_->heed(message);
}

void BrainTools::set_known(const std::string& identity, std::vector<std::string> permissions) {
  const auto tools = this->tools();
  if (!tools) return;
  tools->set_caller(identity);
  tools->set_permissions(std::move(permissions));
}

void BrainTools::begin() {
  wait_ = 0;
  used_ = false;
  realtime_hears_ = false;
}

void BrainTools::stop() {
  if (const auto tools = this->tools()) tools->stop();
}

void BrainTools::forget() {
  std::shared_ptr<AgentTools> old;
  {
    const std::lock_guard lock(lock_);
    old = std::exchange(tools_, nullptr);
  }
  if (old) old->stop();
}

void BrainTools::configure(const brain::Settings& settings) {
  if (const auto tools = this->tools())
    tools->configure(settings.tool_filler_after, settings.tool_filler);
}

void BrainTools::offer_functions(const std::string& json) {
  std::vector<tools::FunctionSettings> functions;
  try {
    functions = tools::read_functions(json);
  } catch (const jackfield::PositionedError& mistake) {
    throw std::runtime_error(jackfield::mistake_in("offer-functions", mistake));
  }
  std::shared_ptr<AgentTools> tools;
  {
    const std::lock_guard lock(lock_);
    if (!takes_tools_ && !functions.empty())
      throw std::runtime_error("offer-functions: the stage takes none");
    functions_ = functions;
    tools = tools_;
  }
  if (tools) tools->set_functions(std::move(functions));
}

ReplyGateSettings BrainTools::adjusted(ReplyGateSettings reply) const {
  if (used_) reply.silence = std::max(reply.silence, reply.stall);
  reply.silence += wait_;
  reply.stall += wait_;
  return reply;
}

bool BrainTools::called(GstObject* from, const GstStructure* call) {
  // An agentloop tells of its own calls by messages of such a name.
  if (thinker_->owns(from) || !g_signal_lookup("answer-tool-call", G_OBJECT_TYPE(from)))
    return false;
  const auto tools = this->tools();
  return tools && tools->called(from, call);
}

bool BrainTools::answered(const gchar* call_id, const gchar* output) {
  const auto tools = this->tools();
  return tools && call_id && output && tools->answered(call_id, output);
}

void BrainTools::caller_speaks(bool speaking) {
  if (const auto tools = this->tools()) tools->caller_speaks(speaking);
}

void BrainTools::caller_said(guint turn, bool continues) {
  if (const auto tools = this->tools()) tools->caller_said(turn, continues);
}

// What was said it tells later, or not at all; that the caller's turn is answered at once.
void BrainTools::heed_realtime(GstMessage* message) {
  const GstStructure* told = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT
                                 ? gst_message_get_structure(message)
                                 : nullptr;
  const auto tools = told ? this->tools() : nullptr;
  if (!tools) return;
  if (gst_structure_has_name(told, "agentbrain/transcript")) {
    if (gstpp::get_bool(told, "typed", false))
      tools->caller_said(gstpp::get_uint(told, "turn-id", 0), false);
    return;
  }
  if (!gst_structure_has_name(told, "agentbrain/state")) return;
  const std::string state = gstpp::get_string(told, "state");
  const bool speaks = state == "user-speaking" || state == "interruption-pending";
  if (realtime_hears_.exchange(speaks) && state == "thinking") {
    tools->caller_said(std::nullopt, false);
  } else {
    tools->caller_speaks(speaks);
  }
}

void BrainTools::reply_cut() {
  if (const auto tools = this->tools()) tools->interrupted();
}

void BrainTools::add_stats(GstStructure* stats) {
  if (const auto tools = this->tools()) {
    tools->add_stats(stats);
  } else {
    add_tool_stats(stats, {}, 0);
  }
}

}  // namespace agentbrain
