#include <fcntl.h>
#include <glib/gstdio.h>
#include <io.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "audit_file.hpp"

namespace agentbrain::tools {

// Who may read it is inherited from its folder.
std::string append_line(const std::string& path, std::string_view line) {
  const int file = g_open(path.c_str(), _O_WRONLY | _O_APPEND | _O_CREAT | _O_BINARY | _O_NOINHERIT,
                          _S_IREAD | _S_IWRITE);
  if (file < 0) return std::strerror(errno);
  const int written = _write(file, line.data(), static_cast<unsigned>(line.size()));
  const std::string wrong = written < 0 ? std::strerror(errno) : "the disk is full";
  _close(file);
  return written == static_cast<int>(line.size()) ? std::string{} : wrong;
}

}  // namespace agentbrain::tools
