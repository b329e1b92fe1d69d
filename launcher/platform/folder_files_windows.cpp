#include <glib.h>
#include <glib/gstdio.h>

#include "platform/folder_files.hpp"

namespace jackfield {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string path_of(const std::string& folder, const char* name) {
  return folder + G_DIR_SEPARATOR_S + name;
}

bool is_ordinary(const std::string& path) {
  return !g_file_test(path.c_str(), G_FILE_TEST_IS_SYMLINK) &&
         g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR);
}

}  // namespace

FolderFiles::FolderFiles(const std::string& folder)
    : folder_(folder),
      handle_(!g_file_test(folder.c_str(), G_FILE_TEST_IS_SYMLINK) &&
                      g_file_test(folder.c_str(), G_FILE_TEST_IS_DIR)
                  ? 0
                  : -1) {}

FolderFiles::~FolderFiles() = default;

FilePtr FolderFiles::open(const char* name, FileStatus* status) const {
  const auto found = this->status(name);
  if (!found) return nullptr;
  if (status) *status = *found;
  return FilePtr{g_fopen(path_of(folder_, name).c_str(), "rb")};
}

std::optional<FileStatus> FolderFiles::status(const char* name) const {
  const std::string path = path_of(folder_, name);
  GStatBuf found{};
  if (!exists() || !is_ordinary(path) || g_stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileStatus{.size = static_cast<std::uint64_t>(found.st_size),
                    .modified_ns = static_cast<std::int64_t>(found.st_mtime) * kSecond};
}

bool FolderFiles::remove(const char* name) const {
  const std::string path = path_of(folder_, name);
  return exists() &&
         (g_remove(path.c_str()) == 0 || !g_file_test(path.c_str(), G_FILE_TEST_EXISTS));
}

bool seek_file(std::FILE* file, std::uint64_t position) {
  return _fseeki64(file, static_cast<std::int64_t>(position), SEEK_SET) == 0;
}

}  // namespace jackfield
