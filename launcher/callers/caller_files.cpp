#include "callers/caller_files.hpp"

#include <set>
#include <utility>
#include <vector>

#include "caller_directory.hpp"
#include "control/background.hpp"

namespace jackfield {
namespace {

constexpr guint kDayS = 24 * 3600;

}  // namespace

CallerFiles::CallerFiles(Config config) : config_(std::move(config)) {
  if (!any()) return;
  purge();
  timer_ = g_timeout_add_seconds(
      kDayS,
      [](gpointer self) -> gboolean {
        static_cast<CallerFiles*>(self)->purge();
        return G_SOURCE_CONTINUE;
      },
      this);
}

CallerFiles::~CallerFiles() {
  if (timer_) g_source_remove(timer_);
}

const std::string* CallerFiles::file_of(std::string_view line) const {
  if (!line.empty()) {
    const auto found = config_.by_line.find(line);
    return found == config_.by_line.end() ? nullptr : &found->second;
  }
  const std::string* only = nullptr;
  for (const auto& [name, path] : config_.by_line) {
    if (only && *only != path) return nullptr;
    only = &path;
  }
  return only;
}

// Opens them in any case: what is wrong with a directory is better known before a call.
void CallerFiles::purge() {
  std::set<std::string> paths;
  for (const auto& [line, path] : config_.by_line) paths.insert(path);
  for (const std::string& path : paths)
    in_background<std::string>(
        pool_,
        [path, days = config_.retention_days]() -> std::string {
          try {
            callers::CallerDirectory directory(path);
            if (days > 0) directory.purge(g_get_real_time() / G_USEC_PER_SEC, days);
            return {};
          } catch (const callers::DirectoryError& error) {
            return std::string("the directory of callers cannot be used: ") + error.what();
          }
        },
        [trouble = config_.trouble](const std::string& text) {
          if (!text.empty() && trouble) trouble(text);
        });
}

}  // namespace jackfield
