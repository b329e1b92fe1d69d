#include "io_context.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "io_pool.hpp"

namespace jackfield {

// A timer; it outlives its owner while a call is under way.
struct IoTimer::Shared {
  explicit Shared(std::function<void()> f) : function(std::move(f)) {}
  const std::function<void()> function;
  std::mutex running;  // held while the function runs
  bool cancelled = false;
  std::optional<uint64_t> at;  // under the context's lock
};

// Jobs and timers are kept here, and one source of the context is woken for them: cheaper than a
// source for each.
struct IoContext::State {
  using Timer = std::shared_ptr<IoTimer::Shared>;

  GMainContext* context = g_main_context_new();
  GSource* source = nullptr;

  std::mutex lock;
  std::deque<std::function<void()>> jobs;
  std::multimap<uint64_t, Timer> timers;

  // With the lock held.
  void wake() {
    if (!jobs.empty()) {
      g_source_set_ready_time(source, 0);
    } else if (timers.empty()) {
      g_source_set_ready_time(source, -1);
    } else {
      // GLib's clock counts microseconds; rounded up, so that no call is early.
      g_source_set_ready_time(source, static_cast<gint64>(timers.begin()->first / 1000 + 1));
    }
  }

  void take_out(const Timer& timer) {
    if (!timer->at) return;
    const auto [first, last] = timers.equal_range(*timer->at);
    for (auto it = first; it != last; ++it) {
      if (it->second != timer) continue;
      timers.erase(it);
      break;
    }
    timer->at.reset();
  }

  void run() {
    std::deque<std::function<void()>> now;
    std::deque<Timer> due;
    {
      const std::lock_guard guard(lock);
      now.swap(jobs);
      const uint64_t time = io_now_ns();
      while (!timers.empty() && timers.begin()->first <= time) {
        due.push_back(timers.begin()->second);
        due.back()->at.reset();
        timers.erase(timers.begin());
      }
      wake();
    }
    for (const auto& job : now) job();
    for (const Timer& timer : due) {
      const std::lock_guard guard(timer->running);
      if (!timer->cancelled) timer->function();
    }
  }
};

namespace {

struct Source {
  GSource base;
  void (*run)(void*);
  void* state;
};

GSourceFuncs source_functions = {nullptr,
                                 nullptr,
                                 [](GSource* base, GSourceFunc, gpointer) -> gboolean {
                                   auto* source = reinterpret_cast<Source*>(base);
                                   source->run(source->state);
                                   return G_SOURCE_CONTINUE;
                                 },
                                 nullptr,
                                 nullptr,
                                 nullptr};

}  // namespace

IoContext& IoContext::shared() {
  // Never destroyed: at the end of the process the thread may outlive any static object.
  static auto* io = new IoContext("jackfield-net");
  return *io;
}

IoContext& IoContext::patient() {
  static auto* io = new IoContext("jackfield-tools");
  return *io;
}

IoContext::IoContext(const char* thread) : state_(new State) {
  state_->source = g_source_new(&source_functions, sizeof(Source));
  auto* source = reinterpret_cast<Source*>(state_->source);
  source->run = [](void* state) { static_cast<State*>(state)->run(); };
  source->state = state_;
  g_source_attach(state_->source, state_->context);
  g_thread_unref(g_thread_new(
      thread,
      [](gpointer data) -> gpointer {
        auto* context = static_cast<GMainContext*>(data);
        g_main_context_push_thread_default(context);
        for (;;) g_main_context_iteration(context, TRUE);
        return nullptr;
      },
      state_->context));
}

GMainContext* IoContext::context() const { return state_->context; }

bool IoContext::is_current() const { return g_main_context_is_owner(state_->context); }

void IoContext::post(std::function<void()> job) {
  const std::lock_guard guard(state_->lock);
  state_->jobs.push_back(std::move(job));
  if (state_->jobs.size() == 1) state_->wake();
}

IoTimer::IoTimer(std::function<void()> function, IoContext& context)
    : context_(context), shared_(std::make_shared<Shared>(std::move(function))) {}

IoTimer::~IoTimer() {
  disarm();
  if (context_.is_current()) {
    // From the function itself, or while it cannot run.
    shared_->cancelled = true;
    return;
  }
  const std::lock_guard guard(shared_->running);
  shared_->cancelled = true;
}

void IoTimer::arm(uint64_t at_ns) {
  IoContext::State& state = *context_.state_;
  const std::lock_guard guard(state.lock);
  state.take_out(shared_);
  shared_->at = at_ns;
  const auto it = state.timers.emplace(at_ns, shared_);
  if (it == state.timers.begin()) state.wake();
}

void IoTimer::disarm() {
  IoContext::State& state = *context_.state_;
  const std::lock_guard guard(state.lock);
  state.take_out(shared_);
}

}  // namespace jackfield
