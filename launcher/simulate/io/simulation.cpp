#include "simulation.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

namespace jackfield::simulate {
namespace {

constexpr std::int64_t kMs = 1'000'000;
// Up to so many calls the finer tick costs nothing that matters.
constexpr std::size_t kFewCalls = 128;
constexpr int kMaxDispatchesPerTick = 64;

std::int64_t monotonic() { return g_get_monotonic_time() * 1000; }

std::string random_sid(const char* prefix) {
  std::string sid = prefix;
  for (int i = 0; i < 4; ++i) {
    char part[9];
    std::snprintf(part, sizeof part, "%08x", g_random_int());
    sid += part;
  }
  return sid;
}

class Simulation {
 public:
  Simulation(const SimulationConfig& config, SimulationObserver& observer,
             const std::atomic<bool>& stop)
      : config_(config), observer_(observer), stop_(stop), context_(g_main_context_new()) {
    g_main_context_push_thread_default(context_);
    const int at_a_time = config.concurrency > 0 ? config.concurrency : config.calls;
    limit_ = static_cast<std::size_t>(std::min(at_a_time, config.calls));
    session_.reset(soup_session_new_with_options("max-conns", std::max(16, at_a_time),
                                                 "max-conns-per-host", std::max(16, at_a_time),
                                                 "proxy-resolver", nullptr, nullptr));
    if (config.line.authorities)
      soup_session_set_tls_database(session_.get(), config.line.authorities);
    account_ = random_sid("AC");
  }
  ~Simulation() {
    running_.clear();
    soup_session_abort(session_.get());
    // Cancelled operations still have to be told so.
    for (int i = 0; i < 1000 && g_main_context_iteration(context_, FALSE); ++i) {
    }
    session_.reset();
    g_main_context_pop_thread_default(context_);
    g_main_context_unref(context_);
  }

  SimulationResult run() {
    result_.error = prepare_folder();
    if (!result_.error.empty()) return std::move(result_);
    wait_for_server();
    const std::int64_t start = monotonic();
    std::int64_t next_second = start + 1000 * kMs;
    std::int64_t tick = start;
    while (progress_.begun < wanted() || !running_.empty()) {
      for (int i = 0; i < kMaxDispatchesPerTick && g_main_context_iteration(context_, FALSE); ++i) {
      }
      const std::int64_t now = monotonic();
      if (stop_ && !stopped_) hang_up_all();
      begin_calls(now - start);
      if (!result_.error.empty()) return std::move(result_);
      for (const auto& call : running_) call->tick(now);
      collect();
      if (now >= next_second) {
        next_second += 1000 * kMs;
        observer_.on_second(progress_);
      }
      tick += running_.size() <= kFewCalls ? kMs : 2 * kMs;
      const std::int64_t left = tick - monotonic();
      if (left > 0)
        g_usleep(static_cast<gulong>(left / 1000));
      else
        tick -= left;  // ticks that were missed are not made up for; media deadlines are
    }
    std::sort(result_.calls.begin(), result_.calls.end(),
              [](const CallResult& a, const CallResult& b) { return a.number < b.number; });
    return std::move(result_);
  }

 private:
  int wanted() const { return stopped_ ? progress_.begun : config_.calls; }

  // A server that was started a moment ago is still loading. When time is over the calls say what
  // is wrong.
  void wait_for_server() {
    const std::int64_t end = monotonic() + static_cast<std::int64_t>(config_.wait * 1e9);
    bool told = false;
    while (!stop_ && monotonic() < end) {
      const gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
      g_socket_client_set_enable_proxy(client.get(), FALSE);
      g_socket_client_set_timeout(client.get(), 2);
      gstpp::ErrorPtr error;
      const gstpp::GObjectPtr<GSocketConnection> connection{g_socket_client_connect_to_uri(
          client.get(), config_.line.url.c_str(), 80, nullptr, gstpp::OutPtr{error})};
      if (connection) return;
      if (!g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) return;
      if (!std::exchange(told, true)) observer_.on_waiting(config_.line.url, config_.wait);
      g_usleep(100000);
    }
  }

  bool single_file() const {
    return config_.calls == 1 && g_str_has_suffix(config_.out.c_str(), ".wav");
  }

  std::string prepare_folder() const {
    if (config_.out.empty() || single_file()) return {};
    if (g_str_has_suffix(config_.out.c_str(), ".wav"))
      return "\"" + config_.out + "\" is one file, and there are several calls: name a folder";
    if (g_mkdir_with_parents(config_.out.c_str(), 0755) != 0)
      return "the folder \"" + config_.out + "\" cannot be made: " + g_strerror(errno);
    return {};
  }

  std::string recording_path(int number) const {
    if (single_file()) return config_.out;
    char name[32];
    std::snprintf(name, sizeof name, "call-%04d.wav", number);
    const gstpp::CharPtr path{g_build_filename(config_.out.c_str(), name, nullptr)};
    return path.get();
  }

  void begin_calls(std::int64_t elapsed) {
    while (progress_.begun < wanted() && running_.size() < limit_ &&
           static_cast<double>(progress_.begun) <=
               static_cast<double>(elapsed) * 1e-9 * config_.rate) {
      const int number = ++progress_.begun;
      CallConfig call;
      call.number = number;
      call.identity = {random_sid("MZ"), random_sid("CA"), account_, {}};
      call.seed = config_.seed + static_cast<std::uint64_t>(number) - 1;
      call.steps = order_steps(config_.script, call.seed);
      call.line_noise = config_.script.line_noise;
      call.chunking = config_.chunking;
      call.timeout = config_.timeout > 0 ? config_.timeout : config_.script.timeout;
      call.strict = config_.strict;
      call.hang_up_on_violation = config_.hang_up_on_violation;
      std::optional<std::int64_t> phase;
      if (config_.spread)
        phase = 20 * kMs * ((number - 1) % static_cast<int>(limit_)) /
                static_cast<std::int64_t>(limit_);
      running_.push_back(std::make_unique<LiveCall>(config_.line, std::move(call), session_.get(),
                                                    observer_, phase));
      if (!config_.out.empty()) {
        const std::string path = recording_path(number);
        if (const std::string error = running_.back()->record_to(path); !error.empty()) {
          result_.error = "\"" + path + "\" cannot be written: " + error;
          return;
        }
      }
      running_.back()->begin(monotonic());
    }
    progress_.running = static_cast<int>(running_.size());
  }

  void hang_up_all() {
    stopped_ = true;
    for (const auto& call : running_) call->hang_up("interrupted");
  }

  void collect() {
    for (auto& call : running_) {
      if (!call->done()) continue;
      result_.reached = result_.reached || call->reached();
      CallResult result = call->take_result();
      ++(result.ok() ? progress_.passed : progress_.failed);
      observer_.on_call_done(result);
      result_.calls.push_back(std::move(result));
      call.reset();
    }
    std::erase(running_, nullptr);
    progress_.running = static_cast<int>(running_.size());
  }

  const SimulationConfig& config_;
  SimulationObserver& observer_;
  const std::atomic<bool>& stop_;
  GMainContext* context_;
  gstpp::GObjectPtr<SoupSession> session_;
  std::string account_;
  std::size_t limit_ = 1;
  bool stopped_ = false;
  SimulationProgress progress_;
  SimulationResult result_;
  std::vector<std::unique_ptr<LiveCall>> running_;
};

}  // namespace

SimulationResult run_simulation(const SimulationConfig& config, SimulationObserver& observer,
                                const std::atomic<bool>& stop) {
  return Simulation{config, observer, stop}.run();
}

}  // namespace jackfield::simulate
