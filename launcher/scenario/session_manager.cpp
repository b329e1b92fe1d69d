#include "scenario/session_manager.hpp"

#include <utility>

#include "plugins/common/session_context.hpp"

namespace jackfield {
namespace {

// What is being said when a call has lasted too long may still be said to its end.
constexpr std::int64_t kLastWords = 30'000'000'000;
constexpr guint kTickMs = 500;

std::int64_t now_ns() { return g_get_monotonic_time() * 1000; }

// Twelve hexadecimal digits.
std::string new_session_id() {
  gstpp::CharPtr uuid{g_uuid_string_random()};
  std::string id;
  for (const char* c = uuid.get(); *c && id.size() < 12; ++c) {
    // The first twelve digits of a random UUID are all random.
    if (*c != '-') id += *c;
  }
  return id;
}

std::string folder_for(const std::string& recordings, const std::string& id) {
  std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>> now{g_date_time_new_now_local()};
  gstpp::CharPtr stamp{g_date_time_format(now.get(), "%Y%m%d-%H%M%S")};
  const std::string name = std::string{stamp.get()} + "-" + id;
  gstpp::CharPtr absolute{g_canonicalize_filename(recordings.c_str(), nullptr)};
  gstpp::CharPtr folder{g_build_filename(absolute.get(), name.c_str(), nullptr)};
  return folder.get();
}

bool is_factory(GstElement* element, const char* name) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory && g_str_equal(GST_OBJECT_NAME(factory), name);
}

// Hands the connection to every twiliosrc that has no port of its own; false when there is none.
bool give_connection(GstElement* pipeline, GIOStream* connection) {
  bool given = false;
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(pipeline));
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    if (!given && is_factory(element, "twiliosrc") &&
        g_object_class_find_property(G_OBJECT_GET_CLASS(element), "connection")) {
      g_object_set(element, "connection", connection, nullptr);
      given = true;
    }
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return given;
}

// Tells every callrecorder whether to write.
void set_recorders_waiting(GstElement* pipeline, bool waiting) {
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(pipeline));
  const auto tell = [](const GValue* item, gpointer user) {
    auto* element = GST_ELEMENT(g_value_get_object(item));
    if (is_factory(element, "callrecorder"))
      g_object_set(element, "waiting", static_cast<gboolean>(*static_cast<bool*>(user)), nullptr);
  };
  while (gst_iterator_foreach(it, tell, &waiting) == GST_ITERATOR_RESYNC) gst_iterator_resync(it);
  gst_iterator_free(it);
}

// Records on their way to the writing thread and back.
struct WriteJob {
  std::unique_ptr<CallRecord> record;
  std::function<void()> done;
};

}  // namespace

std::string audit_log_path(const std::string& setting, const std::string& recordings) {
  if (setting == "none") return {};
  const std::string path = setting.empty() ? recordings + "/tools.jsonl" : setting;
  return gstpp::CharPtr{g_canonicalize_filename(path.c_str(), nullptr)}.get();
}

SessionManager::SessionManager(Config config, SessionRegistry& registry)
    : config_(std::move(config)),
      audit_log_(audit_log_path(config_.audit_log, config_.recordings)),
      registry_(registry) {
  writers_ = g_thread_pool_new(
      [](gpointer data, gpointer) {
        auto* job = static_cast<WriteJob*>(data);
        job->record->write_summary();
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer finished) -> gboolean {
              static_cast<WriteJob*>(finished)->done();
              return G_SOURCE_REMOVE;
            },
            job, [](gpointer finished) { delete static_cast<WriteJob*>(finished); });
      },
      nullptr, 1, FALSE, nullptr);
  if (!config_.limits.any()) return;
  tick_ = g_timeout_add(
      kTickMs,
      [](gpointer self) -> gboolean {
        static_cast<SessionManager*>(self)->enforce_limits();
        return G_SOURCE_CONTINUE;
      },
      this);
}

