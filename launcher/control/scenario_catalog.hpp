// The scenarios that lie beside those of the lines, and what is wrong with them. They are looked
// for and checked when somebody asks; what was found stays known until a file changes. Main thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/scenario_check.hpp"
#include "worker_pool.hpp"

namespace jackfield {

// A line's scenario.
struct ServedScenario {
  std::string line;
  std::string path;
  std::string profile;
  std::vector<std::pair<std::string, std::string>> variables;
};

class ScenarioCatalog {
 public:
  static constexpr std::size_t kMost = 500;        // files
  static constexpr std::size_t kMostWaiting = 64;  // who ask

  struct Config {
    std::vector<std::string> folders;
    std::vector<ServedScenario> served;
    ScenarioCheck::Config check;
  };

  struct Entry {
    std::string name;  // of the file; with its folder's name where there are two of one name
    std::string path;
    std::string line;                    // "" when no line serves it
    std::shared_ptr<JsonObject> report;  // scenario_report.hpp
  };
  // By name.
  using Entries = std::vector<Entry>;

  explicit ScenarioCatalog(Config config);
  ~ScenarioCatalog();
  ScenarioCatalog(const ScenarioCatalog&) = delete;
  ScenarioCatalog& operator=(const ScenarioCatalog&) = delete;

  // False when too many wait; then `done` is never called. Nor is it after the destructor.
  [[nodiscard]] bool list(std::function<void(const Entries&)> done);

 private:
  // A file as it was found.
  struct Found {
    std::string name, path;
    std::int64_t modified = 0, size = 0;
  };
  struct Known {
    std::int64_t modified = 0, size = 0;
    gint64 checked_at = 0;  // monotonic, µs
    std::shared_ptr<JsonObject> report;
  };

  static std::vector<Found> look(const std::vector<std::string>& folders);
  void looked(std::vector<Found> found);
  void check_next();
  void answer();
  const ServedScenario* served(const std::string& path) const;
  bool is_fresh(const Found& file) const;

  const Config config_;
  std::vector<std::function<void(const Entries&)>> waiting_;
  std::vector<Found> found_;
  std::map<std::string, Known, std::less<>> known_;  // by path
  std::deque<ScenarioBatch> batches_;
  std::unique_ptr<ScenarioCheck> check_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  WorkerPool pool_{1};
};

}  // namespace jackfield
