#include "agent_tools.hpp"

#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "io_pool.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {

using tools::CallOutcome;
using tools::ToolAction;
using Kind = tools::ToolAction::Kind;

namespace {

constexpr gsize kMostFile = 1024 * 1024;      // bytes
constexpr std::size_t kMostSubject = 16'384;  // bytes of a text that a pattern is looked for in
constexpr std::size_t kMostPatterns = 64;
// As in JavaScript, "$" is the end of the text, not also a line end before it.
constexpr auto kCompile =
    static_cast<GRegexCompileFlags>(G_REGEX_OPTIMIZE | G_REGEX_DOLLAR_ENDONLY);

// PCRE2 gives up after so many steps, whatever a pattern is like.
class Patterns {
 public:
  std::optional<bool> match(const std::string& pattern, const std::string& text) {
    if (text.size() > kMostSubject) return std::nullopt;
    if (patterns_.size() > kMostPatterns) patterns_.clear();
    auto found = patterns_.find(pattern);
    if (found == patterns_.end()) {
      gstpp::ErrorPtr error;
      RegexPtr made{g_regex_new(pattern.c_str(), kCompile, static_cast<GRegexMatchFlags>(0),
                                gstpp::OutPtr{error})};
      found = patterns_.emplace(pattern, std::move(made)).first;
    }
    if (!found->second) return std::nullopt;
    gstpp::ErrorPtr error;
    const gboolean matches =
        g_regex_match_full(found->second.get(), text.data(), static_cast<gssize>(text.size()), 0,
                           static_cast<GRegexMatchFlags>(0), nullptr, gstpp::OutPtr{error});
    if (error) return std::nullopt;
    return matches != FALSE;
  }

 private:
  using RegexPtr = std::unique_ptr<GRegex, gstpp::FreeWith<g_regex_unref>>;
  std::map<std::string, RegexPtr> patterns_;
};

tools::PatternMatcher pattern_matcher() {
  return [patterns = std::make_shared<Patterns>()](const std::string& pattern,
                                                   const std::string& text) {
    return patterns->match(pattern, text);
  };
}

tools::ToolRunner::Config complete(tools::ToolRunner::Config config, const BuiltInTools& built_in) {
  for (const auto& tool : built_in) config.built_in.push_back(tool->definition());
  config.matches = pattern_matcher();
  return config;
}

}  // namespace

tools::ToolsFile load_tools_file(const std::string& path) {
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) throw std::runtime_error(std::string("tools: ") + error->message);
  if (size > kMostFile) throw std::runtime_error(path + ": a tools file has at most 1 MiB");
  try {
    return tools::read_tools_file(
        {text.get(), size},
        [](std::string_view name) -> std::optional<std::string> {
          const char* value = g_getenv(std::string(name).c_str());
          if (!value) return std::nullopt;
          return value;
        },
        pattern_matcher());
  } catch (const jackfield::PositionedError& mistake) {
    throw std::runtime_error(path + ":" + std::to_string(mistake.where().line) + ":" +
                             std::to_string(mistake.where().column) + ": " + mistake.what());
  }
}

AgentTools::AgentTools(GstElement* bin, tools::ToolsFile file, BuiltInTools built_in,
                       tools::ToolRunner::Config config, Conversation conversation)
    : conversation_(std::move(conversation)),
      built_in_(std::move(built_in)),
      runner_(std::move(file), complete(std::move(config), built_in_)) {
  g_weak_ref_init(&bin_, bin);
}

AgentTools::~AgentTools() { g_weak_ref_clear(&bin_); }

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
  if (!g_signal_has_handler_pending(bin.get(), signal, 0, FALSE)) return false;
  runner_.called(index, id, turn, name, arguments, now, true);
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
    const bool other_executes = std::exchange(executing_, true);
    lock.unlock();
    const bool taken = emit(bin.get(), *offered);
    lock.lock();
    if (!other_executes) executing_ = false;
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

void AgentTools::interrupted(const std::string& why) {
  Lock lock(lock_);
  runner_.interrupted(jackfield::io_now_ns(), why);
  drain(lock);
}

