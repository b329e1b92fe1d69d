// What `jackfield run` shows while calls are going on. Main thread.
#pragma once

#include <map>
#include <string>

#include "scenario/call_observer.hpp"

namespace jackfield::cli {

class LiveReport final : public CallObserver {
 public:
  // `calls`: sessions are calls (and not a pipeline that runs by itself). `several`: of several
  // lines, which are named.
  LiveReport(bool calls, bool several) : calls_(calls), several_(several) {}

  void opened(const std::string& id, const std::string& line, const std::string& folder) override;
  void running(const std::string& id) override;
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime now) override;
  void warning(const std::string& id, const std::string& given) override;
  void error(const std::string& id, const std::string& text) override;
  void closed(const SessionSummary& summary) override;

 private:
  void print(const std::string& id, const std::string& text);

  const bool calls_;
  const bool several_;
  std::map<std::string, std::string, std::less<>> lines_;  // by session
};

}  // namespace jackfield::cli
