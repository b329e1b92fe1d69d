#include "cli/console.hpp"

#include <glib.h>

#include <algorithm>

#include "platform/terminal.hpp"
#include "terminal/core/terminal_text.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {

std::string for_terminal(std::string_view text) {
  return clean_terminal_rows(redacted(std::string{text}));
}

bool has_colours(std::FILE* stream) { return is_terminal(stream) && !g_getenv("NO_COLOR"); }

std::string styled(std::FILE* stream, Style style, std::string_view text) {
  const char* number = style_code(style);
  if (!number || !has_colours(stream)) return std::string{text};
  return std::string{"\033["} + number + "m" + std::string{text} + "\033[0m";
}

std::string styled_error(std::FILE* stream, std::string_view given) {
  const std::string clean = for_terminal(given);
  std::string_view text = clean;
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool caret = line.find_first_not_of(" \t") != std::string_view::npos &&
                       line.substr(line.find_first_not_of(" \t")) == "^";
    if (!first) out += '\n';
    out += styled(stream, first ? Style::kBold : caret ? Style::kRed : Style::kPlain, line);
    first = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void print_warning(const std::string& text) {
  std::fprintf(stderr, "%s %s\n", styled(stderr, Style::kYellow, "warning:").c_str(),
               for_terminal(text).c_str());
}

void print_error(std::string_view what) {
  std::fprintf(stderr, "%s %s\n", styled(stderr, Style::kRed, "jackfield:").c_str(),
               for_terminal(what).c_str());
}

}  // namespace jackfield::cli