SessionManager::~SessionManager() {
  if (tick_) g_source_remove(tick_);
  g_thread_pool_free(writers_, FALSE, TRUE);
}

void SessionManager::enforce_limits() {
  using Overrun = SessionLimits::Overrun;
  // Sessions may be gone as soon as they are told.
  std::vector<std::pair<std::shared_ptr<Session>, Overrun>> over;
  for (const auto& [id, entry] : entries_) {
    const Overrun overrun = config_.limits.judge(entry.opened, entry.call_began, now_ns());
    const bool ending = !entry.session->state().reason().empty();
    if (overrun != Overrun::kNone && !ending) over.emplace_back(entry.session, overrun);
  }
  for (const auto& [session, overrun] : over) {
    if (overrun == Overrun::kTooLong) {
      session_warning(*session, "the call has lasted as long as a call may; it is ended");
      session->end("max-duration", kLastWords);
    } else {
      if (on_no_call_) on_no_call_();
      session->abort("no-call");
    }
  }
}

std::shared_ptr<Session> SessionManager::start(SessionSetup setup, std::string& error) {
  const std::string id = new_session_id();
  if (!registry_.admit(id)) {
    error = "no more sessions are admitted";
    return nullptr;
  }
  auto record = std::make_unique<CallRecord>(
      folder_for(config_.recordings, id),
      CallRecord::Session{
          .id = id, .line = config_.line, .scenario = config_.file.path(), .kind = config_.kind});
  const auto fail = [&] {
    registry_.leave(id);
    record->discard();
    return nullptr;
  };
  if (!record->open(g_get_real_time(), error)) return fail();
  if (setup.task) record->set_task(*std::exchange(setup.task, std::nullopt));
  Variables variables = config_.variables;
  variables.built_in["RECORDING"] = record->recording_path();
  variables.built_in["SESSION"] = id;
  gstpp::ElementPtr pipeline = build_pipeline(config_.file, variables, error);
  if (!pipeline) return fail();
  set_session_context(pipeline.get(),
                      {.session = id, .line = config_.line, .audit_log = audit_log_});
  if (setup.connection && !give_connection(pipeline.get(), setup.connection.get())) {
    error = "the pipeline has no twiliosrc that takes the connection";
    return fail();
  }
  setup.connection.reset();
  AgentCallers agents{pipeline.get(), config_.callers, id};
  if (setup.caller) {
    agents.known(*setup.caller);
  } else if (caller_of_) {
    agents.wait();
  }
  if (setup.prepare && !setup.prepare(pipeline.get(), error)) return fail();
  setup.prepare = nullptr;
  if (config_.desk) set_recorders_waiting(pipeline.get(), true);
  auto session =
      std::make_shared<Session>(id, std::move(pipeline), static_cast<SessionListener&>(*this));
  const std::string folder = record->folder();
  Entry& entry = entries_[id];
  entry.session = session;
  entry.record = std::move(record);
  entry.was_call = !config_.keep_only_calls;
  entry.waiting = config_.desk;
  entry.opened = now_ns();
  if (setup.send_eos) session->set_send_eos(std::exchange(setup.send_eos, nullptr));
  if (setup.on_stop) session->set_on_stop(std::exchange(setup.on_stop, nullptr));
  entry.setup = std::move(setup);
  entry.agents = std::move(agents);
  for (CallObserver* observer : observers_) observer->opened(id, config_.line, folder);
  session->start();
  return session;
}

void SessionManager::end_all(const std::string& reason) {
  // Sessions may be gone as soon as they are told.
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, entry] : entries_) sessions.push_back(entry.session);
  for (const auto& session : sessions) session->end(reason);
}

void SessionManager::abort_all(const std::string& reason) {
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, entry] : entries_) sessions.push_back(entry.session);
  for (const auto& session : sessions) session->abort(reason);
}

void SessionManager::session_running(Session& session) {
  if (const auto it = entries_.find(session.id()); it != entries_.end()) {
    it->second.agents.running();
    if (it->second.setup.on_running) it->second.setup.on_running();
  }
  for (CallObserver* observer : observers_) observer->running(session.id());
}

