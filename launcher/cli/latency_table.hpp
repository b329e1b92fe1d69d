// The latency of all turns of a run, by stage. Main thread.
#pragma once

#include <string>

#include "records/latency_stages.hpp"
#include "scenario/call_observer.hpp"

namespace jackfield::cli {

class LatencyTable final : public CallObserver {
 public:
  void opened(const std::string&, const std::string&, const std::string&) override {}
  void running(const std::string&) override {}
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime now) override;
  void warning(const std::string&, const std::string&) override {}
  void error(const std::string&, const std::string&) override {}
  void closed(const SessionSummary& summary) override;

  unsigned failed_calls() const { return failed_; }
  // The table, when there were turns, and where the files lie, when there were calls.
  void print(const std::string& recordings) const;

 private:
  LatencyStages stages_;
  unsigned calls_ = 0;
  unsigned failed_ = 0;
};

}  // namespace jackfield::cli
