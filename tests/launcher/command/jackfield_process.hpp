// The real `jackfield` command as a child process, its output in files. Main thread; everything
// that waits has a bound and keeps the default main context going.
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::test {

// Runs the main context until `done` or for `seconds`; whether it came to be.
bool wait_for(const std::function<bool()>& done, double seconds = 30);

// A folder of its own for one test, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const;
  // Names of what is in it (or in a folder in it), sorted.
  std::vector<std::string> list(const std::string& folder = "") const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

class Jackfield {
 public:
  // Starts it in `folder`; of the environment, `variables` are set and TWILIO_AUTH_TOKEN is not
  // taken over.
  using Variables = std::vector<std::pair<std::string, std::string>>;
  Jackfield(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
            const Variables& variables = {});
  ~Jackfield();  // ends it

  // Waits for its end. The exit code; -1 when it does not end, -2 when a signal ended it.
  int wait(double seconds = 60);
  bool running() const { return !ended_; }
  void signal(int number);
  std::string pid() const;

  std::string out() const { return read_file(out_); }
  std::string err() const { return read_file(err_); }

 private:
  std::string out_, err_;
  gstpp::GObjectPtr<GSubprocess> process_;
  bool ended_ = false;
};

// Runs it to its end.
struct Result {
  int code = 0;
  std::string out, err;
};
Result run_jackfield(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                     double seconds = 60, const Jackfield::Variables& variables = {});

// The lines of an --events file, as far as they are complete.
class Events {
 public:
  explicit Events(std::string path) : path_(std::move(path)) {}
  struct Event {
    std::string name, session;
    std::shared_ptr<JsonObject> object;
    std::string text(const char* member) const;
    bool flag(const char* member) const;
  };
  std::vector<Event> all() const;
  std::vector<Event> named(const std::string& name) const;
  bool wait(const std::string& name, std::size_t count = 1, double seconds = 30) const;

 private:
  std::string path_;
};

}  // namespace jackfield::test
