#include <glib.h>
#include <windows.h>

#include <atomic>

#include "platform/signals.hpp"

namespace jackfield {
namespace {

std::atomic<std::function<void()>*> current{nullptr};

// Windows calls this on a thread of its own.
BOOL WINAPI on_console_event(DWORD) {
  if (!current.load()) return FALSE;
  g_idle_add(
      [](gpointer) -> gboolean {
        if (auto* stop = current.load()) (*stop)();
        return G_SOURCE_REMOVE;
      },
      nullptr);
  return TRUE;
}

}  // namespace

StopSignals::StopSignals(std::function<void()> stop) : stop_(std::move(stop)) {
  current = &stop_;
  SetConsoleCtrlHandler(on_console_event, TRUE);
}

StopSignals::~StopSignals() {
  SetConsoleCtrlHandler(on_console_event, FALSE);
  current = nullptr;
}

ReloadSignal::ReloadSignal(std::function<void()> reload) : reload_(std::move(reload)) {}
ReloadSignal::~ReloadSignal() = default;

}  // namespace jackfield
