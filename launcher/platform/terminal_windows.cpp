#include <fcntl.h>
#include <glib.h>
#include <io.h>
#include <windows.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "platform/terminal.hpp"

namespace jackfield {
namespace {

constexpr guint kLookAtSizeMs = 250;  // the console tells of it among the keys only
constexpr DWORD kLookAtEndMs = 100;

HANDLE handle_of(std::FILE* stream) {
  return reinterpret_cast<HANDLE>(_get_osfhandle(_fileno(stream)));
}

// What a console control handler needs, which runs on a thread of its own.
struct Saved {
  HANDLE in = nullptr, out = nullptr;
  DWORD in_mode = 0, out_mode = 0;
  UINT out_code_page = 0;
  std::string_view leave;
};
Saved saved;
std::atomic<bool> in_use{false};

void write_all(HANDLE out, std::string_view bytes) {
  while (!bytes.empty()) {
    DWORD written = 0;
    if (!WriteFile(out, bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr) ||
        written == 0)
      return;
    bytes.remove_prefix(written);
  }
}

void restore() {
  if (!in_use.exchange(false)) return;
  write_all(saved.out, saved.leave);
  SetConsoleMode(saved.in, saved.in_mode);
  SetConsoleMode(saved.out, saved.out_mode);
  SetConsoleOutputCP(saved.out_code_page);
}

// The console is closed or the user logs off: the main loop does not get to it any more.
BOOL WINAPI on_console_event(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) restore();
  return FALSE;
}

LONG WINAPI on_crash(EXCEPTION_POINTERS*) {
  restore();
  return EXCEPTION_CONTINUE_SEARCH;
}

// The keyboard is read by a thread of its own: a console handle is no source of a GMainContext.
class WindowsScreen final : public WholeScreen {
 public:
  WindowsScreen(Callbacks callbacks, Sequences sequences)
      : callbacks_(std::make_shared<Callbacks>(std::move(callbacks))) {
    saved = {.in = handle_of(stdin), .out = handle_of(stdout), .leave = sequences.leave};
    GetConsoleMode(saved.in, &saved.in_mode);
    GetConsoleMode(saved.out, &saved.out_mode);
    saved.out_code_page = GetConsoleOutputCP();
    SetConsoleOutputCP(CP_UTF8);
    SetConsoleMode(saved.in, (saved.in_mode & ~(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT)) |
                                 ENABLE_PROCESSED_INPUT | ENABLE_VIRTUAL_TERMINAL_INPUT);
    SetConsoleMode(saved.out,
                   saved.out_mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    SetConsoleCtrlHandler(on_console_event, TRUE);
    before_crash_ = SetUnhandledExceptionFilter(on_crash);
    in_use = true;
    write_all(saved.out, sequences.enter);
    known_ = size();
    look_ = g_timeout_add(
        kLookAtSizeMs,
        [](gpointer self) -> gboolean {
          static_cast<WindowsScreen*>(self)->look_at_size();
          return G_SOURCE_CONTINUE;
        },
        this);
    keyboard_ = std::thread([this] { read_keyboard(); });
  }

  ~WindowsScreen() override {
    g_source_remove(look_);
    *callbacks_ = {};
    ending_ = true;
    keyboard_.join();
    SetUnhandledExceptionFilter(before_crash_);
    SetConsoleCtrlHandler(on_console_event, FALSE);
    restore();
  }

  void write(std::string_view bytes) override { write_all(saved.out, bytes); }
  TerminalSize size() const override { return terminal_size(stdout); }

 private:
  struct Typed {
    std::shared_ptr<Callbacks> callbacks;
    std::string bytes;  // "": there is no keyboard any more
  };

  void look_at_size() {
    const TerminalSize now = size();
    if (now.columns == known_.columns && now.rows == known_.rows) return;
    known_ = now;
    callbacks_->resized();
  }

  void read_keyboard() {
    while (!ending_) {
      const DWORD ready = WaitForSingleObject(saved.in, kLookAtEndMs);
      if (ready == WAIT_TIMEOUT) continue;
      INPUT_RECORD records[64];
      DWORD count = 0;
      std::string bytes;
      const bool good = ready == WAIT_OBJECT_0 && ReadConsoleInputA(saved.in, records, 64, &count);
      for (DWORD i = 0; good && i < count; ++i) {
        const KEY_EVENT_RECORD& key = records[i].Event.KeyEvent;
        if (records[i].EventType == KEY_EVENT && key.bKeyDown && key.uChar.AsciiChar)
          bytes += key.uChar.AsciiChar;
      }
      if (good && bytes.empty()) continue;
      g_idle_add_full(
          G_PRIORITY_DEFAULT,
          [](gpointer data) -> gboolean {
            const auto& typed = *static_cast<Typed*>(data);
            if (!typed.bytes.empty() && typed.callbacks->input)
              typed.callbacks->input(typed.bytes);
            else if (typed.bytes.empty() && typed.callbacks->closed)
              typed.callbacks->closed();
            return G_SOURCE_REMOVE;
          },
          new Typed{callbacks_, std::move(bytes)},
          [](gpointer data) { delete static_cast<Typed*>(data); });
      if (!good) return;
    }
  }

  const std::shared_ptr<Callbacks> callbacks_;  // emptied at the end
  LPTOP_LEVEL_EXCEPTION_FILTER before_crash_ = nullptr;
  TerminalSize known_;
  std::atomic<bool> ending_{false};
  std::thread keyboard_;
  guint look_ = 0;
};

}  // namespace

bool is_terminal(std::FILE* stream) { return _isatty(_fileno(stream)) != 0; }

TerminalSize terminal_size(std::FILE* stream) {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleScreenBufferInfo(handle_of(stream), &info)) return {};
  return {.columns = static_cast<unsigned>(info.srWindow.Right - info.srWindow.Left + 1),
          .rows = static_cast<unsigned>(info.srWindow.Bottom - info.srWindow.Top + 1)};
}

std::unique_ptr<WholeScreen> WholeScreen::open(Callbacks callbacks, Sequences sequences,
                                               std::string& error) {
  DWORD mode = 0;
  if (!GetConsoleMode(handle_of(stdin), &mode) || !GetConsoleMode(handle_of(stdout), &mode)) {
    error = "standard input and output are no console";
    return nullptr;
  }
  std::fflush(stdout);
  return std::make_unique<WindowsScreen>(std::move(callbacks), sequences);
}

}  // namespace jackfield
