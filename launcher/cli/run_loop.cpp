#include "cli/run_loop.hpp"

#include <cstdio>
#include <cstdlib>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "platform/signals.hpp"

namespace jackfield::cli {
namespace {

constexpr unsigned kGraceSeconds = 15;  // end of streams, pipelines to NULL, records written

}  // namespace

RunLoop::RunLoop() : loop_(g_main_loop_new(nullptr, FALSE)) {}

void RunLoop::quit() {
  quit_ = true;
  g_main_loop_quit(loop_.get());
}

void RunLoop::run(const std::function<void()>& stop, unsigned drain_seconds) {
  guint guard = 0;
  const auto arm = [&](unsigned seconds) {
    if (guard) g_source_remove(guard);
    guard = g_timeout_add_seconds(
        seconds,
        [](gpointer loop) -> gboolean {
          g_main_loop_quit(static_cast<GMainLoop*>(loop));
          return G_SOURCE_CONTINUE;
        },
        loop_.get());
  };
  bool stopped = false;
  {
    const StopSignals signals{[&] {
      arm(stopped ? kGraceSeconds : drain_seconds + kGraceSeconds);
      stopped = true;
      stop();
    }};
    if (!quit_) g_main_loop_run(loop_.get());
  }
  if (guard) g_source_remove(guard);
  if (quit_) return;
  // A thread of some element does not come back: nothing can be freed in order any more.
  print_error("a pipeline did not stop in time; ending anyway");
  std::fflush(nullptr);
  std::_Exit(kExitFailed);
}

}  // namespace jackfield::cli
