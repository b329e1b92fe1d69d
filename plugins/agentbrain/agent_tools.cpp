#include "agent_tools.hpp"

#include <iterator>
#include <optional>
#include <utility>

#include "io_pool.hpp"
#include "tool_messages.hpp"
#include "tools_file_loading.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {

using tools::CallOutcome;
using tools::ToolAction;
using Kind = tools::ToolAction::Kind;

namespace {

tools::ToolRunner::Config complete(tools::ToolRunner::Config config, const BuiltInTools& built_in) {
  for (const auto& tool : built_in) config.built_in.push_back(tool->definition());
  config.matches = pattern_matcher();
  return config;
}

}  // namespace

AgentTools::AgentTools(GstElement* bin, tools::ToolsFile file, BuiltInTools built_in,
                       tools::ToolRunner::Config config, Conversation conversation)
    : conversation_(std::move(conversation)),
      built_in_(std::move(built_in)),
      runner_(std::move(file), complete(std::move(config), built_in_)) {
  g_weak_ref_init(&bin_, bin);
}

AgentTools::~AgentTools() { g_weak_ref_clear(&bin_); }

void AgentTools::open_audit_log(const std::string& path) {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin) return;
  audit_.open(bin.get(), path);
  const Lock lock(lock_);
  runner_.set_audited(audit_.is_open());
}

void AgentTools::start() {
  // Neither timer nor servers keep this alive.
  timer_ = std::make_unique<jackfield::IoTimer>(
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        Lock lock(self->lock_);
        self->runner_.timer(jackfield::io_now_ns());
        self->drain(lock);
      },
      jackfield::IoContext::patient());
  const auto& servers = runner_.file().servers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    servers_.push_back(std::make_unique<tools::McpServer>(
        servers[i], tools::McpServer::Listener{
                        .on_state =
                            [weak = weak_from_this(), i](const tools::McpServerState& state) {
                              if (const auto self = weak.lock()) self->on_state(i, state);
                            },
                        .on_result =
                            [weak = weak_from_this()](std::uint64_t run, CallOutcome outcome,
                                                      const std::string& text) {
                              if (const auto self = weak.lock())
                                self->on_result(run, outcome, text);
                            }}));
  }
  for (const auto& server : servers_) server->start();
}

void AgentTools::set_models(std::vector<gstpp::ElementPtr> models) {
  std::string offer;
  std::vector<gstpp::ElementPtr> now;
  {
    const Lock lock(lock_);
    models_ = std::move(models);
    for (const auto& model : models_) now.push_back(gstpp::share_object(model.get()));
    for (ToolAction& action : runner_.take_actions()) {
      if (action.kind == Kind::kOffer)
        offer_ = std::move(action.text);
      else
        todo_.push_back(std::move(action));
    }
    offer = withheld_ ? "[]" : offer_;
  }
  gboolean taken = FALSE;
  for (const auto& model : now)
    g_signal_emit_by_name(model.get(), "offer-tools", offer.c_str(), &taken);
}

void AgentTools::configure(GstClockTime filler_after, const std::string& filler) {
  const Lock lock(lock_);
  runner_.configure(filler_after, filler);
}

void AgentTools::withhold(bool withheld) {
  Lock lock(lock_);
  if (std::exchange(withheld_, withheld) == withheld) return;
  ToolAction offer{.kind = Kind::kOffer};
  offer.text = offer_;
  todo_.push_back(std::move(offer));
  drain(lock);
}

void AgentTools::set_permissions(std::vector<std::string> permissions) {
  Lock lock(lock_);
  if (permissions == permissions_) return;
  permissions_ = permissions;
  runner_.set_permissions(std::move(permissions));
  drain(lock);
}

void AgentTools::set_functions(std::vector<tools::FunctionSettings> functions) {
  Lock lock(lock_);
  runner_.set_functions(std::move(functions));
  drain(lock);
}

void AgentTools::set_allowed(std::optional<std::vector<std::string>> names) {
  Lock lock(lock_);
  runner_.set_allowed(std::move(names));
  drain(lock);
}

int AgentTools::index_of(GstElement* model) {
  for (std::size_t i = 0; i < models_.size(); ++i)
    if (models_[i].get() == model) return static_cast<int>(i);
  models_.push_back(gstpp::share_object(model));
  return static_cast<int>(models_.size() - 1);
}

