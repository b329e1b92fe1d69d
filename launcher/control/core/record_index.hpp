// The finished calls in a folder of recordings: an index of what the folders of calls say about
// themselves, newest first, in pages. Pure: whoever uses it reads the folders. Not for several
// threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "records/core/total_latency.hpp"

namespace jackfield {

// The name of a call's folder: "20261122-140305-0123456789ab", local time and session.
struct RecordName {
  std::string_view stamp;  // "20261122-140305"
  std::string_view session;
};
// nullopt for names that are none.
std::optional<RecordName> parse_record_name(std::string_view name);
// Those of `names` that are, newest first.
std::vector<std::string> record_names(std::vector<std::string> names);
// The newest folder of a session, "" when there is none; `names` as record_names() gives them.
std::string folder_of(const std::vector<std::string>& names, std::string_view session);
// Twelve hexadecimal digits, as all sessions have.
bool is_session_id(std::string_view id);

// What stands in the folder of a call, and may be deleted with it.
inline constexpr auto kRecordFiles = {"call.wav",         "call.svg",     "transcript.txt",
                                      "transcript.jsonl", "latency.json", "pipeline-error.dot",
                                      "call.json"};

struct RecordSummary {
  std::string id, line, scenario, kind;
  std::int64_t started_ms = 0;  // Unix time
  std::int64_t duration_ms = 0;
  // "" without; "unfinished" when nobody wrote how it ended.
  std::string end_reason, from, to;
  bool failed = false;
  bool call = false;
  bool recording = false;
  // How it ended is written; nothing changes any more.
  bool complete = false;
  std::uint64_t turns = 0;
  std::uint64_t interruptions = 0;
  std::optional<TotalLatency> latency;
};

struct RecordQuery {
  static constexpr std::size_t kMaxLimit = 200;

  std::size_t limit = 50;
  std::string before;  // the name of a folder: older ones only; "" from the newest
  std::optional<std::string> line;
  std::string number;  // is part of `from` or `to`
  std::optional<bool> failed;
  std::string text;  // was said
};

struct RecordPage {
  std::vector<RecordSummary> records;
  // Where to go on; "" at the end. With it a page may have fewer records than were asked for.
  std::string next;
};

class RecordIndex {
 public:
  // nullopt: the folder is not that of a call, or is gone.
  using Load = std::function<std::optional<RecordSummary>(const std::string& folder)>;
  using Contains = std::function<bool(const std::string& folder, const std::string& text)>;
  struct Limits {
    std::size_t loads = 20'000;    // folders read for one page
    std::size_t searches = 2'000;  // transcripts searched for one page
    std::size_t kept = 100'000;    // summaries in memory
  };

  RecordIndex() : RecordIndex(Limits{}) {}
  explicit RecordIndex(Limits limits) : limits_(limits) {}

  // The names there are now, newest first, each one that parse_record_name() takes. What is known
  // of folders that are still there stays known.
  void set_folders(const std::vector<std::string>& names);
  std::size_t size() const { return folders_.size(); }

  // `running`: the sessions that are left out.
  RecordPage page(const RecordQuery& query, const std::set<std::string, std::less<>>& running,
                  const Load& load, const Contains& contains);

 private:
  using Folders = std::map<std::string, std::optional<RecordSummary>, std::greater<>>;

  const Limits limits_;
  Folders folders_;
  std::size_t kept_ = 0;
};

}  // namespace jackfield
