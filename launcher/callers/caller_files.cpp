#include "callers/caller_files.hpp"

#include <set>
#include <utility>
#include <vector>

#include "caller_directory.hpp"
#include "control/background.hpp"

namespace jackfield {
namespace {

// What is wrong with the directory, "": nothing.
std::string purge_file(const std::string& path, std::int64_t now, unsigned days) {
  try {
    callers::CallerDirectory directory(path);
    if (days == 0 || directory.purge(now, days).erased) return {};
    return path +
           ": callers who were forgotten are still in the file, because another program reads "
           "it, or the disk is full; they go with the next ones";
  } catch (const callers::DirectoryError& error) {
    return std::string("the directory of callers cannot be used: ") + error.what();
  }
}

}  // namespace

CallerFiles::CallerFiles(Config config) : config_(std::move(config)) {
  if (!any()) return;
  purge();
  timer_ = g_timeout_add_seconds(
      config_.purge_every,
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
  const std::int64_t now =
      config_.unix_now ? config_.unix_now() : g_get_real_time() / G_USEC_PER_SEC;
  for (const std::string& path : paths)
    in_background<std::string>(
        pool_, [path, now, days = config_.retention_days] { return purge_file(path, now, days); },
        [trouble = config_.trouble](const std::string& text) {
          if (!text.empty() && trouble) trouble(text);
        });
}

}  // namespace jackfield
