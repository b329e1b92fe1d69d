// Carries out what ToolRunner decides: offers, calls, answers, what is written down and posted.
#include <string>
#include <vector>

#include "agent_tools.hpp"
#include "io_pool.hpp"
#include "tool_messages.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {

using tools::CallOutcome;
using tools::ToolAction;
using Kind = tools::ToolAction::Kind;

void AgentTools::carry_out(GstElement* bin, const ToolAction& action) {
  gstpp::ElementPtr model;
  std::vector<gstpp::ElementPtr> models;
  bool withheld = false;
  if (action.kind == Kind::kOffer || action.kind == Kind::kAnswer) {
    const Lock lock(lock_);
    withheld = withheld_;
    for (const auto& one : models_) models.push_back(gstpp::share_object(one.get()));
    const auto index = static_cast<std::size_t>(action.stage);
    if (index < models_.size()) model = gstpp::share_object(models_[index].get());
  }
  switch (action.kind) {
    case Kind::kOffer:
      for (const auto& one : models) {
        gboolean taken = FALSE;
        if (g_signal_lookup("offer-tools", G_OBJECT_TYPE(one.get())))
          g_signal_emit_by_name(one.get(), "offer-tools", withheld ? "[]" : action.text.c_str(),
                                &taken);
      }
      break;
    case Kind::kAudit:
      audit(action);
      break;
    case Kind::kAnnounce:
      GST_INFO_OBJECT(bin, "turn %u: tool %s(%s)", action.turn, action.function.c_str(),
                      action.arguments.c_str());
      post(bin, tool_call_message(conversation_.messages, action));
      break;
    case Kind::kStart:
      begin(action);
      break;
    case Kind::kEmit:
      if (!emit(bin, action)) {
        const Lock lock(lock_);
        runner_.nobody(action.run, jackfield::io_now_ns());
      }
      break;
    case Kind::kCancel:
      cancel(action);
      break;
    case Kind::kAnswer: {
      if (conversation_.answers) conversation_.answers(action.call_id);
      gboolean taken = FALSE;
      if (model && g_signal_lookup("answer-tool-call", G_OBJECT_TYPE(model.get())))
        g_signal_emit_by_name(model.get(), "answer-tool-call", action.call_id.c_str(),
                              action.text.c_str(), &taken);
      break;
    }
    case Kind::kReport:
      GST_INFO_OBJECT(bin, "turn %u: tool %s: %s after %" GST_TIME_FORMAT, action.turn,
                      action.function.c_str(), action.outcome.c_str(),
                      GST_TIME_ARGS(action.duration));
      post(bin, tool_result_message(conversation_.messages, action));
      break;
    case Kind::kFiller:
      conversation_.say_filler(action.text);
      break;
    case Kind::kWaiting: {
      const guint64 now = jackfield::io_now_ns();
      conversation_.waits(action.until == 0 ? 0 : action.until > now ? action.until - now : 1);
      break;
    }
  }
}

BuiltInTool* AgentTools::built_in(const std::string& name) const {
  for (const auto& tool : built_in_)
    if (tool->definition().name == name) return tool.get();
  return nullptr;
}

void AgentTools::begin(const ToolAction& action) {
  if (action.server < servers_.size()) {
    servers_[action.server]->call(action.run, action.tool, action.arguments, action.timeout);
  } else if (BuiltInTool* tool = built_in(action.tool)) {
    tool->start(
        action.run, action.arguments, action.timeout,
        [weak = weak_from_this(), run = action.run](CallOutcome outcome, const std::string& text) {
          if (const auto self = weak.lock()) self->on_result(run, outcome, text);
        });
  }
}

void AgentTools::cancel(const ToolAction& action) {
  if (action.server < servers_.size()) {
    servers_[action.server]->cancel(action.run, "nobody waits for it any more");
  } else if (BuiltInTool* tool = built_in(action.tool)) {
    tool->cancel(action.run);
  }
}

void AgentTools::audit(const ToolAction& action) {
  audit_.write(tools::audit_entry(action),
               [weak = weak_from_this(), run = action.run](const std::string& error) {
                 if (run == 0 && error.empty()) return;
                 jackfield::IoContext::patient().post([weak, run, error] {
                   if (const auto self = weak.lock()) self->on_recorded(run, error);
                 });
               });
}

void AgentTools::on_recorded(guint64 run, const std::string& error) {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (bin && !error.empty())
    GST_ELEMENT_WARNING(bin.get(), RESOURCE, WRITE,
                        ("the audit log of tools cannot be written: %s", error.c_str()), (nullptr));
  Lock lock(lock_);
  runner_.recorded(run, error, jackfield::io_now_ns());
  drain(lock);
}

bool AgentTools::emit(GstElement* bin, const ToolAction& action) const {
  gboolean taken = FALSE;
  g_signal_emit_by_name(bin, "tool-call", action.call_id.c_str(), action.function.c_str(),
                        action.arguments.c_str(), &taken);
  return taken != FALSE;
}

void AgentTools::post(GstElement* bin, GstStructure* message) const {
  gst_element_post_message(bin, gst_message_new_element(GST_OBJECT(bin), message));
}

}  // namespace agentbrain
