#include "cli/run_alone.hpp"

#include <gst/gst.h>

#include <cstdio>
#include <optional>
#include <string>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run_loop.hpp"
#include "scenario/core/idle_policy.hpp"
#include "scenario/core/restart_policy.hpp"

namespace jackfield::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// A conversation that ends sooner went wrong, however it ended: no starting in a circle.
constexpr std::int64_t kShortest = 3 * kSecond;

std::int64_t now_ns() { return g_get_monotonic_time() * 1000; }

// Ends conversations in which nobody speaks any more.
class IdleWatch final : public CallObserver {
 public:
  IdleWatch(unsigned seconds, SessionManager& sessions)
      : policy_(seconds * kSecond), sessions_(sessions) {}
  ~IdleWatch() override { disarm(); }

  void opened(const std::string&, const std::string&, const std::string&) override {
    policy_.began();
    disarm();
  }
  void running(const std::string&) override {}
  void message(const std::string&, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime) override {
    if (event && std::holds_alternative<CallerSaid>(*event)) policy_.spoken();
    if (gst_structure_has_name(&message, "agentbrain/state"))
      policy_.state(gstpp::get_string(&message, "state") == "listening", now_ns());
    arm();
  }
  void warning(const std::string&, const std::string&) override {}
  void error(const std::string&, const std::string&) override {}
  void closed(const SessionSummary&) override { disarm(); }

 private:
  void disarm() {
    if (timer_) g_source_remove(timer_);
    timer_ = 0;
  }
  void arm() {
    const auto deadline = policy_.deadline();
    if (deadline == armed_ && timer_) return;
    disarm();
    armed_ = deadline;
    if (!deadline) return;
    const std::int64_t wait_ms = std::max<std::int64_t>(0, (*deadline - now_ns()) / 1'000'000 + 1);
    timer_ = g_timeout_add(
        static_cast<guint>(wait_ms),
        [](gpointer user) -> gboolean {
          auto* self = static_cast<IdleWatch*>(user);
          self->timer_ = 0;
          self->sessions_.end_all("idle");
          return G_SOURCE_REMOVE;
        },
        this);
  }

  IdlePolicy policy_;
  SessionManager& sessions_;
  guint timer_ = 0;
  std::optional<std::int64_t> armed_;
};

class Runner {
 public:
  Runner(const RunAlone& how, SessionManager& sessions) : how_(how), sessions_(sessions) {
    sessions_.set_on_closed([this](const SessionSummary& summary) { closed(summary); });
  }
  ~Runner() {
    if (restart_timer_) g_source_remove(restart_timer_);
    sessions_.set_on_closed(nullptr);
  }

  int run(const std::function<void()>& on_stop) {
    start();
    loop_.run(
        [&] {
          on_stop();
          if (sessions_.idle()) return loop_.quit();
          if (stopping_) return sessions_.abort_all("stopped");
          stopping_ = true;
          sessions_.end_all("stopped");
        },
        0);
    return code_;
  }

 private:
  void start() {
    std::string error;
    if (sessions_.start(nullptr, nullptr, error)) return;
    print_error(error);
    code_ = kExitFailed;
    loop_.quit();
  }

  // In ns; nullopt: not at all.
  std::optional<std::int64_t> pause_before_next(const SessionSummary& summary) {
    if (stopping_ || how_.once) return std::nullopt;
    const auto lasted = static_cast<std::int64_t>(summary.duration);
    if (summary.failed) return policy_.after_failure(summary.was_running, lasted);
    if (!how_.desk) return std::nullopt;
    return lasted < kShortest ? policy_.after_failure(true, lasted) : 0;
  }

  void closed(const SessionSummary& summary) {
    code_ = summary.failed ? kExitFailed : kExitOk;
    const auto pause = pause_before_next(summary);
    if (!pause) return loop_.quit();
    if (*pause > 0)
      std::fprintf(stderr, "starting again in %d s\n", static_cast<int>(*pause / kSecond));
    restart_timer_ = g_timeout_add(
        static_cast<guint>(*pause / 1'000'000),
        [](gpointer user) -> gboolean {
          auto* self = static_cast<Runner*>(user);
          self->restart_timer_ = 0;
          self->start();
          return G_SOURCE_REMOVE;
        },
        this);
  }

  const RunAlone how_;
  SessionManager& sessions_;
  RunLoop loop_;
  RestartPolicy policy_;
  bool stopping_ = false;
  int code_ = kExitOk;
  guint restart_timer_ = 0;
};

}  // namespace

int run_alone(const RunAlone& how, SessionManager& sessions, const std::function<void()>& on_stop) {
  std::optional<IdleWatch> idle;
  if (how.desk) sessions.add_observer(idle.emplace(how.idle_seconds, sessions));
  return Runner{how, sessions}.run(on_stop);
}

}  // namespace jackfield::cli
