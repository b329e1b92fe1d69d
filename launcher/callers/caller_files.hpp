// The directories of callers of a server, and how long callers are kept there. Main thread.
#pragma once

#include <glib.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "worker_pool.hpp"

namespace jackfield {

class CallerFiles {
 public:
  struct Config {
    std::map<std::string, std::string, std::less<>> by_line;  // a line's file; lines without: none
    unsigned retention_days = 0;                              // 0: for ever
    // For the operator: a directory that cannot be used.
    std::function<void(const std::string& text)> trouble;
    std::function<std::int64_t()> unix_now = {};  // s; empty: the clock's
    unsigned purge_every = 24 * 3600;             // s
  };

  // Who has not called for too long is forgotten now, and once in `purge_every`.
  explicit CallerFiles(Config config);
  ~CallerFiles();
  CallerFiles(const CallerFiles&) = delete;
  CallerFiles& operator=(const CallerFiles&) = delete;

  bool any() const { return !config_.by_line.empty(); }
  // The line's file, or, without a line, that of all lines that have one. nullptr when there is
  // none, or several.
  const std::string* file_of(std::string_view line) const;

  // Where files are read and written: never in the main thread.
  WorkerPool& pool() { return pool_; }

 private:
  void purge();

  const Config config_;
  guint timer_ = 0;
  WorkerPool pool_{1};
};

}  // namespace jackfield
