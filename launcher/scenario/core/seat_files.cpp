#include "scenario/core/seat_files.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace jackfield {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::array kKinds{SeatKind::kPhone, SeatKind::kBrowser, SeatKind::kAgent};

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

// The kind whose file begins with this word, which loses its key.
std::optional<SeatKind> take_key(std::string_view& word) {
  for (const SeatKind kind : kKinds) {
    const std::string key = std::string{seat_word(kind)} + "=";
    if (!word.starts_with(key)) continue;
    word.remove_prefix(key.size());
    return kind;
  }
  return std::nullopt;
}

// A value within a quoted property is escaped as one of a description in there would have to be.
std::string unescaped(std::string_view path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 1 < path.size() && (path[i + 1] == ' ' || path[i + 1] == '\\')) ++i;
    plain += path[i];
  }
  return plain;
}

}  // namespace

std::variant<std::vector<SeatFile>, std::string> read_seat_files(std::string_view text) {
  std::vector<SeatFile> files;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const std::string whole{word};
    const auto kind = take_key(word);
    if (!kind) {
      if (files.empty())
        return "'" + whole +
               "' is no seat; seats look like this: phone=FILE browser=FILE agent=FILE";
      files.back().path += " " + whole;
      continue;
    }
    const std::string name = seat_word(*kind);
    if (word.empty()) return "the seat '" + name + "' has no file";
    for (const SeatFile& file : files) {
      if (file.kind == *kind) return "the seat '" + name + "' stands there twice";
    }
    files.push_back({.kind = *kind, .path = std::string{word}});
  }
  const bool somebody = std::any_of(files.begin(), files.end(), [](const SeatFile& file) {
    return file.kind != SeatKind::kAgent;
  });
  if (!somebody) return "nobody can take part: there is neither phone=FILE nor browser=FILE";
  for (SeatFile& file : files) file.path = unescaped(file.path);
  return files;
}

}  // namespace jackfield
