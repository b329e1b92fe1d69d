// `jackfield run` for a pipeline without a server: runs it until its end, and again when it fails.
// At a desk (an agent at a microphone) each run is one conversation, and the next begins when one
// is over. Main thread.
#pragma once

#include <functional>

#include "scenario/session_manager.hpp"

namespace jackfield::cli {

struct RunAlone {
  bool once = false;          // never start it again
  bool desk = false;          // conversations, one after the other
  unsigned idle_seconds = 0;  // after so long without a word a conversation is over; 0: never
};

// Returns the exit code. `on_stop` is called at the first signal and every further one.
int run_alone(const RunAlone& how, SessionManager& sessions, const std::function<void()>& on_stop);

}  // namespace jackfield::cli
