// What is known of a call when it is over, and of many.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "caller.hpp"
#include "twilio_peer.hpp"

namespace jackfield::simulate {

struct CallEvent {
  Samples at = 0;
  std::string kind;  // call, caller, agent, clear, mark, dtmf, violation
  std::string text;
};

struct CallResult {
  int number = 0;  // from 1
  std::string call_sid;
  std::string stream_sid;
  std::string recording;              // path; empty: none
  bool reached = false;               // the media stream was established
  std::vector<std::string> failures;  // empty: all is well
  std::string hung_up_by;             // caller, agent, timeout, network; empty when never connected
  // When the time line of all the Samples here began: the machine's monotonic clock, us. 0: never.
  std::int64_t began_us = 0;
  Samples duration = 0;
  PeerStats stats;
  Samples unplayed = 0;  // at the end of the call
  std::size_t marks_outstanding = 0;
  std::uint64_t dropped_chunks = 0;  // media the server did not take in time (Twilio: 31930)
  double worst_lateness_ms = 0;      // of our own media against its deadline
  std::vector<StepResult> steps;
  std::vector<Violation> violations;
  std::vector<CallEvent> events;
  std::uint64_t events_left_out = 0;

  bool ok() const { return failures.empty(); }
};

struct Distribution {
  std::size_t count = 0;
  double p50 = 0, p95 = 0, p99 = 0, max = 0;  // ms
};
// Nearest-rank percentiles; sorts its copy.
Distribution distribution(std::vector<double> ms);

struct Summary {
  std::size_t calls = 0;
  std::size_t passed = 0;
  std::uint64_t violations = 0;
  std::uint64_t dropped_chunks = 0;
  std::size_t marks_outstanding = 0;
  Distribution reply;            // end of the caller's speech -> agent heard
  Distribution barge_in_clear;   // onset of the caller's speech -> clear
  Distribution barge_in_silent;  // -> agent silent
  Distribution lateness;         // worst of each call
};
Summary summarize(const std::vector<CallResult>& calls);

std::string report_json(const std::vector<CallResult>& calls, const std::string& url,
                        const std::string& script);
// The table for the terminal.
std::string report_table(const std::vector<CallResult>& calls);

}  // namespace jackfield::simulate
