// Serves phone calls until it is told to stop: the HTTP port, its paths, limits, and an orderly
// end. Main thread.
#pragma once

#include <functional>
#include <string>

#include "scenario/session_manager.hpp"
#include "serve/core/refusals.hpp"
#include "serve/http_server.hpp"
#include "serve/phone_entry.hpp"
#include "twilio/stream_token.hpp"

namespace jackfield {

class PhoneService {
 public:
  struct Config {
    ListenAddress listen;
    std::string public_url;  // what Twilio sees, "" when it is the address we listen on
    Secret auth_token;       // Twilio's; "": requests are not checked
    gstpp::GObjectPtr<GTlsCertificate> certificate;  // null: plain HTTP
    TrustedNetworks trusted_proxies;
    HttpLimits limits;
    unsigned calls = 0;  // end after so many calls, 0: never
    unsigned drain_seconds = 30;
    bool check_tokens = true;  // refuse streams that no webhook of ours announced
  };
  // `count`: of such refusals since the last one that was told of.
  using OnRefused = std::function<void(Refusal, const std::string& detail, std::uint64_t count)>;

  // `finished` is called once, when the last session is gone after a stop.
  PhoneService(Config config, SessionManager& sessions, SessionRegistry& registry,
               std::function<void()> finished);
  ~PhoneService();
  PhoneService(const PhoneService&) = delete;
  PhoneService& operator=(const PhoneService&) = delete;

  bool open(std::string& error);
  // First call: no new calls, those there are may finish within the drain time, then they are
  // ended. Second call: they are stopped at once.
  void stop();
  bool stopping() const { return registry_.is_closed(); }

  // Connections from now on get this one.
  void set_certificate(GTlsCertificate* certificate) { http_.set_certificate(certificate); }

  std::string voice_url() const { return base_ + kVoicePath; }
  const std::string& media_url() const { return media_url_; }
  std::string address() const { return config_.listen.text(); }
  const Refusals& refusals() const { return refusals_; }

  // Called when something was refused that has to be told of: not more than once in ten seconds for
  // each reason.
  void set_on_refused(OnRefused f) { on_refused_ = std::move(f); }

 private:
  PhoneEntry::Room room() const;
  void connected(UpgradedConnection connection);
  void refused(Refusal refusal, const std::string& detail);
  void session_closed(const SessionSummary& summary);
  void finish_when_idle();

  Config config_;
  SessionManager& sessions_;
  SessionRegistry& registry_;
  std::function<void()> finished_;
  OnRefused on_refused_;
  Refusals refusals_;
  twilio::StreamTokens tokens_;
  HttpServer http_;
  PhoneEntry entry_;
  std::string base_;
  std::string media_url_;
  unsigned calls_done_ = 0;
  unsigned stops_ = 0;
  guint drain_timer_ = 0;
};

}  // namespace jackfield
