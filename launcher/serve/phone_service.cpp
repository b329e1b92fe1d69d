#include "serve/phone_service.hpp"

#include "twilio/core/twiml.hpp"

namespace jackfield {

PhoneService::PhoneService(Config config, SessionManager& sessions, SessionRegistry& registry,
                           std::function<void()> finished)
    : config_(std::move(config)),
      sessions_(sessions),
      registry_(registry),
      finished_(std::move(finished)),
      tokens_(twilio::StreamTokens::random_key()),
      entry_(http_, tokens_,
             {.has_room = [this] { return registry_.has_room(); },
              .connected = [this](UpgradedConnection c) { connected(std::move(c)); }}) {
  http_.handle("/healthz", [this](SoupServerMessage* message) {
    const bool healthy = !registry_.is_closed();
    HttpServer::answer(message, healthy ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                       "text/plain",
                       std::string{healthy ? "ok" : "stopping"} + ", " +
                           std::to_string(registry_.active()) + " calls\n");
  });
  sessions_.set_on_closed([this](const SessionSummary& summary) { session_closed(summary); });
  if (config_.check_tokens) {
    sessions_.set_call_check([this](const CallStarted& call) {
      const auto token = call.parameters.find("token");
      return token != call.parameters.end() &&
             tokens_.redeem(token->second, g_get_real_time() / G_USEC_PER_SEC);
    });
  }
}

PhoneService::~PhoneService() {
  if (drain_timer_) g_source_remove(drain_timer_);
  sessions_.set_on_closed(nullptr);
  sessions_.set_call_check(nullptr);
}

bool PhoneService::open(std::string& error) {
  if (!http_.listen(config_.listen, error)) {
    error += "\n  another program may use the port; choose one with --listen ADDRESS:PORT";
    return false;
  }
  const std::string base =
      config_.public_url.empty() ? "http://" + config_.listen.text() : config_.public_url;
  media_url_ = twilio::media_url(base, kMediaPath);
  if (media_url_.empty()) {
    error = "'" + base + "' is not a URL for --public-url; it looks like https://voice.example.com";
    return false;
  }
  entry_.set_media_url(media_url_);
  return true;
}

std::string PhoneService::voice_url() const {
  std::string base =
      config_.public_url.empty() ? "http://" + config_.listen.text() : config_.public_url;
  while (base.ends_with('/')) base.pop_back();
  return base + kVoicePath;
}

void PhoneService::connected(UpgradedConnection connection) {
  std::string error;
  if (!sessions_.start(std::move(connection.stream), std::move(connection.owner), error) &&
      on_refused_)
    on_refused_(error);
}

void PhoneService::session_closed(const SessionSummary& summary) {
  if (summary.was_call) ++calls_done_;
  if (config_.calls > 0 && calls_done_ >= config_.calls) registry_.close();
  finish_when_idle();
}

void PhoneService::stop() {
  registry_.close();
  if (++stops_ > 1) {
    sessions_.abort_all("stopped");
  } else {
    drain_timer_ = g_timeout_add_seconds(
        config_.drain_seconds,
        [](gpointer user) -> gboolean {
          auto* self = static_cast<PhoneService*>(user);
          self->drain_timer_ = 0;
          self->sessions_.end_all("drained");
          return G_SOURCE_REMOVE;
        },
        this);
  }
  finish_when_idle();
}

void PhoneService::finish_when_idle() {
  if (registry_.is_closed() && sessions_.idle() && finished_) std::exchange(finished_, nullptr)();
}

}  // namespace jackfield
