// The terminal that a command was started from.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield {

bool is_terminal(std::FILE* stream);

struct TerminalSize {
  unsigned columns = 0, rows = 0;  // 0: not known
};
TerminalSize terminal_size(std::FILE* stream);

// The whole screen, without echo and line editing, for as long as this lives. The terminal gets
// back what it had at every end of the process that can be seen from within: also at a signal, and
// while the process is stopped (Ctrl+Z). One at a time. Main thread.
class WholeScreen {
 public:
  struct Callbacks {
    std::function<void(std::string_view bytes)> input;  // from the keyboard
    std::function<void()> resized;                      // or its content was lost
    std::function<void()> closed;                       // there is no keyboard any more
  };
  // Sequences that make the terminal ready, and the ones that undo it.
  struct Sequences {
    std::string_view enter, leave;
  };

  // nullptr, and why, when standard input and output are not both a terminal.
  static std::unique_ptr<WholeScreen> open(Callbacks callbacks, Sequences sequences,
                                           std::string& error);
  virtual ~WholeScreen() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual TerminalSize size() const = 0;
};

}  // namespace jackfield
