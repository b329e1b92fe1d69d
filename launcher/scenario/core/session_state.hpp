// The life of one session: starting, running, ending (waiting for the end of the stream), stopping,
// done. Pure: time is an argument, any steady clock in nanoseconds. Not for several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jackfield {

class SessionState {
 public:
  enum class Phase { kStarting, kRunning, kEnding, kStopping, kDone };
  // What the caller of a function here has to do now.
  enum class Action {
    kNone,
    kSendEos,  // into the pipeline, so that files are finished; the state goes on to kEnding
    kStop,     // set the pipeline to NULL, then call stopped()
  };

  // How long a session that ends may take until its streams have ended.
  static constexpr std::int64_t kEosWait = 5'000'000'000;

  Phase phase() const { return phase_; }
  // Why it ended: the first reason given. "" while it runs.
  const std::string& reason() const { return reason_; }
  bool failed() const { return failed_; }
  bool reached_running() const { return reached_running_; }

  // The start has been carried out, with or without success. Until then a stop has to wait.
  Action start_finished(bool success);
  // The pipeline is in state PLAYING for the first time.
  void playing() { reached_running_ = true; }
  Action error();
  Action end_of_stream();
  // The far end has hung up; the streams end by themselves.
  Action call_ended(const std::string& reason, std::int64_t now);
  // We end it, letting the streams finish within `wait`.
  Action end(const std::string& reason, std::int64_t now, std::int64_t wait = kEosWait);
  // We end it at once.
  Action abort(const std::string& reason);
  // Call at deadline().
  Action tick(std::int64_t now);
  void stopped() { phase_ = Phase::kDone; }

  std::optional<std::int64_t> deadline() const { return deadline_; }

 private:
  Action stop();
  void because(const std::string& reason);

  Phase phase_ = Phase::kStarting;
  std::string reason_;
  bool failed_ = false;
  bool reached_running_ = false;
  bool start_finished_ = false;
  bool stop_wanted_ = false;
  std::optional<std::int64_t> deadline_;
};

}  // namespace jackfield
