#include <glib-unix.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "platform/terminal.hpp"

namespace jackfield {
namespace {

// Signals whose usual action is the end of the process, and which nobody here waits for. SIGINT and
// SIGTERM are the main loop's (signals.hpp).
constexpr std::array kFatal{SIGHUP, SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

// What a signal handler needs. Written while none can come.
struct Saved {
  termios before{}, raw{};
  std::string_view enter, leave;
};
Saved saved;
std::atomic<bool> in_use{false};

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Only what POSIX lets a signal handler call.
void restore() {
  write_all(saved.leave);
  tcsetattr(STDIN_FILENO, TCSANOW, &saved.before);
}
void take_over() {
  tcsetattr(STDIN_FILENO, TCSANOW, &saved.raw);
  write_all(saved.enter);
}

// Has the signal do what it does without a handler. It is blocked until the handler returns, or
// else until here.
void default_action(int number) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

void on_fatal(int number) {
  if (in_use.exchange(false)) restore();
  default_action(number);
}

// `blocked`: a signal that has to wait while the handler runs, 0: none.
void handle(int number, void (*handler)(int), int blocked = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  if (blocked) sigaddset(&action.sa_mask, blocked);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

// Whoever had the terminal meanwhile left it as it likes.
void on_continue(int) {
  const int error = errno;
  if (in_use.load()) {
    take_over();
    raise(SIGWINCH);  // all is to be drawn anew
  }
  errno = error;
}

void on_stop(int number) {
  const int error = errno;
  if (in_use.load()) restore();
  default_action(number);  // goes on here after SIGCONT, or at once where nobody could send one
  handle(number, on_stop, SIGCONT);
  on_continue(SIGCONT);
  errno = error;
}

class PosixScreen final : public WholeScreen {
 public:
  PosixScreen(Callbacks callbacks, Sequences sequences) : callbacks_(std::move(callbacks)) {
    saved.enter = sequences.enter;
    saved.leave = sequences.leave;
    tcgetattr(STDIN_FILENO, &saved.before);
    saved.raw = saved.before;
    // Keys one by one, without echo; Ctrl+C and Ctrl+Z still mean signals.
    saved.raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
    saved.raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR);
    saved.raw.c_cc[VMIN] = 1;
    saved.raw.c_cc[VTIME] = 0;
    for (std::size_t i = 0; i < kFatal.size(); ++i) {
      sigaction(kFatal[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) handle(kFatal[i], on_fatal);
    }
    sigaction(SIGTSTP, nullptr, &before_stop_);
    if (before_stop_.sa_handler != SIG_IGN) handle(SIGTSTP, on_stop, SIGCONT);
    sigaction(SIGCONT, nullptr, &before_continue_);
    handle(SIGCONT, on_continue, SIGTSTP);
    in_use = true;
    take_over();
    input_ = g_unix_fd_add(
        STDIN_FILENO, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR),
        [](gint, GIOCondition, gpointer self) -> gboolean {
          return static_cast<PosixScreen*>(self)->read() ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
        },
        this);
    resize_ = g_unix_signal_add(
        SIGWINCH,
        [](gpointer self) -> gboolean {
          static_cast<PosixScreen*>(self)->callbacks_.resized();
          return G_SOURCE_CONTINUE;
        },
        this);
  }

  ~PosixScreen() override {
    if (input_) g_source_remove(input_);
    g_source_remove(resize_);
    if (in_use.exchange(false)) restore();
    for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &before_[i], nullptr);
    sigaction(SIGTSTP, &before_stop_, nullptr);
    sigaction(SIGCONT, &before_continue_, nullptr);
  }

  void write(std::string_view bytes) override { write_all(bytes); }
  TerminalSize size() const override { return terminal_size(stdout); }

 private:
  bool read() {
    char bytes[256];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count > 0) {
      callbacks_.input({bytes, static_cast<std::size_t>(count)});
      return true;
    }
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    input_ = 0;
    callbacks_.closed();
    return false;
  }

  const Callbacks callbacks_;
  std::array<struct sigaction, kFatal.size()> before_{};
  struct sigaction before_stop_ {
  }, before_continue_{};
  guint input_ = 0, resize_ = 0;
};

}  // namespace

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

TerminalSize terminal_size(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

std::unique_ptr<WholeScreen> WholeScreen::open(Callbacks callbacks, Sequences sequences,
                                               std::string& error) {
  if (!is_terminal(stdin) || !is_terminal(stdout)) {
    error = "standard input and output are no terminal";
    return nullptr;
  }
  std::fflush(stdout);
  return std::make_unique<PosixScreen>(std::move(callbacks), sequences);
}

}  // namespace jackfield
