#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "audit_file.hpp"

namespace agentbrain::tools {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

constexpr std::chrono::seconds kPatience{2};

// False when another process keeps it. It ends with the descriptor.
bool lock(int file) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return true;  // there are no locks here
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

// Somebody's last line has no end: the disk was full, or the machine stopped.
bool torn(int file, const struct stat& status) {
  char last = '\n';
  return S_ISREG(status.st_mode) && status.st_size > 0 &&
         pread(file, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

std::string reason() { return std::strerror(errno); }

}  // namespace

std::string append_line(const std::string& path, std::string_view line) {
  // Without O_NONBLOCK a pipe that nobody reads would hold it up.
  const Descriptor file{open(path.c_str(),
                             O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                             S_IRUSR | S_IWUSR)};
  if (file.get() < 0) return reason();
  if (!lock(file.get())) return "another process keeps it locked";
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return reason();
  std::string text;
  if (torn(file.get(), status)) text += '\n';
  text += line;
  ssize_t written = -1;
  do {
    written = write(file.get(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(text.size())) return {};
  if (written < 0) return reason();
  // What was written of it goes; otherwise the next line ends it.
  const bool undone = S_ISREG(status.st_mode) && ftruncate(file.get(), status.st_size) == 0;
  return undone ? "the disk is full" : "the disk is full in the middle of the line";
}

}  // namespace agentbrain::tools
