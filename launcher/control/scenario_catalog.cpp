#include "control/scenario_catalog.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <set>
#include <utility>

#include "control/background.hpp"
#include "scenario/scenario_report.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kMostNames = 20'000;  // looked at in a folder
// What is wrong may have been put right in another file: a grammar, a script.
constexpr gint64 kErrorsFor = 3 * G_USEC_PER_SEC;

std::string canonical(const std::string& path) {
  return gstpp::CharPtr{g_canonicalize_filename(path.c_str(), nullptr)}.get();
}

std::string base_name(const std::string& path) {
  return gstpp::CharPtr{g_path_get_basename(path.c_str())}.get();
}

std::vector<std::string> pipeline_files(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<GDir, gstpp::FreeWith<g_dir_close>> dir{
      g_dir_open(folder.c_str(), 0, nullptr)};
  std::size_t seen = 0;
  while (const gchar* name = dir && seen++ < kMostNames ? g_dir_read_name(dir.get()) : nullptr)
    if (g_str_has_suffix(name, ".gst") && g_utf8_validate(name, -1, nullptr))
      names.emplace_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ScenarioCatalog::ScenarioCatalog(Config config) : config_(std::move(config)) {}

ScenarioCatalog::~ScenarioCatalog() { *alive_ = false; }

bool ScenarioCatalog::list(std::function<void(const Entries&)> done) {
  if (waiting_.size() == kMostWaiting) return false;
  waiting_.push_back(std::move(done));
  // Who comes while it is looked for gets what is found.
  if (waiting_.size() > 1) return true;
  in_background<std::vector<Found>>(
      pool_, [folders = config_.folders] { return look(folders); },
      [this, alive = alive_](std::vector<Found> found) {
        if (*alive) looked(std::move(found));
      });
  return true;
}

std::vector<ScenarioCatalog::Found> ScenarioCatalog::look(const std::vector<std::string>& folders) {
  std::vector<Found> found;
  std::set<std::string> paths, names;
  for (const std::string& folder : folders) {
    for (const std::string& name : pipeline_files(folder)) {
      const std::string path =
          canonical(gstpp::CharPtr{g_build_filename(folder.c_str(), name.c_str(), nullptr)}.get());
      if (found.size() == kMost || !paths.insert(path).second) continue;
      std::string shown = name;
      if (names.contains(shown)) shown = base_name(canonical(folder)) + "/" + name;
      if (!names.insert(shown).second) continue;
      GStatBuf status{};
      if (g_stat(path.c_str(), &status) != 0) continue;
      found.push_back({.name = shown,
                       .path = path,
                       .modified = static_cast<std::int64_t>(status.st_mtime),
                       .size = static_cast<std::int64_t>(status.st_size)});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.name < b.name; });
  return found;
}

const ServedScenario* ScenarioCatalog::served(const std::string& path) const {
  const auto it =
      std::find_if(config_.served.begin(), config_.served.end(),
                   [&](const ServedScenario& one) { return canonical(one.path) == path; });
  return it == config_.served.end() ? nullptr : &*it;
}

bool ScenarioCatalog::is_fresh(const Found& file) const {
  const auto it = known_.find(file.path);
  if (it == known_.end() || it->second.modified != file.modified || it->second.size != file.size)
    return false;
  return !has_errors(it->second.report.get()) ||
         g_get_monotonic_time() - it->second.checked_at < kErrorsFor;
}

void ScenarioCatalog::looked(std::vector<Found> found) {
  found_ = std::move(found);
  std::erase_if(known_, [&](const auto& known) {
    return std::none_of(found_.begin(), found_.end(),
                        [&](const Found& file) { return file.path == known.first; });
  });
  ScenarioBatch others;
  for (const Found& file : found_) {
    if (is_fresh(file)) continue;
    const ServedScenario* line = served(file.path);
    if (!line || (line->profile.empty() && line->variables.empty()))
      others.paths.push_back(file.path);
    else
      batches_.push_back(
          {.paths = {file.path}, .profile = line->profile, .variables = line->variables});
  }
  if (!others.paths.empty()) batches_.push_front(std::move(others));
  check_next();
}

void ScenarioCatalog::check_next() {
  check_.reset();
  if (batches_.empty()) return answer();
  ScenarioBatch batch = std::move(batches_.front());
  batches_.pop_front();
  check_ = std::make_unique<ScenarioCheck>(
      config_.check, std::move(batch),
      [this](const std::string& path, JsonObjectPtr report) {
        const auto file = std::find_if(found_.begin(), found_.end(),
                                       [&](const Found& one) { return one.path == path; });
        if (file == found_.end()) return;
        known_[path] = {.modified = file->modified,
                        .size = file->size,
                        .checked_at = g_get_monotonic_time(),
                        .report = std::shared_ptr<JsonObject>{report.release(), json_object_unref}};
      },
      [this] {
        // Not under the feet of the one that has finished.
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer user) -> gboolean {
              auto* due = static_cast<std::pair<ScenarioCatalog*, std::shared_ptr<bool>>*>(user);
              if (*due->second) due->first->check_next();
              return G_SOURCE_REMOVE;
            },
            new std::pair<ScenarioCatalog*, std::shared_ptr<bool>>{this, alive_},
            [](gpointer user) {
              delete static_cast<std::pair<ScenarioCatalog*, std::shared_ptr<bool>>*>(user);
            });
      });
  check_->start();
}

void ScenarioCatalog::answer() {
  Entries entries;
  for (const Found& file : found_) {
    const auto known = known_.find(file.path);
    if (known == known_.end()) continue;
    const ServedScenario* line = served(file.path);
    entries.push_back({.name = file.name,
                       .path = file.path,
                       .line = line ? line->line : "",
                       .report = known->second.report});
  }
  for (const auto& done : std::exchange(waiting_, {})) done(entries);
}

}  // namespace jackfield
