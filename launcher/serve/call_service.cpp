#include "serve/call_service.hpp"

#include <algorithm>
#include <utility>

#include "platform/heap.hpp"
#include "serve/health_path.hpp"
#include "twilio/core/twiml.hpp"

namespace jackfield {

CallService::CallService(Config config, std::vector<SessionManager*> sessions,
                         SessionRegistry& registry, std::function<void()> finished)
    : config_(std::move(config)),
      sessions_(std::move(sessions)),
      registry_(registry),
      finished_(std::move(finished)),
      http_(config_.limits) {
  http_.set_certificate(config_.certificate.get());
  http_.set_trusted_proxies(std::move(config_.trusted_proxies));
  http_.set_on_refused([this](Refusal why, const std::string& detail) { refused(why, detail); });
  add_health_paths(http_, registry_);
  for (SessionManager* sessions_of_line : sessions_)
    sessions_of_line->set_on_closed(
        [this](const SessionSummary& summary) { session_closed(summary); });
}

CallService::~CallService() {
  if (drain_timer_) g_source_remove(drain_timer_);
  for (SessionManager* sessions : sessions_) sessions->set_on_closed(nullptr);
  for (SessionManager* sessions : followers_) sessions->set_on_closed(nullptr);
}

bool CallService::open(std::string& error) {
  if (!http_.listen(config_.listen, error)) {
    error += "\n  another program may use the port; choose one with --listen ADDRESS:PORT";
    return false;
  }
  base_ = config_.public_url;
  if (base_.empty()) base_ = (config_.certificate ? "https://" : "http://") + config_.listen.text();
  while (base_.ends_with('/')) base_.pop_back();
  // WebSockets have their URLs below it.
  if (!twilio::media_url(base_, "").empty()) return true;
  error = "'" + base_ + "' is not a URL for --public-url; it looks like https://voice.example.com";
  return false;
}

void CallService::refused(Refusal refusal, const std::string& detail) {
  const auto count = refusals_.add(refusal, g_get_monotonic_time() * 1000);
  if (count && on_refused_) on_refused_(refusal, detail, *count);
}

void CallService::add_others(OtherSessions& others) {
  others_.push_back(&others);
  others.set_on_idle([this] { finish_when_idle(); });
}

void CallService::add_followers(SessionManager& sessions) {
  followers_.push_back(&sessions);
  sessions.set_on_closed([this](const SessionSummary&) { finish_when_idle(); });
}

bool CallService::idle() const {
  const auto all_idle = [](const std::vector<SessionManager*>& all) {
    return std::all_of(all.begin(), all.end(),
                       [](const SessionManager* sessions) { return sessions->idle(); });
  };
  return all_idle(sessions_) && all_idle(followers_) &&
         std::all_of(others_.begin(), others_.end(),
                     [](const OtherSessions* others) { return others->idle(); });
}

void CallService::session_closed(const SessionSummary& summary) {
  if (summary.was_call) ++calls_done_;
  if (config_.calls > 0 && calls_done_ >= config_.calls) registry_.close();
  if (idle()) shrink_heaps();
  finish_when_idle();
}

void CallService::stop() {
  registry_.close();
  if (++stops_ > 1) {
    for (SessionManager* sessions : sessions_) sessions->abort_all("stopped");
    for (SessionManager* sessions : followers_) sessions->abort_all("stopped");
    for (OtherSessions* others : others_) others->abort_all("stopped");
  } else {
    if (on_stop_) on_stop_();
    for (OtherSessions* others : others_) others->end_all("stopped");
    drain_timer_ = g_timeout_add_seconds(
        config_.drain_seconds,
        [](gpointer user) -> gboolean {
          auto* self = static_cast<CallService*>(user);
          self->drain_timer_ = 0;
          for (SessionManager* sessions : self->sessions_) sessions->end_all("drained");
          for (OtherSessions* others : self->others_) others->drained();
          return G_SOURCE_REMOVE;
        },
        this);
  }
  finish_when_idle();
}

void CallService::finish_when_idle() {
  if (registry_.is_closed() && idle() && finished_) std::exchange(finished_, nullptr)();
}

}  // namespace jackfield