void SessionManager::session_ending(Session& session) {
  if (!entries_.contains(session.id())) return;
  for (CallObserver* observer : observers_)
    observer->ending(session.id(), session.state().reason());
}

std::shared_ptr<Session> SessionManager::find(std::string_view id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : it->second.session;
}

void SessionManager::session_message(Session& session, const GstStructure& message,
                                     GstClockTime now) {
  const auto it = entries_.find(session.id());
  if (it == entries_.end()) return;
  const std::optional<CallEvent> event =
      config_.kind == kTaskKind ? to_task_event(message) : to_call_event(message);
  if (event) {
    if (const auto* started = std::get_if<CallStarted>(&*event)) {
      if (call_check_ && !call_check_(*started)) {
        session_warning(session, "a stream without a valid token was refused");
        session.abort("refused");
        return;
      }
      if (caller_of_) it->second.agents.known(caller_of_(*started));
      it->second.was_call = true;
      it->second.call_began = now_ns();
      it->second.setup.until_call.reset();
    }
  }
  if (it->second.waiting && gst_structure_has_name(&message, "agentbrain/state") &&
      gstpp::get_string(&message, "state") != "listening") {
    it->second.waiting = false;
    set_recorders_waiting(session.pipeline(), false);
  }
  // A conversation without a telephone.
  if (event &&
      (std::holds_alternative<CallerSaid>(*event) || std::holds_alternative<AgentSaid>(*event)))
    it->second.was_call = true;
  it->second.record->message(message, event, now);
  for (CallObserver* observer : observers_) observer->message(session.id(), message, event, now);
  if (it->second.setup.on_message) it->second.setup.on_message(message);
  const auto* said = event ? std::get_if<AgentSaid>(&*event) : nullptr;
  if (config_.desk && said && said->hang_up) session.end("hang-up");
}

void SessionManager::session_warning(Session& session, const std::string& text) {
  if (const auto it = entries_.find(session.id()); it != entries_.end())
    it->second.record->warning(text);
  for (CallObserver* observer : observers_) observer->warning(session.id(), text);
}

void SessionManager::session_error(Session& session, const std::string& text,
                                   const std::string& dot) {
  if (const auto it = entries_.find(session.id()); it != entries_.end())
    it->second.record->error(text, dot);
  for (CallObserver* observer : observers_) observer->error(session.id(), text);
}

void SessionManager::session_ended(Session& session) {
  const auto it = entries_.find(session.id());
  if (it == entries_.end()) return;
  Entry entry = std::move(it->second);
  entries_.erase(it);
  registry_.leave(session.id());
  if (entry.setup.on_ended) entry.setup.on_ended(session.state().reason());

  SessionSummary summary{.id = session.id(),
                         .folder = entry.record->folder(),
                         .reason = session.state().reason(),
                         .failed = session.state().failed(),
                         .was_running = session.state().reached_running(),
                         .was_call = entry.was_call,
                         .duration = session.duration(),
                         .turns = entry.record->turns(),
                         .audio = session.audio()};
  if (!entry.was_call && !summary.failed) {
    entry.record->discard();
    summary.folder.clear();
    closed(summary);
    return;
  }
  entry.record->ended(summary.reason, summary.failed, summary.was_call, summary.duration,
                      summary.audio);
  write_records(std::move(entry.record), std::move(summary));
}

void SessionManager::write_records(std::unique_ptr<CallRecord> record, SessionSummary summary) {
  ++writing_;
  auto* job = new WriteJob{std::move(record), [this, summary = std::move(summary)] {
                             --writing_;
                             closed(summary);
                           }};
  g_thread_pool_push(writers_, job, nullptr);
}

void SessionManager::closed(const SessionSummary& summary) {
  for (CallObserver* observer : observers_) observer->closed(summary);
  if (on_closed_) on_closed_(summary);
}

}  // namespace jackfield
