#include <glib-unix.h>

#include <csignal>

#include "platform/signals.hpp"

namespace jackfield {
namespace {

gboolean call(gpointer stop) {
  (*static_cast<std::function<void()>*>(stop))();
  return G_SOURCE_CONTINUE;
}

}  // namespace

StopSignals::StopSignals(std::function<void()> stop) : stop_(std::move(stop)) {
  sources_[0] = g_unix_signal_add(SIGINT, call, &stop_);
  sources_[1] = g_unix_signal_add(SIGTERM, call, &stop_);
  // A peer that is gone is an error of its call, no reason to end the process.
  std::signal(SIGPIPE, SIG_IGN);
  // Nor is a file that may not grow any more: writing to it fails.
  std::signal(SIGXFSZ, SIG_IGN);
}

StopSignals::~StopSignals() {
  for (const unsigned source : sources_) g_source_remove(source);
}

ReloadSignal::ReloadSignal(std::function<void()> reload) : reload_(std::move(reload)) {
  source_ = g_unix_signal_add(SIGHUP, call, &reload_);
}

ReloadSignal::~ReloadSignal() { g_source_remove(source_); }

}  // namespace jackfield
