#include "functions/session_functions.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr char kAgent[] = "agentbrain";
constexpr char kOffer[] = "offer-functions";
constexpr char kTell[] = "tell";
constexpr std::size_t kMostAnswers = 64;  // of one agent, that are remembered

bool has_signal(GstElement* element, const char* name) {
  return g_signal_lookup(name, G_OBJECT_TYPE(element)) != 0;
}

struct Unreference {
  void operator()(GstElement* element) const {
    if (element) gst_object_unref(element);
  }
};

std::string list_of(const std::vector<SessionFunction>& functions) {
  std::string list = "[";
  for (const SessionFunction& function : functions) {
    if (list.size() > 1) list += ',';
    list += function.definition;
  }
  return list + ']';
}

}  // namespace

// Tells of the sessions of one line.
class SessionFunctions::Watch final : public CallObserver {
 public:
  Watch(SessionFunctions& functions, SessionManager& sessions)
      : functions_(functions), sessions_(sessions) {}

  void opened(const std::string& id, const std::string& line, const std::string&) override {
    functions_.opened(sessions_, id, line);
  }
  void message(const std::string& id, const GstStructure& message, const std::optional<CallEvent>&,
               GstClockTime) override {
    if (gst_structure_has_name(&message, "agentbrain/tool-result"))
      functions_.resulted(id, message);
  }
  void closed(const SessionSummary& summary) override { functions_.closed(summary.id); }

 private:
  SessionFunctions& functions_;
  SessionManager& sessions_;
};

// Belongs to a signal's connection; read by streaming threads.
struct SessionFunctions::Link {
  std::weak_ptr<SessionFunctions*> owner;
  std::string session;
  std::set<std::string, std::less<>> names;
};

SessionFunctions::SessionFunctions() = default;

SessionFunctions::~SessionFunctions() {
  for (auto& [id, agent] : agents_) disconnect(agent);
}

void SessionFunctions::disconnect(Agent& agent) {
  if (agent.handler)
    g_signal_handler_disconnect(agent.brain.get(), std::exchange(agent.handler, 0));
}

void SessionFunctions::add_sessions(SessionManager& sessions) {
  sessions.add_observer(*watches_.emplace_back(std::make_unique<Watch>(*this, sessions)));
}

void SessionFunctions::opened(SessionManager& sessions, const std::string& id,
                              const std::string& line) {
  const auto session = sessions.find(id);
  if (!session) return;
  Agent agent{.pipeline = gstpp::share_object(session->pipeline()),
              .brain = {},
              .line = line,
              .functions = {},
              .answers = {}};
  for (FunctionSource* source : sources_) {
    for (SessionFunction& function : source->functions_for(id, line))
      agent.functions.push_back(std::move(function));
  }
  agent.brain = {find_element(agent.pipeline.get(), kAgent).release(), Unreference{}};
  if (!agent.brain) {
    if (!agent.functions.empty() && on_trouble_)
      on_trouble_(id, "the pipeline has no agentbrain that could call the line's functions");
    return;
  }
  if (!agent.functions.empty()) {
    auto* link = new Link{.owner = self_, .session = id, .names = {}};
    for (const SessionFunction& function : agent.functions) link->names.insert(function.name);
    agent.handler = g_signal_connect_data(
        agent.brain.get(), "tool-call", G_CALLBACK(on_tool_call), link,
        [](gpointer data, GClosure*) { delete static_cast<Link*>(data); },
        static_cast<GConnectFlags>(0));
    gboolean taken = FALSE;
    if (has_signal(agent.brain.get(), kOffer))
      g_signal_emit_by_name(agent.brain.get(), kOffer, list_of(agent.functions).c_str(), &taken);
    if (!taken && on_trouble_) on_trouble_(id, "the agent does not take the line's functions");
  }
  agents_.emplace(id, std::move(agent));
}

void SessionFunctions::closed(const std::string& id) {
  const auto it = agents_.find(id);
  if (it == agents_.end()) return;
  disconnect(it->second);
  agents_.erase(it);
}

gboolean SessionFunctions::on_tool_call(GstElement*, const gchar* call_id, const gchar* name,
                                        const gchar* arguments, gpointer user) {
  const auto* link = static_cast<Link*>(user);
  if (!call_id || !name || !link->names.contains(std::string_view{name})) return FALSE;
  struct Call {
    std::weak_ptr<SessionFunctions*> owner;
    std::string session, id, name, arguments;
  };
  g_idle_add_full(
      G_PRIORITY_DEFAULT,
      [](gpointer data) -> gboolean {
        const auto* call = static_cast<Call*>(data);
        if (const auto owner = call->owner.lock())
          (*owner)->called(call->session, call->id, call->name, call->arguments);
        return G_SOURCE_REMOVE;
      },
      new Call{link->owner, link->session, call_id, name, arguments ? arguments : "{}"},
      [](gpointer data) { delete static_cast<Call*>(data); });
  return TRUE;
}

void SessionFunctions::called(const std::string& session, const std::string& call_id,
                              const std::string& name, const std::string& arguments) {
  const auto it = agents_.find(session);
  if (it == agents_.end()) return;
  const auto& functions = it->second.functions;
  const auto function = std::find_if(functions.begin(), functions.end(),
                                     [&](const SessionFunction& one) { return one.name == name; });
  if (function == functions.end()) return;
  // The session may be gone when it returns.
  const auto start = function->start;
  start({.session = session, .line = it->second.line, .arguments = arguments},
        [weak = std::weak_ptr{self_}, session, call_id](const std::string& output) {
          if (const auto owner = weak.lock()) (*owner)->answer(session, call_id, output);
        });
}

void SessionFunctions::answer(const std::string& session, const std::string& call_id,
                              const std::string& output) {
  const auto it = agents_.find(session);
  if (it == agents_.end()) return;
  auto& answers = it->second.answers;
  if (answers.size() >= kMostAnswers) answers.erase(answers.begin());
  answers[call_id] = output;
  auto waited = std::make_shared<bool>(false);
  const bool sent = work_.add(
      it->second.pipeline.get(),
      [brain = it->second.brain, call_id, output, waited](GstElement*) {
        gboolean taken = FALSE;
        g_signal_emit_by_name(brain.get(), "tool-result", call_id.c_str(), output.c_str(), &taken);
        *waited = taken != FALSE;
      },
      [this, session, call_id, output, waited] {
        if (*waited) return;
        const auto agent = agents_.find(session);
        if (agent != agents_.end() && agent->second.answers.erase(call_id) > 0)
          tell(session, output, true);
      });
  if (!sent) answers.erase(call_id);
}

// What was asked by a reply that was cut has been answered to nobody.
void SessionFunctions::resulted(const std::string& session, const GstStructure& result) {
  const auto it = agents_.find(session);
  if (it == agents_.end()) return;
  const auto answer = it->second.answers.extract(gstpp::get_string(&result, "call-id"));
  gboolean background = FALSE;
  gst_structure_get_boolean(&result, "background", &background);
  if (answer && background && gstpp::get_string(&result, "outcome") == "ok")
    tell(session, answer.mapped(), true);
}

bool SessionFunctions::tell(const std::string& session, const std::string& text, bool speak) {
  const auto it = agents_.find(session);
  if (it == agents_.end() || !has_signal(it->second.brain.get(), kTell)) return false;
  return work_.add(it->second.pipeline.get(), [brain = it->second.brain, text, speak](GstElement*) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(brain.get(), kTell, text.c_str(), static_cast<gboolean>(speak), &taken);
  });
}

}  // namespace jackfield
