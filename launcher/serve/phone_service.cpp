#include "serve/phone_service.hpp"

#include "platform/heap.hpp"
#include "twilio/core/twiml.hpp"

namespace jackfield {

PhoneService::PhoneService(Config config, SessionManager& sessions, SessionRegistry& registry,
                           std::function<void()> finished)
    : config_(std::move(config)),
      sessions_(sessions),
      registry_(registry),
      finished_(std::move(finished)),
      tokens_(config_.auth_token.empty() ? twilio::StreamTokens::random_key()
                                         : twilio::StreamTokens::key_of(config_.auth_token)),
      http_(config_.limits),
      entry_(
          http_, tokens_, std::move(config_.auth_token),
          {.room = [this] { return room(); },
           .connected = [this](UpgradedConnection c) { connected(std::move(c)); },
           .refused = [this](Refusal why, const std::string& detail) { refused(why, detail); }}) {
  http_.set_certificate(config_.certificate.get());
  http_.set_trusted_proxies(std::move(config_.trusted_proxies));
  http_.set_on_refused([this](Refusal why, const std::string& detail) { refused(why, detail); });
  http_.handle("/healthz", [this](const HttpRequest& request) {
    const bool healthy = !registry_.is_closed();
    HttpServer::answer(request.message, healthy ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                       "text/plain",
                       std::string{healthy ? "ok" : "stopping"} + ", " +
                           std::to_string(registry_.active()) + " calls\n");
  });
  sessions_.set_on_closed([this](const SessionSummary& summary) { session_closed(summary); });
  sessions_.set_on_no_call(
      [this] { refused(Refusal::kNoCall, "a media stream did not begin its call in time"); });
  if (!config_.check_tokens) return;
  sessions_.set_call_check([this](const CallStarted& call) {
    const auto token = call.parameters.find("token");
    const bool good =
        token != call.parameters.end() &&
        tokens_.redeem(token->second, call.call_sid, g_get_real_time() / G_USEC_PER_SEC);
    if (!good)
      refused(Refusal::kBadToken, "a media stream that no webhook of this server announced");
    return good;
  });
}

PhoneService::~PhoneService() {
  if (drain_timer_) g_source_remove(drain_timer_);
  sessions_.set_on_closed(nullptr);
  sessions_.set_on_no_call(nullptr);
  sessions_.set_call_check(nullptr);
}

bool PhoneService::open(std::string& error) {
  if (!http_.listen(config_.listen, error)) {
    error += "\n  another program may use the port; choose one with --listen ADDRESS:PORT";
    return false;
  }
  base_ = config_.public_url;
  if (base_.empty()) base_ = (config_.certificate ? "https://" : "http://") + config_.listen.text();
  while (base_.ends_with('/')) base_.pop_back();
  media_url_ = twilio::media_url(base_, kMediaPath);
  if (media_url_.empty()) {
    error =
        "'" + base_ + "' is not a URL for --public-url; it looks like https://voice.example.com";
    return false;
  }
  entry_.set_urls(voice_url(), media_url_);
  return true;
}

PhoneEntry::Room PhoneService::room() const {
  if (registry_.is_closed()) return PhoneEntry::Room::kStopping;
  return registry_.has_room() ? PhoneEntry::Room::kFree : PhoneEntry::Room::kFull;
}

void PhoneService::refused(Refusal refusal, const std::string& detail) {
  const auto count = refusals_.add(refusal, g_get_monotonic_time() * 1000);
  if (count && on_refused_) on_refused_(refusal, detail, *count);
}

void PhoneService::connected(UpgradedConnection connection) {
  std::string error;
  if (!sessions_.start(std::move(connection.stream), std::move(connection.place), error))
    refused(Refusal::kFailed, error);
}

void PhoneService::session_closed(const SessionSummary& summary) {
  if (summary.was_call) ++calls_done_;
  if (config_.calls > 0 && calls_done_ >= config_.calls) registry_.close();
  if (sessions_.idle()) shrink_heaps();
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
