// Many calls at a time on one thread: a tick of 1 to 2 ms reads what came, moves every call on and
// sends what is due. Waking by tick and not by socket keeps the cost per call flat.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "live_call.hpp"
#include "simulate/core/caller_script.hpp"

namespace jackfield::simulate {

struct SimulationConfig {
  LineConfig line;
  CallerScript script;
  int calls = 1;
  int concurrency = 0;  // 0: all at a time
  double rate = 50;     // calls begun per second
  bool spread = false;  // the calls' frames fall due evenly over 20 ms
  bool strict = true;
  bool hang_up_on_violation = false;
  std::uint64_t seed = 1;
  Chunking chunking;
  Samples timeout = 0;  // of a call; 0: the script's
  double wait = 0;      // seconds to wait for a server that does not listen yet
  std::string out;      // *.wav: that file (one call); else a folder; empty: no recording
};

struct SimulationProgress {
  int begun = 0;
  int running = 0;
  int passed = 0;
  int failed = 0;
};

class SimulationObserver : public LiveCall::Observer {
 public:
  virtual void on_call_done(const CallResult& result) = 0;
  virtual void on_second(const SimulationProgress& progress) = 0;
  // The server does not listen yet; told once.
  virtual void on_waiting(const std::string& url, double seconds) = 0;
};

struct SimulationResult {
  std::vector<CallResult> calls;
  bool reached = false;  // some webhook or media stream answered
  std::string error;     // nothing was started
};

// Blocks until all calls are over. `stop` hangs up the running calls and begins no more.
SimulationResult run_simulation(const SimulationConfig& config, SimulationObserver& observer,
                                const std::atomic<bool>& stop);

}  // namespace jackfield::simulate
