// Without SQLite there is no directory of callers.
#include "caller_directory.hpp"

namespace jackfield::callers {

struct CallerDirectory::State {};

bool CallerDirectory::available() { return false; }

CallerDirectory::CallerDirectory(const std::string& path, const Limits&, bool) {
  throw DirectoryError(DirectoryError::Cause::kMissing,
                       path +
                           ": this Jackfield was built without SQLite, so it has no directory of "
                           "callers (libsqlite3-dev, meson option callers)");
}

CallerDirectory::~CallerDirectory() = default;
std::optional<Caller> CallerDirectory::find(std::string_view) { return std::nullopt; }
std::vector<Caller> CallerDirectory::list(std::string_view, std::size_t) { return {}; }
void CallerDirectory::called(std::string_view, std::int64_t) {}
void CallerDirectory::change(std::string_view, const Change&, std::int64_t, bool) {}
std::int64_t CallerDirectory::add_note(std::string_view, const Note&, bool) { return 0; }
bool CallerDirectory::remove_note(std::string_view, std::int64_t, std::int64_t) { return false; }
CallerDirectory::Forgotten CallerDirectory::forget(std::string_view) { return {}; }
CallerDirectory::Purged CallerDirectory::purge(std::int64_t, unsigned) { return {}; }

}  // namespace jackfield::callers
