#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "platform/folder_files.hpp"

namespace jackfield {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<FileStatus> status_of(const struct stat& found) {
  if (!S_ISREG(found.st_mode)) return std::nullopt;
#ifdef __APPLE__
  const timespec modified = found.st_mtimespec;
#else
  const timespec modified = found.st_mtim;
#endif
  return FileStatus{.size = static_cast<std::uint64_t>(found.st_size),
                    .modified_ns = modified.tv_sec * kSecond + modified.tv_nsec,
                    .identity = static_cast<std::uint64_t>(found.st_ino)};
}

}  // namespace

FolderFiles::FolderFiles(const std::string& folder)
    : folder_(folder),
      handle_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {}

FolderFiles::~FolderFiles() {
  if (handle_ != -1) ::close(handle_);
}

FilePtr FolderFiles::open(const char* name, FileStatus* status) const {
  if (!exists()) return nullptr;
  // Nonblocking: a pipe would wait for somebody to write into it.
  const int file = ::openat(handle_, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file == -1) return nullptr;
  struct stat found {};
  const auto known = ::fstat(file, &found) == 0 ? status_of(found) : std::nullopt;
  std::FILE* stream = known ? ::fdopen(file, "rb") : nullptr;
  if (!stream) {
    ::close(file);
    return nullptr;
  }
  if (status) *status = *known;
  return FilePtr{stream};
}

std::optional<FileStatus> FolderFiles::status(const char* name) const {
  struct stat found {};
  if (!exists() || ::fstatat(handle_, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return status_of(found);
}

bool FolderFiles::remove(const char* name) const {
  return exists() && (::unlinkat(handle_, name, 0) == 0 || errno == ENOENT);
}

bool seek_file(std::FILE* file, std::uint64_t position) {
  return ::fseeko(file, static_cast<off_t>(position), SEEK_SET) == 0;
}

}  // namespace jackfield
