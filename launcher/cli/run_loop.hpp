// The main loop of `jackfield run`, with an end that comes also when something hangs.
#pragma once

#include <glib.h>

#include <functional>
#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield::cli {

class RunLoop {
 public:
  RunLoop();

  // Runs until quit(). Each stop signal calls `stop`, which has `drain_seconds` and some more to
  // bring about a quit(). When it does not, something hangs: says so and ends the process.
  void run(const std::function<void()>& stop, unsigned drain_seconds);
  void quit();

 private:
  std::unique_ptr<GMainLoop, gstpp::FreeWith<g_main_loop_unref>> loop_;
  bool quit_ = false;
};

}  // namespace jackfield::cli