bool AgentTools::called(GstObject* model, const GstStructure* call) {
  if (!GST_IS_ELEMENT(model)) return false;
  const std::string id = gstpp::get_string(call, "call-id");
  const std::string name = gstpp::get_string(call, "name");
  const std::string arguments = gstpp::get_string(call, "arguments");
  const guint turn = gstpp::get_uint(call, "turn-id", 0);
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin || id.empty() || name.empty()) return false;
  Lock lock(lock_);
  const guint64 now = jackfield::io_now_ns();
  const int index = index_of(GST_ELEMENT(model));
  if (runner_.called(index, id, turn, name, arguments, now)) {
    drain(lock);
    return true;
  }
  // Perhaps the application's, though no file of ours tells of it.
  const guint signal = g_signal_lookup("tool-call", G_OBJECT_TYPE(bin.get()));
  if (!g_signal_has_handler_pending(bin.get(), signal, 0, FALSE)) {
    runner_.unknown(id, turn, name, arguments);
    drain(lock);
    return false;
  }
  runner_.called(index, id, turn, name, arguments, now, true);
  if (audit_.is_open()) {
    // It is asked when that stands in the log.
    drain(lock);
    return true;
  }
  std::deque<ToolAction> actions;
  std::optional<ToolAction> offered;
  for (ToolAction& action : runner_.take_actions()) {
    if (action.kind == Kind::kEmit) {
      offered = std::move(action);
    } else {
      actions.push_back(std::move(action));
    }
  }
  if (offered) {
    // What comes meanwhile, such as the answer, is carried out behind what is told of the call.
    ++offering_;
    lock.unlock();
    const bool taken = emit(bin.get(), *offered);
    lock.lock();
    --offering_;
    if (!taken) {
      runner_.withdraw(offered->run);
      drain(lock);
      return false;
    }
  }
  todo_.insert(todo_.begin(), std::make_move_iterator(actions.begin()),
               std::make_move_iterator(actions.end()));
  drain(lock);
  return true;
}

bool AgentTools::answered(const std::string& call_id, const std::string& output) {
  Lock lock(lock_);
  const bool waited = runner_.answered(call_id, output, jackfield::io_now_ns());
  drain(lock);
  return waited;
}

void AgentTools::caller_speaks(bool speaking) {
  const Lock lock(lock_);
  runner_.caller_speaks(speaking);
}

void AgentTools::caller_said(std::optional<guint> turn, bool continues) {
  const Lock lock(lock_);
  runner_.caller_said(turn, continues);
}

void AgentTools::interrupted(const std::string& why) {
  Lock lock(lock_);
  runner_.interrupted(jackfield::io_now_ns(), why);
  drain(lock);
}

void AgentTools::stop() {
  Lock lock(lock_);
  runner_.stop(jackfield::io_now_ns());
  drain(lock);
  lock.unlock();
  audit_.flush();
}

void AgentTools::on_state(std::size_t server, const tools::McpServerState& state) {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  Lock lock(lock_);
  runner_.set_tools(server, state.tools);
  const bool first = known_.insert(server).second;
  const tools::ServerSettings& settings = runner_.file().servers[server];
  const std::string name = settings.name;
  std::vector<std::string> missing;
  if (first && state.ready) missing = tools::names_without_tool(settings, state.tools);
  const std::string text = runner_.masked(state.text);
  drain(lock);
  lock.unlock();
  if (!bin) return;
  post(bin.get(), tool_server_message(conversation_.messages, name, state, text));
  if (!missing.empty())
    GST_ELEMENT_WARNING(bin.get(), RESOURCE, NOT_FOUND,
                        ("tools: the server \"%s\" has no tool \"%s\", which the tools file names",
                         name.c_str(), missing.front().c_str()),
                        ("%zu such names", missing.size()));
  if (first && conversation_.settled && settled()) conversation_.settled();
}

bool AgentTools::settled() {
  const Lock lock(lock_);
  return known_.size() == runner_.file().servers.size();
}

void AgentTools::on_result(guint64 run, CallOutcome outcome, const std::string& text) {
  Lock lock(lock_);
  runner_.finished(run, outcome, text, jackfield::io_now_ns());
  drain(lock);
}

void AgentTools::drain(Lock& lock) {
  for (ToolAction& action : runner_.take_actions()) todo_.push_back(std::move(action));
  arm();
  if (executing_ || offering_ > 0) return;  // that thread goes on with these
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin) return todo_.clear();
  executing_ = true;
  while (!todo_.empty() && offering_ == 0) {
    const ToolAction action = std::move(todo_.front());
    todo_.pop_front();
    if (action.kind == Kind::kOffer) offer_ = action.text;
    lock.unlock();
    carry_out(bin.get(), action);
    lock.lock();
    for (ToolAction& next : runner_.take_actions()) todo_.push_back(std::move(next));
  }
  executing_ = false;
  arm();
}

void AgentTools::arm() {
  if (!timer_) return;
  const guint64 at = runner_.deadline();
  if (at == tools::kNever) {
    timer_->disarm();
  } else {
    timer_->arm(at);
  }
}

void AgentTools::add_stats(GstStructure* stats) {
  const Lock lock(lock_);
  add_tool_stats(stats, runner_.stats(), runner_.functions().size());
}

}  // namespace agentbrain
