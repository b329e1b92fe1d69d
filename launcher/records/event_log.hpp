// Everything that happens, one JSON object per line, for programs: `jackfield run --events FILE`.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "records/message_json.hpp"
#include "scenario/call_observer.hpp"

namespace jackfield {

class EventLog final : public CallObserver {
 public:
  // "-" is standard output. False and a reason when the file cannot be opened.
  bool open(const std::string& path, std::string& error);

  // An event that belongs to no session: "listening", "stopping".
  using Fields = std::vector<std::pair<const char*, std::string>>;
  void note(const char* event, const Fields& fields);

  void opened(const std::string& id, const std::string& line, const std::string& folder) override;
  void running(const std::string& id) override;
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime now) override;
  void warning(const std::string& id, const std::string& text) override;
  void error(const std::string& id, const std::string& text) override;
  void closed(const SessionSummary& summary) override;

 private:
  JsonObjectPtr begin(const char* event, const std::string& id) const;
  void write(const JsonObjectPtr& object);

  struct CloseFile {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  std::unique_ptr<std::FILE, CloseFile> file_;
};

}  // namespace jackfield
