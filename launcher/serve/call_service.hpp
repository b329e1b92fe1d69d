// Serves calls of any kind until it is told to stop: the one HTTP port, limits, refusals, and an
// orderly end. Phone and browser lines add their paths to it. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenario/session_manager.hpp"
#include "serve/core/refusals.hpp"
#include "serve/http_server.hpp"

namespace jackfield {

// Sessions beside those of the lines, which nobody calls.
class OtherSessions {
 public:
  virtual ~OtherSessions() = default;
  virtual bool idle() const = 0;
  // No more begin, and those that would not end by themselves within the drain time are ended.
  virtual void end_all(const std::string& reason) = 0;
  // The drain time is over: those that go on are ended.
  virtual void drained() {}
  virtual void abort_all(const std::string& reason) = 0;
  // Called when the last one is gone.
  virtual void set_on_idle(std::function<void()> f) = 0;
};

class CallService {
 public:
  struct Config {
    ListenAddress listen;
    std::string public_url;  // how it is seen from outside, "" when as the address it listens on
    gstpp::GObjectPtr<GTlsCertificate> certificate;  // null: plain HTTP
    TrustedNetworks trusted_proxies;
    HttpLimits limits;
    unsigned calls = 0;  // end after so many calls, 0: never
    unsigned drain_seconds = 30;
  };
  // `count`: of such refusals since the last one that was told of.
  using OnRefused = std::function<void(Refusal, const std::string& detail, std::uint64_t count)>;

  // `sessions`: of all lines; `registry`: the places of all. `finished` is called once, when the
  // last session is gone after a stop.
  CallService(Config config, std::vector<SessionManager*> sessions, SessionRegistry& registry,
              std::function<void()> finished);
  ~CallService();
  CallService(const CallService&) = delete;
  CallService& operator=(const CallService&) = delete;

  bool open(std::string& error);
  // First call: no new calls, those there are may finish within the drain time, then they are
  // ended. Second call: they are stopped at once.
  void stop();
  bool stopping() const { return registry_.is_closed(); }
  // Sessions that are no calls and end by themselves when those have; they are waited for.
  void add_followers(SessionManager& sessions);
  // They are ended at the first stop(), and waited for. They must outlive the loop.
  void add_others(OtherSessions& others);
  // Called at the first stop().
  void set_on_stop(std::function<void()> f) { on_stop_ = std::move(f); }

  // Connections from now on get this one.
  void set_certificate(GTlsCertificate* certificate) { http_.set_certificate(certificate); }

  HttpServer& http() { return http_; }
  // What is seen from outside, "https://voice.example.com"; known when it is open.
  const std::string& base() const { return base_; }
  std::string address() const { return config_.listen.text(); }
  const Refusals& refusals() const { return refusals_; }

  // Counts a refusal and tells of it.
  void refused(Refusal refusal, const std::string& detail);
  // Called when something was refused that has to be told of: not more than once in ten seconds for
  // each reason.
  void set_on_refused(OnRefused f) { on_refused_ = std::move(f); }

 private:
  void session_closed(const SessionSummary& summary);
  bool idle() const;
  void finish_when_idle();

  Config config_;
  std::vector<SessionManager*> sessions_;
  std::vector<SessionManager*> followers_;
  std::vector<OtherSessions*> others_;
  SessionRegistry& registry_;
  std::function<void()> finished_;
  std::function<void()> on_stop_;
  OnRefused on_refused_;
  Refusals refusals_;
  HttpServer http_;
  std::string base_;
  unsigned calls_done_ = 0;
  unsigned stops_ = 0;
  guint drain_timer_ = 0;
};

}  // namespace jackfield
