// Files in a folder that others may have put something into: no link is followed, neither to the
// folder nor to a file in it, and what is no ordinary file is not opened. Any thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace jackfield {

struct FileStatus {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // Unix time
  std::uint64_t identity = 0;  // differs for different files; 0 where the system has no such thing
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

class FolderFiles {
 public:
  explicit FolderFiles(const std::string& folder);
  ~FolderFiles();
  FolderFiles(const FolderFiles&) = delete;
  FolderFiles& operator=(const FolderFiles&) = delete;

  // Is there such a folder? Otherwise everything below fails.
  bool exists() const { return handle_ != -1; }

  // The file `name`, binary, to be read from its beginning; null when it cannot be opened.
  FilePtr open(const char* name, FileStatus* status = nullptr) const;
  std::optional<FileStatus> status(const char* name) const;
  // True also when it is not there. A link is removed itself.
  bool remove(const char* name) const;

 private:
  std::string folder_;
  int handle_ = -1;
};

// For files beyond 2 GiB.
bool seek_file(std::FILE* file, std::uint64_t position);

}  // namespace jackfield
