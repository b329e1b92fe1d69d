#include "scenario/core/env_file.hpp"

#include <map>
#include <optional>

#include "scenario/core/pipeline_text.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kSpace = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool only_comment(std::string_view text) {
  text = trimmed(text);
  return text.empty() || text.front() == '#';
}

// What a backslash and `c` stand for in double quotes.
std::string unescaped(char c) {
  switch (c) {
    case 'n':
      return "\n";
    case 'r':
      return "\r";
    case 't':
      return "\t";
    case '"':
    case '\\':
    case '$':
      return {c};
    default:
      return {'\\', c};
  }
}

// The value that begins with a quote. nullopt and a message when it does not end.
std::optional<std::string> quoted_value(std::string_view text, std::string& message) {
  const char quote = text.front();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      if (only_comment(text.substr(i + 1))) return value;
      message =
          "something stands behind the closing quote; a quote inside a value in double "
          "quotes is written \\\"";
      return std::nullopt;
    }
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      value += unescaped(text[++i]);
    } else {
      value += text[i];
    }
  }
  message = "the closing quote is missing (a value cannot go over several lines)";
  return std::nullopt;
}

std::string plain_value(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && kSpace.find(text[i - 1]) != std::string_view::npos) {
      text = text.substr(0, i);
      break;
    }
  }
  return std::string{trimmed(text)};
}

// One line, without its end.
std::optional<EnvEntry> parse_line(std::string_view line, std::string& message) {
  line = trimmed(line);
  constexpr std::string_view kExport = "export";
  if (line.starts_with(kExport) && line.size() > kExport.size() &&
      kSpace.find(line[kExport.size()]) != std::string_view::npos)
    line = trimmed(line.substr(kExport.size()));
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    message = "there is no '='; a line looks like NAME=value";
    return std::nullopt;
  }
  const std::string_view name = trimmed(line.substr(0, equals));
  if (!is_variable_name(name)) {
    message = "what stands before the '=' is no name: letters, digits and '_', not a digit first";
    return std::nullopt;
  }
  const std::string_view rest = line.substr(equals + 1);
  const std::string_view text = trimmed(rest);
  EnvEntry entry{std::string{name}, {}, 0};
  if (text.empty() || (text.front() == '#' && rest.front() != '#')) return entry;
  if (text.front() != '"' && text.front() != '\'') {
    entry.value = plain_value(text);
    return entry;
  }
  auto value = quoted_value(text, message);
  if (!value) return std::nullopt;
  entry.value = *std::move(value);
  return entry;
}

}  // namespace

std::variant<std::vector<EnvEntry>, EnvError> parse_env_file(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<EnvEntry> entries;
  std::map<std::string, std::size_t, std::less<>> lines;  // where each name stands
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find('\0') != std::string_view::npos)
      return EnvError{number, "there is a zero byte; this is no text file"};
    if (only_comment(line)) continue;
    std::string message;
    std::optional<EnvEntry> entry = parse_line(line, message);
    if (!entry) return EnvError{number, message};
    entry->line = number;
    const auto [it, is_new] = lines.emplace(entry->name, number);
    if (!is_new)
      return EnvError{number,
                      entry->name + " stands already on line " + std::to_string(it->second)};
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace jackfield