void AgentTools::stop() {
  Lock lock(lock_);
  runner_.stop(jackfield::io_now_ns());
  drain(lock);
}

void AgentTools::on_state(std::size_t server, const tools::McpServerState& state) {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  Lock lock(lock_);
  runner_.set_tools(server, state.tools);
  const std::string name = runner_.file().servers[server].name;
  const std::string text = runner_.masked(state.text);
  drain(lock);
  lock.unlock();
  if (!bin) return;
  post(bin.get(),
       gst_structure_new(named("/tool-server").c_str(), "server", G_TYPE_STRING, name.c_str(),
                         "ready", G_TYPE_BOOLEAN, static_cast<gboolean>(state.ready), "tools",
                         G_TYPE_UINT, static_cast<guint>(state.tools.size()), "unusable",
                         G_TYPE_UINT, static_cast<guint>(state.dropped), "text", G_TYPE_STRING,
                         text.c_str(), nullptr));
}

void AgentTools::on_result(guint64 run, CallOutcome outcome, const std::string& text) {
  Lock lock(lock_);
  runner_.finished(run, outcome, text, jackfield::io_now_ns());
  drain(lock);
}

void AgentTools::drain(Lock& lock) {
  for (ToolAction& action : runner_.take_actions()) todo_.push_back(std::move(action));
  arm();
  if (executing_) return;  // that thread goes on with these
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin) return todo_.clear();
  executing_ = true;
  while (!todo_.empty()) {
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
  const char* server = action.server_name.c_str();
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
      break;
    case Kind::kAnnounce:
      GST_INFO_OBJECT(bin, "turn %u: tool %s(%s)", action.turn, action.function.c_str(),
                      action.arguments.c_str());
      post(bin,
           gst_structure_new(named("/tool-call").c_str(), "turn-id", G_TYPE_UINT, action.turn,
                             "call-id", G_TYPE_STRING, action.call_id.c_str(), "server",
                             G_TYPE_STRING, server, "name", G_TYPE_STRING, action.function.c_str(),
                             "arguments", G_TYPE_STRING, action.arguments.c_str(), nullptr));
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
      post(bin, gst_structure_new(
                    named("/tool-result").c_str(), "turn-id", G_TYPE_UINT, action.turn, "call-id",
                    G_TYPE_STRING, action.call_id.c_str(), "server", G_TYPE_STRING, server, "name",
                    G_TYPE_STRING, action.function.c_str(), "outcome", G_TYPE_STRING,
                    action.outcome.c_str(), "duration", G_TYPE_UINT64, action.duration, "bytes",
                    G_TYPE_UINT64, static_cast<guint64>(action.bytes), "text", G_TYPE_STRING,
                    action.text.c_str(), "background", G_TYPE_BOOLEAN,
                    static_cast<gboolean>(action.background), nullptr));
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

bool AgentTools::emit(GstElement* bin, const ToolAction& action) const {
  gboolean taken = FALSE;
  g_signal_emit_by_name(bin, "tool-call", action.call_id.c_str(), action.function.c_str(),
                        action.arguments.c_str(), &taken);
  return taken != FALSE;
}

void AgentTools::post(GstElement* bin, GstStructure* message) const {
  gst_element_post_message(bin, gst_message_new_element(GST_OBJECT(bin), message));
}

void AgentTools::add_stats(GstStructure* stats) {
  const Lock lock(lock_);
  add_stats(stats, runner_.stats(), runner_.functions().size());
}

void AgentTools::add_stats(GstStructure* stats, const tools::ToolRunner::Stats& counted,
                           std::size_t functions) {
  gst_structure_set(stats, "tool-calls", G_TYPE_UINT64, counted.calls, "tool-failures",
                    G_TYPE_UINT64, counted.failed, "tool-time-outs", G_TYPE_UINT64,
                    counted.timed_out, "tool-cancelled", G_TYPE_UINT64, counted.cancelled,
                    "tool-refused", G_TYPE_UINT64, counted.refused, "tools", G_TYPE_UINT,
                    static_cast<guint>(functions), nullptr);
}

}  // namespace agentbrain
