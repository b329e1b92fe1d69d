#include "persona.hpp"

#include <algorithm>
#include <utility>

namespace jackfield {
namespace {

constexpr std::string_view kFence = "---";
constexpr std::string_view kVoice = "voice.";
constexpr std::string_view kVariable = "variable.";
constexpr std::size_t kMostLines = 256;  // of the head

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view name, std::string_view more) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           more.find(c) != more.npos;
  });
}

class Head {
 public:
  explicit Head(Persona& into) : into_(into) {}

  void line(std::string_view line, std::size_t number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') return;
    const TextPosition here{.line = number, .column = 1};
    const std::size_t colon = text.find(':');
    if (colon == text.npos) throw PositionedError(here, "a line of the head is \"key: value\"");
    const std::string_view key = trimmed(text.substr(0, colon));
    std::string_view value = trimmed(text.substr(colon + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (std::find(seen_.begin(), seen_.end(), key) != seen_.end())
      throw PositionedError(here, "\"" + std::string(key) + "\" stands twice");
    seen_.emplace_back(key);
    take(key, value, here);
  }

 private:
  void take(std::string_view key, std::string_view value, TextPosition here) {
    if (key == "name") {
      into_.name = value;
    } else if (key == "language") {
      into_.language = value;
    } else if (key == "greeting") {
      into_.greeting = value;
    } else if (key == "voice") {
      into_.voice = value;
    } else if (key == "may") {
      into_.may = list(value, here);
    } else if (key.starts_with(kVoice) && is_name(key.substr(kVoice.size()), "-")) {
      into_.voices.emplace(key.substr(kVoice.size()), value);
    } else if (key.starts_with(kVariable) && is_name(key.substr(kVariable.size()), "")) {
      into_.variables.insert_or_assign(std::string(key.substr(kVariable.size())),
                                       std::string(value));
    } else {
      throw PositionedError(here, "there is no \"" + std::string(key) +
                                      "\"; there are name, language, greeting, voice, "
                                      "voice.ELEMENT, may and variable.NAME");
    }
  }

  static std::vector<std::string> list(std::string_view value, TextPosition here) {
    if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
    std::vector<std::string> names;
    while (!trimmed(value).empty()) {
      const std::size_t comma = std::min(value.find(','), value.size());
      const std::string_view name = trimmed(value.substr(0, comma));
      if (!is_name(name, "-"))
        throw PositionedError(here, "\"" + std::string(name) + "\" is no name of a function");
      names.emplace_back(name);
      value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return names;
  }

  Persona& into_;
  std::vector<std::string> seen_;
};

// The next line, taken off the front.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return line;
}

}  // namespace

Persona read_persona(std::string_view file) {
  Persona persona;
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);  // editors on Windows
  std::string_view rest = file;
  if (trimmed(next_line(rest)) != kFence) {
    persona.text = file;
    return persona;
  }
  Head head(persona);
  for (std::size_t number = 2;; ++number) {
    if (rest.empty() || number > kMostLines)
      throw PositionedError({.line = number, .column = 1},
                            "the head ends with a line \"---\" (256 lines at most)");
    const std::string_view line = next_line(rest);
    if (trimmed(line) == kFence) {
      persona.text.assign(number, '\n');
      break;
    }
    head.line(line, number);
  }
  persona.text += rest;
  persona.variables.try_emplace("name", persona.name);
  persona.variables.try_emplace("language", persona.language);
  if (persona.name.empty()) persona.variables.erase("name");
  if (persona.language.empty()) persona.variables.erase("language");
  return persona;
}

}  // namespace jackfield
