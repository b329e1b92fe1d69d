// Checks pipeline files in a process of its own (`jackfield check --json`): a check makes elements
// and reads models, which takes time and memory that calls need, and whatever is wrong with a file
// or a plugin harms nobody there. Main thread.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/common/gstpp.hpp"
#include "records/message_json.hpp"

namespace jackfield {

// Files that are checked with the same variables.
struct ScenarioBatch {
  std::vector<std::string> paths;  // absolute
  std::string profile;
  // Added to the environment: a command line can be read by other users.
  std::vector<std::pair<std::string, std::string>> variables;
};

class ScenarioCheck {
 public:
  struct Config {
    std::string program;                 // jackfield
    std::vector<std::string> arguments;  // further ones, such as --audio-preset
    std::string env_file;                // "": none is named
    unsigned seconds = 30;               // for one file
  };
  // Called for each file, the last time with the last one.
  using OnReport = std::function<void(const std::string& path, JsonObjectPtr report)>;

  ScenarioCheck(Config config, ScenarioBatch batch, OnReport on_report,
                std::function<void()> finished);
  ~ScenarioCheck();  // kills the process
  ScenarioCheck(const ScenarioCheck&) = delete;
  ScenarioCheck& operator=(const ScenarioCheck&) = delete;

  // Every file gets a report, whatever happens; then `finished` is called, not from within this.
  void start();

 private:
  static void on_line(GObject* stream, GAsyncResult* result, gpointer self);
  static gboolean on_late(gpointer self);
  void spawn();
  void read_line();
  void take_line(const std::string& line);
  void process_gone();
  void give_up(const std::string& why);
  void later(std::function<void()> f);

  const Config config_;
  ScenarioBatch batch_;
  OnReport on_report_;
  std::function<void()> finished_;
  gstpp::GObjectPtr<GSubprocess> process_;
  gstpp::GObjectPtr<GDataInputStream> lines_;
  gstpp::GObjectPtr<GCancellable> cancel_{g_cancellable_new()};
  guint timer_ = 0;
  bool late_ = false;
};

}  // namespace jackfield
